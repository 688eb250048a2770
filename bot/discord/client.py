"""The Discord client: commands, buttons and background tasks.

Nothing heavy is imported here: the gateway is reached before the classroom is open (see `main`).
"""

import asyncio
import logging
import math
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from bot.discord.answering import acknowledge, learner_of, say_error
from bot.discord.attachments import CappedReader
from bot.discord.buttons import ActionButton
from bot.discord.translation import CommandTranslator
from bot.errors import ClassroomError
from bot.logs import Redactor
from bot.rates import Rates
from trainer.errors import TutorError

if TYPE_CHECKING:
    from bot.classroom import Classroom
    from bot.commands import Command, Destination
    from bot.store import Store

SCOPES: Final = ("bot", "applications.commands")
PERMISSIONS: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)
PERSON_A_MINUTE: Final = 240  # a question with letters takes six presses, and some people are quick
SERVER_A_MINUTE: Final = 1500  # sixty people who all press a button every two or three seconds
_log = logging.getLogger(__name__)


class Tree(app_commands.CommandTree["TutorBot"]):
    """One error path for all commands."""

    async def interaction_check(self, interaction: discord.Interaction["TutorBot"], /) -> bool:
        """Acknowledge commands that arrive in the first second, and let them wait until the classroom is open."""
        try:
            if interaction.type is discord.InteractionType.application_command:
                self.client.count(interaction)
            if not self.client.opened.is_set():
                if interaction.type is discord.InteractionType.application_command:
                    await acknowledge(interaction)
                await self.client.opened.wait()
        except Exception as error:
            await say_error(interaction, error)
            return False
        return True

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        """Answer with a sentence; see say_error."""
        await say_error(interaction, error)


class TutorBot(discord.Client):
    """Connects the classroom with Discord. Needs no privileged intent: commands carry all data they need."""

    classroom: "Classroom"
    store: "Store"

    def __init__(self, redactor: Redactor) -> None:
        # The bot has no voice, so discord.py need not warn that its libraries are missing.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none())
        self.tree = Tree(
            self,
            allowed_installs=app_commands.AppInstallationType(guild=True),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
        )
        self.connected = asyncio.Event()  # the gateway was reached once
        self.opened = asyncio.Event()  # the classroom can be used
        self._redactor = redactor
        self._modals: set[str] = set()  # the custom_ids of the forms that this process has shown
        self._rates = Rates(person=PERSON_A_MINUTE, room=SERVER_A_MINUTE)
        self._background: set[asyncio.Task[None]] = set()

    async def setup_hook(self) -> None:
        """What is needed when the first button is pressed."""
        self.add_dynamic_items(ActionButton)
        await self.tree.set_translator(CommandTranslator())
        self.http.get_from_cdn = CappedReader(self.http)

    def open_classroom(self, classroom: "Classroom", store: "Store") -> None:
        """Add the commands of this classroom, and let those that wait for it continue."""
        from bot.discord.commands import slash_commands
        from bot.discord.menu import classify_menu
        from bot.discord.messages import TrainingMessages
        from bot.discord.undelivered import Undelivered

        self.classroom, self.store = classroom, store
        self.trainings = TrainingMessages(
            self, classroom, Undelivered(store, lambda: f"undelivered:{self.application_id}")
        )
        for slash in (*slash_commands(classroom, self.run_command), classify_menu(classroom, self.http)):
            self.tree.add_command(slash)
        self.opened.set()

    def count(self, interaction: discord.Interaction) -> None:
        """Count a command or a button; ClassroomError `too_fast`, `room_too_fast`."""
        person = str(interaction.user.id)
        self._rates.count(person, str(interaction.guild_id or f"direct {person}"))

    def gateway_latency(self) -> float | None:
        """Seconds of the last heartbeat; None before the first one."""
        return self.latency if math.isfinite(self.latency) else None

    async def on_connect(self) -> None:
        """The gateway is reached, for the first time or again."""
        if self.connected.is_set():
            return
        self.connected.set()
        invitation = discord.utils.oauth_url(self.application_id or 0, permissions=PERMISSIONS, scopes=SCOPES)
        _log.info("connected to Discord as %s; to invite the bot to a server: %s", self.user, invitation)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Called for every interaction, beside its command; answers buttons and forms that nothing else answers."""
        self._redactor.remember(interaction.token)
        if interaction.type is discord.InteractionType.component:
            custom_id = str((interaction.data or {}).get("custom_id", ""))
            if not ActionButton.knows(custom_id):
                await say_error(interaction, ClassroomError("button_unknown"))
        elif (
            interaction.type is discord.InteractionType.modal_submit
            and (interaction.data or {}).get("custom_id") not in self._modals  # of a process that has ended
        ):
            await say_error(interaction, ClassroomError("form_unknown"))

    async def press(self, interaction: discord.Interaction, kind: str, target: str, owner_id: str) -> None:
        """Run the command of a button; see ActionButton. Raises ClassroomError (`button_unknown`, `too_fast`)."""
        self.count(interaction)
        await self.opened.wait()
        from bot.commands import BUTTONS, COMMANDS
        from bot.discord.modal import GivenModal

        button = next((button for known, button in BUTTONS.items() if known == kind), None)
        if button is None:
            raise ClassroomError("button_unknown")
        command = COMMANDS[button.command]
        if button.asks:
            modal = GivenModal(self, interaction, button, command, target)
            self._modals.add(modal.custom_id)
            await interaction.response.send_modal(modal)
            return
        destination = button.destination
        if destination == "in_place" and owner_id != str(interaction.user.id):
            destination = "private"
        await self.run_command(interaction, command, button.options(target), destination)

    async def run_command(
        self,
        interaction: discord.Interaction,
        command: "Command",
        options: Mapping[str, Any],
        destination: "Destination" = "new",
    ) -> None:
        """Acknowledge, run the declared command, and show what it returns."""
        from bot.classroom import Answer, Place, Training
        from bot.commands import Request
        from bot.discord.layout import show

        if command.private and destination == "new":
            destination = "private"
        thinking = destination in ("new", "private")
        message_id = await acknowledge(interaction, ephemeral=destination == "private", thinking=thinking)
        learner, message, place = learner_of(interaction), None, Place()
        if destination == "new":
            message = await self._answer_message(interaction, message_id)
            place = Place(str(message.channel.id), str(message.id))
        running = command.run(self.classroom, Request(learner, place), **options)
        if destination == "none":
            await self.trainings.cancel(interaction, options["run"], running)
            return
        reply = await running
        if isinstance(reply, Training) and message is not None:
            await self.trainings.follow(interaction, reply, message)
        elif isinstance(reply, Answer):
            await show(interaction, reply, owner_id=learner.id)

    async def _answer_message(self, interaction: discord.Interaction, message_id: int | None) -> discord.PartialMessage:
        """The message that will hold the answer."""
        channel_id = interaction.channel_id
        if message_id is None or channel_id is None:
            message = await interaction.original_response()
            message_id, channel_id = message.id, message.channel.id
        return self.get_partial_messageable(channel_id).get_partial_message(message_id)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Log an error in an event's handler."""
        _log.exception("the handler of %s failed", event_method)

    def run_in_background(self, *work: Coroutine[Any, Any, None]) -> None:
        """Start tasks that run until `close`; their failures are logged."""
        for one in work:
            task = asyncio.create_task(one)
            self._background.add(task)
            task.add_done_callback(self._background.discard)
            task.add_done_callback(_log_failure)

    async def delivered(self, timeout_s: float) -> None:
        """Wait for the final states of the trainings' messages."""
        if self.opened.is_set():
            await self.trainings.delivered(timeout_s)

    async def close(self) -> None:
        """End the background tasks, then the connection."""
        for task in self._background:
            task.cancel()
        await super().close()


def _log_failure(task: "asyncio.Task[None]") -> None:
    if task.cancelled() or (error := task.exception()) is None:
        return
    if isinstance(error, TutorError):  # its sentence says everything
        _log.error("%s", error)
    else:
        _log.error("a background task failed: %s", error, exc_info=error)
