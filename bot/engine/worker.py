"""What runs in a worker process. The bot imports this module only to name its functions."""

import importlib
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from trainer.config import Config
from trainer.errors import TrainingCancelled, TutorError
from trainer.events import Event, to_message
from trainer.quiet import quiet_standard_error

TOPIC: Final = "trainer.events"  # one for all jobs; the scheduler keeps every topic it ever saw
_MOST_REMEMBERED: Final = 256
_cancelled: dict[str, None] = {}  # run ids, oldest first

Task = Callable[[dict[str, Any], Callable[[Event], None], Callable[[], bool]], bytes]


def dask_setup(_worker: Any) -> None:
    """Called by Dask in every new worker process, before any job."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; it is meant for the classroom
    os.nice(10)  # the bot must answer while a training takes every core


def warm_up() -> None:
    """Import what a training needs, so that the first one starts at once."""
    with quiet_standard_error():
        importlib.import_module("trainer.pipeline")


def request_cancel(run_id: str) -> None:
    """Ask a job to stop; runs in the worker's event loop while the job computes in its thread."""
    _cancelled[run_id] = None
    while len(_cancelled) > _MOST_REMEMBERED:
        del _cancelled[next(iter(_cancelled))]


def run_job(job: dict[str, Any], task: str) -> dict[str, Any]:
    """Run `task`, "module:function", and say how it ended.

    The outcome is plain values: an exception of a TensorFlow module would import TensorFlow where it arrives.
    """
    from distributed import get_worker

    worker = get_worker()
    run_id = job["run_id"]

    def tell(message: dict[str, Any]) -> None:
        worker.log_event(TOPIC, {"run_id": run_id, **message})

    tell({"kind": "Started"})
    module, function = task.split(":")
    try:
        work: Task = getattr(importlib.import_module(module), function)
        data = work(job, lambda event: tell(to_message(event)), lambda: run_id in _cancelled)
    except TutorError as error:
        return {"outcome": "refused", "error": error}
    except TrainingCancelled:
        return {"outcome": "cancelled"}
    except Exception as error:
        return {"outcome": "failed", "summary": f"{type(error).__name__}: {error}".splitlines()[0]}
    return {"outcome": "done", "data": data}


def train_run(job: dict[str, Any], on_event: Callable[[Event], None], should_stop: Callable[[], bool]) -> bytes:
    """The tutorial's pipeline in a temporary folder; the run comes back as bytes, so no disk need be shared."""
    with quiet_standard_error():
        from trainer.pipeline import run_tutorial
    from trainer.runs import pack_run

    with tempfile.TemporaryDirectory(prefix="keras-tutor-") as folder:
        run = run_tutorial(
            Config(**job["config"]),
            out=Path(folder) / job["run_id"],
            run_id=job["run_id"],
            languages=job["languages"],
            on_event=on_event,
            should_stop=should_stop,
        )
        return pack_run(run.path)
