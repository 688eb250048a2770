"""The one message of a training, edited in place until its final state has arrived."""

import asyncio
import logging
from typing import Any, Final

import aiohttp
import discord

from bot.classroom import Answer, Training, describe
from bot.views.layout import AnswerView
from trainer.language import Language

EDIT_EVERY_S: Final = 2.2  # the contract says two seconds; the rest is for the way to Discord
LAST_WORD_S: Final = 1.0  # how long an edit that is under way may keep the final state waiting
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, *[30.0] * 19)  # ten minutes in all
_REFUSED: Final = frozenset({401, 403, 404})
_log = logging.getLogger(__name__)


class LiveMessage:
    """A message that follows a training."""

    def __init__(
        self,
        client: discord.Client,
        channel_id: int,
        message_id: int,
        language: Language,
        interaction: discord.Interaction | None = None,
    ) -> None:
        """interaction: the command that made the message, as another way to it for its first 15 minutes."""
        self._message = client.get_partial_messageable(channel_id).get_partial_message(message_id)
        self._interaction = interaction
        self._thinking = interaction is not None  # ended for certain only by the interaction's own edit
        self._language: Language = language

    async def follow(self, training: Training) -> None:
        """Show the latest state now and then, and the final one at once and for certain."""
        ended = asyncio.create_task(_wait_for_end(training))
        shown = ""
        while not ended.done():
            answer = describe(training.state, self._language)
            if answer.text != shown:
                shown = answer.text
                await self._show_until(answer, ended)
            await asyncio.wait({ended}, timeout=EDIT_EVERY_S)
        await self.deliver(describe(training.state, self._language))

    async def deliver(self, answer: Answer) -> bool:
        """Edit until Discord has taken it; False if it never will (the message or the right to edit it is gone)."""
        for wait_s in BACK_OFF_S:
            try:
                return await self._edit(answer)
            except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
                _log.info("the final state of message %s has to be sent again: %s", self._message.id, error)
            await asyncio.sleep(wait_s)
        _log.error("the final state of message %s could not be delivered", self._message.id)
        return False

    async def _show_until(self, answer: Answer, ended: "asyncio.Task[None]") -> None:
        """One progress edit; it may fail, a newer one follows."""
        edit = asyncio.create_task(self._edit(answer))
        await asyncio.wait({edit, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not edit.done():
            await asyncio.wait({edit}, timeout=LAST_WORD_S)
        if not edit.done():  # discord.py may be sleeping out a rate limit or retrying for half a minute
            edit.cancel()
        (outcome,) = await asyncio.gather(edit, return_exceptions=True)
        if isinstance(outcome, Exception):
            _log.info("a progress edit of message %s failed: %s", self._message.id, outcome)

    async def _edit(self, answer: Answer) -> bool:
        """Edit with the bot's own token, which does not expire; where that is refused, with the interaction's."""
        view = AnswerView(answer)
        if self._thinking and await self._edit_by_interaction(view):
            return True
        try:
            await self._message.edit(view=view, attachments=view.files)
        except discord.HTTPException as error:
            if error.status not in _REFUSED:
                raise
            if await self._edit_by_interaction(view):
                return True
            _log.warning("message %s can no longer be edited: %s", self._message.id, error)
            return False
        return True

    async def _edit_by_interaction(self, view: AnswerView) -> bool:
        """Whether the interaction's token still served."""
        if self._interaction is None or self._interaction.is_expired():
            return False
        try:
            await self._interaction.edit_original_response(view=view, attachments=view.files)
        except discord.HTTPException as error:
            if error.status not in _REFUSED:
                raise
            return False
        self._thinking = False
        return True


async def _wait_for_end(training: Training) -> None:
    async for _ in training.watch():
        pass


def message_ids(interaction: discord.Interaction, callback: Any) -> tuple[int, int] | None:
    """Channel and message of a deferred answer, if Discord told them."""
    if callback is None or callback.message_id is None or interaction.channel_id is None:
        return None
    return interaction.channel_id, callback.message_id
