"""The smallest bot that uses everything the loopback server has to get right; for the server's own tests only."""

import asyncio
import io
import os

import discord
from discord import app_commands, ui

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


class Again(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"again:(?P<count>\d+)"):
    """A button that survives a restart."""

    def __init__(self, count: int) -> None:
        super().__init__(ui.Button(label=f"Again {count}", custom_id=f"again:{count}"))
        self.count = count

    @classmethod
    async def from_custom_id(cls, interaction, item, match) -> "Again":  # pyright: ignore
        return cls(int(match["count"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(view=picture_view(f"again {self.count}", self.count + 1))


def picture_view(text: str, count: int) -> ui.LayoutView:
    """Text, the picture dot.png and a button."""
    view = ui.LayoutView(timeout=None)
    gallery = ui.MediaGallery(discord.MediaGalleryItem("attachment://dot.png", description="a dot"))
    view.add_item(ui.Container(ui.TextDisplay(text), gallery, ui.ActionRow(Again(count))))  # pyright: ignore
    return view


def text_view(text: str) -> ui.LayoutView:
    """Text only."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(ui.TextDisplay(text)))
    return view


bot = discord.Client(intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none())
tree = app_commands.CommandTree(bot)


@tree.command(description="Answer later, with a picture")
@app_commands.describe(seconds="How much later")
async def later(interaction: discord.Interaction, seconds: app_commands.Range[int, 0, 10] = 0) -> None:
    response = await interaction.response.defer(thinking=True)
    await asyncio.sleep(seconds)
    await interaction.edit_original_response(view=text_view("one"))
    channel = interaction.channel
    assert isinstance(channel, discord.TextChannel)
    assert response is not None
    assert response.message_id is not None
    message = channel.get_partial_message(response.message_id)
    await message.edit(view=text_view("two"))
    await message.edit(view=picture_view("three", 1), attachments=[discord.File(io.BytesIO(PNG), "dot.png")])


@tree.command(description="Measure an attachment")
@app_commands.describe(image="What to measure")
async def size(interaction: discord.Interaction, image: discord.Attachment) -> None:
    await interaction.response.defer(ephemeral=True)
    try:
        text = f"{len(await image.read())} bytes"
    except discord.NotFound:
        text = "gone"
    await interaction.followup.send(text)


@tree.command(description="Wait before answering")
async def slow(interaction: discord.Interaction) -> None:
    await asyncio.sleep(0.5)
    try:
        await interaction.response.send_message("too late")
    except discord.NotFound as error:
        assert interaction.channel is not None
        await interaction.channel.send(f"code {error.code}")  # pyright: ignore


@tree.command(description="Answer twice")
async def twice(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("once")
    interaction.response._response_type = None  # else discord.py itself would refuse
    try:
        await interaction.response.send_message("twice")
    except discord.HTTPException as error:
        await interaction.edit_original_response(content=f"code {error.code}")


@tree.command(description="Pick one")
@app_commands.describe(what="Which one")
async def pick(interaction: discord.Interaction, what: str) -> None:
    await interaction.response.send_message(f"{interaction.locale} {interaction.permissions.manage_guild} {what}")


@pick.autocomplete("what")
async def offer(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{typed}{number}", value=str(number)) for number in range(3)]


@tree.context_menu(name="Count pictures")
async def count(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"{len(message.attachments)} pictures")


async def _setup() -> None:
    bot.add_dynamic_items(Again)
    await tree.sync()


bot.setup_hook = _setup
if __name__ == "__main__":
    bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
