"""Reading the tutorial in chat."""

import pytest

from tests.loopback import LoopbackDiscord, Message
from tests.loopback.classroom import CHINESE, picture
from trainer import STEPS

WITH_CODE = ("load", "preprocess", "build", "compile", "train", "evaluate", "predict")


def _assert_lesson(message: Message, step: str, *, chinese: bool) -> None:
    assert bool(CHINESE.search(message.text)) == chinese
    assert len(message.text) > 300 if not chinese else len(message.text) > 120
    assert step not in WITH_CODE or "```" in message.text
    assert picture(message).width >= 300
    back, onward = ("上一步", "下一步") if chinese else ("Back", "Next")
    expected = [word for word, there in ((back, step != STEPS[0]), (onward, step != STEPS[-1])) if there]
    labels = [button.label for button in message.buttons]
    assert [word for word in expected if any(word in label for label in labels)] == expected
    assert len([label for label in labels if back in label or onward in label]) == len(expected)


@pytest.mark.parametrize("step", STEPS)
def test_every_lesson_in_english(discord: LoopbackDiscord, step: str) -> None:
    interaction = discord.command(discord.person("Ada"), "explain", step=step)
    message = discord.answer(interaction)
    assert interaction.ack_s is not None
    assert interaction.ack_s < 3
    assert not message.ephemeral
    _assert_lesson(message, step, chinese=False)


def test_turning_all_pages_in_chinese(discord: LoopbackDiscord) -> None:
    reader = discord.person("小林", "zh-CN")
    message = discord.answer(discord.command(reader, "explain", step=STEPS[0]))
    _assert_lesson(message, STEPS[0], chinese=True)
    for step in STEPS[1:]:
        before = message.text
        pressed = discord.press(reader, message, "下一步")
        discord.wait(lambda before=before: message.text != before)
        assert pressed.ack_s is not None
        assert pressed.ack_s < 3
        _assert_lesson(message, step, chinese=True)
    last = message.text
    discord.press(reader, message, "上一步")
    discord.wait(lambda: message.text != last)
    _assert_lesson(message, STEPS[-2], chinese=True)
    assert len(message.history) == len(STEPS) + 1


def test_another_reader_gets_a_copy_of_their_own(discord: LoopbackDiscord) -> None:
    message = discord.answer(discord.command(discord.person("Ada"), "explain", step="build"))
    copy = discord.answer(discord.press(discord.person("小林", "zh-CN"), message, "Next"))
    assert copy is not message
    assert copy.ephemeral
    _assert_lesson(copy, "compile", chinese=True)
    assert len(message.history) == 1


@pytest.mark.parametrize(("locale", "chinese"), [("zh-TW", True), ("zh-CN", True), ("fr", False), ("en-GB", False)])
def test_language_follows_the_reader(discord: LoopbackDiscord, locale: str, *, chinese: bool) -> None:
    message = discord.answer(discord.command(discord.person("Someone", locale), "explain", step="intro"))
    _assert_lesson(message, "intro", chinese=chinese)


def test_in_a_private_channel(discord: LoopbackDiscord) -> None:
    reader = discord.person("Ada")
    channel = discord.direct_messages(reader)
    message = discord.answer(discord.command(reader, "explain", channel=channel, step="load"))
    discord.press(reader, message, "Next")
    discord.wait(lambda: len(message.history) == 2)
    _assert_lesson(message, "explore", chinese=False)
