"""`python -m trainer evaluate`: loss, accuracy and recall of a saved run on the test images."""

import argparse
import zipfile
from typing import Any, Final

from trainer.cli.commands.saved_run import add_run_argument, practice_notice
from trainer.cli.program import tell_person
from trainer.errors import DatasetError, RunError
from trainer.language import class_name, sentences
from trainer.runs.fingerprints import own_file
from trainer.runs.folder import find_run
from trainer.settings import TrainerSettings

HELP: Final = "evaluate a saved run on the test images"
add_arguments = add_run_argument


def run(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Evaluate a saved run on the data set that it was trained on."""
    saved = find_run(settings.tutor_home, chosen.run)
    tell_person(sentences()(settings.tutor_lang, "train.loading"))
    from trainer.runtime.imports import importing_tensorflow

    with importing_tensorflow():
        import keras

        from trainer.steps.compile import compile_model
        from trainer.steps.evaluate import evaluate
        from trainer.steps.load import load_data

    dataset = load_data("practice" if saved.dataset == "practice" else "fashion-mnist", settings=settings)
    if dataset.sha256 != saved.record["dataset"]["sha256"]:
        raise DatasetError("dataset_changed", run=saved.id)
    try:
        model: Any = keras.saving.load_model(own_file(saved, "model.keras"), compile=False)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise RunError("run_unreadable", path=saved.path) from error
    compile_model(model, keras.optimizers.Adam())  # for loss and metric; the model is not trained further
    evaluation = evaluate(model, dataset.test_images, dataset.test_labels)
    say, language = sentences(), settings.tutor_lang
    practice_notice(saved.dataset, language)
    print(say(language, "train.test_accuracy", value=evaluation.accuracy))
    print(say(language, "train.test_loss", value=evaluation.loss))
    for index, recall in enumerate(evaluation.recall):
        print(f"  {class_name(language, index)} {recall:.4f}")
    return 0
