"""`/accuracy` and `/predict`: what a trained network can do."""

from dataclasses import replace

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str
from discord.ext import commands

from bot.classroom import Answer, Classroom
from bot.discord.answering import acknowledge, learner_of, reads, sentence_of
from bot.discord.attachments import read_picture
from bot.discord.layout import show, show_besides
from bot.discord.posted import Posted, pictures_of
from bot.discord.translation import say
from bot.errors import ClassroomError
from bot.texts import texts
from trainer.language import Language


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
        await acknowledge(interaction)
        await show(interaction, await self._classroom.accuracy(learner_of(interaction), run))

    async def open_accuracy(self, interaction: discord.Interaction, run: str) -> None:
        """The button below a training: the report in a message of its own."""
        await acknowledge(interaction)
        await show(interaction, await self._classroom.accuracy(learner_of(interaction), run or None))

    @app_commands.command(name="predict", description=say("predict_about"))
    @app_commands.describe(image=say("predict_image_about"), run=say("accuracy_run_about"))
    async def predict(
        self, interaction: discord.Interaction, image: discord.Attachment, run: str | None = None
    ) -> None:
        """Classify an uploaded picture."""
        await acknowledge(interaction)
        await show(interaction, await self._classroom.predict(learner_of(interaction), await read_picture(image), run))

    async def again(self, interaction: discord.Interaction, target: str) -> None:
        """A button below a prediction: the answer with a stage left out, for whoever pressed it alone."""
        await acknowledge(interaction, ephemeral=True)
        await show(interaction, await self._classroom.without(learner_of(interaction), target))

    async def why(self, interaction: discord.Interaction, target: str) -> None:
        """A button below a prediction: why the network said so, for whoever pressed it alone."""
        await acknowledge(interaction, ephemeral=True)
        await show(interaction, await self._classroom.why(learner_of(interaction), target))

    async def classify(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """The menu of a message: every picture in it is answered, each in a message of its own."""
        await acknowledge(interaction)
        pictures = pictures_of(message, self._client.http)
        if not pictures:
            raise ClassroomError("no_picture")
        for number, picture in enumerate(pictures, start=1):
            answer = await self._predict_or_say(interaction, picture)
            untrained = any(action.kind == "train" for action in answer.actions)
            if len(pictures) > 1 and not untrained:
                answer = _labelled(answer, number, len(pictures), picture.name, reads(interaction))
            await (show if number == 1 else show_besides)(interaction, answer)
            if untrained:  # one offer to train is enough
                return

    @accuracy.autocomplete("run")
    @predict.autocomplete("run")
    async def runs_like(self, interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
        """The runs that this learner may name."""
        choices = await self._classroom.runs_like(learner_of(interaction), typed)
        return [Choice(name=choice.label, value=choice.run_id) for choice in choices]

    async def _predict_or_say(self, interaction: discord.Interaction, picture: Posted) -> Answer:
        """One of several pictures: what is wrong with it does not keep the others from their answers."""
        try:
            return await self._classroom.predict(learner_of(interaction), await picture.read(), None)
        except Exception as error:
            return Answer(sentence_of(error, reads(interaction)), tone="warning")


def _labelled(answer: Answer, number: int, count: int, name: str, language: Language) -> Answer:
    """The answer with a last line that says which of several pictures it is about."""
    key = "named" if name else "nameless"
    which = texts()(language, f"posted.{key}", number=number, count=count, name=name)
    return replace(answer, text=f"{answer.text}\n\n{which}")
