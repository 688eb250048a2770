"""Keeping native libraries off standard error."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_standard_error() -> Iterator[None]:
    """Nothing written to file descriptor 2 meanwhile is seen.

    TensorFlow and LiteRT tell of the machine's processor there while they are loaded, before any setting of theirs
    can stop them. What they raise as exceptions is not affected.
    """
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
