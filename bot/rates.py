"""How much one person and one room or server may ask in a minute."""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from bot.errors import ClassroomError


class Rates:
    """Commands in the last minute, counted in memory."""

    def __init__(self, *, person: int, room: int) -> None:
        """person, room: the most commands in a minute."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._person, self._room = RateLimitItemPerMinute(person), RateLimitItemPerMinute(room)

    def count(self, person: str, room: str = "") -> None:
        """Count a command; ClassroomError `too_fast`, `room_too_fast`. room "": everybody is in one."""
        if not self._limiter.hit(self._person, "person", person):
            raise ClassroomError("too_fast")
        if not self._limiter.hit(self._room, "room", room):
            raise ClassroomError("room_too_fast")
