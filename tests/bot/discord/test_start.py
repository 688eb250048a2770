"""What is true of the bot as soon as it is there."""

import socket
import time
from pathlib import Path

import psutil
import pytest

from bot.heartbeat import heartbeat_file
from tests.loopback import BotProcess, LoopbackDiscord
from tests.loopback.process import loaded_by
from trainer import STEPS

IDENTIFY_S = 3.0
IDLE_MIB = 160
ENTRIES = {
    "explain", "train", "accuracy", "predict", "ask", "learn", "practice", "progress", "class-limits", "forget-me",
    "status", "Classify this image",
}  # fmt: skip


def test_identifies_soon_after_its_start(discord: LoopbackDiscord, bot: BotProcess, tmp_path: Path) -> None:
    """The first start or, if other programs have delayed it, one of two more."""
    took_s = [discord.world.gateway.identified_at[0] - bot.started_at]
    while min(took_s) >= IDENTIFY_S and len(took_s) < 3:
        with LoopbackDiscord() as server, BotProcess(server, tmp_path / str(len(took_s))) as another:
            another.wait_for_commands()
            took_s.append(server.world.gateway.identified_at[0] - another.started_at)
    assert min(took_s) < IDENTIFY_S
    assert discord.world.gateway.identify["intents"] & ~1 == 0, "commands need no intents but the guilds"


def test_nothing_is_logged_about_voice(discord: LoopbackDiscord, bot: BotProcess) -> None:
    assert "connected to Discord" in bot.stderr.read_text("utf-8")
    assert "voice" not in bot.stderr.read_text("utf-8")


def test_the_file_of_the_health_check_is_fresh(discord: LoopbackDiscord, bot: BotProcess) -> None:
    assert time.time() - heartbeat_file(bot.home).stat().st_mtime < 60


def test_its_process_is_light(discord: LoopbackDiscord, bot: BotProcess) -> None:
    discord.wait(bot.workers, 30, "a worker with TensorFlow")
    maps = loaded_by(bot.pid)
    for library in ("tensorflow", "matplotlib", "cv2"):
        assert library not in maps
    assert psutil.Process(bot.pid).memory_info().rss < IDLE_MIB * 2**20


def test_commands_are_those_of_the_contract(discord: LoopbackDiscord, bot: BotProcess) -> None:
    commands = {command["name"]: command for command in discord.world.commands[""]}
    assert set(commands) == ENTRIES
    options = {
        name: [option["name"] for option in command.get("options", [])]
        for name, command in commands.items()
        if command["type"] == 1
    }
    assert options == {
        "explain": ["step"],
        "train": ["recipe", "epochs", "batch_size", "learning_rate", "augment", "seed"],
        "accuracy": ["run"],
        "predict": ["image", "run"],
        "ask": ["question"],
        "learn": [],
        "practice": [],
        "progress": [],
        "class-limits": ["epochs", "recipes", "trainings", "quiet"],
        "forget-me": ["sure"],
        "status": [],
    }
    steps = commands["explain"]["options"][0]["choices"]
    assert [choice["value"] for choice in steps] == list(STEPS)
    assert all(choice["name_localizations"]["zh-CN"] for choice in steps)
    for command in commands.values():
        assert command["name_localizations"]["zh-CN"]
        assert command["name"] == "Classify this image" or command["description_localizations"]["zh-CN"]


def test_discord_itself_refuses_what_is_out_of_range(discord: LoopbackDiscord) -> None:
    for epochs in (0, 51, 1000):
        with pytest.raises(AssertionError, match="epochs is at"):
            discord.command(discord.person("Ada"), "train", epochs=epochs)


def _sentence(bot: BotProcess, word: str) -> str:
    """The only line on standard error with that word; nothing there looks like a program's innards."""
    text = bot.stderr.read_text("utf-8")
    assert "Traceback" not in text
    lines = [line for line in text.splitlines() if word in line]
    assert len(lines) == 1, text
    return lines[0]


@pytest.mark.parametrize(("language", "words"), [("en", "token"), ("zh-CN", "令牌")])
def test_a_wrong_token_is_said_in_a_sentence(tmp_path: Path, language: str, words: str) -> None:
    wrong = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.this-is-not-the-token-of-a-bot"
    with LoopbackDiscord() as server:
        bot = BotProcess(server, tmp_path, DISCORD_TOKEN=wrong, TUTOR_LANG=language)
        bot.start()
        assert bot.wait(15) == 2
    assert words in _sentence(bot, "DISCORD_TOKEN").lower()
    assert wrong.encode() not in bot.written()
    assert bot.wait_for_family_to_end(3) == []


def _said(bot: BotProcess, word: str) -> list[str]:
    return [line for line in bot.stderr.read_text("utf-8").splitlines() if word in line and "DEBUG" not in line]


def test_discord_is_reached_later(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = LoopbackDiscord(port=port)
    with BotProcess(server, tmp_path, LOOPBACK_DISCORD=f"http://127.0.0.1:{port}", TUTOR_LANG="en") as bot:
        deadline = time.monotonic() + 30
        while not _said(bot, "cannot be reached"):
            assert bot.alive
            assert time.monotonic() < deadline
            time.sleep(0.1)
        with server:
            server.wait(lambda: server.world.gateway.identified_at, 30, "the gateway")
            assert len(_said(bot, "cannot be reached")) == 1
            assert bot.terminate(10) == 0


def test_an_error_page_is_one_sentence(tmp_path: Path) -> None:
    with LoopbackDiscord() as server:
        server.trouble("GET /users/@me", "page")
        with BotProcess(server, tmp_path, TUTOR_LANG="en") as bot:
            server.wait(lambda: server.world.gateway.identified_at, 30, "the gateway")
            (sentence,) = _said(bot, "cannot be reached")
            assert "HTTP status 429" in sentence
            assert bot.terminate(10) == 0
        server.trouble("PUT /applications/*/commands", "page")
        by_hand = BotProcess(server, tmp_path, TUTOR_LANG="en")
        by_hand.start("sync")
        assert by_hand.wait(15) == 1
        assert "HTTP status 429" in _sentence(by_hand, "sync")


def test_a_second_bot_in_the_same_home_is_refused(discord: LoopbackDiscord, bot: BotProcess, tmp_path: Path) -> None:
    second = BotProcess(discord, tmp_path, bot.home, TUTOR_LANG="en")
    second.start("discord")
    assert second.wait(15) == 2
    assert "TUTOR_HOME" in _sentence(second, str(bot.home))


def test_commands_can_be_registered_by_hand(tmp_path: Path) -> None:
    with LoopbackDiscord() as server:

        def sync(*arguments: str) -> None:
            bot = BotProcess(server, tmp_path)
            bot.start("sync", *arguments)
            assert bot.wait(15) == 0, bot.stderr.read_text("utf-8")

        sync()
        assert {command["name"] for command in server.world.commands[""]} == ENTRIES
        sync("--guild", server.guild.id)
        assert {command["name"] for command in server.world.commands[server.guild.id]} == ENTRIES
        sync("--guild", server.guild.id, "--clear")
        assert server.world.commands[server.guild.id] == []
        assert {command["name"] for command in server.world.commands[""]} == ENTRIES
        assert server.world.violations == []
