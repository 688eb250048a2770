"""Keeping native libraries off standard error."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_kept: list[int] = []


@contextmanager
def quiet_standard_error() -> Iterator[None]:
    """Nothing written to file descriptor 2 meanwhile is seen.

    TensorFlow and LiteRT tell of the machine's processor there while they are loaded, before any setting of theirs
    can stop them. What they raise as exceptions is not affected.
    """
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    _kept.append(kept)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        _kept.pop()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def last_words(text: str) -> None:
    """A line on standard error for whoever is about to end the process, heard even while it is kept quiet."""
    with suppress(OSError):
        os.write(_kept[0] if _kept else 2, f"{text}\n".encode())
