"""An answer as a Discord message: one container with text, pictures and buttons."""

import io
from typing import Final

import discord
from discord import ui

from bot.classroom import Answer
from bot.discord.answering import once_more
from bot.discord.buttons import MOST_BUTTONS, ActionButton
from bot.discord.cut import MOST_BYTES, MOST_CHARACTERS, characters, cut

_COLOURS: Final = {"plain": 0x5865F2, "running": 0xF0B232, "good": 0x23A55A, "warning": 0xF23F43}
_LONGEST_ALT: Final = 1024


class AnswerView(ui.LayoutView):
    """The layout of an answer; `files` are its pictures, to be sent with it."""

    def __init__(self, answer: Answer, *, owner_id: str = "") -> None:
        """owner_id: whose message this is, for back and next."""
        super().__init__(timeout=None)
        container: ui.Container[AnswerView] = ui.Container(accent_colour=_COLOURS[answer.tone])
        buttons = [ActionButton.of(action, owner_id) for action in answer.actions[:MOST_BUTTONS]]
        # Discord's documentation does not say whether these words count, so there is room for them.
        beside = "".join([*(button.label for button in buttons), *(picture.alt for picture in answer.pictures)])
        container.add_item(
            ui.TextDisplay(
                cut(answer.whole, MOST_CHARACTERS - characters(beside), MOST_BYTES - len(beside.encode("utf-8")))
            )
        )
        if answer.pictures:
            gallery = (
                discord.MediaGalleryItem(f"attachment://{picture.name}", description=cut(picture.alt, _LONGEST_ALT))
                for picture in answer.pictures
            )
            container.add_item(ui.MediaGallery(*gallery))
        if buttons:
            row: ui.ActionRow[AnswerView] = ui.ActionRow()
            for button in buttons:
                row.add_item(button)
            container.add_item(row)
        self.add_item(container)
        self._pictures = answer.pictures

    @property
    def files(self) -> list[discord.File]:
        """New file objects at each call: a file object can be sent once."""
        return [discord.File(io.BytesIO(picture.data), picture.name) for picture in self._pictures]


async def show(interaction: discord.Interaction, answer: Answer, *, owner_id: str = "") -> None:
    """Replace "is thinking", or the message whose button was pressed, by the answer."""
    view = AnswerView(answer, owner_id=owner_id)
    await once_more(lambda: interaction.edit_original_response(view=view, attachments=view.files))


async def show_besides(interaction: discord.Interaction, answer: Answer) -> None:
    """Send one more message after the first answer."""
    view = AnswerView(answer)
    await interaction.followup.send(view=view, files=view.files)
