"""A second process for what needs no TensorFlow: it draws while the network is trained on the other side and saved.

A thread would not do: Python runs one thread at a time, and drawing and saving are Python for the most part. Nor would
concurrent.futures' pool of processes: it leaves semaphores behind when this process is ended from outside.
"""

import contextlib
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import numpy as np


@contextlib.contextmanager
def second_process() -> Iterator[Executor]:
    """A process that imports `trainer.plots.run` at once and then draws what it is given. It never outlives this one."""
    context = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()  # so that each side sees the other one's end
    with ThreadPoolExecutor(1) as thread, ours:
        yield _Beside(ours, thread)


class _Beside(Executor):
    """One call after the other; a thread waits for the answers."""

    def __init__(self, connection: Any, thread: Executor) -> None:
        self._connection, self._thread = connection, thread

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._thread.submit(self._call, fn, args, kwargs)

    def _call(self, function: Callable[..., Any], arguments: Any, named: Any) -> Any:
        try:
            self._connection.send((function, arguments, named))
            answer, error = self._connection.recv()
        except (OSError, EOFError):  # it was killed; then what it was for is done here
            return function(*arguments, **named)
        if error is not None:
            raise error
        return answer


def _serve(connection: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; this one ends with its parent
    from trainer.plots import run as plots

    nothing = np.zeros((10, 10), np.int64)
    plots.draw_confusion(nothing, "en", "practice")  # the first picture of a process takes matplotlib twice the time
    gc.freeze()  # all this stays, and need not be searched for garbage after each picture
    with contextlib.suppress(OSError, EOFError):
        while True:
            function, arguments, named = connection.recv()
            try:
                connection.send((function(*arguments, **named), None))
            except Exception as error:  # raised on the other side
                connection.send((None, error))
    os._exit(0)  # Python would take half a second to take all this down
