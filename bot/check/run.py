"""Make all checks and print them."""

import asyncio
from collections.abc import AsyncIterator

from bot.check import machine, services
from bot.classroom.training.sessions import is_running
from bot.findings import Finding
from bot.settings import Settings
from bot.texts import texts


def run_check(settings: Settings) -> int:
    """Print a line for each finding; returns 1 if anything is wrong, else 0."""
    return asyncio.run(_run(settings))


async def _run(settings: Settings) -> int:
    say, language, wrong = texts(), settings.tutor_lang, 0
    async for one in _findings(settings):
        wrong += one.level == "wrong"
        print(f"[{say(language, f'check.{one.level}')}] {say(language, f'check.{one.key}', **one.values)}", flush=True)
    print(say(language, "check.failed" if wrong else "check.passed", count=wrong))
    return 1 if wrong else 0


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    """From the machine outwards."""
    running = is_running(settings.tutor_home)
    yield machine.versions()
    yield machine.disk(settings)
    yield machine.memory(settings, running=running)
    yield await asyncio.to_thread(machine.database, settings)
    yield await asyncio.to_thread(machine.dataset, settings)
    yield await services.proxy(settings)
    yield await services.workers(settings)
    yield services.page(settings, running=running)
    if settings.discord_token is None:
        yield Finding("note", "token_none")
        yield Finding("note", "clock_unknown")
        return
    from bot.discord.check import discord_findings

    for one in await discord_findings(settings):
        yield one
