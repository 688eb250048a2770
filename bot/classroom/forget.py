"""`/forget-me`: everything that is kept of a person is deleted, after asking once more."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from bot.classroom.answer import Action, Answer
from bot.classroom.learner import Learner
from bot.classroom.training.train import Trainings
from bot.pictures.processes import uploads_folder
from bot.store import CourseStore, Store
from bot.texts import texts
from trainer.runs.folder import diverged_history, runs_folder


async def forget_me(store: Store, learner: Learner) -> Answer:
    """What would be deleted, and the button that does it."""
    rows = CourseStore(store)
    runs, uploads = await rows.kept_of(learner.id)
    answers, progress = await rows.answers(learner.id), await rows.progress(learner.id)
    say, language = texts(), learner.language
    counts = {"runs": len(runs), "uploads": len(uploads), "answers": len(answers), "steps": len(progress)}
    action = Action("forget", say(language, "forget.button"), target="yes")
    return Answer(say(language, "forget.ask", **counts), actions=(action,), tone="warning")


async def forget_everything(home: Path, store: Store, trainings: Trainings, learner: Learner) -> Answer:
    """Delete a person's rows, runs and uploads; their trainings are cancelled first.

    The files go first: if that is interrupted, a second call still knows them by their rows.
    """
    rows = CourseStore(store)
    await trainings.end_of(learner)
    runs, uploads = await rows.kept_of(learner.id)
    await asyncio.to_thread(_delete_files, home, runs, uploads)
    await rows.forget(learner.id)
    return Answer(texts()(learner.language, "forget.done", runs=len(runs), uploads=len(uploads)), tone="good")


def _delete_files(home: Path, runs: Sequence[str], uploads: Sequence[str]) -> None:
    for run_id in runs:
        shutil.rmtree(runs_folder(home) / run_id, ignore_errors=True)
        diverged_history(home, run_id).unlink(missing_ok=True)
    for pattern in [f"{upload}.*.npz" for upload in uploads] + [f"*.{run_id}.npz" for run_id in runs]:
        for path in uploads_folder(home).glob(pattern):
            path.unlink(missing_ok=True)
