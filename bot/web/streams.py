"""Server-sent events: each open page gets the latest state of whatever changes.

A stream that is read slowly, or not at all, keeps one event for each thing that changes, never a queue of old states.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Final

MOST_STREAMS: Final = 100  # of one visitor; opening one more ends the oldest
MOST_WAITING: Final = 100  # events of one stream; with one more the page is told to load everything anew
RELOAD: Final = "reload"


class Stream:
    """The events of one open page."""

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}  # by what they are about: event and data, as they are sent
        self._changed = asyncio.Event()
        self._ended = False

    def put(self, event: str, about: str, **data: object) -> None:
        """Add an event; it replaces one about the same thing that was not sent yet."""
        if len(self._waiting) >= MOST_WAITING and about not in self._waiting:
            self._waiting = {RELOAD: _encoded(RELOAD, {})}
        elif RELOAD not in self._waiting:
            self._waiting[about] = _encoded(event, data)
        self._changed.set()

    def end(self) -> None:
        """No more events."""
        self._ended = True
        self._changed.set()

    async def chunks(self, silence_s: float) -> AsyncIterator[str]:
        """The text to send, event by event; a comment after `silence_s` without one, so that the line stays open."""
        while not self._ended:
            try:
                await asyncio.wait_for(self._changed.wait(), silence_s)
            except TimeoutError:
                yield ": \n\n"
                continue
            self._changed.clear()
            waiting, self._waiting = self._waiting, {}
            if waiting:
                yield "".join(waiting.values())


class Streams:
    """The open pages, by visitor."""

    def __init__(self) -> None:
        self._open: defaultdict[str, list[Stream]] = defaultdict(list)
        self._closed = False

    def open(self, visitor_id: str) -> Stream:
        """A new stream for a visitor."""
        stream = Stream()
        streams = self._open[visitor_id]
        streams.append(stream)
        if len(streams) > MOST_STREAMS:
            streams.pop(0).end()
        if self._closed:
            stream.end()
        return stream

    def forget(self, visitor_id: str, stream: Stream) -> None:
        """Remove a stream that has ended."""
        if stream in self._open[visitor_id]:
            self._open[visitor_id].remove(stream)
        if not self._open[visitor_id]:
            del self._open[visitor_id]

    def watched(self, visitor_id: str) -> bool:
        """Whether the visitor has a page open."""
        return visitor_id in self._open

    def send(self, visitor_id: str, event: str, about: str, **data: object) -> None:
        """Put an event into every stream of a visitor."""
        for stream in self._open.get(visitor_id, ()):
            stream.put(event, about, **data)

    def end(self, visitor_id: str) -> None:
        """End the streams of a visitor."""
        for stream in self._open.get(visitor_id, ()):
            stream.end()

    def close(self) -> None:
        """End all streams, also those that are opened from now on."""
        self._closed = True
        for visitor_id in list(self._open):
            self.end(visitor_id)


def _encoded(event: str, data: dict[str, object]) -> str:
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
