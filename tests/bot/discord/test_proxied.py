"""The connector of discord.py with proxies of all kinds, and with what is no proxy."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path

import aiohttp
import pytest

from bot.discord import proxied
from bot.discord.failures import NETWORK, ProxyFailedError, explained
from bot.settings import Settings
from tests.loopback import LoopbackDiscord, LoopbackProxy
from tests.loopback.proxy import ProxyKind
from tests.loopback.tls import CERTIFICATE, tls_of_server


def _settings(home: Path, proxy: str, no_proxy: str = "") -> Settings:
    return Settings(_env_file=None, tutor_home=home, tutor_proxy=proxy, no_proxy=no_proxy)  # type: ignore[call-arg,arg-type]


async def _status(settings: Settings, url: str) -> int:
    trusted = ssl.create_default_context(cafile=CERTIFICATE)
    connector = proxied.new_connector(settings)
    async with aiohttp.ClientSession(connector=connector) as session, session.get(url, ssl=trusted) as answer:
        return answer.status


@pytest.mark.parametrize("kind", ["http", "https", "socks5"])
async def test_it_is_asked_for_a_tunnel(kind: ProxyKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with LoopbackDiscord(tls=tls_of_server()) as discord, LoopbackProxy(kind, user="mei", password="x" * 255) as proxy:
        proxy.hosts["discord.test"] = discord.port
        settings = _settings(tmp_path, proxy.url.replace("//", f"//mei:{'x' * 255}@"), "127.0.0.1")
        assert await _status(settings, "https://discord.test/nothing") == 404
        assert await _status(settings, f"https://127.0.0.1:{discord.port}/nothing") == 404  # in NO_PROXY
        assert proxy.targets == ["discord.test:443"]


@asynccontextmanager
async def _server(answer: bytes | None) -> AsyncIterator[int]:
    """A server that gives this answer to whatever it is asked, or none at all."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


ANSWERS = (b"", b"nonsense\r\n\r\n", b"HTTP/1.1 403 Forbidden\r\n\r\n<html>", b"HTTP/1.1 503 \xff\r\n\r\n", b"\x05\xff")


@pytest.mark.parametrize(
    ("kind", "answer"), [("http", None), ("socks5", None), *product(("http", "https", "socks5"), ANSWERS)]
)
async def test_whatever_answers_it_is_called_the_proxy(
    kind: str, answer: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxied, "CONNECT_S", 0.5)
    async with _server(answer) as port:
        with pytest.raises(NETWORK) as caught:
            await _status(_settings(tmp_path, f"{kind}://mei:secret@127.0.0.1:{port}"), "https://discord.test/")
    assert isinstance(caught.value, ProxyFailedError)
    error = explained(caught.value, "gateway_unreachable")
    for language in ("en", "zh-CN"):
        sentence = error.sentence(language)
        assert f"127.0.0.1:{port}" in sentence
        assert "TUTOR_PROXY" in sentence
        assert "secret" not in sentence
        assert "\n" not in sentence


async def test_a_proxy_whose_name_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(ProxyFailedError, match=r"proxy\.invalid:3128 \(TUTOR_PROXY\) does not answer"):
        await _status(_settings(tmp_path, "http://proxy.invalid:3128"), "https://discord.test/")
