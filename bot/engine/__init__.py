"""Where training runs: worker processes behind one engine, embedded or remote; pictures in a process of their own.

Importing this package imports neither Dask nor TensorFlow.
"""

from bot.engine.engine import Engine, Ticket
from bot.engine.job import Job, JobCancelled, JobEvent, JobFailed, Queued, Started, WorkerDied

__all__ = [
    "Engine",
    "Job",
    "JobCancelled",
    "JobEvent",
    "JobFailed",
    "Queued",
    "Started",
    "Ticket",
    "WorkerDied",
]
