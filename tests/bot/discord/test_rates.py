"""One person who presses without end is told so; the others go on."""

from bot.discord.client import PERSON_A_MINUTE
from tests.loopback import LoopbackDiscord
from tests.loopback.interactions import Interaction

AT_ONCE = 30


def test_one_person_too_often(discord: LoopbackDiscord) -> None:
    busy, other = discord.person("Busy"), discord.person("Ada")
    sent: list[Interaction] = []
    for _ in range(PERSON_A_MINUTE // AT_ONCE):
        sent = [discord.command(busy, "accuracy") for _ in range(AT_ONCE)]
        for interaction in sent:
            assert "very fast" not in discord.answer(interaction).text
    refused = discord.answer(discord.command(busy, "accuracy"))
    assert "very fast" in refused.text
    assert refused.ephemeral
    (button,) = (button for button in discord.answer(sent[0]).buttons if "Train" in button.label)
    assert "very fast" in discord.answer(discord.press(busy, discord.answer(sent[0]), button)).text
    assert "very fast" not in discord.answer(discord.command(other, "accuracy")).text
