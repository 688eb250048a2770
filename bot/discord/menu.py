"""The menu of a message, "Classify this image": every picture in it is classified, each in a message of its own."""

from dataclasses import replace

import discord
from discord import app_commands
from discord.http import HTTPClient

from bot.classroom import Answer, Classroom
from bot.commands import COMMANDS, Request
from bot.discord.answering import acknowledge, learner_of, reads, sentence_of
from bot.discord.layout import show, show_besides
from bot.discord.posted import Posted, pictures_of
from bot.discord.translation import localised
from bot.errors import ClassroomError
from bot.texts import texts
from trainer.language import Language


def classify_menu(classroom: Classroom, http: HTTPClient) -> app_commands.ContextMenu:
    """The menu entry, which runs `/predict` for each picture of the message."""

    async def classify(interaction: discord.Interaction, message: discord.Message) -> None:
        await acknowledge(interaction)
        pictures = pictures_of(message, http)
        if not pictures:
            raise ClassroomError("no_picture")
        for number, picture in enumerate(pictures, start=1):
            answer = await _predict_or_explain(classroom, interaction, picture)
            untrained = any(action.kind == "train" for action in answer.actions)
            if len(pictures) > 1 and not untrained:
                answer = _labelled(answer, number, len(pictures), picture.name, reads(interaction))
            await (show if number == 1 else show_besides)(interaction, answer)
            if untrained:  # one offer to train is enough
                return

    return app_commands.ContextMenu(name=localised("menu.classify"), callback=classify)


async def _predict_or_explain(classroom: Classroom, interaction: discord.Interaction, picture: Posted) -> Answer:
    """The answer to one of several pictures, or what is wrong with it: the others are answered all the same."""
    try:
        reply = await COMMANDS["predict"].run(classroom, Request(learner_of(interaction)), image=picture)
        assert isinstance(reply, Answer)  # noqa: S101 as declared
    except Exception as error:
        return Answer(sentence_of(error, reads(interaction)), tone="warning")
    return reply


def _labelled(answer: Answer, number: int, count: int, name: str, language: Language) -> Answer:
    """The answer with a last line that says which of several pictures it belongs to."""
    key = "named" if name else "nameless"
    which = texts()(language, f"posted.{key}", number=number, count=count, name=name)
    return replace(answer, text=f"{answer.text}\n\n{which}")
