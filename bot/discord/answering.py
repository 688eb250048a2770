"""Identify the user, acknowledge within three seconds, report errors."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiohttp
import discord
from discord import app_commands, ui

from bot.discord.cut import cut
from bot.discord.failures import NETWORK
from bot.errors import ClassroomError
from bot.texts import texts
from trainer.errors import TutorError
from trainer.language import Language, language_of

if TYPE_CHECKING:
    from bot.classroom import Learner

# Discord's codes: unknown interaction, invalid webhook token, unknown webhook. It is too late to answer.
_TOO_LATE: Final = frozenset({10062, 50027, 10015})
_ALREADY_ANSWERED: Final = 40060
_SERVER_ERROR: Final = 500
_PAUSE_S: Final = 0.3
_log = logging.getLogger(__name__)
T = TypeVar("T")


def learner_of(interaction: discord.Interaction) -> "Learner":
    """The person behind an interaction, with the language of their client."""
    from bot.classroom import Learner  # this module is imported before the classroom: see main

    rights = interaction.permissions
    return Learner(
        id=str(interaction.user.id),
        name=interaction.user.display_name,
        language=reads(interaction),
        guild_id=str(interaction.guild_id) if interaction.guild_id else None,
        is_teacher=interaction.guild_id is not None and (rights.manage_guild or rights.administrator),
    )


def reads(interaction: discord.Interaction) -> Language:
    """The language of the person's client."""
    return language_of(interaction.locale.value)


async def acknowledge(
    interaction: discord.Interaction, *, ephemeral: bool = False, thinking: bool = True
) -> int | None:
    """The first step of every command: tell Discord that the answer follows. Returns the id of its message.

    A second call for the same interaction does nothing.

    Args:
        ephemeral: only the person sees the answer.
        thinking: False for a button whose own message will be edited.
    """
    if "answer_id" in interaction.extras:
        return interaction.extras["answer_id"]
    interaction.extras["in_place"] = not thinking
    try:
        callback = await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
    except NETWORK:  # e.g. Discord had closed the kept connection; there is time for a second try
        try:
            callback = await interaction.response.defer(ephemeral=ephemeral, thinking=thinking)
        except discord.HTTPException as error:
            if error.code != _ALREADY_ANSWERED:
                raise
            callback = None  # the first try had arrived, only Discord's answer to it was lost
    interaction.extras["answer_id"] = callback.message_id if callback else None
    return interaction.extras["answer_id"]


async def once_more(send: Callable[[], Awaitable[T]]) -> T:
    """Send, and send again if the connection breaks. discord.py itself retries Discord's errors."""
    try:
        return await send()
    except NETWORK:
        await asyncio.sleep(_PAUSE_S)
        return await send()


async def say_error(interaction: discord.Interaction, error: BaseException) -> None:
    """Answer with one sentence; unforeseen errors are also logged with their traceback."""
    while isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError) and error.__cause__:
        error = error.__cause__
    age_s = (datetime.now(UTC) - interaction.created_at).total_seconds()
    if isinstance(error, discord.HTTPException) and error.code in (*_TOO_LATE, _ALREADY_ANSWERED):
        hint = "; does a second bot use this token?" if error.code == _ALREADY_ANSWERED else ""
        _log.warning("an answer came too late, %.1f s after the command: code %s%s", age_s, error.code, hint)
        return
    sentence = sentence_of(error, reads(interaction))
    try:
        await _answer(interaction, sentence)
    except (discord.HTTPException, *NETWORK) as failure:
        told = failure.status if isinstance(failure, discord.HTTPException) else type(failure).__name__
        _log.warning("an error could not be answered (%s, %.1f s after the command): %s", told, age_s, sentence)


def sentence_of(error: BaseException, language: Language) -> str:
    """The sentence about an error for the person who caused it."""
    match error:
        case TutorError():
            return error.sentence(language)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return ClassroomError("commands_changed").sentence(language)
        case discord.HTTPException() if error.status >= _SERVER_ERROR:
            pass
        case aiohttp.ClientError() | TimeoutError() | ConnectionError():
            pass
        case _:
            _log.error("an interaction failed", exc_info=error)
            return texts()(language, "error.unforeseen")
    _log.warning("Discord did not accept an answer: %s: %s", type(error).__name__, error)
    return texts()(language, "error.discord_trouble")


class NoteView(ui.LayoutView):
    """A sentence without buttons."""

    def __init__(self, sentence: str) -> None:
        super().__init__(timeout=None)
        container: ui.Container[Any] = ui.Container(ui.TextDisplay(cut(sentence)), accent_colour=0xF23F43)
        self.add_item(container)


async def _answer(interaction: discord.Interaction, sentence: str) -> None:
    note = NoteView(sentence)
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(view=note, ephemeral=True)
        except discord.HTTPException as error:
            if error.code != _ALREADY_ANSWERED:
                raise
        else:
            return
    if interaction.extras.get("in_place"):  # the message with the button must not be replaced by the sentence
        await once_more(lambda: interaction.followup.send(view=note, ephemeral=True))
    else:
        await once_more(lambda: interaction.edit_original_response(view=note, attachments=[]))  # ends "is thinking"
