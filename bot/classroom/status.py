"""`/status`: how the bot is, for the teacher."""

from bot.classroom.answer import Action, Answer
from bot.classroom.condition import Condition, age_of
from bot.classroom.learner import LOCAL, Learner
from bot.classroom.old_runs import Old
from bot.classroom.wording import clipped
from bot.errors import ClassroomError
from bot.texts import texts
from trainer.language import Language

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_LONGEST_ERROR = 300  # characters


def check_teacher(learner: Learner) -> None:
    """ClassroomError `status_teacher_only` for others than a teacher; the terminal's learner runs the bot."""
    if not learner.is_teacher and learner.id != LOCAL:
        raise ClassroomError("status_teacher_only")


def status(found: Condition, old: Old | None, language: Language) -> Answer:
    """The answer; old: the runs that are offered for deletion."""
    say, load = texts(), found.load
    lines = [
        say(language, "status.version", version=found.version, uptime=span(found.uptime_s, language)),
        say(language, "status.queue", running=load.running, waiting=load.waiting),
    ]
    if not load.workers:
        lines.append(say(language, "status.no_workers"))
    for number, worker in enumerate(load.workers, 1):
        key = "status.worker_busy" if worker.busy else "status.worker_free"
        memory = "?" if worker.memory is None else f"{worker.memory / 10**6:.0f}"
        lines.append(say(language, key, number=number, memory=memory))
    lines.append(say(language, "status.own_memory", memory=f"{found.own_bytes / 10**6:.0f}"))
    lines.append(
        say(
            language, "status.disk", free=f"{found.disk_free / 10**9:.1f}", runs=found.runs,
            size=f"{found.runs_bytes / 10**6:.0f}",
        )
    )  # fmt: skip
    if found.database_s is None:
        lines.append(say(language, "status.database_silent"))
    else:
        lines.append(say(language, "status.database", ms=f"{found.database_s * 1000:.0f}"))
    if found.discord_s is not None:
        lines.append(say(language, "status.discord", ms=f"{found.discord_s * 1000:.0f}"))
    lines.append(_last_error(found, language))
    if old is not None:
        lines.append(say(language, "old_runs.there_are", count=old.count, days=old.days, size=old.megabytes))
        offer = Action("oldruns", say(language, "old_runs.offer"), target="ask")
        return Answer(_text(lines, language), actions=(offer,))
    return Answer(_text(lines, language))


def _text(lines: list[str], language: Language) -> str:
    return "\n".join([texts()(language, "status.title"), *(f"- {line}" for line in lines)])


def _last_error(found: Condition, language: Language) -> str:
    say, last = texts(), found.last_error
    if last is None:
        return say(language, "status.no_error")
    sentence = clipped(last.sentence.replace("`", "'"), _LONGEST_ERROR)
    return say(language, "status.last_error", ago=span(age_of(last.at), language), sentence=sentence)


def span(seconds: float, language: Language) -> str:
    """`3 d 4 h`, `2 h 5 min`, `40 min`, `12 s`."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return texts()(language, "status.s", s=whole)
    if whole < _HOUR:
        return texts()(language, "status.min", m=whole // _MINUTE)
    if whole < _DAY:
        return texts()(language, "status.h", h=whole // _HOUR, m=whole % _HOUR // _MINUTE)
    return texts()(language, "status.d", d=whole // _DAY, h=whole % _DAY // _HOUR)
