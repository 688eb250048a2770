"""`/accuracy` and `/predict`: what a trained network can do."""

import asyncio
from typing import Final

import aiohttp
import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str
from discord.ext import commands

from bot.classroom import Answer, Classroom
from bot.cogs.translation import say
from bot.texts import ClassroomError
from bot.views.answering import learner_of
from bot.views.layout import AnswerView

MAX_IMAGE_BYTES: Final = 10 * 2**20
MOST_PICTURES: Final = 5  # of one message; each gets an answer of its own
FETCH_TIMEOUT_S: Final = 30.0


class Results(commands.Cog):
    """Accuracy, predictions, and the menu of a message."""

    def __init__(self, client: commands.Bot, classroom: Classroom) -> None:
        self._client = client
        self._classroom = classroom
        self._menu = app_commands.ContextMenu(name=locale_str(say("menu")), callback=self.classify)

    async def cog_load(self) -> None:
        """A menu cannot be a decorated method: it is added by hand, and taken away by hand."""
        self._client.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """See cog_load."""
        self._client.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(name="accuracy", description=say("accuracy_about"))
    @app_commands.describe(run=say("accuracy_run_about"))
    async def accuracy(self, interaction: discord.Interaction, run: str | None = None) -> None:
        """Report on a run."""
        await interaction.response.defer(thinking=True)
        await self._show_accuracy(interaction, run)

    async def open_accuracy(self, interaction: discord.Interaction, run: str) -> None:
        """The button below a training: the report in a message of its own."""
        await interaction.response.defer(thinking=True)
        await self._show_accuracy(interaction, run or None)

    @app_commands.command(name="predict", description=say("predict_about"))
    @app_commands.describe(image=say("predict_image_about"), run=say("accuracy_run_about"))
    async def predict(
        self, interaction: discord.Interaction, image: discord.Attachment, run: str | None = None
    ) -> None:
        """Classify an uploaded picture."""
        await interaction.response.defer(thinking=True)
        await _show(interaction, await self._predict(interaction, image, run))

    async def classify(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """The menu of a message: every picture in it is answered."""
        await interaction.response.defer(thinking=True)
        pictures = [attachment for attachment in message.attachments if _may_be_picture(attachment)]
        if not pictures:
            raise ClassroomError("no_picture")
        await _show(interaction, await self._predict(interaction, pictures[0], None))
        for picture in pictures[1:MOST_PICTURES]:
            view = AnswerView(await self._predict(interaction, picture, None))
            await interaction.followup.send(view=view, files=view.files)

    @accuracy.autocomplete("run")
    @predict.autocomplete("run")
    async def runs_like(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        """The runs that this learner may name."""
        choices = await self._classroom.runs_like(learner_of(interaction), typed)
        return [Choice(name=choice.label, value=choice.run_id) for choice in choices]

    async def _show_accuracy(self, interaction: discord.Interaction, run: str | None) -> None:
        await _show(interaction, await self._classroom.accuracy(learner_of(interaction), run))

    async def _predict(self, interaction: discord.Interaction, image: discord.Attachment, run: str | None) -> Answer:
        return await self._classroom.predict(learner_of(interaction), await _read(image), run)


async def _show(interaction: discord.Interaction, answer: Answer) -> None:
    view = AnswerView(answer)
    await interaction.edit_original_response(view=view, attachments=view.files)


def _may_be_picture(attachment: discord.Attachment) -> bool:
    kind = attachment.content_type or ""  # the uploader's word; what the file really is shows when it is read
    return kind.startswith("image/") or attachment.filename.lower().endswith((".png", ".jpg", ".jpeg", ".webp", ".gif"))


async def _read(image: discord.Attachment) -> bytes:
    if image.size > MAX_IMAGE_BYTES:
        raise too_large(image.size)
    try:
        return await asyncio.wait_for(image.read(), FETCH_TIMEOUT_S)
    except TimeoutError:
        raise ClassroomError("attachment_slow") from None
    except (discord.NotFound, discord.Forbidden):
        raise ClassroomError("attachment_gone") from None
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        raise ClassroomError("attachment_slow") from None


def too_large(size: int) -> ClassroomError:
    """The sentence about a file of `size` bytes."""
    return ClassroomError("attachment_too_large", size=f"{size / 2**20:.0f}", most=MAX_IMAGE_BYTES // 2**20)
