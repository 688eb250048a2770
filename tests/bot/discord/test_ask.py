"""Asking in chat."""

import psutil

from tests.loopback import BotProcess, LoopbackDiscord
from tests.loopback.classroom import CHINESE

BOT_MIB = 200
FIRST_S = 60  # the first question waits for the index


def test_a_question_is_answered_with_passages_and_buttons(discord: LoopbackDiscord, bot: BotProcess) -> None:
    ada = discord.person("Ada")
    asked = discord.command(ada, "ask", question="why is it 1875?")
    message = discord.answer(asked, timeout_s=FIRST_S)
    assert asked.ack_s is not None
    assert asked.ack_s < 3
    assert "1875" in message.text
    assert "1.6 Train the model" in message.buttons[0].label
    assert len(message.buttons) == 3
    discord.press(ada, message, "1.6 Train")
    assert psutil.Process(bot.pid).memory_info().rss < BOT_MIB * 2**20

    chinese = discord.answer(discord.command(discord.person("小林", "zh-CN"), "ask", question="怎么训练我家的狗"))
    assert chinese.text.startswith("课程里没有这个问题的答案。")
    assert CHINESE.search(chinese.buttons[0].label)
    assert len(chinese.buttons) == 1
