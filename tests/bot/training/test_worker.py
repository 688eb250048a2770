"""The worker's side of a training, with a pipeline that trains nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

from bot.settings import Settings, for_trainer
from bot.training import worker
from trainer.config import Config
from trainer.events import PhaseStarted
from trainer.recipes import configure
from trainer.runs.folder import new_run_folder, open_run, unpack_run, write_record

RECORD = {
    "schema": 1,
    "id": "one",
    "dataset": {"name": "practice", "sha256": "0" * 64},
    "metrics": {"test_accuracy": 0.5, "test_loss": 1.0},
}


def test_a_run_is_trained_in_the_workers_folder_and_comes_back_as_bytes(
    make_settings: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: dict[str, Any] = {}

    def run_tutorial(config: Config, *, out: Path, on_event: Callable[..., None], **options: Any) -> Any:
        called.update(options, config=config, out=out, stopped=options["should_stop"](), keras=os.environ["KERAS_HOME"])
        on_event(PhaseStarted("load"))
        with new_run_folder(out) as partial:
            write_record(partial / "run.json", RECORD)
        return open_run(out)

    pipeline = ModuleType("trainer.pipeline")
    pipeline.run_tutorial = run_tutorial  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "trainer.pipeline", pipeline)
    for name in ("KERAS_HOME", "MPLCONFIGDIR", "DASK_TEMPORARY_DIRECTORY"):
        monkeypatch.setenv(name, "elsewhere")
    settings = make_settings()
    config = configure(dataset="practice", epochs=3)
    job = {
        "run_id": "one",
        "config": config.to_record(),
        "languages": ["en", "zh-CN"],
        "settings": for_trainer(settings),
        "folder": str(tmp_path),
    }
    heard: list[object] = []
    data = worker.train_run(json.loads(json.dumps(job)), heard.append, lambda: True)

    assert unpack_run(data, tmp_path / "unpacked").record == RECORD
    assert heard == [PhaseStarted("load")]
    assert called["config"] == config
    assert called["run_id"] == "one"
    assert called["stopped"] is True
    assert "languages" not in called  # nothing is drawn
    assert called["settings"].tutor_home == settings.tutor_home
    assert called["settings"].tutor_dataset == "practice"
    assert called["keras"] == str(settings.tutor_home / "keras")
    assert called["out"].is_relative_to(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["unpacked"]  # nothing of the training is left


def test_no_secret_is_told_to_the_trainer(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(discord_token="very-secret-token", database_url="sqlite+aiosqlite:///secret")
    assert "secret" not in json.dumps(for_trainer(settings))


def test_a_worker_reads_the_proxy_itself(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its password is not sent, because Dask may log what it sends."""
    for name in ("KERAS_HOME", "MPLCONFIGDIR", "DASK_TEMPORARY_DIRECTORY"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("HTTPS_PROXY=http://mei:very-secret@proxy.example:3128\n")
    given = for_trainer(make_settings(no_proxy="10.0.0.0/8", fashion_mnist_mirror="http://10.0.0.7/"))
    assert "secret" not in json.dumps(given)
    settings = worker._settings(json.loads(json.dumps(given)))
    proxy = settings.proxy_for("discord.com")
    assert proxy is not None
    assert (proxy.host, proxy.password) == ("proxy.example", "very-secret")
    assert settings.proxy_for("10.0.0.7") is None
    assert settings.mirror == "http://10.0.0.7/"


def test_a_worker_ignores_ctrl_c_and_gives_way() -> None:
    """In a process of its own: both stay with it."""
    code = (
        "import psutil, signal; from bot.training.worker import dask_setup; dask_setup(None);"
        "print(int(psutil.Process().nice()), signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"
    )
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, check=True
    )
    if sys.platform == "win32":
        lower = int(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        lower = min(os.nice(0) + 10, 19)
    assert done.stdout.split() == [str(lower), "True"]


def test_the_bot_imports_nothing_heavy_for_its_engine() -> None:
    code = (
        "import sys, bot.training, bot.pictures.processes;"
        "print(sorted({'distributed', 'dask', 'tensorflow', 'keras', 'matplotlib', 'cv2', 'numpy'} & set(sys.modules)))"
    )
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
