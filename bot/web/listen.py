"""Where the page listens, and the addresses by which browsers reach it."""

import errno
import ipaddress
import socket
from typing import Final

from bot.errors import SettingsError
from bot.settings import WebAddress
from trainer.errors import problem_of

MOST_TRIES: Final = 50  # ports after the one that was asked for
_BACKLOG: Final = 256


def listen(address: WebAddress) -> socket.socket:
    """A listening socket on that port, or on the next free one; SettingsError `web_unusable`."""
    ports = range(address.port, min(address.port + MOST_TRIES, 65535) + 1) if address.port else (0,)
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    for port in ports:
        try:
            return socket.create_server((address.host, port), family=family, backlog=_BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port == ports[-1]:
                shown = f"{address.host}:{address.port}"
                raise SettingsError("web_unusable", address=shown, problem=problem_of(error)) from None
    raise AssertionError("there is at least one port")


def is_open_to_others(host: str) -> bool:
    """Whether other machines reach a page that listens on this host."""
    if host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def own_address(host: str, port: int) -> str:
    """The page's address on this machine: `http://127.0.0.1:8477`."""
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 compared, not listened on
    return f"http://{f'[{here}]' if ':' in here and '[' not in here else here}:{port}"


def room_address(host: str, port: int) -> str:
    """The page's address for other devices in the room; the same as `own_address` where they cannot reach it."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104 compared, not listened on
        return own_address(host, port)
    return f"http://{_address_in_network()}:{port}"


def _address_in_network() -> str:
    """This machine's IPv4 address in its network; 127.0.0.1 without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; the system only chooses the address to send from
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
