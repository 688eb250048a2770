"""The one message of a training, edited in place until its final state has arrived."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import discord

from bot.classroom import Answer, Training, describe
from bot.discord.failures import FAILURES, one_line
from bot.discord.layout import AnswerView
from trainer.language import Language

EDIT_EVERY_S: Final = 2.2  # at least two seconds between edits when they arrive at Discord
QUEUE_EVERY_S: Final = 5.0  # thirty waiting people move up at the same time; a channel takes about one edit a second
LAST_EDIT_S: Final = 1.0  # how long a running progress edit may delay the final state
TRIES_END_S: Final = 600.0  # then the final state is left to the next start
TOKEN_LIFE_S: Final = 15 * 60 - 10.0  # of an interaction; discord.py compares with the wall clock, which may be wrong
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 30.0
FIRST_LIMIT_S: Final = 2.0  # for one try; discord.py alone would sleep and retry for half a minute
LONGEST_LIMIT_S: Final = 40.0  # a large picture over a slow line
_REFUSED: Final = frozenset({401, 403, 404})
_ARCHIVED: Final = 50083  # the thread is archived: refused as well, though with status 400
_CONTENT_REFUSED: Final = frozenset({400, 413})  # Discord refuses what is in the edit
_log = logging.getLogger(__name__)

Route = Callable[[AnswerView], Awaitable[None]]


class RefusedError(Exception):
    """This route to the message is closed for good: the token has expired, or the bot may not see the channel."""


class LiveMessage:
    """A message that shows a training.

    Two routes edit it: the channel, with the bot's token, which never expires but may lack the permission to see the
    channel; and for 15 minutes the interaction that made the message, or a later one of a button in it. Each has its
    own rate limit, so each also serves while the other one has to wait.
    """

    def __init__(
        self,
        client: discord.Client,
        message: discord.PartialMessage,
        language: Language,
        *,
        interaction: discord.Interaction | None = None,
        closing: asyncio.Event | None = None,
    ) -> None:
        """interaction: the command that made the message; closing: set when the bot ends, retries are short then."""
        self._http = client.http
        self._message = message
        self._channel_open = True
        self._interaction, self._interaction_at = interaction, time.monotonic()
        self._thinking = interaction is not None  # only the interaction's own edit ends "is thinking" for certain
        self._language: Language = language
        self._closing = closing or asyncio.Event()

    @property
    def message_id(self) -> int:
        """The message's id."""
        return self._message.id

    def offer(self, interaction: discord.Interaction) -> None:
        """Use the interaction of a button in this message as a route for its 15 minutes."""
        self._interaction, self._interaction_at = interaction, time.monotonic()

    async def follow(self, training: Training) -> bool:
        """Show the latest state every EDIT_EVERY_S, and the final one at once; returns what `deliver` does."""
        changed = asyncio.Event()
        ended = asyncio.create_task(_watch(training, changed))
        shown, shown_at = None, 0.0
        try:
            while not ended.done():
                changed.clear()
                state = training.state
                due_at = shown_at + (QUEUE_EVERY_S if shown and state.status == "queued" else EDIT_EVERY_S)
                wait_s = due_at - time.monotonic()
                if wait_s > 0:
                    await asyncio.wait({ended}, timeout=min(wait_s, EDIT_EVERY_S))
                    continue
                answer = describe(state, self._language)
                if answer == shown or state.final or not self._routes():
                    await _first_of(ended, changed)
                    continue
                await self._show_until(answer, ended)
                shown, shown_at = answer, time.monotonic()
        finally:
            ended.cancel()
        return await self.deliver(describe(training.state, self._language))

    async def deliver(self, answer: Answer) -> bool:
        """Edit until Discord accepts it or the message is gone; False after TRIES_END_S without success."""
        view, began = AnswerView(answer), time.monotonic()
        self._channel_open = True  # the bot may have its permissions back
        pause_s, limit_s, tries = FIRST_PAUSE_S, FIRST_LIMIT_S, 0
        while time.monotonic() - began < TRIES_END_S:
            routes = self._routes()
            if not routes:
                _log.warning("message %s can no longer be edited: it is deleted or not accessible", self.message_id)
                return True
            try:
                async with asyncio.timeout(limit_s):
                    await routes[tries % len(routes)](view)
            except RefusedError:
                continue  # with the other route
            except FAILURES as error:
                if isinstance(error, discord.HTTPException) and error.status in _CONTENT_REFUSED:
                    if not answer.pictures:
                        _log.exception("Discord refuses the final state of message %s", self.message_id)
                        return True
                    _log.warning("message %s is sent again without its picture: %s", self.message_id, error)
                    answer = Answer(answer.text, actions=answer.actions, tone=answer.tone)
                    view = AnswerView(answer)
                _log.info("the final state of message %s is sent again: %s", self.message_id, one_line(error))
            else:
                return True
            tries += 1
            await self._pause(pause_s)
            pause_s, limit_s = min(2 * pause_s, LONGEST_PAUSE_S), min(1.5 * limit_s, LONGEST_LIMIT_S)
        _log.error("the final state of message %s could not be delivered", self.message_id)
        return False

    async def _show_until(self, answer: Answer, ended: "asyncio.Task[None]") -> None:
        """One progress edit; a failed one is replaced by the next."""
        edit = asyncio.create_task(self._progress(answer))
        try:
            await asyncio.wait({edit, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not edit.done():
                await asyncio.wait({edit}, timeout=LAST_EDIT_S)
        finally:
            edit.cancel()  # discord.py may be waiting for a rate limit; an old state must not follow the final one
            (outcome,) = await asyncio.gather(edit, return_exceptions=True)
        if isinstance(outcome, Exception):
            _log.info("a progress edit of message %s failed: %s", self.message_id, one_line(outcome))

    async def _progress(self, answer: Answer) -> None:
        view = AnswerView(answer)
        for route in self._routes():
            try:
                return await route(view)
            except RefusedError:
                continue
        return None

    def _routes(self) -> Sequence[Route]:
        """The open routes, the preferred one first."""
        alive = time.monotonic() - self._interaction_at < TOKEN_LIFE_S
        by_interaction = self._interaction is not None and alive
        if by_interaction and self._thinking:
            return [self._by_interaction]
        return [self._by_channel] * self._channel_open + [self._by_interaction] * by_interaction

    async def _by_channel(self, view: AnswerView) -> None:
        try:
            await self._message.edit(view=view, attachments=view.files)
        except asyncio.CancelledError:
            # While discord.py waits for a global rate limit all other requests wait for an event that is set at the end
            # of that wait, and not when it is cancelled: they would wait for ever.
            self._http._global_over.set()  # noqa: SLF001
            raise
        except discord.HTTPException as error:
            if error.status in _REFUSED or error.code == _ARCHIVED:
                self._channel_open = False
                raise RefusedError from error
            raise

    async def _by_interaction(self, view: AnswerView) -> None:
        assert self._interaction is not None  # noqa: S101 see _routes
        used = self._interaction
        try:
            await used.edit_original_response(view=view, attachments=view.files)
        except discord.HTTPException as error:
            if error.status in _REFUSED:
                self._thinking = False
                if self._interaction is used:
                    self._interaction = None
                raise RefusedError from error
            raise
        self._thinking = False

    async def _pause(self, seconds: float) -> None:
        if self._closing.is_set():
            await asyncio.sleep(min(seconds, 2 * FIRST_PAUSE_S))
            return
        waiting = asyncio.create_task(self._closing.wait())
        await asyncio.wait({waiting}, timeout=seconds)
        waiting.cancel()


async def _watch(training: Training, changed: asyncio.Event) -> None:
    async for _ in training.watch():
        changed.set()


async def _first_of(ended: "asyncio.Task[None]", changed: asyncio.Event) -> None:
    change = asyncio.create_task(changed.wait())
    await asyncio.wait({ended, change}, return_when=asyncio.FIRST_COMPLETED)
    change.cancel()
