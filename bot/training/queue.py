"""The jobs that wait for a worker: first come, first served."""

from collections import deque

from bot.training.ticket import Ticket


class Queue:
    """Waiting tickets in their order. Every one of them knows its place."""

    def __init__(self) -> None:
        self._tickets: deque[Ticket] = deque()

    def __len__(self) -> int:
        return len(self._tickets)

    def join(self, ticket: Ticket) -> None:
        """Stand at the end."""
        self._tickets.append(ticket)

    def return_to_front(self, ticket: Ticket) -> None:
        """Be the next again: the worker that was chosen was gone before it began."""
        self._tickets.appendleft(ticket)

    def leave(self, ticket: Ticket) -> bool:
        """Step out; False if the ticket does not wait here."""
        if ticket not in self._tickets:
            return False
        self._tickets.remove(ticket)
        return True

    def next(self) -> Ticket:
        """Take the first one; IndexError if nobody waits."""
        return self._tickets.popleft()

    def tell_positions(self, free: int) -> None:
        """Tell everybody whose place has changed; the first `free` are about to begin and need not know one."""
        for place, ticket in enumerate(list(self._tickets), 1 - free):
            if place > 0:
                ticket.tell_position(place)

    def end_all(self, outcome: Exception) -> None:
        """Send everybody away."""
        while self._tickets:
            self._tickets.popleft().end(outcome)
