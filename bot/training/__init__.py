"""Where training runs: worker processes behind one engine, embedded or remote; pictures in processes of their own.

`engine` is what the classroom uses: it keeps a `connection` to a scheduler (the one of `local`, which starts
`cluster` as a process, or a remote one) and lets a `dispatcher` hand the jobs of the `queue` to free workers, where
`worker` runs them. `pictures` starts the processes in which `picture_tasks` run.

Importing this package imports neither Dask nor TensorFlow.
"""

from bot.training.engine import Engine
from bot.training.job import Job, JobCancelled, JobEvent, JobFailed, Queued, Started, WorkerDied
from bot.training.ticket import Ticket

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
