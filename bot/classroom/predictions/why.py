"""Why a network answered as it did, in figures that add up."""

from bot.classroom.answer import Answer, Picture
from bot.classroom.learner import Learner
from bot.classroom.predictions.shown import Shown
from bot.classroom.predictions.uploads import Uploads
from bot.classroom.result import practice_notice
from bot.classroom.runs import Runs
from bot.classroom.wording import percent
from bot.pictures.answers import Reasons
from bot.pictures.processes import Pictures
from bot.texts import texts
from trainer.language import Language, class_name


async def why(runs: Runs, uploads: Uploads, pictures: Pictures, learner: Learner, target: str) -> Answer:
    """The reasons for the answer that `target` (a `Shown`) points at."""
    shown = Shown.parse(target)
    upload = await uploads.find(shown.upload)
    chosen = await runs.answered(learner, upload.run_id)
    language = learner.language
    found = await pictures.why(chosen.run.path, upload.file, shown.without, language)
    say, name = texts(), class_name(language, found.label)
    parts = (
        say(language, "why.title", name=name),
        practice_notice(chosen.run.dataset, language),
        *_reasons(found, name, language),
        _calibrated(found, language),
        say(language, "predict.network", run=chosen.said(language)),
    )
    picture = Picture(f"why-{target}.png", found.card, say(language, "why.picture", name=name))
    return Answer("\n\n".join(part for part in parts if part), pictures=(picture,))


def _reasons(found: Reasons, name: str, language: Language) -> tuple[str, ...]:
    """The terms of the logit and softmax for the dense network, else the effect of covering parts of the picture."""
    shares = {key: percent(found.figures[key]) for key in ("whole", "share", "rival_share") if key in found.figures}
    figures = found.figures | shares | {"name": name, "rival": class_name(language, found.figures["rival"])}

    def say(*keys: str) -> list[str]:
        return [texts()(language, f"why.{key}", **figures) for key in keys]

    if found.units:
        units = [texts()(language, "why.unit", **unit) for unit in found.units]
        first, terms, last = say("units"), [*units, *say("others", "bias", "logit")], say("softmax")
    else:
        changed = found.figures["rival"] != found.label
        first, terms, last = say("occlusion"), say("whole", "lowest", *(["instead"] if changed else [])), []
    return *first, "\n".join(f"- {term}" for term in terms), *last


def _calibrated(found: Reasons, language: Language) -> str:
    """How the answer's confidence follows from the network's own, where the two may differ."""
    say, said = texts(), list[str]()
    if found.views > 1:
        said.append(say(language, "why.views", views=found.views))
    if round(found.temperature, 2) != 1:
        said.append(say(language, "why.softened", temperature=f"{found.temperature:.2f}"))
    if not said:
        return ""
    own, given = percent(found.own), percent(found.confidence)
    return say(language, "why.given", steps="".join(said), own=own, given=given)
