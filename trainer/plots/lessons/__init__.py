"""The pictures of the lessons, computed from the data set and, if there is one, from the learner's run."""

from collections.abc import Callable
from typing import Final

from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.lessons import answers, data, network
from trainer.runs.folder import Run

_LESSONS: Final[dict[str, Callable[[Language, Dataset, Run | None], bytes]]] = {
    "intro": data.draw_intro,
    "load": data.draw_load,
    "explore": data.draw_explore,
    "preprocess": data.draw_preprocess,
    "build": network.draw_build,
    "compile": network.draw_compile,
    "train": network.draw_train,
    "evaluate": answers.draw_evaluate,
    "predict": answers.draw_predict,
    "summary": answers.draw_summary,
}


def draw_lesson(step: str, language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """The PNG of one step (see trainer.STEPS); KeyError for another name.

    ValueError if `run` was trained on another data set than `dataset`.
    """
    if run is not None and run.dataset != dataset.name:
        raise ValueError(f"the run was trained on {run.dataset}, not on {dataset.name}")
    return _LESSONS[step](language, dataset, run)
