"""The answer to a picture once more, with a stage of the way to its 28 x 28 pixels left out."""

import asyncio
from typing import TYPE_CHECKING

from bot.classroom.answer import Answer
from bot.classroom.learner import Learner
from bot.classroom.predictions.predict import Predictions, answer_of
from bot.classroom.predictions.shown import Shown
from bot.classroom.predictions.uploads import Uploads
from bot.classroom.runs import Runs
from bot.classroom.wording import percent
from bot.texts import texts
from trainer.language import Language, class_name
from trainer.photo.seen import Stage
from trainer.photo.without import without

if TYPE_CHECKING:
    from bot.pictures.processes import PictureProcess
    from trainer.steps.predict import Prediction


async def again(
    runs: Runs,
    predictions: Predictions,
    uploads: Uploads,
    pictures: "PictureProcess",
    learner: Learner,
    target: str,
) -> Answer:
    """What the same run says of the kept picture without the stages that `target` (a `Shown`) names."""
    shown = Shown.parse(target)
    upload = await uploads.load(shown.upload)
    chosen = await runs.answered(learner, upload.run_id)
    predictor = await predictions.predictor(chosen.run)
    seen = without(upload.seen, shown.without)
    whole, prediction = await asyncio.to_thread(lambda: (predictor.look(upload.seen), predictor.look(seen)))
    strip = await pictures.draw_seen(seen, prediction, learner.language)
    return answer_of(
        chosen,
        seen,
        prediction,
        strip,
        learner.language,
        remark=_remark(whole, prediction, shown.without, learner.language),
        actions=shown.actions(seen, learner.language),
    )


def _remark(whole: "Prediction", prediction: "Prediction", without: tuple[Stage, ...], language: Language) -> str:
    """What was left out and why that changes the answer, in one sentence; nothing if nothing was."""
    if not without:
        return ""
    say = texts()
    changed = whole.label != prediction.label
    return say(
        language,
        "predict.without_changed" if changed else "predict.without_same",
        stages=say(language, "predict.without_and").join(say(language, f"predict.without_{one}") for one in without),
        winner=class_name(language, whole.label),
        share=percent(whole.confidence),
        reason=say(language, f"predict.because_{without[0] if len(without) == 1 else 'both'}"),
    )
