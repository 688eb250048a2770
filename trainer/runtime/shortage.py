"""What a small container or a strict limit may lack: processes, threads, semaphores."""

import errno
import multiprocessing
import threading
from typing import Final

from trainer.errors import TutorError, problem_of

NEEDED: Final = 300  # processes and threads, as the sentence recommends; eight workers have some 250
_SEMAPHORES: Final = 12  # of the picture processes and their pools
_SEMAPHORES_OF_A_WORKER: Final = 8
_THREADS: Final = 32  # of the trainer alone on two cores; on more there are more
_THREADS_OF_THE_CLASSROOM: Final = 64  # with one worker on two cores it has 60 at a time
_THREADS_OF_A_WORKER: Final = 24


def shortage_of(error: BaseException) -> TutorError | None:
    """The sentence (`processes_few`) if the system refused a process or a thread, here or in a cause; else None."""
    found: BaseException | None = error
    while found is not None:
        no_thread = isinstance(found, RuntimeError) and "can't start new thread" in str(found)
        if no_thread or (isinstance(found, OSError) and found.errno == errno.EAGAIN):
            problem = problem_of(found) if isinstance(found, OSError) else str(found)
            return TutorError("processes_few", problem=problem, needed=NEEDED)
        found = found.__cause__ or found.__context__
    return None


def check_threads(count: int = _THREADS) -> None:
    """Raise TutorError (`processes_few`) now rather than have TensorFlow abort later; takes some milliseconds."""
    over = threading.Event()
    try:
        for _ in range(count):
            threading.Thread(target=over.wait, daemon=True).start()
    except RuntimeError as error:
        raise shortage_of(error) or error from None
    finally:
        over.set()


def check_classroom(workers: int) -> None:
    """Raise TutorError if the system would refuse what the classroom needs with so many workers.

    `processes_few`, or `semaphores_missing`: on Linux they lie in /dev/shm, which can be missing, read-only or tiny.
    """
    check_threads(_THREADS_OF_THE_CLASSROOM + workers * _THREADS_OF_A_WORKER)
    context = multiprocessing.get_context("spawn")
    try:
        _ = [context.Lock() for _ in range(_SEMAPHORES + workers * _SEMAPHORES_OF_A_WORKER)]
    except (OSError, ImportError) as error:  # ImportError: this Python was built without
        problem = problem_of(error) if isinstance(error, OSError) else str(error)
        raise shortage_of(error) or TutorError("semaphores_missing", problem=problem) from None
