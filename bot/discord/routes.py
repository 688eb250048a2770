"""The ways to a message of a training, each closed for good when Discord refuses it: such requests are counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

import discord

from bot.classroom import Answer
from bot.discord.layout import AnswerView
from bot.texts import texts
from trainer.language import Language

TOKEN_LIFE_S: Final = 15 * 60 - 10.0  # of an interaction; discord.py compares with the wall clock, which may be wrong
_REFUSED: Final = frozenset({401, 403, 404})
_ARCHIVED, _LOCKED, _NO_PERMISSION = 50083, 160005, 50013

Route = Callable[[Answer], Awaitable[None]]


class RefusedError(Exception):
    """This way is closed: the token has expired, the message is deleted, or the bot may not do it any more."""


@dataclass(frozen=True)
class _Asked:
    """An interaction and when it came."""

    interaction: discord.Interaction
    at: float = field(default_factory=time.monotonic)

    @property
    def alive(self) -> bool:
        return time.monotonic() - self.at < TOKEN_LIFE_S


class Routes:
    """The ways to one message.

    Two edit it: the channel, with the bot's token, which never expires but may lack a permission; and for 15 minutes
    the interaction that made the message, or a later one of a button in it. Each has its own rate limit, so each also
    serves while the other one has to wait.
    """

    def __init__(
        self,
        client: discord.Client,
        message: discord.PartialMessage,
        language: Language,
        interaction: discord.Interaction | None,
    ) -> None:
        self._http = client.http
        self._message = message
        self._language: Language = language
        self._channel_open = True
        self._editor = self._asker = _Asked(interaction) if interaction is not None else None
        self._thinking = interaction is not None  # only the interaction's own edit ends "is thinking" for certain
        self._archived = False  # and the bot has not reopened the thread yet
        self._files_refused = False

    def offer(self, interaction: discord.Interaction) -> None:
        """Use the interaction of a button in this message for its 15 minutes."""
        self._editor = _Asked(interaction)
        if self._asker is not None and self._asker.interaction.user == interaction.user:
            self._asker = self._editor

    def edits(self) -> list[Route]:
        """Those that are open and edit the message, the preferred one first."""
        by_interaction: list[Route] = [self._by_interaction] * (self._editor is not None and self._editor.alive)
        if by_interaction and self._thinking:
            return by_interaction
        return [self._by_channel, *by_interaction] if self._channel_open else by_interaction

    def try_channel_again(self) -> None:
        """Open the channel's way: the bot may have its permissions back."""
        self._channel_open = True

    def for_the_end(self) -> list[Route]:
        """Those for a final state.

        An archived thread is opened again, and pictures that the bot may not attach are left out; where no edit is
        possible the person who asked is told.
        """
        edits = [*self.edits(), *[self._reopened] * self._archived, *[self._without_pictures] * self._files_refused]
        return edits or [self._besides] * (self._asker is not None and self._asker.alive)

    async def _by_channel(self, answer: Answer) -> None:
        view = AnswerView(answer)
        try:
            await self._as_bot(self._message.edit(view=view, attachments=view.files))
        except discord.HTTPException as error:
            if self._refused(error):
                self._channel_open = False
                self._files_refused = bool(answer.pictures) and error.code == _NO_PERMISSION
                raise RefusedError from error
            raise

    async def _by_interaction(self, answer: Answer) -> None:
        assert self._editor is not None  # noqa: S101 see edits
        used, view = self._editor, AnswerView(answer)
        try:
            await used.interaction.edit_original_response(view=view, attachments=view.files)
        except discord.HTTPException as error:
            if self._refused(error):
                self._thinking = False
                if self._editor is used:
                    self._editor = None
                raise RefusedError from error
            raise
        self._thinking = False

    async def _reopened(self, answer: Answer) -> None:
        """An archived thread takes an edit after it was opened again, as a new message in it would do."""
        try:
            await self._as_bot(self._http.edit_channel(self._message.channel.id, archived=False))
        except discord.HTTPException as error:
            if self._refused(error):
                self._archived = False
                raise RefusedError from error
            raise
        self._channel_open = True
        try:
            await self._by_channel(answer)
        finally:
            self._archived = False  # once is enough

    async def _without_pictures(self, answer: Answer) -> None:
        self._channel_open, self._files_refused = True, False
        await self._by_channel(replace(answer, pictures=()))

    async def _besides(self, answer: Answer) -> None:
        """A message of its own, that only the person who asked for the training sees."""
        assert self._asker is not None  # noqa: S101 see for_the_end
        view = AnswerView(replace(answer, text=f"{texts()(self._language, 'classroom.besides')}\n\n{answer.text}"))
        try:
            await self._asker.interaction.followup.send(view=view, files=view.files, ephemeral=True)
        except discord.HTTPException as error:
            if self._refused(error):
                self._asker = None
                raise RefusedError from error
            raise

    def _refused(self, error: discord.HTTPException) -> bool:
        self._archived = self._archived or error.code == _ARCHIVED
        return error.status in _REFUSED or error.code in (_ARCHIVED, _LOCKED)

    async def _as_bot(self, request: Awaitable[object]) -> None:
        try:
            await request
        except asyncio.CancelledError:
            # While discord.py waits for a global rate limit all other requests wait for an event that is set at the end
            # of that wait, and not when it is cancelled: they would wait for ever.
            self._http._global_over.set()  # noqa: SLF001
            raise
