"""`python -m bot`: the Discord bot with a token, the terminal classroom without one."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bot.errors import SettingsError
from bot.settings import Settings
from bot.texts import texts
from trainer.cli.parser import Parser
from trainer.cli.program import run_program, tell_person


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bot or the classroom until it ends; returns the exit code (see `run_program`)."""
    return run_program(_parser(), Settings, _start, arguments)


def _parser() -> Parser:
    parser = Parser(
        prog="python -m bot",
        description="The classroom: a Discord bot when DISCORD_TOKEN is set, else a terminal classroom.",
    )
    kinds = parser.add_subparsers(dest="kind", metavar="{discord,chat,sync}")
    kinds.add_parser("discord", help="the Discord bot; needs DISCORD_TOKEN")
    kinds.add_parser("chat", help="the terminal classroom, also when a token is set")
    sync = kinds.add_parser("sync", help="register the commands with Discord now")
    sync.add_argument("--guild", type=int, help="only for this server (its id); there they appear at once")
    sync.add_argument("--clear", action="store_true", help="remove the commands instead, e.g. doubled ones")
    return parser


def _start(chosen: argparse.Namespace, settings: Settings) -> int:
    if settings.dask_scheduler_address:
        from bot.training.connection import check_address

        check_address(settings.dask_scheduler_address)
    return asyncio.run(_run(chosen, settings))


async def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    kind = chosen.kind or ("discord" if settings.discord_token else "chat")
    tell_person(texts()(settings.tutor_lang, "terminal.opening"))
    if kind == "chat":
        from bot.terminal.main import run_chat

        return await run_chat(settings, invited=chosen.kind == "chat")
    if settings.discord_token is None:
        raise SettingsError("token_missing")
    if kind == "sync":
        from bot.discord.sync import sync_commands

        return await sync_commands(settings, guild=chosen.guild, clear=chosen.clear)
    from bot.discord.main import run_discord

    return await run_discord(settings)


if __name__ == "__main__":
    sys.exit(main())
