"""A web server on 127.0.0.1 whose first folder says what is wrong with it."""

import http.server
import threading
import time
from typing import Any, Self

DROP_AFTER = 30_000  # bytes
PIECE = 1000


class Mirror(http.server.ThreadingHTTPServer):
    """Start it with `with`. `asked` are the paths, `ranges` the Range and If-Range of each request.

    good, truncated, swapped, missing, broken, page, silent, slow: each answer is so. drops: every connection ends after
    DROP_AFTER bytes; once: only the first one of each file. The suffixes -norange, -416, -shifted: how a range is
    answered; -changes: after the first connection, which drops, there is another version, told by its ETag; -mixes: the
    same without an ETag.
    """

    daemon_threads = True

    def __init__(self, content: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.asked: list[str] = []
        self.ranges: list[tuple[str | None, str | None]] = []
        self.gone = threading.Event()  # lets silent answers end
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gone.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # the client has closed the connection


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Mirror  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        _, kind, name = self.path.split("/")
        first = self.path not in self.server.asked
        self.server.asked.append(self.path)
        self.server.ranges.append((self.headers["Range"], self.headers["If-Range"]))
        content, version = self.server.content[name], '"right"'
        behaviour, _, ranges = kind.partition("-")
        match behaviour:
            case "missing":
                return self.send_error(404)
            case "broken":
                return self.send_error(500)
            case "page":
                return self._answer(200, b"<html>Please log in</html>", "text/html")
            case "swapped":
                content = content[::-1]
        if ranges in ("changes", "mixes") and first:
            content, version = content[::-1], '"wrong"'
        drops = behaviour == "drops" or (behaviour == "once" and first)
        self._send(content, "" if ranges == "mixes" else version, ranges, behaviour, drops=drops)
        return None

    def _send(self, content: bytes, etag: str, ranges: str, behaviour: str, *, drops: bool) -> None:
        begin = int((self.headers["Range"] or "bytes=0-")[6:-1])
        if self.headers["If-Range"] not in (None, etag) or ranges == "norange":
            begin = 0
        if begin and ranges == "416":
            return self._answer(416, b"")
        if begin:
            self.send_response(206)
            shown = begin - 1 if ranges == "shifted" else begin
            self.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - begin))
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        end = len(content)
        if drops:
            end = min(end, begin + DROP_AFTER)
        elif behaviour in ("truncated", "silent"):
            end //= 2
        for at in range(begin, end, PIECE):
            self.wfile.write(content[at : min(at + PIECE, end)])
            if behaviour == "slow":
                self.wfile.flush()
                time.sleep(0.02)
        if behaviour == "silent":
            self.wfile.flush()
            self.server.gone.wait(20)
        self.close_connection = True
        return None

    def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name that http.server has
        return
