"""`/train`: one message that follows the training, with a button to cancel it."""

import asyncio
import logging
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range, locale_str
from discord.ext import commands

from bot.classroom import Classroom, Place, TrainOptions, describe
from bot.classroom.training import Training
from bot.cogs.translation import say
from bot.views.answering import learner_of
from bot.views.live import LiveMessage, message_ids
from trainer.config import BATCH_SIZE_RANGE, EPOCHS_RANGE, LEARNING_RATE_MAX, SEED_RANGE
from trainer.recipes import RECIPES

_log = logging.getLogger(__name__)


class Trainings(commands.Cog):
    """Training in front of the class."""

    def __init__(self, client: discord.Client, classroom: Classroom) -> None:
        self._client = client
        self._classroom = classroom
        self._following: set[asyncio.Task[Any]] = set()

    @app_commands.command(name="train", description=say("train_about"))
    @app_commands.describe(
        **{name: say(f"train_{name}_about") for name in ("recipe", "epochs", "batch_size", "learning_rate", "seed")}
    )
    @app_commands.choices(recipe=[Choice(name=locale_str(say(f"recipe_{name}")), value=name) for name in RECIPES])
    async def train(
        self,
        interaction: discord.Interaction,
        recipe: str = "tutorial",
        epochs: Range[int, EPOCHS_RANGE[0], EPOCHS_RANGE[1]] | None = None,
        batch_size: Range[int, BATCH_SIZE_RANGE[0], BATCH_SIZE_RANGE[1]] | None = None,
        learning_rate: Range[float, 0.0, LEARNING_RATE_MAX] | None = None,
        seed: Range[int, SEED_RANGE[0], SEED_RANGE[1]] | None = None,
    ) -> None:
        """Put a training into the queue and follow it."""
        callback = await interaction.response.defer(thinking=True)
        options = TrainOptions(recipe, epochs, batch_size, learning_rate, seed)
        await self._start(interaction, callback, options)

    async def start_default(self, interaction: discord.Interaction) -> None:
        """The button "Train": a training of one's own with the tutorial's values, in a new message."""
        callback = await interaction.response.defer(thinking=True)
        await self._start(interaction, callback, TrainOptions())

    async def cancel(self, interaction: discord.Interaction, run_id: str) -> None:
        """The button "Cancel"; the message of the training shows what comes of it."""
        await interaction.response.defer()
        await self._classroom.cancel(learner_of(interaction), run_id)

    async def recover(self) -> None:
        """Bring the messages of trainings that a dead process left behind to their final state."""
        for state, place in await self._classroom.recover():
            if place.channel_id and place.message_id:
                live = self._live(int(place.channel_id), int(place.message_id), state.owner.language)
                self._follow(live.deliver(describe(state, state.owner.language)))

    async def delivered(self, timeout_s: float) -> None:
        """Wait for the messages under way."""
        if self._following:
            await asyncio.wait(self._following, timeout=timeout_s)

    async def _start(self, interaction: discord.Interaction, callback: Any, options: TrainOptions) -> None:
        learner = learner_of(interaction)
        ids = message_ids(interaction, callback)
        if ids is None:
            message = await interaction.original_response()
            ids = message.channel.id, message.id
        place = Place(str(ids[0]), str(ids[1]))
        training: Training = await self._classroom.train(learner, options, place)
        live = self._live(*ids, learner.language, interaction)
        self._follow(live.follow(training))

    def _live(self, channel_id: int, message_id: int, language: Any, interaction: Any = None) -> LiveMessage:
        return LiveMessage(self._client, channel_id, message_id, language, interaction)

    def _follow(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._following.add(task)
        task.add_done_callback(self._following.discard)
        task.add_done_callback(_log_failure)


def _log_failure(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("a training's message could not be followed", exc_info=error)
