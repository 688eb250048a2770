"""Signals in a program that runs an event loop, on every system; nothing else sets handlers for it."""

import asyncio
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def on_signal(signals: Iterable[int], call: Callable[[], object]) -> Iterator[None]:
    """Have the running loop call `call` for each of these signals; afterwards the handlers are those of before.

    In the main thread only.
    """
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in signals}
    for number in before:
        try:
            loop.add_signal_handler(number, call)
        except NotImplementedError:  # on Windows, whose loop is woken by every signal
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(call))
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
