"""What is kept of the pictures that were answered, for a day at most."""

import asyncio
import os
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import trainer.photo.seen
from bot.classroom.predictions.shown import STAGES, Shown
from bot.classroom.predictions.uploads import KEPT_S, UPLOAD_ID, Uploads
from bot.discord.buttons import ActionButton
from bot.errors import ClassroomError
from bot.pictures.processes import uploads_folder
from bot.pictures.tasks import _keep_upload, _read_upload
from trainer.language import LANGUAGES, Language
from trainer.photo.seen import Seen

RUN = "20261124-101500-abcd"


def some_seen(views: int = 1, *, masked: bool = True) -> Seen:
    draw = np.random.default_rng(views)
    return Seen(
        draw.integers(0, 256, (28, 28), np.uint8),
        draw.integers(0, 256, (256, 192, 3), np.uint8),
        draw.integers(0, 2, (256, 192), np.uint8) if masked else None,
        ("rotated", "cut_out", "inverted", "fitted"),
        draw.integers(0, 256, (views - 1, 28, 28), np.uint8),
    )


def keep(home: Path, seen: Seen) -> str:
    upload_id = _keep_upload(uploads_folder(home), RUN, seen)
    assert upload_id is not None
    assert UPLOAD_ID.fullmatch(upload_id)
    return upload_id


def age(folder: Path, seconds: float, name: str = "*") -> None:
    then = time.time() - seconds
    for path in folder.glob(name):
        os.utime(path, (then, then))


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("views", [1, 3])
async def test_it_comes_back_as_it_was_also_in_another_process(tmp_path: Path, views: int, *, masked: bool) -> None:
    seen = some_seen(views, masked=masked)
    upload = await Uploads(tmp_path).find(keep(tmp_path, seen))
    assert upload.run_id == RUN
    read = _read_upload(upload.file)
    assert read.operations == seen.operations
    for name in ("pixels", "original", "views"):
        np.testing.assert_array_equal(getattr(read, name), getattr(seen, name))
    assert (read.mask is None) == (not masked)
    assert not masked or (read.mask == seen.mask).all()
    (file,) = (tmp_path / "uploads").iterdir()
    assert file.stat().st_size < 280_000
    assert (tmp_path / "uploads").stat().st_mode & 0o077 == 0  # nobody else's business


async def test_after_a_day_it_is_gone(tmp_path: Path) -> None:
    uploads, folder = Uploads(tmp_path), tmp_path / "uploads"
    upload_id = keep(tmp_path, some_seen())
    age(folder, KEPT_S - 100)
    await uploads.find(upload_id)
    age(folder, KEPT_S + 1)
    with pytest.raises(ClassroomError) as caught:
        await uploads.find(upload_id)
    assert caught.value.key == "picture_gone"
    assert [*folder.iterdir()]
    await uploads.tidy()  # as at every start, and with every picture
    assert not [*folder.iterdir()]


async def test_it_goes_by_itself_when_its_day_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.classroom.predictions.uploads.KEPT_S", 0.3)
    monkeypatch.setattr("bot.classroom.predictions.uploads._TIDY_AFTER_S", 0.1)
    uploads = Uploads(tmp_path)
    keep(tmp_path, some_seen())
    await uploads.tidy()
    async with asyncio.timeout(30):
        while [*(tmp_path / "uploads").iterdir()]:
            await asyncio.sleep(0.05)
    uploads.close()


async def test_the_oldest_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.classroom.predictions.uploads.MOST_BYTES", 3 * 210_000)
    uploads, kept = Uploads(tmp_path), list[str]()
    for number in range(5):
        kept.append(keep(tmp_path, some_seen()))
        await uploads.tidy()
        age(tmp_path / "uploads", 100 - number, f"{kept[-1]}.*")
    gone = []
    for upload_id in kept:
        try:
            await uploads.find(upload_id)
        except ClassroomError:
            gone.append(upload_id)
    assert gone == kept[:2]
    uploads.close()


async def test_a_disk_that_takes_nothing_costs_only_the_buttons(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("in the way")
    assert _keep_upload(uploads_folder(tmp_path), RUN, some_seen()) is None


@pytest.mark.parametrize("harm", ["cut", "empty", "not a zip", "another array"])
async def test_a_damaged_file_is_a_sentence(tmp_path: Path, harm: str) -> None:
    uploads = Uploads(tmp_path)
    upload_id = keep(tmp_path, some_seen())
    (file,) = (tmp_path / "uploads").iterdir()
    content = {"cut": file.read_bytes()[:5000], "empty": b"", "not a zip": b"hello" * 99}.get(harm)
    if content is None:
        np.savez(file, pixels=np.zeros(3))
    else:
        file.write_bytes(content)
    with pytest.raises(ClassroomError) as caught:
        _read_upload((await uploads.find(upload_id)).file)
    assert caught.value.key == "picture_gone"


@given(st.text())
def test_no_text_reaches_other_files(text: str) -> None:
    """Whatever stands in a custom_id, only an id is looked for."""
    try:
        shown = Shown.parse(text)
    except ClassroomError as error:
        assert error.key == "picture_gone"
    else:
        assert str(shown) == text
        assert UPLOAD_ID.fullmatch(shown.upload)
    with pytest.raises(ClassroomError):
        Uploads(Path("/nonexistent"))._find(text)


@given(st.text("0123456789abcdef", min_size=16, max_size=16), st.sets(st.sampled_from(STAGES)))
def test_a_button_points_at_what_it_was_made_for(upload: str, without: set[str]) -> None:
    shown = Shown(upload)
    for stage in without:
        shown = shown.leaving_out(stage)
    assert Shown.parse(str(shown)) == shown
    assert set(shown.without) == without


def test_the_stages_are_those_of_the_trainer() -> None:
    assert STAGES == trainer.photo.seen.STAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_offered(language: Language) -> None:
    """A stage that did nothing is not offered, and every button fits Discord's limits."""
    shown, seen = Shown("0123456789abcdef", ("cutting-out",)), some_seen()
    actions = shown.actions(seen.stages, language)
    assert [(action.kind, action.typed) for action in actions] == [
        ("without", "cutting-out"), ("without", "inverting"), ("why", ""),
    ]  # fmt: skip
    untouched = Seen(seen.pixels, seen.original, None, ("already_style",))
    assert [action.kind for action in shown.actions(untouched.stages, language)] == ["why"]
    for action in actions:
        button = ActionButton.of(action, "123456789012345678")
        assert len(button.custom_id) <= 100
        assert ActionButton.knows(button.custom_id)
        assert len(button.label) <= 30
