"""Buttons that work after a restart: their custom_id holds everything they need."""

import re
from typing import TYPE_CHECKING, Final, Protocol, Self, cast

import discord
from discord import ui

from bot.discord.answering import say_error
from bot.discord.cut import cut

if TYPE_CHECKING:
    from bot.classroom import Action

MOST_BUTTONS: Final = 5  # in a row
_LONGEST_LABEL: Final = 80
_IN_PLACE: Final = ("back", "next", "choose")  # replace their message, so it matters whose it is
_STYLES: Final = {
    "cancel": discord.ButtonStyle.danger,
    "next": discord.ButtonStyle.primary,
    "train": discord.ButtonStyle.primary,
    "learn": discord.ButtonStyle.primary,
    "do": discord.ButtonStyle.primary,
    "guess": discord.ButtonStyle.primary,
    "upload": discord.ButtonStyle.primary,
    "forget": discord.ButtonStyle.danger,
}


class Presses(Protocol):
    """The client, which runs the command of a pressed button."""

    async def press(self, interaction: discord.Interaction, kind: str, target: str, owner_id: str) -> None:
        """kind: of bot.commands.BUTTONS; target: may be empty; owner_id: whose message it is, for back and next."""
        ...


class ActionButton(
    ui.DynamicItem[ui.Button[ui.LayoutView]],
    template=r"v1:(?P<kind>[a-z]+):(?P<target>[a-z0-9-]*):(?P<owner>\d*)",
):
    """One class for every kind of button; a change of the custom_id's form needs a v2 beside v1."""

    def __init__(self, button: ui.Button[ui.LayoutView], kind: str, target: str, owner_id: str) -> None:
        super().__init__(button)
        self._kind, self._target, self._owner_id = kind, target, owner_id

    @classmethod
    def of(cls, action: "Action", owner_id: str) -> Self:
        """The button of an action."""
        button: ui.Button[ui.LayoutView] = ui.Button(
            label=cut(action.label, _LONGEST_LABEL),
            style=_STYLES.get(action.kind, discord.ButtonStyle.secondary),
            custom_id=f"v1:{action.kind}:{action.target}:{owner_id if action.kind in _IN_PLACE else ''}",
            disabled=not action.enabled,
        )
        return cls(button, action.kind, action.target, owner_id)

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, item: ui.Item[ui.LayoutView], match: re.Match[str], /
    ) -> Self:
        """The button of a message, which an earlier process may have sent."""
        return cls(cast("ui.Button[ui.LayoutView]", item), match["kind"], match["target"], match["owner"])

    @classmethod
    def knows(cls, custom_id: str) -> bool:
        """Whether discord.py makes a button of this class for it."""
        return cls.__discord_ui_compiled_template__.fullmatch(custom_id) is not None

    @property
    def label(self) -> str:
        """Its text."""
        return self.item.label or ""

    async def callback(self, interaction: discord.Interaction) -> None:
        """Run the command; errors are answered here, because discord.py would only log them."""
        try:
            presses = cast("Presses", interaction.client)
            await presses.press(interaction, self._kind, self._target, self._owner_id)
        except Exception as error:
            await say_error(interaction, error)
