"""The Discord client: commands, buttons, and what goes on in the background.

Nothing heavy is imported here: the gateway is reached before the classroom is open (see discord_main).
"""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.answering import acknowledge, say_error
from bot.discord.attachments import CappedReader
from bot.discord.buttons import ActionButton
from bot.discord.translation import CommandTranslator
from bot.errors import ClassroomError
from bot.logs import Redactor
from trainer.errors import TutorError

if TYPE_CHECKING:
    from bot.classroom import Classroom
    from bot.store import Store

LONGEST_STALL_S: Final = 0.5
_LOOK_EVERY_S: Final = 0.2
SCOPES: Final = ("bot", "applications.commands")
PERMISSIONS: Final = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
)
_log = logging.getLogger(__name__)


class Tree(app_commands.CommandTree["TutorBot"]):
    """One error path for all commands."""

    async def interaction_check(self, interaction: discord.Interaction["TutorBot"], /) -> bool:
        """In the first second the classroom is not open yet: whoever comes now is answered a little later."""
        try:
            if not self.client.opened.is_set():
                if interaction.type is discord.InteractionType.application_command:
                    await acknowledge(interaction)
                await self.client.opened.wait()
        except Exception as error:
            await say_error(interaction, error)
            return False
        return True

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell the person; see say_error."""
        await say_error(interaction, error)


class TutorBot(commands.Bot):
    """Connects the classroom with Discord. Needs no privileged intent: commands carry all they need."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            tree_cls=Tree,
            allowed_installs=app_commands.AppInstallationType(guild=True),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
        )
        self.connected = asyncio.Event()  # the gateway was reached once
        self.opened = asyncio.Event()  # the classroom can be used
        self._redactor = redactor
        self._background: set[asyncio.Task[None]] = set()

    async def setup_hook(self) -> None:
        """What is needed when the first button is pressed."""
        self.add_dynamic_items(ActionButton)
        await self.tree.set_translator(CommandTranslator())
        self.http.get_from_cdn = CappedReader(self.http)

    async def open(self, classroom: "Classroom", store: "Store") -> None:
        """The classroom is there: its commands can be used from now on."""
        from bot.discord.lessons import Lessons
        from bot.discord.results import Results
        from bot.discord.trainings import Trainings
        from bot.discord.undelivered import Undelivered

        self.store = store
        self.lessons = Lessons(classroom)
        self.results = Results(self, classroom)
        self.trainings = Trainings(self, classroom, Undelivered(store, lambda: f"undelivered:{self.application_id}"))
        for cog in (self.lessons, self.trainings, self.results):
            await self.add_cog(cog)
        self.opened.set()

    async def on_connect(self) -> None:
        """The gateway is reached, for the first time or again."""
        if self.connected.is_set():
            return
        self.connected.set()
        invitation = discord.utils.oauth_url(self.application_id or 0, permissions=PERMISSIONS, scopes=SCOPES)
        _log.info("connected to Discord as %s; to invite the bot to a server: %s", self.user, invitation)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Called for every interaction, beside its command: a button that nobody knows any more gets its answer."""
        self._redactor.remember(interaction.token)
        if interaction.type is discord.InteractionType.component:
            custom_id = str((interaction.data or {}).get("custom_id", ""))
            if not ActionButton.knows(custom_id):
                await say_error(interaction, ClassroomError("button_unknown"))

    async def press(self, interaction: discord.Interaction, kind: str, target: str, owner_id: str) -> None:
        """A button was pressed; see ActionButton."""
        await self.opened.wait()
        match kind:
            case "back" | "next":
                await self.lessons.turn(interaction, target, owner_id)
            case "explain":
                await self.lessons.open(interaction, target)
            case "cancel":
                await self.trainings.cancel(interaction, target)
            case "train":
                await self.trainings.start_default(interaction)
            case "accuracy":
                await self.results.open_accuracy(interaction, target)
            case "without":
                await self.results.again(interaction, target)
            case "why":
                await self.results.why(interaction, target)
            case _:
                raise ClassroomError("button_unknown")

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """An error in an event's handler: for the log."""
        _log.exception("the handler of %s failed", event_method)

    def run_in_background(self, *work: Coroutine[Any, Any, None]) -> None:
        """Start what goes on beside the commands; its failures are logged, its end comes with `close`."""
        for one in (self._watch_loop(), *work):
            task = asyncio.create_task(one)
            self._background.add(task)
            task.add_done_callback(self._background.discard)
            task.add_done_callback(_log_failure)

    async def delivered(self, timeout_s: float) -> None:
        """Wait for the last states of the trainings' messages."""
        if self.opened.is_set():
            await self.trainings.delivered(timeout_s)

    async def close(self) -> None:
        """End what runs in the background, then the connection."""
        for task in self._background:
            task.cancel()
        await super().close()

    async def _watch_loop(self) -> None:
        """Say so when something blocks the event loop: heartbeats and answers would come late."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(_LOOK_EVERY_S)
            if (stalled_s := time.monotonic() - began - _LOOK_EVERY_S) > LONGEST_STALL_S:
                _log.warning("the event loop stood still for %.2f s", stalled_s)


def _log_failure(task: "asyncio.Task[None]") -> None:
    if task.cancelled() or (error := task.exception()) is None:
        return
    if isinstance(error, TutorError):  # a sentence that says all there is to say
        _log.error("%s", error)
    else:
        _log.error("a task in the background failed: %s", error, exc_info=error)
