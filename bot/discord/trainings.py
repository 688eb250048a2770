"""`/train`: one message that follows the training, with a button to cancel it."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.classroom import Classroom, Place, TrainingState, describe
from bot.discord.answering import acknowledge, learner_of
from bot.discord.layout import show
from bot.discord.live import LiveMessage
from bot.discord.translation import recipe_choice, say
from bot.discord.undelivered import Undelivered
from bot.errors import ClassroomError
from trainer.errors import TutorError
from trainer.limits import BATCH_SIZE_RANGE, EPOCHS_RANGE, LEARNING_RATE_MAX, SEED_RANGE
from trainer.recipes import RECIPES

_log = logging.getLogger(__name__)


class Trainings(commands.Cog):
    """Training in front of the class."""

    def __init__(self, client: discord.Client, classroom: Classroom, undelivered: Undelivered) -> None:
        self._client = client
        self._classroom = classroom
        self._undelivered = undelivered
        self._live: dict[str, LiveMessage] = {}  # by run id, until the final state has arrived
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    @app_commands.command(name="train", description=say("train_about"))
    @app_commands.describe(
        **{
            name: say(f"train_{name}_about")
            for name in ("recipe", "epochs", "batch_size", "learning_rate", "augment", "seed")
        }
    )
    @app_commands.choices(recipe=[Choice(name=locale_str(recipe_choice(name, "en")), value=name) for name in RECIPES])
    async def train(
        self,
        interaction: discord.Interaction,
        recipe: str = "tutorial",
        epochs: Range[int, EPOCHS_RANGE[0], EPOCHS_RANGE[1]] | None = None,
        batch_size: Range[int, BATCH_SIZE_RANGE[0], BATCH_SIZE_RANGE[1]] | None = None,
        learning_rate: Range[float, 0.0, LEARNING_RATE_MAX] | None = None,
        augment: bool = False,
        seed: Range[int, SEED_RANGE[0], SEED_RANGE[1]] | None = None,
    ) -> None:
        """Put a training into the queue and follow it."""
        message_id = await acknowledge(interaction)
        await self._start(
            interaction,
            message_id,
            recipe=recipe,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            augment=augment,
            seed=seed,
        )

    async def start_default(self, interaction: discord.Interaction) -> None:
        """The button "Train": a training of one's own with the tutorial's values, in a new message."""
        message_id = await acknowledge(interaction)
        await self._start(interaction, message_id)

    async def cancel(self, interaction: discord.Interaction, run_id: str) -> None:
        """The button "Cancel"; the message of the training shows what comes of it."""
        await acknowledge(interaction, thinking=False)
        live = self._live.get(run_id)
        if live is not None:
            live.offer(interaction)
        try:
            await self._classroom.cancel(learner_of(interaction), run_id)
        except ClassroomError as error:
            if live is None and error.key == "cancel_already_over":
                await self._bring_to_its_end(interaction, run_id)
            raise

    async def recover(self) -> None:
        """Bring the messages of trainings that a dead process left behind to their final state."""
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
                live = self._message(state, int(place.channel_id), int(place.message_id))
                self._keep(state.run_id, live, live.deliver(describe(state, state.owner.language)))

    async def delivered(self, timeout_s: float) -> None:
        """Wait for the final states that are on their way; from now on none of them takes its time."""
        self._closing.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)

    async def _start(self, interaction: discord.Interaction, message_id: int | None, **options: Any) -> None:
        channel_id = interaction.channel_id
        if message_id is None or channel_id is None:
            message = await interaction.original_response()
            message_id, channel_id = message.id, message.channel.id
        place = Place(str(channel_id), str(message_id))
        training = await self._classroom.train(learner_of(interaction), place, **options)
        run_id = training.state.run_id
        live = self._message(training.state, channel_id, message_id, interaction)
        await self._undelivered.add(run_id)
        self._keep(run_id, live, live.follow(training))

    async def _bring_to_its_end(self, interaction: discord.Interaction, run_id: str) -> None:
        """The message still offers to cancel what is over: e.g. Discord could not be reached when it ended."""
        try:
            if ended := await self._classroom.ended(run_id):
                state, _ = ended
                await show(interaction, describe(state, state.owner.language))
                await self._undelivered.remove(run_id)
        except (TutorError, discord.HTTPException) as error:
            _log.warning("the message of the training %s stays as it is: %s", run_id, error)

    def _message(
        self, state: TrainingState, channel_id: int, message_id: int, interaction: discord.Interaction | None = None
    ) -> LiveMessage:
        return LiveMessage(
            self._client,
            channel_id,
            message_id,
            state.owner.language,
            interaction=interaction,
            closing=self._closing,
        )

    def _keep(self, run_id: str, live: LiveMessage, work: Coroutine[Any, Any, bool]) -> None:
        """Have the final state delivered, and remember meanwhile that it is not."""
        self._live[run_id] = live
        task = asyncio.create_task(self._settle(run_id, work), name=f"message of {run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(self, run_id: str, work: Coroutine[Any, Any, bool]) -> None:
        try:
            if await work:
                await self._undelivered.remove(run_id)
        except Exception:
            _log.exception("the message of the training %s could not be followed", run_id)
        finally:
            self._live.pop(run_id, None)
