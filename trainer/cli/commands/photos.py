"""`python -m trainer photos`: measure a saved run on a folder of photographs."""

import argparse
import sys
from pathlib import Path
from typing import Final

from trainer.cli.commands.saved_run import add_run_argument, practice_notice
from trainer.language import sentences
from trainer.runs.folder import find_run
from trainer.settings import TrainerSettings

HELP: Final = "measure a saved run on a folder of class folders of photographs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, the run, and where to save the contact sheets."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="with folders named t-shirt, pants, longsleeve, ...")
    add_run_argument(parser)
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="contact sheets (default: TUTOR_HOME/photos/<run>)")


def run(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Classify the photographs, save contact sheets, report; the last line has a fixed, machine-readable format."""
    saved = find_run(settings.tutor_home, chosen.run)
    from trainer.cli.photos import Photo, classify_folder
    from trainer.cli.photos_report import report, write_sheets
    from trainer.steps.predict import Predictor

    language, photos = settings.tutor_lang, list[Photo]()
    practice_notice(saved.dataset, language)
    for result in classify_folder(chosen.folder, Predictor(saved)):
        if isinstance(result, Photo):
            photos.append(result)
        else:
            print(f"{result.path}: {result.error.sentence(language)}", file=sys.stderr)
    for sheet in write_sheets(photos, chosen.sheets or settings.tutor_home / "photos" / saved.id, language):
        print(sentences()(language, "train.photos_sheet", path=sheet))
    for line in report(photos, language):
        print(line)
    return 0
