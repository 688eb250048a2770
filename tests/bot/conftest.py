"""A classroom over a real store and real run folders; the engine and the pictures are fakes at their documented API."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from bot.classroom import Classroom, Learner
from bot.exercises import Exercise
from bot.pictures import tasks
from bot.pictures.answers import Classified, Reasons
from bot.pictures.processes import uploads_folder
from bot.search import Found
from bot.settings import Settings
from bot.store import Store
from bot.training import Job, JobCancelled, JobEvent, Load, WorkerUse
from trainer.config import Config
from trainer.errors import PictureError
from trainer.events import EpochEnded
from trainer.language import Language
from trainer.photo.seen import Seen
from trainer.runs.folder import new_run_folder, pack_run, runs_folder, write_history, write_record

PNG = b"\x89PNG\r\n\x1a\n"


class FakeEngine:
    """An engine that trains nothing: the test sends the events of its jobs and ends them."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.stops = True  # a cancelled job ends at once
        self.closed = False

    def submit(
        self, run_id: str, config: Config, listener: Callable[[JobEvent], None], *, group: str, owner: str
    ) -> Job:
        self.jobs.append(Job(run_id, config, listener, self._cancel, group=group, owner=owner))
        return self.jobs[-1]

    async def load(self) -> Load:
        running = [job for job in self.jobs if job.started and not job.done]
        return Load(
            len(self.jobs) - len(running), len(running), (WorkerUse(612_000_000, bool(running)), WorkerUse(None, False))
        )

    def _cancel(self, job: Job) -> None:
        job.cancelled = True
        if self.stops:
            job.end(JobCancelled())

    async def close(self) -> None:
        self.closed = True


class FakePictures:
    """The real tasks in this process, on a grey square instead of every upload, and with a mark instead of drawings."""

    def __init__(self, home: Path) -> None:
        self._uploads = uploads_folder(home)
        self.seen = Seen(np.full((28, 28), 128, np.uint8), np.zeros((28, 28, 3), np.uint8), None, ("already_style",))
        self.drawn: list[tuple[Any, ...]] = []
        self.error: Exception | None = None
        self.closed = False

    async def start(self) -> None:
        pass

    async def classify(
        self, run: Path, picture: bytes | Path, language: Language, without: tuple[str, ...] = ()
    ) -> Classified:
        if not picture:
            raise PictureError("picture_empty")
        with (
            patch("trainer.photo.style.to_dataset_style", lambda _: self.seen),
            patch("trainer.plots.strip.draw_seen", _mark),
        ):
            return tasks.classify(run, picture, language, without, self._uploads)

    async def why(self, run: Path, upload: Path, without: tuple[str, ...], language: Language) -> Reasons:
        with patch("trainer.plots.why.draw_why", _mark):
            return tasks.why(run, upload, without, language)

    async def draw_lesson(self, step: str, language: Language, run: Path | None) -> bytes:
        self.drawn.append((step, language, run))
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return PNG + step.encode()

    async def draw_run_plot(self, run: Path, name: tasks.PlotName, language: Language) -> bytes:
        self.drawn.append((run, name, language))
        if self.error:
            raise self.error
        return PNG + f"{name}.{language}".encode()

    async def close(self) -> None:
        self.closed = True


class FakeSearch:
    """A search that finds what the test says."""

    def __init__(self) -> None:
        self.found = Found(("train", "evaluate"), ("train:6", "glossary:loss"), (), outside=False)
        self.error: Exception | None = None
        self.questions: list[str] = []

    async def find(self, question: str) -> Found:
        self.questions.append(question)
        if self.error:
            raise self.error
        return self.found

    async def close(self) -> None:
        pass


EXERCISES: dict[str, dict[str, Any]] = {
    "load": {
        "dataset": "fashion-mnist",
        "arrays": (
            ("train_images", "uint8", (60000, 28, 28)),
            ("train_labels", "uint8", (60000,)),
            ("test_images", "uint8", (10000, 28, 28)),
            ("test_labels", "uint8", (10000,)),
        ),
        "train_counts": (6000,) * 10,
        "test_counts": (1000,) * 10,
        "seconds": 0.5123,
    },
    "explore": {
        "dataset": "fashion-mnist",
        "indices": (48475, 48297, 40244, 28131, 1359),
        "shape": (5, 28, 28),
        "ranges": ((0, 255, 98.574), (0, 255, 138.152), (0, 255, 62.828), (3, 254, 146.996), (0, 255, 18.649)),
        "asked": 4,
        "options": (0, 6, 2, 4),
        "right": 6,
    },
    "preprocess": {
        "dataset": "fashion-mnist",
        "index": 5355,
        "label": 4,
        "before": {"dtype": "uint8", "least": 0.0, "largest": 255.0, "mean": 47.7168},
        "after": {"dtype": "float32", "least": 0.0, "largest": 1.0, "mean": 0.187125},
    },
    "build": {
        "dataset": "fashion-mnist",
        "layers": (("Flatten", (None, 784), 0), ("Dense", (None, 128), 100480), ("Dense", (None, 10), 1290)),
        "parameters": 101770,
        "index": 892,
        "label": 9,
        "probabilities": (0.064, 0.094, 0.026, 0.315, 0.05, 0.136, 0.116, 0.09, 0.078, 0.031),
    },
    "compile": {
        "dataset": "fashion-mnist",
        "images": 32,
        "steps": 1875,
        "guessing_loss": 2.302585,
        "learning_rate": 0.001,
        "loss": (2.6259, 2.1184),
        "accuracy": (0.1875, 0.34375),
        "moved": 24,
    },
    "evaluate": {
        "dataset": "fashion-mnist",
        "images": 10000,
        "right": 8553,
        "loss": 0.40442,
        "weakest": 2,
        "weakest_right": 540,
        "weakest_images": 1000,
        "taken_for": 4,
        "taken_for_count": 218,
        "wrong": ((1147, 2, 4, 0.66), (5072, 2, 4, 0.767), (6096, 6, 2, 0.734)),
    },
}
REVEALED: dict[str, Any] = {"labels": (8, 4, 1, 6, 5), "answers": (8, 4, 1, 2, 5)}


class FakeExercises:
    """Exercises that always come to the same figures, which a test may change, and to a mark instead of a picture."""

    def __init__(self) -> None:
        self.changes: dict[str, Any] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.error: Exception | None = None
        self.closed = False

    async def run(
        self, step: str, seed: int, language: Language, run: Path | None = None, *, revealed: bool = False
    ) -> Exercise:
        self.asked.append((step, seed, language, run, revealed))
        if self.error:
            raise self.error
        figures = EXERCISES[step] | (REVEALED if revealed else {}) | self.changes
        return Exercise(figures, b"" if step == "load" or figures.get("wrong") == () else _mark(language))

    async def draw_options(self, options: tuple[str, ...], seed: int, language: Language) -> bytes:
        self.asked.append((options, seed, language))
        if self.error:
            raise self.error
        return _mark(language)

    async def close(self) -> None:
        self.closed = True


def _mark(*arguments: Any) -> bytes:
    """Instead of a drawing: what shows the language it was asked for in."""
    return PNG + arguments[-1].encode()


def record_of(run_id: str, **changes: Any) -> dict[str, Any]:
    """run.json of a run with ten test images a class, of which eight are right, and two shirts."""
    confusion = [[0] * 10 for _ in range(10)]
    for label in range(10):
        right = 2 if label == 6 else 8
        confusion[label][label] = right
        confusion[label][(label + 1) % 10] = 10 - right
    metrics = {
        "test_accuracy": 0.74,
        "test_loss": 0.3371,
        "train_accuracy": 0.9105,
        "train_loss": 0.2,
        "recall": [row[label] / 10 for label, row in enumerate(confusion)],
        "confusion": confusion,
    }
    config = {
        "recipe": "tutorial",
        "dataset": "auto",
        "epochs": 2,
        "batch_size": 32,
        "learning_rate": 0.001,
        "seed": 7,
    }
    record = {
        "schema": 1,
        "id": run_id,
        "created": "2026-11-24T10:15:30+00:00",
        "recipe": "tutorial",
        "config": config,
        "seed": 7,
        "dataset": {"name": "fashion-mnist", "sha256": "0" * 64},
        "metrics": metrics,
        "timings": {"load_s": 0.1, "fit_s": 4.1, "evaluate_s": 0.2, "save_s": 0.3, "total_s": 4.7},
        "parameters": 101770,
    }
    metrics |= changes.pop("metrics", {})
    return json.loads(json.dumps(record | changes))


def save_run(home: Path, run_id: str, **changes: Any) -> Path:
    """A run folder made by hand, as a worker would have packed it."""
    final = runs_folder(home) / run_id
    with new_run_folder(final) as partial:
        write_record(partial / "run.json", record_of(run_id, **changes))
        history = [EpochEnded(epoch, 2, 0.5 / epoch, 0.8, 0.4, 0.7, 2.0 * epoch) for epoch in (1, 2)]
        write_history(partial / "history.csv", history)
    return final


@pytest.fixture
def saved() -> Callable[..., Path]:
    return save_run


@pytest.fixture
def packed(tmp_path: Path) -> Callable[..., bytes]:
    """A run as the engine hands it over."""

    def pack(run_id: str, **changes: Any) -> bytes:
        return pack_run(save_run(tmp_path / "worker", run_id, **changes))

    return pack


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(tutor_home=tmp_path / "home", tutor_dataset="auto", tutor_lang="en")


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with Store(settings.database) as opened:
        yield opened


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def pictures(settings: Settings) -> FakePictures:
    return FakePictures(settings.tutor_home)


@pytest.fixture
def search() -> FakeSearch:
    return FakeSearch()


@pytest.fixture
def exercises() -> FakeExercises:
    return FakeExercises()


@pytest.fixture
async def classroom(
    settings: Settings,
    store: Store,
    engine: FakeEngine,
    pictures: FakePictures,
    search: FakeSearch,
    exercises: FakeExercises,
) -> AsyncIterator[Classroom]:
    opened = Classroom(settings, store, engine, pictures, search, exercises)  # type: ignore[arg-type]
    yield opened
    await opened.close()


@pytest.fixture
def mei() -> Learner:
    return Learner("1", "Mei", "zh-CN", guild_id="7")


@pytest.fixture
def tom() -> Learner:
    return Learner("2", "Tom", "en", guild_id="7")
