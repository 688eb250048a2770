"""Training in chat: one message, edited in place."""

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.loopback import LoopbackDiscord, Message
from tests.loopback.classroom import (
    CHINESE,
    Trained,
    can_cancel,
    first_figure_after_test,
    picture,
    train,
    train_long,
    wait_final,
    wait_running,
)
from trainer.config import Config
from trainer.settings import TrainerSettings

EDIT_EVERY_S = 2.0
CANCELLED_WITHIN_S = 2.0


def _assert_paced(message: Message) -> None:
    """Edits at least two seconds apart; the final state may come at once."""
    moments = [shown.at for shown in message.history]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert all(gap >= EDIT_EVERY_S for gap in gaps[:-1]), gaps


def test_result_of_a_training(trained: Trained, discord: LoopbackDiscord) -> None:
    message, metrics = trained.message, trained.run.metrics
    assert f"Test accuracy: {metrics['test_accuracy']:.4f}" in message.text.replace("*", "")
    assert first_figure_after_test(message.text) == f"{metrics['test_accuracy']:.4f}"
    assert f"{metrics['test_loss']:.4f}" in message.text
    assert "practice set" in message.text.lower()
    assert trained.run.record["seed"] == 1
    assert trained.run.record["config"]["epochs"] == 2
    assert picture(message).width >= 400
    assert not can_cancel(message)
    _assert_paced(message)
    # While it runs, nothing is said about the test images.
    for shown in message.history[:-1]:
        assert "test" not in shown.text.lower()
        assert any("Cancel" in button.label for button in shown.buttons)


def test_a_seed_means_the_same_without_the_bot(trained: Trained, practice_home: Path, tmp_path: Path) -> None:
    """Other threads of a worker draw random numbers too; the training must not notice."""
    from trainer.pipeline import run_tutorial

    config = Config(**trained.run.record["config"])
    settings = TrainerSettings(_env_file=None, tutor_home=practice_home)  # pyright: ignore[reportCallIssue]
    alone = run_tutorial(config, out=tmp_path / "run", run_id="run", settings=settings)
    for name in ("train_loss", "test_loss"):
        assert alone.metrics[name] == pytest.approx(trained.run.metrics[name], rel=1e-4)


def test_progress_is_shown_in_one_message(discord: LoopbackDiscord) -> None:
    person = discord.person("Ada")
    before = len(discord.world.messages)
    message = train_long(discord, person)
    wait_running(discord, message)
    seen = len(message.history)
    discord.wait(lambda: len(message.history) >= seen + 2)
    progress = [match.group(1) for shown in message.history if (match := re.search(r"epoch (\d+)/50", shown.text))]
    assert list(map(int, progress)) == sorted(map(int, progress))
    assert len({shown.text for shown in message.history}) == len(message.history), "an edit that changed nothing"
    assert len(discord.world.messages) == before + 1
    discord.press(person, message, "Cancel")
    wait_final(discord, message, CANCELLED_WITHIN_S)
    _assert_paced(message)


def test_queue_and_who_may_cancel(discord: LoopbackDiscord) -> None:
    ada, lin = discord.person("Ada"), discord.person("小林", "zh-CN")
    teacher = discord.person("Ms Gray", manages=True)
    first = train_long(discord, ada)
    wait_running(discord, first)
    second = train_long(discord, lin)
    discord.wait(lambda: re.search(r"\b1\b", second.text), what="the place in the queue")
    assert not re.search(r"第 \d+/50 轮", second.text)

    refusal = discord.reply(discord.press(lin, first, "Cancel"))
    assert refusal.ephemeral
    assert CHINESE.search(refusal.text)
    assert "Ada" in refusal.text
    assert can_cancel(first)

    began = time.monotonic()
    discord.press(teacher, first, "Cancel")
    wait_final(discord, first, CANCELLED_WITHIN_S)
    assert time.monotonic() - began < CANCELLED_WITHIN_S
    assert "Test accuracy" not in first.text

    wait_running(discord, second)  # the queue goes on
    began = time.monotonic()
    discord.press(lin, second, "取消")
    wait_final(discord, second, CANCELLED_WITHIN_S)
    assert "测试准确率" not in second.text
    assert CHINESE.search(second.text)


def test_cancel_while_waiting(discord: LoopbackDiscord) -> None:
    ada, lin = discord.person("Ada"), discord.person("Lin")
    first = train_long(discord, ada)
    second = train(discord, lin, epochs=1)
    discord.press(lin, second, "Cancel")
    wait_final(discord, second, CANCELLED_WITHIN_S)
    discord.press(ada, first, "Cancel")
    wait_final(discord, first, 10)


def test_a_fourth_training_has_to_wait_for_the_first(discord: LoopbackDiscord) -> None:
    ada = discord.person("Ada")
    messages = [train_long(discord, ada) for _ in range(3)]
    refusal = train(discord, ada, epochs=1)
    assert "3" in refusal.text
    assert not can_cancel(refusal)
    for message in reversed(messages):
        discord.press(ada, message, "Cancel")
        wait_final(discord, message, 10)


def test_in_a_private_channel(discord: LoopbackDiscord) -> None:
    ada = discord.person("Ada")
    message = train_long(discord, ada, channel=discord.direct_messages(ada))
    wait_running(discord, message)
    discord.press(ada, message, "Cancel")
    wait_final(discord, message, CANCELLED_WITHIN_S)
    assert message.channel.guild is None


def test_a_training_that_diverges_says_why_and_is_no_network(discord: LoopbackDiscord) -> None:
    lin = discord.person("小林", "zh-CN")
    message = train(discord, lin, epochs=50, learning_rate=10)  # an integer, as JSON has it
    wait_final(discord, message)
    assert "learning_rate" in message.text
    assert "发散" in message.text
    assert re.search(r"(?m)^ +1 +\d[\d.e+]+ +0\.\d{4}$", message.text), message.text  # its history
    assert "测试" not in message.text
    assert discord.complete(lin, "accuracy", "run", "") == []
    assert not re.search(r"0\.\d{4}", discord.answer(discord.command(lin, "accuracy")).text)


@pytest.mark.parametrize("epochs", [0, 1000])
def test_epochs_out_of_range_get_a_sentence(discord: LoopbackDiscord, epochs: int) -> None:
    """Discord refuses them itself; should it not, the bot does."""
    interaction = discord.command(discord.person("Ada"), "train", checked=False, epochs=epochs)
    text = discord.answer(interaction).text
    assert str(epochs) in text or "50" in text
    assert "Traceback" not in text


def test_classes_take_turns_and_everybody_reads_why_they_wait(discord: LoopbackDiscord) -> None:
    ada, lin, kim, bo = (discord.person(name) for name in ("Ada", "Lin", "Kim", "Bo"))
    running = train_long(discord, ada)
    wait_running(discord, running)
    waiting = [train_long(discord, person) for person in (lin, kim)]
    discord.wait(lambda: "from your class: 1." in waiting[1].text, what="why it waits")
    discord.new_class()
    other = train_long(discord, bo)
    discord.wait(lambda: "place 2 in the queue" in other.text, what="the place before a class that asked first")
    assert "from other classes: 1." in other.text
    discord.wait(lambda: "place 3 in the queue" in waiting[1].text, 20, "the new place")
    assert "from your class: 1, from other classes: 1." in waiting[1].text
    discord.press(lin, waiting[0], "Cancel")
    wait_final(discord, waiting[0], CANCELLED_WITHIN_S)
    discord.wait(lambda: "It is the next one to start" in waiting[1].text, 20, "the place when somebody has cancelled")
    assert "place 2 in the queue" in other.text  # its class has not had fewer turns
    for person, message in ((kim, waiting[1]), (bo, other), (ada, running)):
        discord.press(person, message, "Cancel")
        wait_final(discord, message, 10)


def test_a_teacher_limits_their_own_class(discord: LoopbackDiscord) -> None:
    ada, lin = discord.person("Ada"), discord.person("小林", "zh-CN")
    teacher = discord.person("Ms Gray", manages=True)
    refusal = discord.answer(discord.command(ada, "class-limits", quiet=True))
    assert "Only a teacher" in refusal.text
    assert "at most 5 · set by Ms Gray" in discord.answer(discord.command(teacher, "class-limits", epochs=5)).text
    discord.answer(discord.command(teacher, "class-limits", quiet=False, recipes="quick"))
    assert "最多 5 轮" in discord.answer(discord.command(lin, "class-limits")).text
    refusal = discord.answer(discord.command(lin, "train", epochs=6))
    assert "Ms Gray" in refusal.text
    assert CHINESE.search(refusal.text)
    discord.new_class()
    message = train_long(discord, ada)  # 50 epochs: another class has no limits
    discord.press(ada, message, "Cancel")
    wait_final(discord, message, 10)
