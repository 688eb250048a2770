"""The functions that run in a worker process; the bot imports this module only to refer to them.

On a remote cluster: `dask worker ADDRESS --nthreads 1 --preload bot.training.worker`.
"""

import contextlib
import contextvars
import errno
import gc
import importlib
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import psutil

from bot.errors import ClassroomError
from bot.training.job import JobCancelled, JobFailed
from trainer.config import Config
from trainer.errors import TrainingCancelled, TutorError
from trainer.events import Event, to_message
from trainer.runtime.imports import importing_tensorflow
from trainer.runtime.memory import return_freed_memory
from trainer.runtime.priority import lower_priority
from trainer.settings import TrainerSettings, prepare_home

TOPIC: Final = "trainer.events"  # one topic for all jobs: the scheduler never removes a topic
LONGEST_SUMMARY: Final = 300
_DISK_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_WAIT_S: Final = 2.0  # one wait for the cancel event at the scheduler, and the pause after an error

Task = Callable[[dict[str, Any], Callable[[Event], None], Callable[[], bool]], bytes]


def dask_setup(_worker: Any) -> None:
    """Called by Dask in every new worker process, before any job and so before TensorFlow is imported."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to the whole process group
    lower_priority(10)  # the bot must answer while a training uses every core


def kill_worker(dask_worker: Any) -> None:
    """Kill the worker of a nanny, which then starts a new process. Runs in the nanny."""
    psutil.Process(dask_worker.pid).kill()


def cancel_event(run_id: str) -> str:
    """The name of the distributed.Event that is set to stop a job."""
    return f"cancel-{run_id}"


def warm_up(settings: dict[str, Any] | None) -> None:
    """Import TensorFlow and compile what a default training needs, so that the first training starts without delay."""
    given = _settings(settings)
    with importing_tensorflow():
        from trainer import pipeline

    pipeline.warm_up(given)


def run_job(job: dict[str, Any], task: str) -> bytes | JobCancelled | JobFailed | TutorError:
    """Run `task`, "module:function", and return what it returns, or the reason why there is no result.

    Any other exception becomes a JobFailed: to unpickle one of TensorFlow's, the bot would have to import TensorFlow.
    """
    from distributed import get_worker

    worker = get_worker()
    run_id = job["run_id"]

    def notify(message: dict[str, Any]) -> None:
        worker.log_event(TOPIC, {"run_id": run_id, **message})

    notify({"kind": "Started"})
    module, function = task.split(":")
    try:
        with _cancelled(run_id) as cancelled:
            work: Task = getattr(importlib.import_module(module), function)
            folder = {"folder": worker.local_directory}
            data = work(job | folder, lambda event: notify(to_message(event)), cancelled.is_set)
            # It may have been cancelled after the task checked for the last time.
            return JobCancelled() if cancelled.is_set() else data
    except TrainingCancelled:
        return JobCancelled()
    except Exception as error:
        return _failure(error)


def train_run(job: dict[str, Any], on_event: Callable[[Event], None], should_stop: Callable[[], bool]) -> bytes:
    """Run the tutorial's pipeline in a temporary folder; returns the packed run, so that no disk has to be shared.

    The run has no plots: the bot draws those that it shows.
    """
    settings = _settings(job["settings"])
    from trainer.runs.folder import pack_run

    with importing_tensorflow():
        from trainer.pipeline import run_tutorial

    # In the worker's own folder, which Dask removes even if the process is killed.
    with tempfile.TemporaryDirectory(prefix="run-", dir=job["folder"], ignore_cleanup_errors=True) as folder:
        run = run_tutorial(
            Config(**job["config"]),
            out=Path(folder) / job["run_id"],
            run_id=job["run_id"],
            settings=settings,
            on_event=on_event,
            should_stop=should_stop,
        )
        packed = pack_run(run.path)
    gc.collect()  # Keras models hold reference cycles
    return_freed_memory()
    return packed


def _settings(given: dict[str, Any] | None) -> TrainerSettings:
    """The bot's settings, or a remote machine's own if `given` is None. Must be called before Keras is imported."""
    settings = TrainerSettings() if given is None else TrainerSettings(**given)
    prepare_home(settings.tutor_home)
    return settings


@contextlib.contextmanager
def _cancelled(run_id: str) -> Iterator[threading.Event]:
    """An event that is set as soon as the bot cancels the job.

    A thread waits for the scheduler's event, so that the training only reads a flag of its own process.
    """
    cancelled, over = threading.Event(), threading.Event()
    context = contextvars.copy_context()  # holds Dask's current worker
    thread = threading.Thread(target=context.run, args=(_wait_for_cancel, run_id, cancelled, over), daemon=True)
    thread.start()
    try:
        yield cancelled
    finally:
        over.set()


def _wait_for_cancel(run_id: str, cancelled: threading.Event, over: threading.Event) -> None:
    from distributed import Event, get_client

    while not over.is_set():
        try:
            if Event(cancel_event(run_id), client=get_client()).wait(timeout=_WAIT_S):
                cancelled.set()
                return
        except Exception:  # the scheduler cannot be reached at the moment
            over.wait(_WAIT_S)


def _failure(error: Exception) -> JobFailed | TutorError:
    # Before a TutorError: the trainer's sentence names the full folder, which is a worker's and means nothing here.
    if any(isinstance(one, OSError) and one.errno in _DISK_FULL for one in (error, error.__cause__)):
        return ClassroomError("training_disk")
    if isinstance(error, TutorError):
        return error
    # Compared by name, because importing the error class would import TensorFlow.
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return ClassroomError("training_memory")
    return JobFailed(one_line(error))


def one_line(error: BaseException) -> str:
    """An error as one short line for the log."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text[:LONGEST_SUMMARY]
