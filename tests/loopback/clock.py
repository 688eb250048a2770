"""The server's clock, which a test can move, and the ids that are made from it."""

import itertools
import time

DISCORD_EPOCH_S = 1_420_070_400  # 2015-01-01, where Discord's ids begin


class Clock:
    """Seconds since 1970, as the server sees them."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self.ids_ahead_s = 0.0  # how far the bot's own clock is behind the server's: ids tell it the server's time
        self._serial = itertools.count(1)

    def now(self) -> float:
        """The server's time in seconds."""
        return time.time() + self._ahead_s

    def move(self, seconds: float) -> None:
        """Let that much time pass at once: interaction tokens age, the bot's own clock does not."""
        self._ahead_s += seconds

    def snowflake(self) -> str:
        """A new id, later than all before; made from the real time, because the bot reads its age from it."""
        milliseconds = int((time.time() + self.ids_ahead_s - DISCORD_EPOCH_S) * 1000)
        return str((milliseconds << 22) | (next(self._serial) & 0x3FFFFF))
