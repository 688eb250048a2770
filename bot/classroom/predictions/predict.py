"""What a trained network takes a picture for. Never waits for a training: the network is a small file read here."""

import asyncio
from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from bot.classroom.accuracy import offer_to_train
from bot.classroom.answer import Action, Answer, Picture
from bot.classroom.learner import Learner
from bot.classroom.predictions.shown import Shown
from bot.classroom.predictions.uploads import Uploads
from bot.classroom.result import practice_notice
from bot.classroom.runs import ChosenRun, Runs
from bot.classroom.wording import percent
from bot.texts import texts
from trainer.language import Language, class_name, class_names, failed_checks
from trainer.runs.folder import Run

if TYPE_CHECKING:
    from bot.pictures.processes import PictureProcess
    from trainer.photo.seen import Seen
    from trainer.steps.predict import Prediction, Predictor

# Of half a megabyte each, beside the training images that runs of the same data share (6 MB); a class looks at a few
# runs at a time.
MOST_PREDICTORS: Final = 16


class Predictions:
    """The networks in use, ready to classify."""

    def __init__(self, runs: Runs, pictures: "PictureProcess", uploads: Uploads) -> None:
        self._runs, self._pictures, self._uploads = runs, pictures, uploads
        self._predictors: OrderedDict[str, asyncio.Task[Predictor]] = OrderedDict()

    async def predict(self, learner: Learner, image: bytes, name: str | None) -> Answer:
        """Class and confidence of the picture by the run that is meant, or the offer to train."""
        chosen = await self._runs.choose(learner, name, command="/predict")
        if chosen is None:
            return offer_to_train("predict.none", learner.language)
        predictor, seen = await asyncio.gather(self.predictor(chosen.run), self._pictures.see(image))
        prediction = await asyncio.to_thread(predictor.look, seen)
        strip, upload = await asyncio.gather(
            self._pictures.draw_seen(seen, prediction, learner.language),
            self._uploads.keep(seen, chosen.run.path.name),
        )
        actions = Shown(upload).actions(seen, learner.language) if upload else ()
        return answer_of(chosen, seen, prediction, strip, learner.language, actions=actions)

    async def predictor(self, run: Run) -> "Predictor":
        """The run's network, loaded once; several who ask for it at once wait for the same loading."""
        key = run.path.name
        if key not in self._predictors:
            self._predictors[key] = asyncio.create_task(asyncio.to_thread(_load, run))
            while len(self._predictors) > MOST_PREDICTORS:
                self._predictors.popitem(last=False)
        self._predictors.move_to_end(key)
        try:
            return await asyncio.shield(self._predictors[key])
        except Exception:
            self._predictors.pop(key, None)
            raise


def _load(run: Run) -> "Predictor":
    from trainer.steps.predict import Predictor

    return Predictor(run)


def answer_of(
    chosen: ChosenRun,
    seen: "Seen",
    prediction: "Prediction",
    strip: bytes,
    language: Language,
    *,
    remark: str = "",
    actions: tuple[Action, ...] = (),
) -> Answer:
    """Class and confidence, a remark about them, all ten, and what was done to the picture."""
    say = texts()
    named = {
        label: f"{class_name(language, label)} {percent(float(share))}"
        for label, share in enumerate(prediction.probabilities)
    }
    # Sorted, not in class order: on a phone the first lines have to hold the answer and its rivals.
    order = sorted(named, key=lambda label: -prediction.probabilities[label])
    winner = class_name(language, prediction.label)
    near = prediction.nearest
    steps = [say(language, f"predict.step.{step}") for step in seen.operations]
    parts = (
        f"**{winner}** {percent(prediction.confidence)}",
        remark,
        say(language, "predict.far", checks=failed_checks(language, prediction.failed)) if prediction.far else "",
        practice_notice(chosen.run.dataset, language),
        "\n".join(f"- {named[label]}" for label in order),
        say(language, "predict.prepared", steps=say(language, "predict.between").join(steps)) if steps else "",
        say(language, "predict.nearest", names=class_names(language, near.labels)) if near else "",
        say(language, "predict.network", run=chosen.said(language)),
    )
    seen_bytes = seen.pixels.tobytes()
    name = f"seen-{sha256(seen_bytes).hexdigest()[:8]}.png"  # in the terminal the next one must not replace it
    alt = say(language, "predict.strip", winner=winner, share=percent(prediction.confidence))
    return Answer(
        "\n\n".join(part for part in parts if part),
        pictures=(Picture(name, strip, alt),),
        actions=actions,
        tone="warning" if prediction.far else "plain",
        seen=seen_bytes,
    )
