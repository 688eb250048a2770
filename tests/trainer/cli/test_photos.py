"""`python -m trainer photos`: counts, report and contact sheets."""

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.programs import call
from trainer.cli.contact_sheet import draw_sheet
from trainer.cli.photos import GARMENTS, Photo, Unreadable, classify_folder, predicted_counts, share
from trainer.cli.photos_figures import figures_of
from trainer.cli.photos_report import report, report_runs, write_sheets
from trainer.data.dataset import Dataset
from trainer.errors import ConfigError
from trainer.language import LANGUAGES, Language
from trainer.runs.folder import Run
from trainer.steps.predict import Predictor

LAST = re.compile(r"garments: strict (0\.\d{3}|1\.000) lenient (0\.\d{3}|1\.000) n (\d+)")


def photograph(pixels: np.ndarray, seed: int) -> bytes:
    """A dark garment on a bed sheet of coloured stripes and noise."""
    random = np.random.default_rng(seed)
    page = random.normal(0, 6, (240, 200, 3)) + np.array([200, 170, 120])
    page[:, ::24] -= 40
    share_on = np.asarray(Image.fromarray(pixels).resize((150, 150)), np.float32)[..., None] / 255
    page[45:195, 25:175] = page[45:195, 25:175] * (1 - share_on) + np.array([30, 40, 90]) * share_on
    stream = io.BytesIO()
    Image.fromarray(page.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=90)
    return stream.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, practice: Dataset) -> Path:
    """Two photographs per folder with a class, two hats, two shoes, a text named .png, and a note.

    The hats are HEIC and AVIF files with endings in capital letters.
    """
    folder = tmp_path_factory.mktemp("photographs")
    for name, label in {**GARMENTS, "hat": 8, "shoes": 7}.items():
        (folder / name).mkdir()
        for place in np.flatnonzero(practice.test_labels == label)[:2]:
            (folder / name / f"{place}.jpg").write_bytes(photograph(practice.test_images[place], int(place)))
    for path, ending in zip(sorted((folder / "hat").iterdir()), (".HEIC", ".Avif"), strict=True):
        Image.open(path).save(path.with_suffix(ending))
        path.unlink()
    (folder / "dress" / "broken.png").write_text("no picture at all")
    (folder / "dress" / "notes.txt").write_text("these are ours")
    return folder


@pytest.fixture(scope="module")
def results(folder: Path, practice_run: Run) -> list[Photo | Unreadable]:
    return list(classify_folder(folder, Predictor(practice_run)))


@pytest.fixture(scope="module")
def photos(results: list[Photo | Unreadable]) -> list[Photo]:
    return [one for one in results if isinstance(one, Photo)]


def test_every_picture_is_classified_and_no_other_file(results: list[Photo | Unreadable], photos: list[Photo]) -> None:
    assert len(photos) == 2 * 8
    (broken,) = (one for one in results if isinstance(one, Unreadable))
    assert broken.path.name == "broken.png"
    assert broken.error.key == "picture_unreadable"
    assert all(0 < photo.seconds < 10 for photo in photos)


def test_strict_and_lenient(photos: list[Photo]) -> None:
    for photo in photos:
        label = photo.prediction.label
        assert photo.strict == (GARMENTS.get(photo.folder) == label)
        tolerated = {"longsleeve": {0, 2, 6}, "shoes": {5, 7, 9}}.get(photo.folder, {GARMENTS.get(photo.folder)})
        assert photo.lenient == (label in tolerated)
    assert share(photos, "strict") == sum(photo.strict for photo in photos) / 16
    assert np.isnan(share([], "strict"))
    assert predicted_counts(photos).sum() == 16


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_ends_with_the_line_for_programs(photos: list[Photo], language: Language) -> None:
    lines = list(report(photos, language))
    last = LAST.fullmatch(lines[-1])
    assert last
    garments = [photo for photo in photos if photo.folder in GARMENTS]
    assert float(last[1]) == pytest.approx(share(garments, "strict"), abs=5e-4)
    assert int(last[3]) == len(garments) == 12
    others = [number for number, line in enumerate(lines) if line.startswith(("hat", "shoes"))]
    first = next(number for number, line in enumerate(lines) if line.startswith("dress"))
    assert len(others) == 2
    assert max(others) < first
    for name in GARMENTS:
        (row,) = (line for line in lines if line.startswith(f"{name} "))
        assert sum(int(count) for count in row.split()[4:]) == 2


def test_contact_sheets(photos: list[Photo], tmp_path: Path) -> None:
    paths = list(write_sheets(photos, tmp_path / "sheets", "zh-CN"))
    assert {path.stem for path in paths} == {*GARMENTS, "hat", "shoes"}
    for path in paths:
        assert np.asarray(Image.open(path)).std() > 20
    five = draw_sheet(photos[:5], "en")
    assert five.height == 2 * draw_sheet(photos[:4], "en").height


def test_a_folder_without_photographs(tmp_path: Path, practice_run: Run) -> None:
    (tmp_path / "hat").mkdir()
    (tmp_path / "hat" / "one.jpg").write_bytes(b"")
    with pytest.raises(ConfigError) as caught:
        list(classify_folder(tmp_path, Predictor(practice_run)))
    assert caught.value.key == "photos_missing"


def test_the_command(folder: Path, practice_home: Path, practice_run: Run, tmp_path: Path) -> None:
    done = call(
        "trainer",
        practice_home,
        "photos",
        str(folder),
        "--run",
        str(practice_run.path),
        "--sheets",
        str(tmp_path / "sheets"),
    )
    assert done.returncode == 0
    assert LAST.fullmatch(done.stdout.splitlines()[-1])
    assert "PRACTICE SET" in done.stdout
    assert "broken.png" in done.stderr
    assert len(list((tmp_path / "sheets").glob("*.jpg"))) == 8
    nothing = call("trainer", practice_home, "photos", str(tmp_path), "--run", str(practice_run.path))
    assert nothing.returncode == 2
    assert len(nothing.stderr.splitlines()) == 1
    twice = call("trainer", practice_home, "photos", str(folder), *2 * ("--run", str(practice_run.path)))
    assert twice.returncode == 0
    assert LAST.fullmatch(twice.stdout.splitlines()[-1])


def test_balanced_selective_and_interval(photos: list[Photo]) -> None:
    """Against sums written out; the interval is that of an expression that is known exactly."""
    garments = [
        replace(photo, prediction=replace(photo.prediction, doubts=())) for photo in photos if photo.folder in GARMENTS
    ]
    assert len({photo.folder for photo in garments}) == 6
    doubted = [replace(one, prediction=replace(one.prediction, doubts=("cut_outs",))) for one in garments[:4]]
    answers = [right(one) for one in doubted] + [right(one) for one in garments[4:-1]] + [wrong(garments[-1])]
    more = [*answers, *(wrong(answers[0]) for _ in range(4))]  # one class has five of its six wrong
    figures = figures_of([more])
    assert figures.strict.value == pytest.approx(11 / 16)
    assert figures.balanced_strict.value == pytest.approx((2 / 6 + 4 * 2 / 2 + 1 / 2) / 6)
    assert figures.sure.value == pytest.approx(8 / 16)
    assert figures.sure_strict.value == pytest.approx(7 / 8)
    error = (11 / 16 * 5 / 16 / 16) ** 0.5
    assert figures.strict.low == pytest.approx(11 / 16 - 1.96 * error, abs=0.07)
    assert figures.strict.high == pytest.approx(11 / 16 + 1.96 * error, abs=0.07)
    assert figures_of([more]) == figures
    never = [replace(one, prediction=replace(one.prediction, doubts=("nothing",))) for one in garments]
    assert np.isnan(figures_of([never]).sure_strict.value)


def right(photo: Photo) -> Photo:
    return replace(photo, prediction=replace(photo.prediction, label=GARMENTS[photo.folder]))


def wrong(photo: Photo) -> Photo:
    return replace(photo, prediction=replace(photo.prediction, label=9))


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_runs_give_mean_and_spread(photos: list[Photo], language: Language) -> None:
    garments = [photo for photo in photos if photo.folder in GARMENTS]
    lines = list(report_runs({"a": [right(one) for one in garments], "b": [wrong(one) for one in garments]}, language))
    last = LAST.fullmatch(lines[-1])
    assert last
    assert last.groups() == ("0.500", "0.500", "12")
    (spread,) = (line for line in lines if line.startswith("strict") and "0.707" in line)
    assert re.findall(r"\d\.\d{3}", spread) == ["0.500", "0.000", "1.000", "0.707"]
