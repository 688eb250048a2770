"""`/metrics`: the bot's figures for Prometheus, for the teacher's key."""

from typing import TYPE_CHECKING

from aiohttp import web

from bot.classroom.condition import Condition
from bot.errors import ClassroomError
from bot.web.entering import count_wrong, may_guess
from bot.web.room import ROOM

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

routes = web.RouteTableDef()


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.StreamResponse:
    """The figures in the text format of Prometheus; 401 without a key, 403 for a wrong one, 429 after many of them.

    The key is that of the teacher's address, as `Authorization: Bearer KEY` or `?key=KEY`.
    """
    room = request.app[ROOM]
    key = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or request.query.get("key", "")
    if not key:
        raise ClassroomError("not_let_in")
    may_guess(request)
    try:
        room.people.check_key(key)
    except ClassroomError:
        await count_wrong(request)
        raise
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    text = generate_latest(_registry(await room.classroom.observer.condition()))
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _registry(found: Condition) -> "CollectorRegistry":
    from prometheus_client import CollectorRegistry, Gauge, Info

    registry = CollectorRegistry()
    workers = found.load.workers
    Info("tutor", "The version that runs", registry=registry).info({"version": found.version})
    gauges = {
        "tutor_uptime_seconds": ("Seconds since the start", found.uptime_s),
        "tutor_trainings_running": ("Trainings that run", found.load.running),
        "tutor_trainings_waiting": ("Trainings in the queue", found.load.waiting),
        "tutor_workers": ("Worker processes", len(workers)),
        "tutor_workers_memory_bytes": ("Memory of all workers", sum(worker.memory or 0 for worker in workers)),
        "tutor_bot_memory_bytes": ("Memory of the bot's own process", found.own_bytes),
        "tutor_disk_free_bytes": ("Free space on the disk of TUTOR_HOME", found.disk_free),
        "tutor_runs": ("Saved runs", found.runs),
        "tutor_runs_bytes": ("Size of the saved runs", found.runs_bytes),
        "tutor_database_up": ("1 if the database answers", float(found.database_s is not None)),
        "tutor_database_seconds": ("How long the database takes to answer", found.database_s),
        "tutor_discord_latency_seconds": ("The last heartbeat of Discord's gateway", found.discord_s),
        "tutor_last_error_timestamp_seconds": (
            "When the last error was logged", found.last_error and found.last_error.at.timestamp()
        ),
    }  # fmt: skip
    for name, (about, value) in gauges.items():
        if value is not None:
            Gauge(name, about, registry=registry).set(value)
    return registry
