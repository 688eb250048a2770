"""`python -m trainer predict`: classify pictures with a saved run."""

import argparse
import sys
from pathlib import Path
from typing import Final

from trainer.cli.commands.saved_run import add_run_argument, practice_notice
from trainer.errors import PictureError
from trainer.language import class_name, class_names, failed_checks, sentences
from trainer.runs.folder import find_run
from trainer.settings import TrainerSettings

HELP: Final = "classify pictures with a saved run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The pictures and the run."""
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    add_run_argument(parser)


def run(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Classify each picture; unreadable files are reported, and the exit code is 1 if there are any."""
    saved = find_run(settings.tutor_home, chosen.run)
    from trainer.photo.decode import read_file
    from trainer.photo.style import to_dataset_style
    from trainer.steps.predict import Predictor

    predictor, say, language = Predictor(saved), sentences(), settings.tutor_lang
    practice_notice(saved.dataset, language)
    failed = False
    for path in chosen.pictures:
        try:
            seen = to_dataset_style(read_file(path))
        except PictureError as error:
            print(f"{path}: {error.sentence(language)}", file=sys.stderr)
            failed = True
            continue
        prediction = predictor.look(seen)
        print(f"{path}: {class_name(language, prediction.label)} {100 * prediction.confidence:.1f} %")
        for index, probability in enumerate(prediction.probabilities):
            print(f"  {class_name(language, index)} {100 * probability:.1f} %")
        if "cut_off" in seen.operations:
            print("  " + say(language, "train.cut_off"))
        if checks := failed_checks(language, prediction.failed):
            print("  " + say(language, "train.far", checks=checks))
        if prediction.doubts:
            print("  " + say(language, "train.doubtful"))
        if prediction.nearest is not None:
            print("  " + say(language, "train.nearest", names=class_names(language, prediction.nearest.labels)))
    return 1 if failed else 0
