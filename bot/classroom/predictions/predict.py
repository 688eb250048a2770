"""The answer of a trained network to an uploaded picture; never waits for a training."""

import logging
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from bot.classroom.accuracy import offer_to_train
from bot.classroom.answer import Answer, Picture
from bot.classroom.learner import Learner
from bot.classroom.predictions.shown import Shown
from bot.classroom.predictions.uploads import KEPT_S, Uploads
from bot.classroom.result import practice_notice
from bot.classroom.runs import ChosenRun, Runs
from bot.classroom.wording import percent
from bot.errors import StoreError
from bot.pictures.answers import Classified
from bot.pictures.processes import Pictures
from bot.store import CourseStore, Store, UploadRow
from bot.texts import texts
from trainer.language import Language, class_name, class_names, failed_checks

_log = logging.getLogger(__name__)


async def predict(
    runs: Runs, uploads: Uploads, store: Store, pictures: Pictures, learner: Learner, image: bytes, name: str | None
) -> Answer:
    """Class and confidence of the picture by the chosen run, or the offer to train."""
    chosen = await runs.choose(learner, name, command="/predict")
    if chosen is None:
        return offer_to_train("predict.none", learner.language)
    found = await pictures.classify(chosen.run.path, image, learner.language)
    if found.upload:
        await uploads.tidy()
        await _note_owner(store, found.upload, learner)
    return answer_of(chosen, found, Shown(found.upload) if found.upload else None, learner.language)


async def _note_owner(store: Store, upload: str, learner: Learner) -> None:
    """Note whose the upload is, so that it can be deleted when they ask; forget what is kept no longer."""
    rows, now = CourseStore(store), datetime.now(UTC)
    try:
        await rows.save_upload(UploadRow(id=upload, learner_id=learner.id, created_at=now))
        await rows.drop_uploads(now - 2 * timedelta(seconds=KEPT_S))
    except StoreError as error:  # the answer is shown all the same
        _log.warning("%s", error)


def answer_of(
    chosen: ChosenRun, found: Classified, shown: Shown | None, language: Language, *, remark: str = ""
) -> Answer:
    """Class and confidence, a remark, all ten shares, the steps of the preprocessing, and buttons if it was kept."""
    say = texts()
    named = [f"{class_name(language, label)} {percent(share)}" for label, share in enumerate(found.probabilities)]
    # Sorted by share, because a phone shows only the first lines.
    order = sorted(range(len(named)), key=lambda label: -found.probabilities[label])
    winner, share = class_name(language, found.label), percent(found.confidence)
    steps = [say(language, f"predict.step.{name}") for name in found.operations if name != "cut_off"]
    parts = (
        f"**{winner}** {share}",
        remark,
        say(language, "predict.cut_off") if "cut_off" in found.operations else "",
        say(language, "predict.far", checks=failed_checks(language, found.failed)) if found.failed else "",
        _doubtful(found, language),
        practice_notice(chosen.run.dataset, language),
        "\n".join(f"- {named[label]}" for label in order),
        say(language, "predict.prepared", steps=say(language, "predict.between").join(steps)) if steps else "",
        say(language, "predict.nearest", names=class_names(language, found.nearest)) if found.nearest else "",
        say(language, "predict.network", run=chosen.said(language)),
    )
    # The terminal saves pictures by name; the next answer must not overwrite this one.
    name = f"seen-{sha256(found.pixels).hexdigest()[:8]}.png"
    strip = Picture(name, found.strip, say(language, "predict.strip", winner=winner, share=share))
    return Answer(
        "\n\n".join(part for part in parts if part),
        pictures=(strip,),
        actions=shown.actions(found.stages, language) if shown else (),
        tone="warning" if found.failed or found.doubts else "plain",
        seen=found.pixels,
    )


def _doubtful(found: Classified, language: Language) -> str:
    """That the cut-out and with it the answer, or the answer alone, is uncertain, why, and what helps; "" if not."""
    if not found.doubts:
        return ""
    say = texts()
    figures = {"agreement": percent(found.agreement)}
    if found.other is not None:
        figures["other"] = class_name(language, found.other)
    reasons = say(language, "predict.doubt.between").join(
        say(language, f"predict.doubt.{name}", **figures) for name in found.doubts
    )
    return say(language, f"predict.doubt.{'answer' if found.doubts == ('hesitant',) else 'cut_out'}", reasons=reasons)
