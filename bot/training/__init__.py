"""Training jobs in worker processes, on this machine or on others.

`engine` is what the classroom uses. It holds a `connection` to a Dask scheduler: a remote one, or the one that `local`
starts on this machine in the process `cluster`. `dispatcher` assigns each `job` of the `queue`, in which classes and
people take turns, to a free `slot`, one for each worker process, and measures the `durations`; `worker` holds the
functions that run there, `trial` finds out why they die before they train.

Importing this package imports neither Dask nor TensorFlow.
"""

from bot.training.engine import Engine
from bot.training.job import Job, JobCancelled, JobEvent, JobFailed, Queued, Started, WorkerDied
from bot.training.load import Load, WorkerUse

__all__ = [
    "Engine",
    "Job",
    "JobCancelled",
    "JobEvent",
    "JobFailed",
    "Load",
    "Queued",
    "Started",
    "WorkerDied",
    "WorkerUse",
]
