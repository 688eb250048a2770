"""An answer as a Discord message: one container with text, pictures and buttons."""

import io
from typing import Final

import discord
from discord import ui

from bot.classroom import Answer
from bot.views.buttons import ActionButton
from bot.views.cut import MOST_BYTES, MOST_CHARACTERS, cut

_COLOURS: Final = {"plain": 0x5865F2, "running": 0xF0B232, "good": 0x23A55A, "warning": 0xF23F43}
_LONGEST_ALT: Final = 1024


class AnswerView(ui.LayoutView):
    """The layout of an answer; `files` are its pictures, to be sent with it."""

    def __init__(self, answer: Answer, *, owner_id: str = "") -> None:
        """owner_id: whose message this is, where a button asks for it (lessons)."""
        super().__init__(timeout=None)
        container: ui.Container[AnswerView] = ui.Container(accent_colour=_COLOURS[answer.tone])
        labels = "".join(action.label for action in answer.actions)
        characters, size = MOST_CHARACTERS - len(labels), MOST_BYTES - len(labels.encode())
        container.add_item(ui.TextDisplay(cut(answer.text, characters, size)))
        if answer.pictures:
            gallery = (
                discord.MediaGalleryItem(f"attachment://{picture.name}", description=picture.alt[:_LONGEST_ALT])
                for picture in answer.pictures
            )
            container.add_item(ui.MediaGallery(*gallery))
        if answer.actions:
            row: ui.ActionRow[AnswerView] = ui.ActionRow()
            for action in answer.actions:
                row.add_item(ActionButton.of(action, owner_id))
            container.add_item(row)
        self.add_item(container)
        self._pictures = answer.pictures

    @property
    def files(self) -> list[discord.File]:
        """New file objects each time: a file that was sent once is used up."""
        return [discord.File(io.BytesIO(picture.data), picture.name) for picture in self._pictures]
