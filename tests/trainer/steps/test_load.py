"""Where the data set is looked for, and that nothing but the published files is ever used."""

import gzip
import hashlib
import io
import logging
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data import download, fashion_mnist
from trainer.data.dataset import Dataset, split
from trainer.data.fashion_mnist import FILES, dataset_ready, load_folder
from trainer.data.idx import ALIGNMENT, parse
from trainer.errors import DatasetError
from trainer.settings import TrainerSettings
from trainer.steps import load
from trainer.steps.load import CLASS_NAMES, load_data


def idx(array: np.ndarray) -> bytes:
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with four small files whose checksums are taken for the published ones."""
    folder = tmp_path / "published"
    folder.mkdir()
    rng = np.random.default_rng(0)
    digests, contents = {}, {}
    for name, count in zip(FILES, (20, 20, 10, 10), strict=True):
        shape = (count, 28, 28) if "images" in name else (count,)
        content = idx(rng.integers(0, 10, shape, np.uint8))
        (folder / name).write_bytes(content)
        digests[name] = hashlib.sha256(content).hexdigest()
        contents[name] = hashlib.sha256(gzip.decompress(content)).hexdigest()
    monkeypatch.setattr(fashion_mnist, "CONTENT", contents)
    for module in (load, fashion_mnist):
        monkeypatch.setattr(module, "FILES", digests)
    monkeypatch.setattr(download, "MIRRORS", ())
    monkeypatch.setattr(download, "_failed", {})
    return folder


def settings(home: Path, folder: Path | None = None) -> TrainerSettings:
    return TrainerSettings(_env_file=None, tutor_home=home, fashion_mnist_dir=folder)  # pyright: ignore[reportCallIssue]


def test_the_folder_that_was_named(published: Path, tmp_path: Path) -> None:
    dataset = load_data("auto", settings=settings(tmp_path / "home", published))
    assert dataset.name == "fashion-mnist"
    assert dataset.train_images.shape == (20, 28, 28)
    assert dataset.test_labels.shape == (10,)
    assert dataset.train_images.dtype == np.uint8
    assert dataset.notice is None


@pytest.mark.parametrize("form", ["unpacked", "dotted", "dotted and packed", "packed again"])
def test_the_files_as_people_have_them(published: Path, tmp_path: Path, form: str) -> None:
    expected = load_folder(published)
    for name in FILES:
        content = gzip.decompress((published / name).read_bytes())
        (published / name).unlink()
        unpacked = name.removesuffix(".gz")
        match form:
            case "unpacked":
                (published / unpacked).write_bytes(content)
            case "dotted":
                (published / unpacked.replace("-idx", ".idx")).write_bytes(content)
            case "dotted and packed":
                (published / name.replace("-idx", ".idx")).write_bytes(gzip.compress(content, 1))
            case _:
                (published / name).write_bytes(gzip.compress(content, 1, mtime=1))
    chosen = settings(tmp_path / "home", published)
    assert dataset_ready(chosen)
    dataset = load_data("fashion-mnist", settings=chosen)
    assert dataset.sha256 == expected.sha256
    assert (dataset.train_images == expected.train_images).all()
    assert (dataset.test_labels == expected.test_labels).all()


@pytest.mark.parametrize(
    "place",
    [
        "{name} (1).gz", "{name}(1)", "{name}.gz.1", "{upper}.GZ", "Fashion {name}.bin", "raw/{name}.gz",
        "FashionMNIST/raw/{name}", "{name}/{name}", "下载/{name}.gz", "link",
    ],
)  # fmt: skip
def test_the_files_under_other_names(published: Path, tmp_path: Path, place: str) -> None:
    expected = load_folder(published)
    folder = tmp_path / "as people have them"
    for name in FILES:
        stem = name.removesuffix(".gz")
        path = folder / (place.format(name=stem, upper=stem.upper()) if place != "link" else f"{stem}-link")
        path.parent.mkdir(parents=True, exist_ok=True)
        if place == "link":
            path.symlink_to(published / name)
        else:
            path.write_bytes((published / name).read_bytes())
    (folder / "notes.txt").write_text("nothing to do with it", encoding="utf-8")
    (folder / "nowhere").symlink_to(folder / "nothing")
    chosen = settings(tmp_path / "home", folder)
    assert dataset_ready(chosen)
    dataset = load_data("fashion-mnist", settings=chosen)
    assert (dataset.train_images == expected.train_images).all()
    assert (dataset.test_labels == expected.test_labels).all()


@pytest.mark.parametrize("archive", ["archive.zip", "fashion.tar.gz"])
def test_an_archive_is_to_be_unpacked(published: Path, tmp_path: Path, archive: str) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / archive).write_bytes(b"PK")
    chosen = settings(tmp_path / "home", folder)
    assert not dataset_ready(chosen)
    with pytest.raises(DatasetError) as caught:
        load_data("auto", settings=chosen)
    assert archive in caught.value.sentence("zh-CN")


def test_a_file_that_may_not_be_read_is_named(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = list(FILES)[1]

    opened, is_file = Path.open, Path.is_file

    def refuse(path: Path, *given: Any, **options: Any) -> Any:
        if path.name == name:
            raise PermissionError(13, "Permission denied")
        return (opened if given else is_file)(path, *given, **options)

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "is_file", refuse)  # as in a folder that may not be entered
    with pytest.raises(DatasetError) as caught:
        load_data("auto", settings=settings(tmp_path / "home", published))
    assert name in str(caught.value)
    assert "Permission denied" in str(caught.value)


@pytest.mark.parametrize("packed", [True, False])
def test_mnist_is_named_as_such(published: Path, tmp_path: Path, packed: bool) -> None:
    digits = idx(np.array([5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5], np.uint8))
    for name in FILES:
        content = digits if "labels" in name else idx(np.full((12, 28, 28), 7, np.uint8))
        (published / name).unlink()
        (published / (name if packed else name.removesuffix(".gz"))).write_bytes(
            content if packed else gzip.decompress(content)
        )
    with pytest.raises(DatasetError) as caught:
        load_data("auto", settings=settings(tmp_path / "home", published))
    assert "MNIST (handwritten digits)" in caught.value.sentence("en")


@pytest.mark.parametrize("choice", ["auto", "fashion-mnist"])
@pytest.mark.parametrize("harm", ["missing", "truncated", "swapped"])
def test_a_harmed_file_in_the_folder_that_was_named_is_named(
    published: Path, tmp_path: Path, choice: str, harm: str
) -> None:
    name = list(FILES)[2]
    if harm == "missing":
        (published / name).unlink()
    elif harm == "truncated":
        (published / name).write_bytes((published / name).read_bytes()[:-7])
    else:
        (published / name).write_bytes((published / next(iter(FILES))).read_bytes())
    with pytest.raises(DatasetError) as caught:
        load_data(choice, settings=settings(tmp_path / "home", published))  # pyright: ignore[reportArgumentType]
    assert name in caught.value.sentence("zh-CN")


def test_the_home_goes_before_the_cache_and_a_bad_file_there_is_passed_over(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home, user = tmp_path / "home", tmp_path / "user"
    monkeypatch.setattr(Path, "home", lambda: user)
    cache = user / ".keras" / "datasets" / "fashion-mnist"
    for folder in (load.home_folder(home), cache):
        folder.mkdir(parents=True)
        for path in published.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
    assert dataset_ready(settings(home))
    bad = load.home_folder(home) / next(iter(FILES))
    bad.write_bytes(b"half")
    with caplog.at_level(logging.WARNING):
        assert load_data("fashion-mnist", settings=settings(home)).name == "fashion-mnist"
    assert str(bad) in caplog.text


def test_auto_says_why_it_takes_the_practice_set(published: Path, tmp_path: Path, practice_home: Path) -> None:
    home = tmp_path / "home"
    kept = practice_home / "datasets" / "practice-2.npz"
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / kept.name).write_bytes(kept.read_bytes())
    dataset = load_data("auto", settings=settings(home))
    assert dataset.name == "practice"
    assert dataset.notice is not None
    assert "TUTOR_DATASET=practice" in dataset.notice.sentence("en")
    with pytest.raises(DatasetError):
        load_data("fashion-mnist", settings=settings(home))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_file_or_an_error(content: bytes) -> None:
    for packed in (content, gzip.compress(content)):
        try:
            array = parse(io.BytesIO(packed), "some.gz")
        except DatasetError as error:
            assert "some.gz" in str(error)
        else:
            assert array.dtype == np.uint8


@given(st.integers(0, 5), st.integers(0, 4), st.integers(0, 4))
def test_what_was_written_is_read(count: int, height: int, width: int) -> None:
    array = np.arange(count * height * width, dtype=np.uint8).reshape(count, height, width)
    assert np.array_equal(parse(io.BytesIO(idx(array)), "x"), array)


def test_a_file_with_something_behind_it_is_refused() -> None:
    with pytest.raises(DatasetError):
        parse(io.BytesIO(idx(np.zeros(3, np.uint8)) + b"more"), "x")


def test_a_file_that_is_read_in_pieces() -> None:
    array = np.random.default_rng(0).integers(0, 256, (4000, 28, 28), np.uint8)  # no gzip can make it smaller
    packed = idx(array)
    assert len(packed) > 2 * 2**20
    read = parse(io.BytesIO(packed), "x")
    np.testing.assert_array_equal(read, array)
    assert read.ctypes.data % ALIGNMENT == 0
    for broken in (packed[:-1], packed[: 2**20], packed + b"\0", packed + packed):
        with pytest.raises(DatasetError):
            parse(io.BytesIO(broken), "x")


@pytest.mark.parametrize("count", [3999, 4001, 2**31])
def test_a_header_that_promises_another_number_of_images(count: int) -> None:
    content = bytearray(gzip.decompress(idx(np.zeros((4000, 28, 28), np.uint8))))
    content[4:8] = count.to_bytes(4, "big")
    with pytest.raises(DatasetError):
        parse(io.BytesIO(gzip.compress(content)), "x")


def test_the_real_data_set(real_data: Path) -> None:
    """Its published geometry: nearly every garment's longest side is 28 pixels, on a background of 0."""
    dataset = load_folder(real_data)
    assert dataset.train_images.shape == (60_000, 28, 28)
    assert dataset.test_images.shape == (10_000, 28, 28)
    assert np.bincount(dataset.train_labels).tolist() == [6000] * 10
    assert len(CLASS_NAMES) == 10
    on: Any = dataset.train_images > 0
    rows, columns = on.any(axis=2), on.any(axis=1)
    height = 28 - rows.argmax(axis=1) - rows[:, ::-1].argmax(axis=1)
    width = 28 - columns.argmax(axis=1) - columns[:, ::-1].argmax(axis=1)
    assert (np.maximum(height, width) == 28).mean() > 0.98
    assert abs(dataset.train_images.mean() / 255 - 0.286) < 0.001


def test_the_last_twelfth_is_held_out(practice: Dataset) -> None:
    parts, whole = split(practice, validation=True), split(practice, validation=False)
    assert len(parts.validation_images) == len(parts.validation_labels) == 1000
    np.testing.assert_array_equal(parts.validation_images, practice.train_images[-1000:])
    np.testing.assert_array_equal(parts.train_labels, practice.train_labels[:-1000])
    np.testing.assert_array_equal(whole.train_images, practice.train_images)
    assert len(whole.validation_images) == 0
