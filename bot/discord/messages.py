"""The messages of trainings: followed while they run, brought to their final state after a restart."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import discord

from bot.classroom import Classroom, Training, TrainingState, describe
from bot.discord.layout import show
from bot.discord.live import LiveMessage
from bot.discord.undelivered import Undelivered
from bot.errors import ClassroomError
from trainer.errors import TutorError

_log = logging.getLogger(__name__)


class TrainingMessages:
    """One message for each training that is not over, or whose final state is not delivered yet."""

    def __init__(self, client: discord.Client, classroom: Classroom, undelivered: Undelivered) -> None:
        self._client = client
        self._classroom = classroom
        self._undelivered = undelivered
        self._live: dict[str, LiveMessage] = {}  # by run id, until the final state is delivered
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    async def follow(
        self, interaction: discord.Interaction, training: Training, message: discord.PartialMessage
    ) -> None:
        """Show the states of a training in the message that the interaction has made."""
        run_id = training.state.run_id
        live = self._message(training.state, message, interaction)
        await self._undelivered.add(run_id)
        self._keep(run_id, live, live.follow(training))

    async def cancel(self, interaction: discord.Interaction, run_id: str, cancelling: Coroutine[Any, Any, Any]) -> None:
        """Await `cancelling`, asked for by a button below the training's message; that message shows the effect."""
        live = self._live.get(run_id)
        if live is not None:
            live.offer(interaction)
        try:
            await cancelling
        except ClassroomError as error:
            if live is None and error.key == "cancel_already_over":
                await self._show_final_state(interaction, run_id)
            raise

    async def recover(self) -> None:
        """Bring the messages of trainings that an ended process left behind to their final state."""
        left = await self._undelivered.load()
        settled = {state.run_id: (state, place) for state, place in await self._classroom.recover()}
        for run_id in left:
            if run_id in settled or run_id in self._live:
                continue
            if ended := await self._classroom.ended(run_id):
                settled[run_id] = ended
            else:
                await self._undelivered.remove(run_id)
        for state, place in settled.values():
            if place.channel_id and place.message_id:
                channel = self._client.get_partial_messageable(int(place.channel_id))
                live = self._message(state, channel.get_partial_message(int(place.message_id)))
                self._keep(state.run_id, live, live.deliver(describe(state, state.owner.language)))

    async def delivered(self, timeout_s: float) -> None:
        """Wait for the final states that are being delivered; from now on they are retried in short intervals only."""
        self._closing.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)

    async def _show_final_state(self, interaction: discord.Interaction, run_id: str) -> None:
        """Update a message that still has its cancel button, e.g. because Discord was unreachable at the end."""
        try:
            if ended := await self._classroom.ended(run_id):
                state, _ = ended
                await show(interaction, describe(state, state.owner.language))
                await self._undelivered.remove(run_id)
        except (TutorError, discord.HTTPException) as error:
            _log.warning("the message of the training %s is not updated: %s", run_id, error)

    def _message(
        self, state: TrainingState, message: discord.PartialMessage, interaction: discord.Interaction | None = None
    ) -> LiveMessage:
        return LiveMessage(self._client, message, state.owner.language, interaction=interaction, closing=self._closing)

    def _keep(self, run_id: str, live: LiveMessage, work: Coroutine[Any, Any, bool]) -> None:
        """Run `work`, which delivers the final state; until then the training counts as undelivered."""
        self._live[run_id] = live
        task = asyncio.create_task(self._settle(run_id, work), name=f"message of {run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(self, run_id: str, work: Coroutine[Any, Any, bool]) -> None:
        try:
            if await work:
                await self._undelivered.remove(run_id)
        except Exception:
            _log.exception("following the message of the training %s failed", run_id)
        finally:
            self._live.pop(run_id, None)
