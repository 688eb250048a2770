"""Asking how well a network does."""

import re

import pytest

from tests.loopback import LoopbackDiscord
from tests.loopback.classroom import CHINESE, Trained, can_cancel, first_figure_after_test, picture, wait_final
from trainer.language import Language, class_name


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_before_any_training_it_offers_to_train(discord: LoopbackDiscord, locale: str) -> None:
    person = discord.person("Ada", locale)
    message = discord.answer(discord.command(person, "accuracy"))
    assert not re.search(r"0\.\d|\d %", message.text)
    assert "/train" in message.text
    assert bool(CHINESE.search(message.text)) == (locale == "zh-CN")
    assert message.files == {}
    # The offer is a button that works.
    training = discord.answer(discord.press(person, message, message.buttons[0]))
    assert training is not message
    assert can_cancel(training)
    discord.press(person, training, "取消" if locale == "zh-CN" else "Cancel")
    wait_final(discord, training)


@pytest.mark.parametrize(
    ("locale", "language", "line"),
    [
        ("en-US", "en", "Test accuracy: {:.4f}"),
        ("zh-CN", "zh-CN", "测试准确率：{:.4f}"),
    ],
)
def test_figures_of_a_run(
    discord: LoopbackDiscord, trained: Trained, locale: str, language: Language, line: str
) -> None:
    person = discord.person("Zoe", locale)
    interaction = discord.command(person, "accuracy", channel=trained.channel, run=trained.run_id)
    message = discord.answer(interaction)
    metrics = trained.run.metrics
    assert line.format(metrics["test_accuracy"]) in message.text.replace("*", "")
    assert first_figure_after_test(message.text) == f"{metrics['test_accuracy']:.4f}"
    assert f"{metrics['test_loss']:.4f}" in message.text
    for label, recall in enumerate(metrics["recall"]):
        assert f"{class_name(language, label)} {100 * recall:.1f} %" in message.text
    assert ("practice set" if language == "en" else "练习集") in message.text.lower()
    assert picture(message).width >= 400


def test_default_is_ones_own_latest_else_the_newest_of_the_class(discord: LoopbackDiscord, trained: Trained) -> None:
    own = discord.answer(discord.command(trained.person, "accuracy", channel=trained.channel))
    assert trained.run_id in own.text
    other = discord.answer(discord.command(discord.person("Zoe"), "accuracy", channel=trained.channel))
    assert trained.run_id in other.text
    assert "Mei" in other.text


@pytest.mark.parametrize("run", ["20200101-000000-aaaa", "../../etc/passwd", "", "x" * 300])
def test_unknown_run_is_said_in_a_sentence(discord: LoopbackDiscord, trained: Trained, run: str) -> None:
    interaction = discord.command(discord.person("Zoe", "zh-CN"), "accuracy", channel=trained.channel, run=run)
    message = discord.answer(interaction)
    assert CHINESE.search(message.text)
    if run:
        assert "/accuracy" in message.text
        assert not re.search(r"0\.\d{4}", message.text)


def test_a_run_of_another_class_is_unknown(discord: LoopbackDiscord, trained: Trained) -> None:
    message = discord.answer(discord.command(discord.person("Zoe"), "accuracy", run=trained.run_id))
    assert not re.search(r"0\.\d{4}", message.text)


def test_runs_are_offered_while_typing(discord: LoopbackDiscord, trained: Trained) -> None:
    discord.channel = trained.channel
    for command in ("accuracy", "predict"):
        choices = discord.complete(trained.person, command, "run", "")
        assert trained.run_id in [choice["value"] for choice in choices]
    assert discord.complete(trained.person, "accuracy", "run", "no such run") == []


def test_button_below_the_training(discord: LoopbackDiscord, trained: Trained) -> None:
    report = discord.answer(discord.press(discord.person("Zoe"), trained.message, "Accuracy"))
    assert report is not trained.message
    assert trained.run_id in report.text
