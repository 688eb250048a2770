"""Who asks, and the one way in which an error reaches them."""

import logging
from datetime import UTC, datetime

import discord
from discord import app_commands, ui

from bot.classroom import Learner
from bot.texts import ClassroomError, texts
from bot.views.cut import cut
from trainer.errors import TutorError
from trainer.language import language_of

_log = logging.getLogger(__name__)


def learner_of(interaction: discord.Interaction) -> Learner:
    """The person behind an interaction, with the language of their client."""
    return Learner(
        id=str(interaction.user.id),
        name=interaction.user.display_name,
        language=language_of(interaction.locale.value),
        guild_id=str(interaction.guild_id) if interaction.guild_id else None,
        is_teacher=interaction.guild_id is not None and interaction.permissions.manage_guild,
    )


async def say_error(interaction: discord.Interaction, error: BaseException) -> None:
    """One sentence to the person who caused it; what nobody foresaw goes to the log with its traceback."""
    while isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError) and error.__cause__:
        error = error.__cause__
    sentence = _sentence(interaction, error)
    try:
        await _answer(interaction, sentence)
    except discord.HTTPException as failure:
        # 10062 and 50027: the time to answer is over; nothing more can be done for this one.
        age_s = (datetime.now(UTC) - interaction.created_at).total_seconds()
        _log.warning("an error could not be told (%s, %.1f s after the command): %s", failure.status, age_s, sentence)


def _sentence(interaction: discord.Interaction, error: BaseException) -> str:
    language = language_of(interaction.locale.value)
    match error:
        case TutorError():
            return error.sentence(language)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return ClassroomError("commands_changed").sentence(language)
        case discord.NotFound() if error.code == 10062:  # noqa: PLR2004 Discord's code for an unknown interaction
            return texts()(language, "error.too_late")
        case _:
            _log.error("an interaction failed", exc_info=error)
            return ClassroomError("unforeseen").sentence(language)


class NoteView(ui.LayoutView):
    """A sentence with nothing to press."""

    def __init__(self, sentence: str) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.Container(ui.TextDisplay(cut(sentence)), accent_colour=0xF23F43))


async def _answer(interaction: discord.Interaction, sentence: str) -> None:
    note = NoteView(sentence)
    if not interaction.response.is_done():
        await interaction.response.send_message(view=note, ephemeral=True)
    elif interaction.response.type is discord.InteractionResponseType.deferred_message_update:
        await interaction.followup.send(view=note, ephemeral=True)  # the message itself is not the answer
    else:
        await interaction.edit_original_response(view=note, attachments=[])  # ends "is thinking"
