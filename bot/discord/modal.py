"""A field for what a button needs besides its target: a number, or a picture."""

from typing import Any, Final, Protocol

import discord
from discord import ui

from bot.commands import Button, Command, Destination
from bot.discord.answering import reads, say_error
from bot.discord.attachments import AttachedFile
from bot.discord.cut import cut
from bot.texts import texts

MODAL_ID: Final = "v1:given"
_LONGEST_TITLE: Final = 45
_LONGEST_TYPED: Final = 40


class RunsCommands(Protocol):
    """The client, which runs the command."""

    async def run_command(
        self, interaction: discord.Interaction, command: Command, options: dict[str, Any], destination: Destination
    ) -> None:
        """See TutorBot.run_command."""
        ...


class GivenModal(ui.Modal):
    """One field; what is given in it becomes an option of the button's command."""

    def __init__(
        self, client: RunsCommands, interaction: discord.Interaction, button: Button, command: Command, target: str
    ) -> None:
        option = command.option(button.asks)
        assert option is not None  # noqa: S101 a test compares buttons and commands
        language = reads(interaction)
        picture = option.kind == "picture"
        key = "course.upload" if picture else "question.give_number"
        label = cut(texts()(language, key), _LONGEST_TITLE)
        super().__init__(title=label, custom_id=f"{MODAL_ID}:{interaction.id}", timeout=None)
        self._client, self._button, self._command, self._target = client, button, command, target
        self._field: ui.FileUpload[GivenModal] | ui.TextInput[GivenModal] = (
            ui.FileUpload(min_values=1, max_values=1) if picture else ui.TextInput(max_length=_LONGEST_TYPED)
        )
        self.add_item(ui.Label(text=label, component=self._field))

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        """Run the command with what was given."""
        field = self._field
        given = AttachedFile(field.values[0]) if isinstance(field, ui.FileUpload) else field.value
        options = self._button.options(self._target, given)
        await self._client.run_command(interaction, self._command, options, self._button.destination)

    async def on_error(self, interaction: discord.Interaction, error: Exception, /) -> None:
        """Answer with a sentence."""
        await say_error(interaction, error)
