"""What runs in a picture process: each public function is one call of `Pictures`.

The bot's process imports this module only to name its functions, so numpy and the like are imported inside them.
"""

import logging
import secrets
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from bot.errors import ClassroomError
from bot.pictures.answers import Classified, Reasons
from bot.pictures.data import dataset_for
from trainer.errors import RunError
from trainer.language import Language
from trainer.runs.folder import open_run
from trainer.runtime.atomic import new_file, write_file

if TYPE_CHECKING:
    from trainer.attribution.contributions import Contributions
    from trainer.attribution.occlusion import Occlusion
    from trainer.photo.seen import Seen
    from trainer.steps.predict import Predictor

PlotName = Literal["curves", "confusion"]
PREDICTORS: Final = 4  # kept loaded in each process, about 7 MB each
_log = logging.getLogger(__name__)


def warm_up_reading() -> None:
    """Import what /predict needs."""
    import ai_edge_litert.interpreter  # noqa: F401

    import trainer.photo.style
    import trainer.plots.strip  # noqa: F401


def warm_up_drawing() -> None:
    """Import what lessons, plots and reasons need."""
    import trainer.plots.lessons
    import trainer.plots.run
    import trainer.plots.why  # noqa: F401


def classify(
    run: Path, picture: bytes | Path, language: Language, without: tuple[str, ...], uploads: Path
) -> Classified:
    """See Pictures.classify; an uploaded file is kept in the folder `uploads`."""
    from trainer.photo.style import to_dataset_style
    from trainer.plots.strip import draw_seen

    uploaded = isinstance(picture, bytes)
    complete = to_dataset_style(picture) if uploaded else _read_upload(picture)
    seen = _leave_out(complete, without)
    predictor = _predictor(run)
    prediction = predictor.look(seen)
    whole = predictor.look(complete) if without else prediction
    near = prediction.nearest
    return Classified(
        label=prediction.label,
        confidence=prediction.confidence,
        probabilities=tuple(prediction.probabilities.tolist()),
        failed=prediction.failed,
        doubts=prediction.doubts,
        agreement=seen.agreement,
        other=prediction.other,
        nearest=() if near is None else tuple(near.labels.tolist()),
        operations=seen.operations,
        stages=seen.stages,
        whole=(whole.label, whole.confidence),
        pixels=seen.pixels.tobytes(),
        strip=draw_seen(seen, prediction, language),
        upload=_keep_upload(uploads, run.name, seen) if uploaded else None,
    )


def why(run: Path, upload: Path, without: tuple[str, ...], language: Language) -> Reasons:
    """See Pictures.why."""
    from trainer.attribution.contributions import Contributions
    from trainer.attribution.why import explain_answer
    from trainer.plots.why import draw_why

    found = explain_answer(open_run(run), _leave_out(_read_upload(upload), without))
    reasons = found.reasons
    units, figures = _sum_figures(reasons) if isinstance(reasons, Contributions) else ((), _occlusion_figures(reasons))
    return Reasons(
        label=found.prediction.label,
        confidence=found.prediction.confidence,
        own=found.share,
        views=found.views,
        temperature=found.temperature,
        units=units,
        figures=figures,
        card=draw_why(found, language),
    )


def _sum_figures(found: "Contributions") -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """The figures of each listed unit, and those of the rest of the sum and of softmax."""
    from trainer.attribution.figures import rounded_terms, signed

    units = tuple(
        {
            "number": unit.number,
            "activation": f"{unit.activation:.3f}",
            "weight": signed(unit.outgoing, 3),
            "contribution": signed(unit.contribution, 2),
        }
        for unit in found.units
    )
    _, *terms = rounded_terms(found)
    others, bias, logit = (signed(term, 2) for term in terms)
    rival = max((label for label in range(10) if label != found.label), key=lambda label: found.logits[label])
    return units, {
        "other_count": found.other_count,
        "others": others,
        "bias": bias,
        "logit": logit,
        "share": float(found.shares[found.label]),
        "rival": rival,  # the class with the second largest logit
        "rival_logit": signed(float(found.logits[rival]), 2),
        "rival_share": float(found.shares[rival]),
    }


def _occlusion_figures(found: "Occlusion") -> dict[str, Any]:
    """The figures of the patch that lowers the confidence most; rows and columns from 1 on."""
    from trainer.attribution.occlusion import PATCH

    row, column = found.lowest
    return {
        "side": PATCH,
        "places": found.covered.size,
        "whole": found.whole,
        "first_row": row + 1,
        "last_row": row + PATCH,
        "first_column": column + 1,
        "last_column": column + PATCH,
        "share": found.lowest_share,
        "rival": found.lowest_label,  # the answer with this patch
        "rival_share": found.lowest_confidence,
    }


def draw_lesson(step: str, language: Language, run: Path | None, given: dict[str, Any]) -> bytes:
    """See Pictures.draw_lesson; `given` are the trainer's settings."""
    import trainer.plots.lessons

    opened = None if run is None else open_run(run)
    return trainer.plots.lessons.draw_lesson(step, language, dataset_for(given, opened), opened)


def draw_run_plot(run: Path, name: PlotName, language: Language, file: Path) -> bytes:
    """Draw a plot of a run and keep it as `file`."""
    from trainer.plots.run import draw_confusion, draw_curves

    opened = open_run(run)
    try:
        if name == "curves":
            picture = draw_curves(opened.history, language, opened.dataset)
        else:
            picture = draw_confusion(opened.metrics["confusion"], language, opened.dataset)
    except (OSError, ValueError, KeyError):
        raise RunError("run_unreadable", path=run) from None
    try:
        write_file(file, picture)
    except OSError as error:
        _log.warning("a plot could not be kept: %s", error)
    return picture


def _leave_out(seen: "Seen", stages: tuple[str, ...]) -> "Seen":
    from trainer.photo.seen import STAGES
    from trainer.photo.without import without

    return without(seen, [stage for stage in STAGES if stage in stages])


def _predictor(run: Path) -> "Predictor":
    record = run / "run.json"
    return _loaded_predictor(run, record.stat().st_mtime_ns if record.is_file() else 0)


@lru_cache(maxsize=PREDICTORS)
def _loaded_predictor(run: Path, _changed_ns: int) -> "Predictor":
    from trainer.steps.predict import Predictor

    return Predictor(open_run(run))


def _keep_upload(folder: Path, run_id: str, seen: "Seen") -> str | None:
    """Write the prepared picture, not the upload itself; returns its new id, None if that fails."""
    import numpy as np

    upload_id = secrets.token_hex(8)
    second = {} if seen.second is None else {f"second_{name}": values for name, values in _arrays(seen.second).items()}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with new_file(folder / f"{upload_id}.{run_id}.npz") as file:
            np.savez(file, original=seen.original, **_arrays(seen), **second)
    except OSError as error:
        _log.warning("an upload could not be kept: %s", error)
        return None
    return upload_id


def _arrays(seen: "Seen") -> dict[str, Any]:
    """What the cut-outs of a picture do not share, as arrays."""
    import numpy as np

    mask = np.zeros((0, 0), np.uint8) if seen.mask is None else seen.mask
    steps = np.array(seen.operations, dtype=np.str_)
    return {"pixels": seen.pixels, "mask": mask, "steps": steps, "others": seen.others}


def _read_upload(path: Path) -> "Seen":
    """The inverse of `_keep_upload`; ClassroomError `picture_gone` if the file is not there or damaged.

    Files of earlier versions have no second cut-out.
    """
    import numpy as np

    from trainer.photo.seen import Seen

    def cut_out(prefix: str, second: Seen | None = None) -> Seen:
        mask, steps = file[f"{prefix}mask"], tuple(str(step) for step in file[f"{prefix}steps"])
        found = mask if mask.size else None
        return Seen(file[f"{prefix}pixels"], file["original"], found, steps, file[f"{prefix}others"], second)

    try:
        with np.load(path, allow_pickle=False) as file:
            return cut_out("", cut_out("second_") if "second_pixels" in file else None)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        raise ClassroomError("picture_gone") from None
