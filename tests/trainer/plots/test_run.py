"""The pictures of a run: readable sizes, both languages, and the practice set named on all that show it."""

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.ft2font import FT2Font
from PIL import Image
from pylopdf_fonts_zh_cn import sans_path

from trainer.data.dataset import Dataset
from trainer.events import EpochEnded
from trainer.language import LANGUAGES, Language, class_name, sentences
from trainer.plots.colours import AMBER
from trainer.plots.page import count_text
from trainer.plots.run import (
    bar_colours,
    draw_confusion,
    draw_curves,
    draw_predictions,
    draw_run,
    draw_samples,
)
from trainer.runs.folder import Run


def history(epochs: int) -> list[EpochEnded]:
    return [
        EpochEnded(n, epochs, 1 / n, 1 - 0.5 / n, 0.3 + (n - 3) ** 2 / 99, 0.8 - (n - 3) ** 2 / 99, 0.5 * n)
        for n in range(1, epochs + 1)
    ]


def has_colour(png: bytes, colour: str, least: int = 500) -> bool:
    """Whether so many pixels have exactly this colour."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return int((pixels == wanted).all(axis=1).sum()) >= least


def all_four(dataset: Dataset, language: Language, name: str) -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.full(10, 0.2), 15).astype(np.float32)
    confusion = rng.integers(0, 30, (10, 10)) + 900 * np.eye(10, dtype=int)
    return {
        "samples": draw_samples(dataset, language),
        "curves": draw_curves(history(10), language, name),
        "confusion": draw_confusion(confusion, language, name),
        "predictions": draw_predictions(dataset, shares, language),
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_sizes_and_the_name_of_the_data_set(practice: Dataset, language: Language) -> None:
    for name, png in all_four(practice, language, "practice").items():
        image = Image.open(io.BytesIO(png))
        assert 1000 <= image.width <= 1400, name
        assert len(png) < 400_000, name
        assert has_colour(png, AMBER), name
    real = draw_curves(history(10), language, "fashion-mnist")
    assert not has_colour(real, AMBER, 1)


def test_all_four_are_quick(practice: Dataset) -> None:
    all_four(practice, "en", "practice")  # fonts are loaded once
    began = time.process_time()
    all_four(practice, "en", "practice")
    assert time.process_time() - began < 3


@pytest.mark.parametrize("epochs", [1, 2, 50])
def test_curves_of_any_length(epochs: int) -> None:
    assert Image.open(io.BytesIO(draw_curves(history(epochs), "en", "fashion-mnist"))).size == (1200, 1230)


def test_a_class_without_images_has_no_recall() -> None:
    confusion = np.eye(10, dtype=int) * 5
    confusion[3] = 0
    draw_confusion(confusion, "en", "fashion-mnist")
    draw_confusion(np.zeros((10, 10), int), "zh-CN", "fashion-mnist")


def test_right_is_blue_and_wrong_is_red() -> None:
    shares = np.array([0.1, 0.6, 0.3, 0, 0, 0, 0, 0, 0, 0])
    right, wrong = bar_colours(shares, 1), bar_colours(shares, 2)
    assert right[1] == wrong[2] != wrong[1]
    assert wrong.count("#777777") == 8
    assert right.count("#777777") == 9


def test_the_font_has_every_character_that_is_drawn() -> None:
    known = FT2Font(str(sans_path())).get_charmap()
    drawn: dict[str, Any] = {}
    for language in LANGUAGES:
        for key, sentence in sentences().keys(language).items():
            if key.split(".")[0] in {"plot", "lesson", "strip", "class"}:
                drawn |= dict.fromkeys(sentence, key)
        drawn |= dict.fromkeys(
            "".join(class_name(language, label) for label in range(10)) + "0123456789.%÷×→↓", "class"
        )
        drawn |= dict.fromkeys(count_text(60_000, language), "figure")
    missing = {character: key for character, key in drawn.items() if character != "\n" and ord(character) not in known}
    assert missing == {}


def test_a_run_has_its_plots_in_both_languages(practice_run: Run) -> None:
    for name in ("samples", "curves", "confusion", "predictions"):
        pictures = [(practice_run.path / "plots" / f"{name}.{one}.png").read_bytes() for one in LANGUAGES]
        assert pictures[0] != pictures[1]
        assert all(has_colour(png, AMBER) for png in pictures)


def test_draw_run_writes_four_pictures_a_language(practice: Dataset, practice_run: Run, tmp_path: Path) -> None:
    shares = np.full((15, 10), 0.1, np.float32)
    confusion, folder = np.eye(10, dtype=int), tmp_path / "plots"
    draw_run(
        folder, dataset=practice, history=history(2), confusion=confusion, probabilities=shares, languages=LANGUAGES
    )
    names = ("samples", "curves", "confusion", "predictions")
    assert {path.name for path in folder.iterdir()} == {f"{name}.{one}.png" for name in names for one in LANGUAGES}
    kept = practice_run.path / "plots" / "samples.en.png"
    assert (folder / "samples.en.png").read_bytes() == kept.read_bytes()
