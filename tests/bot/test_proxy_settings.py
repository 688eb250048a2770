"""The settings of the proxy and of the mirror: what is understood, what is refused, and that no password is shown."""

import os
from pathlib import Path

import pytest

from bot.logs import Redactor
from bot.settings import Settings, for_trainer, log_secrets
from trainer.errors import SettingsError
from trainer.proxy import Proxy, is_excepted
from trainer.settings import NAMES, TrainerSettings, read_settings


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        for spelt in (name, name.lower()):
            monkeypatch.delenv(spelt, raising=False)
    for name in ("KERAS_HOME", "MPLCONFIGDIR", "DASK_TEMPORARY_DIRECTORY"):  # read_settings changes them
        monkeypatch.setenv(name, os.environ.get(name, ""))


def _proxy(monkeypatch: pytest.MonkeyPatch, address: str, name: str = "TUTOR_PROXY") -> Proxy | None:
    monkeypatch.setenv(name, address)
    return read_settings(Settings).proxy


@pytest.mark.parametrize(
    ("address", "kind", "host", "port"),
    [
        ("http://proxy.example:3128", "http", "proxy.example", 3128),
        ("http://proxy.example/", "http", "proxy.example", 80),
        ("127.0.0.1:7890", "http", "127.0.0.1", 7890),
        ("HTTPS://proxy.example", "https", "proxy.example", 443),
        ("socks5://127.0.0.1:7891", "socks5", "127.0.0.1", 7891),
        ("socks5h://127.0.0.1", "socks5", "127.0.0.1", 1080),
        ("socks://[::1]:7891/", "socks5", "::1", 7891),
    ],
)
def test_an_address(address: str, kind: str, host: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = _proxy(monkeypatch, address)
    assert proxy is not None
    assert (proxy.kind, proxy.host, proxy.port, proxy.user) == (kind, host, port, None)


def test_a_user_name_and_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = _proxy(monkeypatch, "http://mei:p%40ss%20w%C3%B6rd@h:1")
    assert proxy is not None
    assert (proxy.user, proxy.password) == ("mei", "p@ss wörd")
    assert "ss" not in f"{proxy} {proxy!r}"


@pytest.mark.parametrize(
    "address",
    [
        "ftp://mei:secret@h:1",
        "socks4://mei:secret@h:1",
        "proxy",
        "http://",
        "http://mei:secret@:80",
        "http://mei:secret@h:secret",
        "http://mei:secret@h:0",
        "http://mei:secret@h:99999",
        "http://mei:sec#ret@h:1",
        "http://mei:sec/ret@h:1",
        "http://mei:secret@h:1/secret",
        "http://mei: secret@h:1",
        "http://m%3Aei:secret@h:1",
        "socks5://mei:secret%E7%A7%98@h:1",
        f"socks5://mei:secret{'x' * 260}@h:1",
        "http://[::1:80",
    ],
)
@pytest.mark.parametrize("name", ["TUTOR_PROXY", "https_proxy", "ALL_PROXY"])
def test_what_is_no_address_is_named_and_not_repeated(address: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        _proxy(monkeypatch, address, name)
    for language in ("en", "zh-CN"):
        sentence = caught.value.sentence(language)
        assert name.upper() in sentence
        assert "sec" not in sentence


def test_which_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ("http_proxy=http://d:1", "all_proxy=http://c:1", "https_proxy=http://b:1", "TUTOR_PROXY=http://a:1")
    for count, host in enumerate(("c", "b", "a"), start=2):
        (tmp_path / ".env").write_text("\n".join(lines[:count]))
        assert getattr(read_settings(Settings).proxy, "host", None) == host
    monkeypatch.setenv("ALL_PROXY", "nonsense")  # not used, so not looked at
    assert getattr(read_settings(TrainerSettings).proxy, "setting", None) == "TUTOR_PROXY"


def test_this_machine_and_exceptions_are_reached_directly() -> None:
    settings = Settings(_env_file=None, https_proxy="http://h:1", no_proxy="mirror.example,10.0.0.0/8")  # type: ignore[call-arg,arg-type]
    for host in ("localhost", "127.0.0.1", "127.8.8.8", "::1", "mirror.example", "a.mirror.example", "10.1.2.3"):
        assert settings.proxy_for(host) is None
    for host in ("discord.com", "notmirror.example", "11.1.2.3"):
        assert settings.proxy_for(host) is not None


@pytest.mark.parametrize(
    ("host", "no_proxy", "excepted"),
    [
        ("cdn.discordapp.com", "discordapp.com", True),
        ("cdn.discordapp.com", ".discordapp.com", True),
        ("cdn.discordapp.com", "*.discordapp.com", True),
        ("CDN.discordapp.com", "x; discordAPP.com:443", True),
        ("discord.com", "*", True),
        ("discord.com", "cord.com", False),
        ("discord.com", "", False),
        ("192.168.1.7", "192.168.1.7", True),
        ("192.168.1.7", "192.168.0.0/16", True),
        ("192.169.1.7", "192.168.0.0/16, nonsense/99", False),
        ("fe80::7", "fe80::/10", True),
    ],
)
def test_no_proxy(host: str, no_proxy: str, excepted: bool) -> None:
    assert is_excepted(host, no_proxy) is excepted


@pytest.mark.parametrize(
    ("address", "mirror"),
    [
        ("http://h/a", "http://h/a/"),
        ("https://h:8443/", "https://h:8443/"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/"),
    ],
)
def test_a_mirror(address: str, mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASHION_MNIST_MIRROR", address)
    assert read_settings(TrainerSettings).mirror == mirror


@pytest.mark.parametrize(
    "address",
    [
        "file:///data",
        "/data",
        "nonsense",
        "ftp://h/",
        "http://",
        "http://h:x/",
        "http://u:secret@h/",
        "http://h/?a=b",
        "h/a b",
    ],
)
def test_what_is_no_mirror_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASHION_MNIST_MIRROR", address)
    with pytest.raises(SettingsError, match="FASHION_MNIST_MIRROR") as caught:
        read_settings(TrainerSettings)
    assert "secret" not in str(caught.value)


def test_the_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_PROXY", "http://mei:very%20secret@h:1")
    monkeypatch.setenv("ALL_PROXY", "http://mei:very%20secret@h:1")
    settings = read_settings(Settings)
    assert "secret" not in f"{settings!r} {settings.model_dump()} {for_trainer(settings)}"
    redacted = Redactor(*log_secrets(settings))("very secret, very%20secret, http://mei:abc@h:1 and socks5://abc:d@h")
    assert not any(word in redacted for word in ("secret", "abc"))
