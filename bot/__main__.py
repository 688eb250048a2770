"""`python -m bot`: the Discord bot with a token, without one the terminal classroom and the page."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import SettingsError
from bot.settings import Settings
from bot.texts import texts
from trainer.cli.parser import Parser
from trainer.cli.program import run_program, tell_person
from trainer.runtime.shortage import check_classroom

if TYPE_CHECKING:
    from bot.classroom import Beside


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bot or the classroom until it ends; returns the exit code (see `run_program`)."""
    return run_program(_parser(), Settings, _start, arguments)


def _parser() -> Parser:
    parser = Parser(
        prog="python -m bot",
        description="The classroom: a Discord bot when DISCORD_TOKEN is set, else in this terminal and as a web page.",
    )
    kinds = parser.add_subparsers(dest="kind", metavar="{discord,chat,web,sync,check,backup,restore,sheet}")
    kinds.add_parser("discord", help="the Discord bot; needs DISCORD_TOKEN")
    kinds.add_parser("chat", help="the terminal classroom, also when a token is set")
    kinds.add_parser("web", help="the web page alone (see TUTOR_WEB)")
    sync = kinds.add_parser("sync", help="register the commands with Discord now")
    sync.add_argument("--guild", type=int, help="only for this server (its id); there they appear at once")
    sync.add_argument("--clear", action="store_true", help="remove the commands instead, e.g. doubled ones")
    kinds.add_parser("check", help="say what is wrong with token, network, disk, memory, data set, and what to do")
    backup = kinds.add_parser("backup", help="save database and runs in one file, also while a bot runs")
    backup.add_argument("file", type=Path, help="the file to write; a backup that is there is replaced")
    restore = kinds.add_parser("restore", help="put database and runs back from such a file")
    restore.add_argument("file", type=Path)
    sheet = kinds.add_parser("sheet", help="write the whole course, questions and answers too, as one HTML file")
    sheet.add_argument("file", type=Path, metavar="FILE.html", help="the file to write")
    return parser


def _start(chosen: argparse.Namespace, settings: Settings) -> int:
    if chosen.kind == "check":
        from bot.check.run import run_check

        return run_check(settings)
    if chosen.kind == "backup":
        from bot.backup.save import run_backup

        return run_backup(settings, chosen.file)
    if chosen.kind == "restore":
        from bot.backup.restore import run_restore

        return run_restore(settings, chosen.file)
    if settings.dask_scheduler_address:
        from bot.training.connection import check_address

        check_address(settings.dask_scheduler_address)
    return asyncio.run(_run(chosen, settings))


async def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    if chosen.kind == "sheet":
        return await _write_sheet(settings, chosen.file)
    kind = chosen.kind or ("discord" if settings.discord_token else "chat")
    if kind != "sync":
        check_classroom(0 if settings.dask_scheduler_address else settings.tutor_workers)
    tell_person(texts()(settings.tutor_lang, "terminal.opening"))
    if kind == "chat":
        from bot.terminal.main import run_chat

        page = _page(settings, browser=True) if chosen.kind is None and _at_terminal() else None
        return await run_chat(settings, invited=chosen.kind == "chat", page=page)
    if kind == "web":
        from bot.web.main import run_web

        return await run_web(settings)
    if settings.discord_token is None:
        raise SettingsError("token_missing")
    if kind == "sync":
        from bot.discord.sync import sync_commands

        return await sync_commands(settings, guild=chosen.guild, clear=chosen.clear)
    from bot.discord.main import run_discord

    return await run_discord(settings, page=_page(settings) if settings.tutor_web else None)


async def _write_sheet(settings: Settings, file: Path) -> int:
    check_classroom(0)
    tell_person(texts()(settings.tutor_lang, "sheet.making"))
    from bot.sheet.main import write_sheet

    return await write_sheet(settings, file)


def _at_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _page(settings: Settings, *, browser: bool = False) -> "Beside | None":
    """What serves the page beside another front end; None if TUTOR_WEB is off."""
    if settings.web_address is None:
        return None
    from bot.web.main import serving

    return partial(serving, settings, browser=browser)


if __name__ == "__main__":
    sys.exit(main())
