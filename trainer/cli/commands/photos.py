"""`python -m trainer photos`: measure saved runs on a folder of photographs."""

import argparse
import sys
from pathlib import Path
from typing import Final

from trainer.cli.commands.saved_run import practice_notice
from trainer.language import sentences
from trainer.runs.folder import find_run
from trainer.settings import TrainerSettings

HELP: Final = "measure saved runs on a folder of class folders of photographs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, the runs, and where to save the contact sheets."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="with folders named t-shirt, pants, longsleeve, ...")
    parser.add_argument(
        "--run", action="append", help="a run id or a folder (default: the latest); several for their mean and spread"
    )
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="contact sheets (default: TUTOR_HOME/photos/<run>)")


def run(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Classify the photographs, save contact sheets, report; the last line has a fixed, machine-readable format.

    The contact sheets show the answers of the first run.
    """
    first, *more = [find_run(settings.tutor_home, name) for name in chosen.run or [None]]
    from trainer.cli.photos import Photo, answers_of, classify_folder
    from trainer.cli.photos_report import report, report_runs, write_sheets
    from trainer.steps.predict import Predictor

    language, photos = settings.tutor_lang, list[Photo]()
    for dataset in {one.dataset for one in (first, *more)}:
        practice_notice(dataset, language)
    for result in classify_folder(chosen.folder, Predictor(first)):
        if isinstance(result, Photo):
            photos.append(result)
        else:
            print(f"{result.path}: {result.error.sentence(language)}", file=sys.stderr)
    for sheet in write_sheets(photos, chosen.sheets or settings.tutor_home / "photos" / first.id, language):
        print(sentences()(language, "train.photos_sheet", path=sheet))
    answers = {first.id: photos} | {one.id: answers_of(photos, Predictor(one)) for one in more}
    for line in report(photos, language) if len(answers) == 1 else report_runs(answers, language):
        print(line)
    return 0
