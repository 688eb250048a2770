"""The proxy that the network is reached through: its address, and the hosts that are reached without it."""

import ipaddress
import os
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from ssl import SSLError, create_default_context
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

from trainer.errors import ProxyError, SettingsError

Kind = Literal["http", "https", "socks5"]
# `socks` is what desktops set, and a SOCKS proxy always looks names up itself: elsewhere they may be answered wrongly.
_KINDS: Final[dict[str, Kind]] = {
    "http": "http", "https": "https", "socks5": "socks5", "socks5h": "socks5", "socks": "socks5",
}  # fmt: skip
_PORTS: Final[dict[Kind, int]] = {"http": 80, "https": 443, "socks5": 1080}
_LONGEST_PROBLEM: Final = 200  # characters
_LONGEST: Final = 255  # bytes of a user name and of a password in SOCKS


@dataclass(frozen=True)
class Proxy:
    """A proxy and the setting that names it; user name and password are never part of a text."""

    setting: str
    kind: Kind
    host: str
    port: int
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def arguments(self) -> dict[str, Any]:
        """Those of the class Proxy of python-socks and of ProxyConnector of aiohttp-socks."""
        from python_socks import ProxyType

        user, password = self.user, self.password
        if self.kind != "socks5":  # the libraries write Latin-1, proxies read UTF-8
            user, password = (text and text.encode().decode("latin-1") for text in (user, password))
        return {
            "proxy_type": ProxyType.SOCKS5 if self.kind == "socks5" else ProxyType.HTTP,
            "host": self.host,
            "port": self.port,
            "username": user,
            "password": password,
            "rdns": True,
            "proxy_ssl": create_default_context() if self.kind == "https" else None,
        }


def parse_proxy(setting: str, address: str) -> Proxy:
    """The proxy at an address such as `http://user:password@host:port`; `host:port` is an HTTP proxy.

    Raises SettingsError (`proxy_wrong`), which does not repeat the address: it may hold a password.
    """
    wrong = SettingsError("proxy_wrong", name=setting)
    if "://" not in address and re.search(r":\d+/?$", address):
        address = f"http://{address}"
    try:
        url = urlsplit(address)
        kind, host, port = _KINDS.get(url.scheme), url.hostname, url.port
    except ValueError:  # the port, or a bracket of an IPv6 address
        raise wrong from None
    user, password = (None if text is None else unquote(text) for text in (url.username, url.password))
    fits = all(len(text.encode()) <= _LONGEST for text in (user or "", password or ""))
    if kind is None or not host or port == 0 or url.path not in ("", "/") or url.query or url.fragment:
        raise wrong
    if kind == "socks5" and not f"{user}{password}".isascii():  # there SOCKS defines no encoding
        raise wrong
    if re.search(r"[\s\x00-\x1f]", address) or ":" in (user or "") or not fits:
        raise wrong
    if user and password is None:
        password = ""
    return Proxy(setting, kind, host, port or _PORTS[kind], user or None, password if user else None)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _ip(name)
    return address is not None and address.is_loopback


def is_excepted(host: str, no_proxy: str) -> bool:
    """Whether NO_PROXY names the host: `*`, a domain with all below it, an address, or a network such as 10.0.0.0/8.

    A port in an entry is ignored.
    """
    name, address = host.lower().rstrip("."), _ip(host)
    for entry in re.split(r"[,;\s]+", no_proxy.lower()):
        if entry == "*":
            return True
        domain = re.sub(r":\d+$", "", entry.removeprefix("*")).strip(".") if entry.count(":") <= 1 else entry
        if domain and (name == domain or name.endswith(f".{domain}")):
            return True
        if address is not None and _in_network(address, domain):
            return True
    return False


def _in_network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network.strip("[]"), strict=False)
    except ValueError:
        return False


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def failure(proxy: Proxy, host: str, error: Exception) -> ProxyError:
    """What went wrong on the way to a host through the proxy: an OSError, an EOFError, or an error of python-socks."""
    from python_socks import ProxyConnectionError, ProxyTimeoutError

    values = {"proxy": str(proxy), "setting": proxy.setting}
    if isinstance(error, ProxyConnectionError):
        return ProxyError("proxy_unreachable", problem=_problem(error.__cause__ or error), **values)
    if isinstance(error, ProxyTimeoutError):
        return ProxyError("proxy_unreachable", problem="timed out", **values)
    if getattr(error, "error_code", None) == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED or "authentic" in str(error):
        return ProxyError("proxy_password", **values)
    return ProxyError("proxy_refused", host=host, problem=_problem(error), **values)


def _problem(error: BaseException) -> str:
    """An error in a few words; asyncio's own texts of connection errors hold addresses instead of a reason."""
    if isinstance(error, OSError) and error.errno and error.errno > 0 and not isinstance(error, SSLError):
        return os.strerror(error.errno)
    return " ".join(str(error).split())[:_LONGEST_PROBLEM] or type(error).__name__
