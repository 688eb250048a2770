"""A learner's way in words: what is read, done and answered, and what the course has changed."""

from collections.abc import Iterable, Mapping, Sequence

from bot.classroom.course.way import DOING, answered_enough, of_step
from bot.classroom.result import guess_sentence
from bot.classroom.wording import fraction
from bot.lessons import lesson
from bot.questions import bank
from bot.store import AskedRow, ProgressRow, RunRow
from bot.texts import texts
from trainer import STEPS
from trainer.language import Language


def progress_text(
    progress: Mapping[str, ProgressRow], answers: Sequence[AskedRow], due: int, language: Language
) -> str:
    """A line for each step, then what changed, then how many questions are due."""
    say = texts()
    lines = [_line(step, progress.get(step), of_step(answers, step), language) for step in STEPS]
    parts = (
        say(language, "progress.title"),
        "\n".join(lines),
        change_sentence(answers, language),
        say(language, "progress.due" if due else "progress.nothing_due", count=due),
    )
    return "\n\n".join(part for part in parts if part)


def _line(step: str, row: ProgressRow | None, given: Sequence[bool], language: Language) -> str:
    say = texts()
    said = [say(language, "progress.read" if row else "progress.unread")]
    if row and step in DOING:
        left_out = row.done_at is not None and row.outcome is None
        said.append(say(language, f"progress.{'left_out' if left_out else 'done' if row.done_at else 'not_done'}"))
    if given:
        said.append(say(language, "progress.answered", right=sum(given), count=len(given)))
    complete = row is not None and (step not in DOING or row.done_at is not None) and answered_enough(given)
    mark = "✅" if complete else "▶" if row else "○"
    return f"- {mark} **{lesson(step, language).title}** · {say(language, 'progress.between').join(said)}"


def change_sentence(answers: Sequence[AskedRow], language: Language) -> str:
    """How many of the five questions were answered rightly before the course, and how many after it."""
    pairs = bank().pairs
    before, after = (
        {row.question_id: bool(row.right) for row in answers if row.purpose == purpose}
        for purpose in ("before", "after")
    )
    if len(before) < len(pairs):
        return ""
    values = {"before": sum(before.values()), "after": sum(after.values()), "of": len(pairs)}
    return texts()(language, "progress.change" if len(after) >= len(pairs) else "progress.before", **values)


def way_in_figures(
    progress: Mapping[str, ProgressRow], answers: Sequence[AskedRow], runs: Sequence[RunRow], language: Language
) -> str:
    """What a learner has done until now: steps, answers, trainings, their guess."""
    return "\n".join(f"- {line}" for line in _figures(progress, answers, runs, language))


def _figures(
    progress: Mapping[str, ProgressRow], answers: Sequence[AskedRow], runs: Sequence[RunRow], language: Language
) -> Iterable[str]:
    say = texts()
    done = [step for step, row in progress.items() if row.done_at is not None and row.outcome is not None]
    yield say(language, "progress.steps", read=len(progress), done=len(done))
    judged = [row for row in answers if row.purpose != "do"]
    if judged:
        yield say(language, "progress.answers", right=sum(bool(row.right) for row in judged), count=len(judged))
    reached = [(run.test_accuracy, run) for run in runs if run.test_accuracy is not None]
    if not reached:
        yield say(language, "progress.no_runs")
        return
    best, run = max(reached, key=lambda one: one[0])
    values = {"count": len(reached), "best": fraction(best), "run": run.id}
    yield say(language, "progress.runs_1" if len(reached) == 1 else "progress.runs_n", **values)
    outcome = (progress["train"].outcome or {}) if "train" in progress else {}
    accuracy = next((share for share, one in reached if one.id == outcome.get("run")), None)
    if accuracy is not None and "guess" in outcome:
        yield guess_sentence(float(outcome["guess"]), accuracy, language)
