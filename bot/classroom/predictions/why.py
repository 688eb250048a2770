"""Why a network answered as it did, in figures that add up."""

from typing import TYPE_CHECKING

from bot.classroom.answer import Answer, Picture
from bot.classroom.learner import Learner
from bot.classroom.predictions.shown import Shown
from bot.classroom.predictions.uploads import Uploads
from bot.classroom.result import practice_notice
from bot.classroom.runs import Runs
from bot.classroom.wording import percent
from bot.texts import texts
from trainer.attribution.contributions import Contributions
from trainer.attribution.figures import added_up, signed
from trainer.attribution.occlusion import PATCH, Occlusion
from trainer.language import Language, class_name
from trainer.photo.without import without

if TYPE_CHECKING:
    from bot.pictures.processes import PictureProcess
    from trainer.attribution.why import Why


async def why(runs: Runs, uploads: Uploads, pictures: "PictureProcess", learner: Learner, target: str) -> Answer:
    """The reasons for the answer that `target` (a `Shown`) points at."""
    shown = Shown.parse(target)
    upload = await uploads.load(shown.upload)
    chosen = await runs.answered(learner, upload.run_id)
    seen = without(upload.seen, shown.without)
    found, drawn = await pictures.why(chosen.run.path, seen, learner.language)
    say, language, reasons = texts(), learner.language, found.reasons
    name = class_name(language, reasons.label)
    lines = _sum(reasons, language) if isinstance(reasons, Contributions) else _covered(reasons, language)
    parts = (
        say(language, "why.title", name=name),
        practice_notice(chosen.run.dataset, language),
        *lines,
        _given(found, language),
        say(language, "predict.network", run=chosen.said(language)),
    )
    picture = Picture(f"why-{target}.png", drawn, say(language, "why.picture", name=name))
    return Answer("\n\n".join(part for part in parts if part), pictures=(picture,))


def _sum(reasons: Contributions, language: Language) -> tuple[str, ...]:
    """The units' contributions, what is added to them, and what softmax makes of the logit."""
    say = texts()
    name = class_name(language, reasons.label)
    _, others, bias, logit = added_up(reasons)
    units = [
        say(
            language,
            "why.unit",
            number=unit.number,
            activation=f"{unit.activation:.3f}",
            weight=signed(unit.outgoing, 3),
            contribution=signed(unit.contribution, 2),
        )
        for unit in reasons.units
    ]
    rest = [
        say(language, "why.others", count=reasons.other_count, contribution=signed(others, 2)),
        say(language, "why.bias", name=name, contribution=signed(bias, 2)),
        say(language, "why.logit", name=name, logit=signed(logit, 2)),
    ]
    rival = max((label for label in range(10) if label != reasons.label), key=lambda label: reasons.logits[label])
    softmax = say(
        language,
        "why.softmax",
        name=name,
        logit=signed(logit, 2),
        share=percent(float(reasons.shares[reasons.label])),
        rival=class_name(language, rival),
        rival_logit=signed(float(reasons.logits[rival]), 2),
        rival_share=percent(float(reasons.shares[rival])),
    )
    return say(language, "why.units", name=name), "\n".join(f"- {line}" for line in (*units, *rest)), softmax


def _covered(reasons: Occlusion, language: Language) -> tuple[str, ...]:
    """What was covered, and where it costs most."""
    say = texts()
    name, (row, column) = class_name(language, reasons.label), reasons.lowest
    lines = [
        say(language, "why.whole", name=name, share=percent(reasons.whole)),
        say(
            language,
            "why.lowest",
            name=name,
            share=percent(reasons.lowest_share),
            first_row=row + 1,
            last_row=row + PATCH,
            first_column=column + 1,
            last_column=column + PATCH,
        ),
    ]
    if reasons.lowest_label != reasons.label:
        rival = class_name(language, reasons.lowest_label)
        lines.append(say(language, "why.instead", name=rival, share=percent(reasons.lowest_confidence)))
    about = say(language, "why.occlusion", side=PATCH, places=reasons.covered.size)
    return about, "\n".join(f"- {line}" for line in lines)


def _given(found: "Why", language: Language) -> str:
    """How the answer's confidence came of the network's own, where something was done to it."""
    say, said = texts(), list[str]()
    if found.views > 1:
        said.append(say(language, "why.views", views=found.views))
    if found.temperature != 1.0:
        said.append(say(language, "why.softened", temperature=f"{found.temperature:.2f}"))
    if not said:
        return ""
    own, given = percent(found.share), percent(found.prediction.confidence)
    return say(language, "why.given", steps="".join(said), own=own, given=given)
