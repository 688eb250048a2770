"""`python -m bot`: the Discord bot with a token, the terminal classroom without one."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import NoReturn, cast

from bot.errors import ClassroomError, SettingsError
from bot.settings import Settings, home_unwritable, language_for_errors, read_settings
from trainer.errors import TutorError
from trainer.language import Language

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the settings, prepare the home, open the classroom.

    Returns the exit code: 0 done, 2 wrong use or setting, 1 anything else that failed.
    """
    language = cast("Language", language_for_errors())
    try:
        chosen = _parser().parse_args(arguments)
        settings = read_settings()
        language = settings.tutor_lang
        _open_home(settings)
        return asyncio.run(_run(chosen, settings))
    except TutorError as error:
        print(error.sentence(language), file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    except KeyboardInterrupt:
        print(ClassroomError("stopped_by_hand").sentence(language), file=sys.stderr)
        return 130
    except Exception as error:
        if logging.getLogger().handlers:  # without any, Python itself would print the traceback
            _log.exception("the classroom could not go on")
        problem = " ".join(f"{type(error).__name__}: {error}".split())
        print(ClassroomError("broke_down", problem=problem).sentence(language), file=sys.stderr)
        return 1


class _Parser(argparse.ArgumentParser):
    """Wrong use is one sentence, like every other mistake."""

    def error(self, message: str) -> NoReturn:
        raise SettingsError("wrong_use", problem=message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
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


def _open_home(settings: Settings) -> None:
    """What a look at the settings cannot tell: SettingsError for a place that is not there, not ours or not safe."""
    from trainer.settings import missing_data_folder, prepare_home

    if (folder := missing_data_folder(settings)) is not None:
        raise SettingsError("data_folder_missing", folder=folder)
    if settings.dask_scheduler_address:
        from bot.training.connection import check_address

        check_address(settings.dask_scheduler_address)
    try:
        prepare_home(settings.tutor_home)
    except OSError as error:
        raise home_unwritable(settings, error) from None


async def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    kind = chosen.kind or ("discord" if settings.discord_token else "chat")
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
