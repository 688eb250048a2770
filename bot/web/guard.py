"""What every request has to pass: the right host, the same origin, a limited number in a minute."""

import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from bot.rates import Rates

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # without any, browsers would send "Origin: null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_GUESSES: Final = RateLimitItemPerMinute(10)
_SAFE: Final = ("GET", "HEAD")


def guard(hosts: frozenset[str]) -> Middleware:
    """The middleware that refuses a foreign host (a name that was made to point here) or origin.

    hosts: the names of this machine; addresses are always right, because a page that was loaded from an address of this
    machine comes from here.
    """

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_own_host(request.host, hosts):
            raise web.HTTPMisdirectedRequest(text="This host is not served here.\n")
        if request.method not in _SAFE and not _same_origin(request):
            raise web.HTTPForbidden(text="This request comes from another page.\n")
        return await handler(request)

    return checked


def is_own_host(given: str, hosts: frozenset[str]) -> bool:
    """Whether a Host header names this machine: by an address or one of its names."""
    try:
        name = (urlsplit(f"//{given}").hostname or "").rstrip(".")
    except ValueError:  # e.g. a bracket that is not closed
        return False
    if name in hosts:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def own_names(host: str) -> frozenset[str]:
    """The names under which this machine is reached: localhost, its own name, and the host of TUTOR_WEB."""
    own = socket.gethostname().lower()
    return frozenset({"localhost", own, f"{own}.local", host.lower()})


def _same_origin(request: web.Request) -> bool:
    """Browsers name the origin with every POST; a program that names none has no page whose visitor it could use."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    return urlsplit(origin).netloc == request.host and urlsplit(origin).scheme in ("http", "https")


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the headers of every response."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-cache" if request.path.startswith("/static/") else "no-store")
    response.headers["Server"] = "keras-tutor"


class Limits:
    """How much each visitor and the whole room may ask in a minute."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rates = Rates(person=60, room=900)

    def count(self, visitor_id: str) -> None:
        """Count a command; ClassroomError `too_fast`, `room_too_fast`."""
        self._rates.count(visitor_id)

    def may_guess(self, address: str) -> bool:
        """Whether this address may try another key or join code; wrong ones are counted by `count_wrong`."""
        return self._limiter.test(_GUESSES, "guess", address)

    def count_wrong(self, address: str) -> None:
        """Count a wrong key or join code."""
        self._limiter.hit(_GUESSES, "guess", address)
