"""The report and the contact sheets of `python -m trainer photos`."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from trainer.cli.contact_sheet import draw_sheet
from trainer.cli.photos import GARMENTS, Photo, predicted_counts, share
from trainer.cli.photos_figures import figures_of
from trainer.errors import RunError, problem_of
from trainer.language import Language, class_name, sentences
from trainer.runtime.atomic import new_file

_MOST_NAMED: Final = 3  # the classes predicted most often, named for a folder without a class


def report(photos: Sequence[Photo], language: Language) -> Iterator[str]:
    """Lines to read, folders without a class first; the last line has a fixed, machine-readable format."""
    say = sentences()
    for folder, group in _folders(photos):
        if folder not in GARMENTS:
            yield _other(folder, group, language)
    yield ""
    yield from _confusion(photos, language)
    garments = [photo for photo in photos if photo.folder in GARMENTS]
    known = [photo for photo in garments if not photo.prediction.far]
    figures = {"share": f"{len(known) / len(garments):.3f}", "strict": f"{share(known, 'strict'):.3f}"}
    yield say(language, "train.photos_coverage", **figures)
    times = [photo.seconds for photo in photos]
    yield say(language, "train.photos_seconds", median=statistics.median(times), most=max(times))
    yield from _summary([garments], language)


def report_runs(runs: Mapping[str, Sequence[Photo]], language: Language) -> Iterator[str]:
    """Of several runs by their ids: the figures of each, their spread, and means; the same last line, of the means."""
    say = sentences()
    garments = {name: [photo for photo in photos if photo.folder in GARMENTS] for name, photos in runs.items()}
    each = {name: figures_of([photos]) for name, photos in garments.items()}
    yield say(language, "train.photos_runs")
    for name, figures in each.items():
        yield say(
            language, "train.photos_run", run=name, **{key: figure.value for key, figure in vars(figures).items()}
        )
    for key in ("strict", "balanced_strict", "sure", "sure_strict"):
        values = [getattr(figures, key).value for figures in each.values()]
        spread = {"least": min(values), "most": max(values), "deviation": statistics.stdev(values)}
        name = say(language, f"train.photos_{key}")
        yield say(language, "train.photos_spread", name=name, mean=statistics.fmean(values), **spread)
    yield ""
    yield from _summary(list(garments.values()), language)


def _summary(runs: Sequence[Sequence[Photo]], language: Language) -> Iterator[str]:
    """Accuracies with their intervals, the selective figures, and the line for programs."""
    figures, say = figures_of(runs), sentences()
    yield say(language, "train.photos_interval")
    yield say(language, "train.photos_accuracy", **vars(figures))
    yield say(language, "train.photos_selective", sure=figures.sure, strict=figures.sure_strict)
    yield f"garments: strict {figures.strict.value:.3f} lenient {figures.lenient.value:.3f} n {len(runs[0])}"


def write_sheets(photos: Sequence[Photo], folder: Path, language: Language) -> Iterator[Path]:
    """One contact sheet per folder of photographs, as JPEG in `folder`; RunError (`cannot_save`)."""
    try:
        for name, group in _folders(photos):
            path = folder / f"{name}.jpg"
            with new_file(path) as file:
                draw_sheet(group, language).save(file, "JPEG", quality=90)
            yield path
    except OSError as error:
        raise RunError("cannot_save", path=folder, problem=problem_of(error)) from error


def _folders(photos: Sequence[Photo]) -> Iterator[tuple[str, list[Photo]]]:
    for name, group in groupby(photos, key=lambda photo: photo.folder):  # they are in the order of the folders
        yield name, list(group)


def _other(folder: str, photos: list[Photo], language: Language) -> str:
    counts = predicted_counts(photos)
    order = [label for label in counts.argsort()[::-1][:_MOST_NAMED] if counts[label]]
    names = ", ".join(f"{class_name(language, int(label))} {counts[label]}" for label in order)
    far = sum(photo.prediction.far for photo in photos)
    key = "photos_shoes" if folder == "shoes" else "photos_other"
    right = f"{share(photos, 'lenient'):.3f}"
    return sentences()(language, f"train.{key}", folder=folder, n=len(photos), names=names, far=far, right=right)


def _confusion(photos: Sequence[Photo], language: Language) -> Iterator[str]:
    """A line per folder with a class: strict, lenient, and how often each class, 0 to 9, was predicted."""
    yield sentences()(language, "train.photos_classes")
    yield f"{'':12}{'n':>5}{'strict':>8}{'lenient':>9}   " + "".join(f"{label:>4}" for label in range(10))
    for folder, group in _folders(photos):
        if folder in GARMENTS:
            counts = "".join(f"{count:>4}" for count in predicted_counts(group))
            figures = f"{len(group):>5}{share(group, 'strict'):>8.3f}{share(group, 'lenient'):>9.3f}"
            yield f"{folder:12}{figures}   {counts}"
