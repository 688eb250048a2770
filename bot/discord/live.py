"""The one message of a training, edited in place until its final state has arrived."""

import asyncio
import logging
import time
from dataclasses import replace
from typing import Final

import discord

from bot.classroom import Answer, Training, describe
from bot.discord.failures import FAILURES, one_line
from bot.discord.routes import RefusedError, Routes
from trainer.language import Language

EDIT_EVERY_S: Final = 2.2  # at least two seconds between edits when they arrive at Discord
QUEUE_EVERY_S: Final = 5.0  # thirty waiting people move up at the same time; a channel takes about one edit a second
LAST_EDIT_S: Final = 1.0  # how long a running progress edit may delay the final state
TRIES_END_S: Final = 600.0  # then the final state is left to the next start
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 30.0
FIRST_LIMIT_S: Final = 2.0  # for one try; discord.py alone would sleep and retry for half a minute
LONGEST_LIMIT_S: Final = 40.0  # a large picture over a slow line
_CONTENT_REFUSED: Final = frozenset({400, 413})  # Discord refuses what is in the edit
_log = logging.getLogger(__name__)


class LiveMessage:
    """A message that shows a training; see Routes for the ways to it."""

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
        self._message_id = message.id
        self._routes = Routes(client, message, language, interaction)
        self._language: Language = language
        self._closing = closing or asyncio.Event()

    def offer(self, interaction: discord.Interaction) -> None:
        """Use the interaction of a button in this message as a way to it for its 15 minutes."""
        self._routes.offer(interaction)

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
                if answer == shown or state.final or not self._routes.edits():
                    await _first_of(ended, changed)
                    continue
                await self._show_until(answer, ended)
                shown, shown_at = answer, time.monotonic()
        finally:
            ended.cancel()
        return await self.deliver(describe(training.state, self._language))

    async def deliver(self, answer: Answer) -> bool:
        """Edit until Discord accepts it or nothing is left to try; False after TRIES_END_S without success."""
        began = time.monotonic()
        self._routes.try_channel_again()
        pause_s, limit_s, tries = FIRST_PAUSE_S, FIRST_LIMIT_S, 0
        while time.monotonic() - began < TRIES_END_S:
            routes = self._routes.for_the_end()
            if not routes:
                _log.warning("message %s stays as it is: deleted, or not accessible any more", self._message_id)
                return True
            try:
                async with asyncio.timeout(limit_s):
                    await routes[tries % len(routes)](answer)
            except RefusedError:
                continue  # with another one
            except FAILURES as error:
                if isinstance(error, discord.HTTPException) and error.status in _CONTENT_REFUSED:
                    if not answer.pictures:
                        _log.exception("Discord refuses the final state of message %s", self._message_id)
                        return True
                    _log.warning("message %s is sent again without its picture: %s", self._message_id, error)
                    answer = replace(answer, pictures=())
                _log.info("the final state of message %s is sent again: %s", self._message_id, one_line(error))
            else:
                return True
            tries += 1
            await self._pause(pause_s)
            pause_s, limit_s = min(2 * pause_s, LONGEST_PAUSE_S), min(1.5 * limit_s, LONGEST_LIMIT_S)
        _log.error("the final state of message %s could not be delivered", self._message_id)
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
            _log.info("a progress edit of message %s failed: %s", self._message_id, one_line(outcome))

    async def _progress(self, answer: Answer) -> None:
        for route in self._routes.edits():
            try:
                return await route(answer)
            except RefusedError:
                continue
        return None

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
