"""Why a network answered as it did, in figures that add up."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.classroom.answer import Answer, Picture
from bot.classroom.learner import Learner
from bot.classroom.predictions.shown import Shown
from bot.classroom.predictions.uploads import Uploads
from bot.classroom.result import practice_notice
from bot.classroom.runs import Runs
from bot.classroom.wording import percent
from bot.pictures.reasons import Covered, LogitSum, Reasons
from bot.texts import texts
from trainer.language import Language, class_name

if TYPE_CHECKING:
    from bot.pictures.processes import Pictures


async def why(runs: Runs, uploads: Uploads, pictures: "Pictures", learner: Learner, target: str) -> Answer:
    """The reasons for the answer that `target` (a `Shown`) points at."""
    shown = Shown.parse(target)
    upload = await uploads.find(shown.upload)
    chosen = await runs.answered(learner, upload.run_id)
    language = learner.language
    found = await pictures.why(chosen.run.path, upload.file, shown.without, language)
    say, name, reasons = texts(), class_name(language, found.label), found.reasons
    lines = _sum(reasons, name, language) if isinstance(reasons, LogitSum) else _covered(found, reasons, language)
    parts = (
        say(language, "why.title", name=name),
        practice_notice(chosen.run.dataset, language),
        *lines,
        _calibrated(found, language),
        say(language, "predict.network", run=chosen.said(language)),
    )
    picture = Picture(f"why-{target}.png", found.card, say(language, "why.picture", name=name))
    return Answer("\n\n".join(part for part in parts if part), pictures=(picture,))


def _sum(reasons: LogitSum, name: str, language: Language) -> tuple[str, ...]:
    """The units' contributions, what is added to them, and what softmax makes of the logit."""
    say = texts()
    lines = (
        *(say(language, "why.unit", **asdict(unit)) for unit in reasons.units),
        say(language, "why.others", count=reasons.other_count, contribution=reasons.others),
        say(language, "why.bias", name=name, contribution=reasons.bias),
        say(language, "why.logit", name=name, logit=reasons.logit),
    )
    softmax = say(
        language,
        "why.softmax",
        name=name,
        logit=reasons.logit,
        share=percent(reasons.share),
        rival=class_name(language, reasons.rival),
        rival_logit=reasons.rival_logit,
        rival_share=percent(reasons.rival_share),
    )
    return say(language, "why.units", name=name), "\n".join(f"- {line}" for line in lines), softmax


def _covered(found: Reasons, reasons: Covered, language: Language) -> tuple[str, ...]:
    """What was covered, and where that costs most."""
    say, name = texts(), class_name(language, found.label)
    lines = [
        say(language, "why.whole", name=name, share=percent(reasons.whole)),
        say(
            language,
            "why.lowest",
            name=name,
            share=percent(reasons.share),
            first_row=reasons.row + 1,
            last_row=reasons.row + reasons.side,
            first_column=reasons.column + 1,
            last_column=reasons.column + reasons.side,
        ),
    ]
    if reasons.label != found.label:
        rival = class_name(language, reasons.label)
        lines.append(say(language, "why.instead", name=rival, share=percent(reasons.confidence)))
    about = say(language, "why.occlusion", side=reasons.side, places=reasons.places)
    return about, "\n".join(f"- {line}" for line in lines)


def _calibrated(found: Reasons, language: Language) -> str:
    """How the answer's confidence follows from the network's own, where the two may differ."""
    say, said = texts(), list[str]()
    if found.views > 1:
        said.append(say(language, "why.views", views=found.views))
    if found.temperature != 1.0:
        said.append(say(language, "why.softened", temperature=f"{found.temperature:.2f}"))
    if not said:
        return ""
    own, given = percent(found.share), percent(found.confidence)
    return say(language, "why.given", steps="".join(said), own=own, given=given)
