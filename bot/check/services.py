"""What the bot listens on and connects to: the proxy, the training workers, the page's port."""

import asyncio
import socket
from typing import Final

from bot.findings import Finding
from bot.settings import Settings
from bot.training.connection import connected
from bot.training.worker import one_line
from trainer.errors import TutorError, problem_of
from trainer.runtime.shortage import check_classroom

CONNECT_S: Final = 5.0


async def proxy(settings: Settings) -> Finding:
    """Whether something listens where the proxy should be."""
    used = settings.proxy
    if used is None:
        return Finding("fine", "proxy_none")
    values = {"proxy": str(used), "setting": used.setting}
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(used.host, used.port)
        writer.close()
    except OSError as error:  # TimeoutError is one
        return Finding("wrong", "proxy_silent", {**values, "problem": problem_of(error)})
    return Finding("fine", "proxy", values)


async def workers(settings: Settings) -> Finding:
    """Whether the scheduler answers and has workers; on this machine, whether the system allows their processes."""
    address = settings.dask_scheduler_address
    if address is None:
        try:
            check_classroom(settings.tutor_workers)
        except TutorError as error:
            return Finding("wrong", "workers_refused", {"problem": error.sentence(settings.tutor_lang)})
        return Finding("fine", "workers", {"count": settings.tutor_workers})
    try:
        async with connected(settings) as (client, _):
            count = len(await client.processing())
    except Exception as error:  # Dask raises many kinds
        return Finding("wrong", "scheduler_silent", {"address": address, "problem": one_line(error)})
    if not count:
        return Finding("wrong", "scheduler_empty", {"address": address})
    return Finding("fine", "scheduler", {"address": address, "count": count})


def page(settings: Settings, *, running: bool) -> Finding:
    """Whether the page can listen; running: a bot may be listening there already."""
    address = settings.web_address
    if address is None or (settings.discord_token is not None and settings.tutor_web is None):
        return Finding("fine", "page_off")
    values = {"address": f"{address.host}:{address.port}"}
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        socket.create_server((address.host, address.port), family=family).close()
    except OSError as error:
        if running:
            return Finding("note", "page_running", values)
        return Finding("wrong", "page_taken", {**values, "problem": problem_of(error)})
    return Finding("fine", "page", values)
