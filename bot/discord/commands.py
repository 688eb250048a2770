"""The declared commands as Discord's slash commands."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str

from bot.classroom import Classroom
from bot.commands import COMMANDS, Command, Option
from bot.discord.answering import learner_of
from bot.discord.attachments import AttachedFile
from bot.discord.translation import localised, unchanged
from trainer.language import LANGUAGES

RunCommand = Callable[[discord.Interaction, Command, dict[str, Any]], Awaitable[None]]
_TYPES: Final[dict[str, Any]] = {
    "text": str, "rest": str, "run": str, "whole": int, "number": float, "yes_no": bool, "picture": discord.Attachment,
}  # fmt: skip


def slash_commands(classroom: Classroom, run: RunCommand) -> list[app_commands.Command[Any, ..., Any]]:
    """One for every declared command that Discord lists; `run` carries it out."""
    return [_slash_command(classroom, run, command) for command in COMMANDS.values() if command.slash]


def _slash_command(classroom: Classroom, run: RunCommand, command: Command) -> app_commands.Command[Any, ..., Any]:
    async def callback(interaction: discord.Interaction, **given: Any) -> None:
        options = {
            name: AttachedFile(value) if isinstance(value, discord.Attachment) else value
            for name, value in given.items()
            if value is not None
        }
        await run(interaction, command, options)

    async def offer_runs(interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        choices = await classroom.runs_like(learner_of(interaction), typed)
        return [Choice(name=choice.label, value=choice.run_id) for choice in choices]

    words = f"command.{command.name}"
    interaction = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    callback.__signature__ = inspect.Signature([interaction, *map(_parameter, command.options)])  # type: ignore[attr-defined]
    names = {option.name: unchanged(option.name) for option in command.options}
    abouts = {option.name: localised(f"{words}.{option.name}") for option in command.options}
    choices = {option.name: _choices(option) for option in command.options if option.choices}
    decorated = app_commands.choices(**choices)(app_commands.describe(**abouts)(app_commands.rename(**names)(callback)))
    slash: app_commands.Command[Any, ..., Any] = app_commands.Command(
        name=unchanged(command.name), description=localised(f"{words}.about"), callback=decorated
    )
    for option in command.options:
        if option.kind == "run":
            slash.autocomplete(option.name)(offer_runs)
    return slash


def _parameter(option: Option) -> inspect.Parameter:
    """What discord.py makes an option of: its type with limits, None as the default of an optional one."""
    kind = _TYPES[option.kind]
    if option.limits is not None:
        of_limit = float if option.kind == "number" else int
        kind = cast("Any", Range)[kind, of_limit(option.limits.low), of_limit(option.limits.high)]
    default = inspect.Parameter.empty if option.required else None
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=kind if option.required else kind | None,
    )


def _choices(option: Option) -> list[Choice[str]]:
    assert option.choices is not None  # noqa: S101 asked for such options only
    label = option.choices.label
    return [
        Choice(name=locale_str(label(value, "en"), **{one: label(value, one) for one in LANGUAGES}), value=value)
        for value in option.choices.values
    ]
