"""`/explain`: the lesson of one step, with buttons to the steps beside it."""

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str
from discord.ext import commands

from bot.classroom import Classroom
from bot.discord.answering import acknowledge, learner_of
from bot.discord.layout import show
from bot.discord.translation import say
from trainer import STEPS


class Lessons(commands.Cog):
    """Reading the tutorial."""

    def __init__(self, classroom: Classroom) -> None:
        self._classroom = classroom

    @app_commands.command(name="explain", description=say("explain_about"))
    @app_commands.describe(step=say("explain_step_about"))
    @app_commands.choices(step=[Choice(name=locale_str(say(f"step_{step}")), value=step) for step in STEPS])
    async def explain(self, interaction: discord.Interaction, step: str) -> None:
        """Show one lesson to the channel."""
        await acknowledge(interaction)
        await self._show(interaction, step)

    async def turn(self, interaction: discord.Interaction, step: str, owner_id: str) -> None:
        """Back or next: the reader's own lesson turns its page; somebody else's opens a private copy."""
        own = owner_id == str(interaction.user.id)
        await acknowledge(interaction, thinking=not own, ephemeral=not own)
        await self._show(interaction, step)

    async def open(self, interaction: discord.Interaction, step: str) -> None:
        """A lesson asked for by a button below another answer: a private copy."""
        await acknowledge(interaction, ephemeral=True)
        await self._show(interaction, step)

    async def _show(self, interaction: discord.Interaction, step: str) -> None:
        learner = learner_of(interaction)
        await show(interaction, await self._classroom.explain(learner, step), owner_id=learner.id)
