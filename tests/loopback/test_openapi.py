"""Discord's own API description: what the bot registers fits it, and the loopback Discord uses it."""

import contextlib
import json
import urllib.error
import urllib.request
from copy import deepcopy
from typing import Any

import pytest

from bot.discord.client import TutorBot
from bot.discord.translation import CommandTranslator
from bot.logs import Redactor
from tests.loopback import ApiDescription, LoopbackDiscord
from tests.loopback.rest import PREFIX

COMMANDS = "/applications/1/commands"


@pytest.fixture(scope="module")
def api() -> ApiDescription:
    """Without DISCORD_OPENAPI_SPEC the test is skipped."""
    found = ApiDescription.from_environment()
    if found is None:
        pytest.skip("DISCORD_OPENAPI_SPEC is not set: Discord's API description is not here")
    return found


async def test_the_commands_fit_the_description(api: ApiDescription) -> None:
    bot = TutorBot(Redactor())
    translator = CommandTranslator()
    await bot.tree.set_translator(translator)
    bot.open_classroom(None, None)  # type: ignore[arg-type]
    payload: list[dict[str, Any]] = [
        await command.get_translated_payload(bot.tree, translator) for command in bot.tree.get_commands()
    ]
    assert payload
    assert api.request_problem("PUT", COMMANDS, payload) is None
    wrong = deepcopy(payload)
    wrong[0]["name"] = "x" * 33
    problem = api.request_problem("PUT", COMMANDS, wrong)
    assert problem is not None
    assert "is too long" in problem


def test_the_loopback_complains_with_the_description(api: ApiDescription) -> None:
    with LoopbackDiscord(api=api) as server:
        request = urllib.request.Request(  # noqa: S310 its own server
            f"{server.url}{PREFIX}{COMMANDS}",
            data=json.dumps([{"name": "greet", "description": "Say hello", "options": "none"}]).encode(),
            headers={"Authorization": f"Bot {server.token}", "Content-Type": "application/json"},
            method="PUT",
        )
        with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass
        assert [found for found in server.world.violations if "API description" in str(found)]
