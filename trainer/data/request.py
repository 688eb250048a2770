"""GET over HTTP, through a proxy where there is one, in a thread of its own: so the one who waits can stop at once."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from queue import Empty, Full, Queue
from typing import Any, Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from trainer.errors import TrainingCancelled, problem_of
from trainer.proxy import Proxy, failure

CONNECT_S: Final = 10.0
_CHUNK: Final = 1 << 16  # bytes
_AHEAD: Final = 16  # chunks that may have arrived before they are taken
_POLL_S: Final = 0.2
_REDIRECTS: Final = 5
_REDIRECTED: Final = (301, 302, 303, 307, 308)
_SAFE: Final = "/%:@!$&'()*+,;=~"  # characters of a path that stay as they are

ProxyFor = Callable[[str], Proxy | None]  # the proxy for a host


class NetworkError(Exception):
    """The server could not be reached, broke off, or was silent for too long; the text says which."""


@dataclass(frozen=True)
class Reply:
    """The head of an answer, and its content in pieces as they arrive; these raise what `get` raises."""

    status: int
    headers: Message
    chunks: Iterator[bytes]


@contextmanager
def get(
    address: str,
    headers: Mapping[str, str],
    *,
    proxy_for: ProxyFor,
    silence_s: float,
    should_stop: Callable[[], bool],
) -> Iterator[Reply]:
    """Request an address, following redirects.

    Raises NetworkError, also when nothing arrives for `silence_s`; ProxyError; TrainingCancelled when `should_stop`.
    """
    transfer = _Transfer(should_stop)
    begin = partial(_open, address, headers, proxy_for, silence_s)
    threading.Thread(target=transfer.receive, args=(begin,), name="download", daemon=True).start()
    try:
        answer = transfer.take()
        yield Reply(answer.status, answer.headers, iter(transfer.take, b""))
    finally:
        transfer.over.set()


class _Transfer:
    """From the thread that receives to the one that takes: the HTTPResponse, its bytes, b"" at the end; or an error."""

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self.over = threading.Event()  # nobody takes any more
        self._should_stop = should_stop
        self._items: Queue[Any] = Queue(_AHEAD)

    def receive(self, begin: Callable[[], HTTPResponse]) -> None:
        try:
            with begin() as answer:
                self._pass_on(answer)
                while (chunk := answer.read1(_CHUNK)) and not self.over.is_set():
                    self._pass_on(chunk)
            self._pass_on(b"")
        except Exception as error:
            self._pass_on(error)

    def _pass_on(self, item: object) -> None:
        while not self.over.is_set():
            with suppress(Full):
                self._items.put(item, timeout=_POLL_S)
                return

    def take(self) -> Any:
        while not self._should_stop():
            with suppress(Empty):
                item = self._items.get(timeout=_POLL_S)
                if isinstance(item, Exception):
                    raise _explained(item)
                return item
        raise TrainingCancelled


def _explained(error: Exception) -> Exception:
    if isinstance(error, OSError):
        return NetworkError(problem_of(error) if error.strerror else str(error) or type(error).__name__)
    if isinstance(error, HTTPException | ValueError):
        return NetworkError(f"{type(error).__name__}: {error}")
    return error


def _open(address: str, headers: Mapping[str, str], proxy_for: ProxyFor, silence_s: float) -> HTTPResponse:
    for _ in range(_REDIRECTS + 1):
        url = urlsplit(address)
        connection = _connected(url, proxy_for, silence_s)
        target = quote(url.path or "/", safe=_SAFE) + (f"?{quote(url.query, safe=_SAFE + '?')}" if url.query else "")
        connection.request("GET", target, headers={"User-Agent": "keras-tutor", "Connection": "close", **headers})
        answer = connection.getresponse()
        location = answer.headers.get("Location")
        if answer.status not in _REDIRECTED or location is None:
            return answer
        connection.close()
        address = urljoin(address, location)
    raise ValueError("too many redirects")


def _connected(url: SplitResult, proxy_for: ProxyFor, silence_s: float) -> HTTPConnection:
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError(f"{url.geturl()} is not a web address")
    context = ssl.create_default_context() if url.scheme == "https" else None
    if context is None:
        connection = HTTPConnection(url.hostname, url.port)
    else:
        connection = HTTPSConnection(url.hostname, url.port, context=context)
    limit_s = min(CONNECT_S, silence_s)
    proxy = proxy_for(url.hostname)
    if proxy is not None:
        connection.sock = _through(proxy, connection.host, connection.port, context, limit_s)
    else:
        connection.sock = socket.create_connection((connection.host, connection.port), limit_s)
        if context is not None:
            connection.sock = context.wrap_socket(connection.sock, server_hostname=connection.host)
    connection.sock.settimeout(silence_s)
    return connection


def _through(proxy: Proxy, host: str, port: int, context: ssl.SSLContext | None, limit_s: float) -> Any:
    """A socket to host and port through the proxy; ProxyError."""
    from python_socks import ProxyError as RefusedError
    from python_socks.sync.v2 import Proxy as Connector

    try:
        return Connector(**proxy.arguments).connect(host, port, dest_ssl=context, timeout=limit_s).socket
    except (RefusedError, OSError, EOFError) as error:
        raise failure(proxy, host, error) from None
