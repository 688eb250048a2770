"""The buttons below a prediction: one stage less, and why. Whoever presses one gets an answer of their own."""

import io
import os
import re
import time

import numpy as np
import pytest
from PIL import Image

from bot.classroom.predictions.uploads import KEPT_S
from tests.loopback import BotProcess, LoopbackDiscord, Message, Upload
from tests.loopback.classroom import CHINESE, Trained, picture, shares_in
from trainer.data.practice import draw_practice
from trainer.language import LANGUAGES, Language, class_name
from trainer.photo.seen import Stage
from trainer.photo.style import to_dataset_style
from trainer.photo.without import without
from trainer.steps.predict import Predictor

LOCALES = {"en": "en-US", "zh-CN": "zh-CN"}
BUTTONS: dict[Language, tuple[str, str, str]] = {
    "en": ("Without cutting out", "Without inverting", "Why?"),
    "zh-CN": ("不抠图", "不反色", "为什么"),
}


@pytest.fixture(scope="module")
def photograph() -> Upload:
    """A dark coat before a bright, uneven wall."""
    images, labels, _, _ = draw_practice(200, 10)
    garment = Image.fromarray(images[labels == 4][0]).resize((280, 280), Image.Resampling.BICUBIC)
    wall = np.linspace(170, 250, 460)[:, None, None] + np.zeros((460, 400, 3)) + [0, -8, -20]
    wall += np.random.default_rng(1).normal(0, 3, wall.shape)
    page = Image.fromarray(wall.clip(0, 255).astype(np.uint8))
    page.paste((30, 40, 60), (60, 90), garment.point([0] * 40 + [255] * 216))
    stream = io.BytesIO()
    page.save(stream, "PNG")
    return Upload("coat.png", stream.getvalue())


def predicted(discord: LoopbackDiscord, trained: Trained, upload: Upload, language: Language) -> Message:
    person = trained.person if language == "en" else discord.person("小林", LOCALES[language])
    options = {"channel": trained.channel, "image": upload, "run": trained.run_id}
    return discord.answer(discord.command(person, "predict", **options))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_in_both_languages(
    discord: LoopbackDiscord, trained: Trained, photograph: Upload, language: Language
) -> None:
    names = [class_name(language, label) for label in range(10)]
    message = predicted(discord, trained, photograph, language)
    assert [[word in button.label for button in message.buttons] for word in BUTTONS[language]] == np.eye(3).tolist()
    predictor = Predictor(trained.run)
    whole = predictor.look(to_dataset_style(photograph.data))
    asks = discord.person("Ada", LOCALES[language])
    stages: list[Stage] = ["cutting-out", "inverting"]
    for stage, word in zip(stages, BUTTONS[language], strict=False):
        pressed = discord.press(asks, message, word)
        answer = discord.answer(pressed)
        assert pressed.ack_s is not None
        assert pressed.ack_s < 3
        wanted = predictor.look(without(to_dataset_style(photograph.data), {stage}))
        assert answer.ephemeral
        assert answer.text.replace("*", "").startswith(f"{names[wanted.label]} {100 * wanted.confidence:.1f} %")
        assert np.abs(np.array(shares_in(answer.text, names)) - 100 * wanted.probabilities).max() < 0.11
        assert f"{names[whole.label]}" in answer.text
        assert f"{100 * whole.confidence:.1f} %" in answer.text
        assert picture(answer).width == 1200
        assert len(answer.buttons) == 2  # the other stage, and why
        reasons = discord.answer(discord.press(asks, answer, BUTTONS[language][2]))
        assert names[wanted.label] in reasons.text.splitlines()[0]
    reasons = discord.answer(discord.press(asks, message, BUTTONS[language][2]))
    assert reasons.ephemeral
    assert bool(CHINESE.search(reasons.text)) == (language == "zh-CN")
    assert names[whole.label] in reasons.text.splitlines()[0]
    assert len(re.findall(r"(?m)^- .*= [+−]\d+\.\d\d$", reasons.text)) == 5
    assert picture(reasons).width == 1200
    assert reasons.buttons == []
    assert len(message.history) == 1  # what everybody sees stays


def test_another_person_is_answered_in_their_own_language(
    discord: LoopbackDiscord, trained: Trained, photograph: Upload
) -> None:
    message = predicted(discord, trained, photograph, "en")
    other = discord.person("小林", "zh-CN")
    for button in message.buttons:
        answer = discord.answer(discord.press(other, message, button))
        assert answer.only_for == other.id
        assert CHINESE.search(answer.text)
        assert trained.person.name in answer.text  # whose network it is


def test_a_picture_in_the_data_sets_style_has_nothing_to_leave_out(discord: LoopbackDiscord, trained: Trained) -> None:
    images, _, _, _ = draw_practice(200, 10)
    stream = io.BytesIO()
    Image.fromarray(images[0]).save(stream, "PNG")
    message = predicted(discord, trained, Upload("own.png", stream.getvalue()), "en")
    assert [button.label for button in message.buttons] == ["❓ Why?"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["removed", "a day later"])
def test_a_picture_that_is_gone_is_asked_for_again(
    discord: LoopbackDiscord, trained: Trained, bot: BotProcess, photograph: Upload, language: Language, how: str
) -> None:
    message = predicted(discord, trained, photograph, language)
    uploads = [*(bot.home / "uploads").glob("*.npz")]
    assert uploads
    for path in uploads:
        if how == "removed":
            path.unlink()
        else:
            then = time.time() - KEPT_S - 1
            os.utime(path, (then, then))
    asks = discord.person("Ada", LOCALES[language])
    for button in message.buttons:
        answer = discord.answer(discord.press(asks, message, button))
        assert answer.ephemeral
        assert "/predict" in answer.text
        assert bool(CHINESE.search(answer.text)) == (language == "zh-CN")
        assert not re.search(r"\d %", answer.text)
    assert len(message.history) == 1
