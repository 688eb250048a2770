"""Discord through a proxy: the bot is told names that only the proxy knows, so nothing can go past it."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from urllib.parse import quote

import pytest

from bot.store import RunRow, Store
from tests.bot.discord.test_predict import WHOLE
from tests.loopback import ApiDescription, BotProcess, LoopbackDiscord, LoopbackProxy, Upload
from tests.loopback.classroom import assert_no_secrets, assert_well_behaved
from tests.loopback.proxy import ProxyKind
from tests.loopback.tls import CERTIFICATE, tls_of_server
from trainer.runs.folder import Run

PASSWORDS = {"http": "gé heim%1@秘密", "socks5": "ge/heim: %1@#"}  # SOCKS has no encoding for more than ASCII


def _with_password(proxy: LoopbackProxy) -> str:
    return proxy.url.replace("://", f"://mei:{quote(PASSWORDS[proxy.kind], safe='')}@")


@pytest.fixture
def make_bot(
    tmp_path: Path, home_with_data: Callable[[Path], Path], practice_run: Run
) -> Iterator[Callable[..., BotProcess]]:
    """Makes a bot whose home has a run; at the end it is ended."""
    bots: list[BotProcess] = []

    def make(server: LoopbackDiscord, **settings: str) -> BotProcess:
        folder = tmp_path / str(len(bots))
        home_with_data(folder / "home")
        copytree(practice_run.path, folder / "home" / "runs" / practice_run.path.name)
        asyncio.run(_give_run(folder / "home", practice_run, server))
        bots.append(BotProcess(server, folder, None, **{"TUTOR_LANG": "en", **settings}))
        return bots[-1]

    yield make
    for bot in bots:
        bot.clear_away()


async def _give_run(home: Path, run: Run, server: LoopbackDiscord) -> None:
    async with Store(f"sqlite+aiosqlite:///{home / 'classroom.sqlite3'}") as store:
        await store.save_run(
            RunRow(
                id=run.path.name, owner_id="1", owner_name="Mei", guild_id=server.guild.id, language="en", config={},
                status="finished", dataset="practice", test_accuracy=run.test_accuracy, session="",
                created_at=datetime.now(UTC),
            )
        )  # fmt: skip


def _predict(server: LoopbackDiscord, run: Run) -> str:
    person = server.person("Ada")
    image = Upload("picture.png", WHOLE)
    return server.answer(server.command(person, "predict", image=image, run=run.path.name)).text


def _assert_password_unknown(bot: BotProcess, kind: ProxyKind) -> None:
    for secret in (PASSWORDS[kind], quote(PASSWORDS[kind], safe=""), PASSWORDS[kind][:7]):
        assert secret.encode() not in bot.written()


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_everything_passes_the_proxy(kind: ProxyKind, make_bot: Callable[..., BotProcess], practice_run: Run) -> None:
    """Over TLS, as with Discord itself, with a password: login, REST, gateway, a picture."""
    discord = LoopbackDiscord(api=ApiDescription.from_environment(), told="https://discord.test", tls=tls_of_server())
    with discord as server, LoopbackProxy(kind, user="mei", password=PASSWORDS[kind]) as proxy:
        proxy.hosts["discord.test"] = server.port
        bot = make_bot(server, TUTOR_PROXY=_with_password(proxy), SSL_CERT_FILE=str(CERTIFICATE))
        with bot:
            bot.wait_for_commands()
            assert "%" in _predict(server, practice_run)
            assert server.world.cdn.served_bytes["picture.png"] == len(WHOLE)
            assert set(proxy.targets) == {"discord.test:443"}  # and nothing of Dask
            assert len(proxy.targets) >= 2, "the gateway and REST have a connection each"
            assert proxy.refused == 0
            assert_well_behaved(server)
            assert_no_secrets(server, bot)
        _assert_password_unknown(bot, kind)


def test_no_proxy_and_the_names_of_other_programs(make_bot: Callable[..., BotProcess]) -> None:
    """In `.env`, where HTTPS_PROXY used to stop the start; a host in NO_PROXY is reached directly."""
    with LoopbackDiscord(told="http://discord.test") as server, LoopbackProxy("http") as proxy:
        proxy.hosts["discord.test"] = server.port
        bot = make_bot(server)
        (bot.folder / ".env").write_text(f"http_proxy=x\nhttps_proxy={proxy.url}\nno_proxy=localhost,127.0.0.1\n")
        with bot:
            bot.wait_for_commands()
            assert set(proxy.targets) == {"discord.test:80"}
    with LoopbackDiscord() as server, LoopbackProxy("socks5") as proxy:
        with make_bot(server, ALL_PROXY=proxy.url, NO_PROXY="127.0.0.1") as bot:
            bot.wait_for_commands()
        assert proxy.targets == []


def _lines(bot: BotProcess, word: str) -> list[str]:
    return [line for line in bot.stderr.read_text("utf-8").splitlines() if word in line]


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize("command", ["discord", "sync"])
def test_a_wrong_password_ends_with_a_sentence(
    kind: ProxyKind, command: str, make_bot: Callable[..., BotProcess]
) -> None:
    with LoopbackDiscord(told="http://discord.test") as server:
        with LoopbackProxy(kind, user="mei", password="another") as proxy:
            bot = make_bot(server, HTTPS_PROXY=_with_password(proxy))
            bot.start(command)
            assert bot.wait(20) == 2
            (line,) = _lines(bot, "HTTPS_PROXY")
            assert "password" in line
            assert proxy.refused
        _assert_password_unknown(bot, kind)


def test_a_proxy_that_is_started_later(make_bot: Callable[..., BotProcess]) -> None:
    with LoopbackProxy("socks5") as first:
        port = first.port
    with LoopbackDiscord(told="http://discord.test") as server:
        with make_bot(server, TUTOR_PROXY=f"socks5h://127.0.0.1:{port}") as bot:
            server.wait(lambda: _lines(bot, "does not answer") or not bot.alive, 20, "the sentence")
            again = LoopbackProxy("socks5")
            again.port = port
            again.hosts["discord.test"] = server.port
            with again:
                bot.wait_for_commands()
                assert bot.terminate(10) == 0
        (line,) = _lines(bot, "does not answer")
        assert f"127.0.0.1:{port} (TUTOR_PROXY)" in line
        assert "Connection refused" in line
