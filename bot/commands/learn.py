"""`/learn`: the course, where the person stopped."""

from typing import Final

from bot.classroom import Answer, Classroom
from bot.classroom.answer import ActionKind
from bot.commands.declare import Request, command

# Below whatever comes next: a card, what can be done, a question, the end.
NEXT: Final[tuple[ActionKind, ...]] = (
    "do", "skip", "learn", "guess", "upload", "explain", "answer", "choose", "type", "practice", "train",
)  # fmt: skip


@command(buttons=NEXT, typed="/learn", order=5)
async def learn(classroom: Classroom, request: Request) -> Answer:
    """What comes next: read, do, answer."""
    return await classroom.learn(request.learner)
