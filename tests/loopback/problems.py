"""Discord's own refusals, by their JSON error codes."""

import json
from typing import Any

from aiohttp import web

_STATUS = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10008: (404, "Unknown Message"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160005: (403, "Thread is locked"),
}


class RefusedError(Exception):
    """A request that Discord would answer with an error."""

    def __init__(self, code: int, why: str = "") -> None:
        self.code = code
        self.status, self.text = _STATUS[code]
        self.why = why
        super().__init__(f"{self.status} {code} {self.text} {why}".strip())

    def response(self) -> web.Response:
        """The error as Discord writes it."""
        body: dict[str, Any] = {"message": self.text, "code": self.code}
        if self.why and self.code == 50035:
            body["errors"] = {"_errors": [{"code": "LOOPBACK", "message": self.why}]}
        return answer_json(body, self.status)


def answer_json(body: Any, status: int = 200) -> web.Response:
    """JSON with exactly the content type that Discord sends: discord.py compares the string."""
    return web.Response(body=json.dumps(body).encode(), status=status, headers={"Content-Type": "application/json"})
