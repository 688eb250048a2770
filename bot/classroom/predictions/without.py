"""The answer to a kept picture with a stage of the preprocessing left out."""

from bot.classroom.answer import Answer
from bot.classroom.learner import Learner
from bot.classroom.predictions.predict import answer_of
from bot.classroom.predictions.shown import Shown
from bot.classroom.predictions.uploads import Uploads
from bot.classroom.runs import Runs
from bot.classroom.wording import percent
from bot.pictures.answers import Classified
from bot.pictures.processes import Pictures
from bot.texts import texts
from trainer.language import Language, class_name


async def without(runs: Runs, uploads: Uploads, pictures: Pictures, learner: Learner, target: str) -> Answer:
    """The answer of the same run without the stages that `target` (a `Shown`) names."""
    shown = Shown.parse(target)
    upload = await uploads.find(shown.upload)
    chosen = await runs.answered(learner, upload.run_id)
    found = await pictures.classify(chosen.run.path, upload.file, learner.language, shown.without)
    return answer_of(chosen, found, shown, learner.language, remark=_remark(found, shown.without, learner.language))


def _remark(found: Classified, stages: tuple[str, ...], language: Language) -> str:
    """What was left out, and why that changes the answer or might have; "" if no stage was left out."""
    if not stages:
        return ""
    say = texts()
    label, confidence = found.whole
    return say(
        language,
        "predict.without_same" if found.label == label else "predict.without_changed",
        stages=say(language, "predict.without_and").join(say(language, f"predict.without_{one}") for one in stages),
        winner=class_name(language, label),
        share=percent(confidence),
        reason=say(language, f"predict.because_{_reason(stages)}"),
    )


def _reason(stages: tuple[str, ...]) -> str:
    """Which cut-out it was does not matter where nothing is cut out; the other one explains more than the colours."""
    if "cutting-out" in stages:
        return "both" if "inverting" in stages else "cutting-out"
    return stages[0]
