"""What `python -m trainer` does, once the settings are read: train, evaluate, predict, versions, bench."""

import argparse
import json
import os
import platform
import signal
import sys
import zipfile
from pathlib import Path
from types import FrameType
from typing import Any

from trainer.cli.bench import Measured, Program, compare, report
from trainer.cli.progress import Reporter
from trainer.errors import ConfigError, DatasetError, DivergedError, PictureError, RunError
from trainer.language import Language, class_name, class_names, failed_checks, sentences
from trainer.limits import BENCH_RUNS_RANGE
from trainer.recipes import configure
from trainer.runs.folder import (
    Run,
    diverged_history,
    find_run,
    new_run_id,
    remove_partial_run,
    remove_partial_runs,
    runs_folder,
    write_history,
)
from trainer.runs.versions import machine
from trainer.runs.versions import versions as versions_of
from trainer.runtime.imports import importing_tensorflow, print_to_stderr
from trainer.settings import TrainerSettings
from trainer.steps.load import load_data


def train(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """The whole tutorial."""
    config = configure(
        recipe=chosen.recipe,
        dataset=settings.tutor_dataset,
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        learning_rate=chosen.learning_rate,
        augment=chosen.augment,
        seed=chosen.seed,
    )
    run_id = new_run_id()
    out = chosen.out.absolute() if chosen.out else runs_folder(settings.tutor_home) / run_id
    remove_partial_runs(settings.tutor_home)
    _stop_cleanly(out, settings.tutor_lang)
    reporter = Reporter(config, settings.tutor_lang)
    try:
        with importing_tensorflow():
            from trainer.pipeline import run_tutorial

        run = run_tutorial(
            config,
            out=out,
            run_id=run_id,
            settings=settings,
            languages=(settings.tutor_lang,),
            on_event=reporter.event,
        )
    except DivergedError as error:
        if error.history:
            path = diverged_history(settings.tutor_home, run_id)
            write_history(path, error.history)
            reporter.say("history_kept", path=path)
        raise
    finally:
        reporter.close()
    reporter.say("test_accuracy", value=run.test_accuracy)
    reporter.say("test_loss", value=run.test_loss)
    reporter.say("timing", **{name: run.record["timings"][name] for name in ("fit_s", "total_s")})
    reporter.say("saved", path=run.path)
    return 0


def _stop_cleanly(out: Path, language: Language) -> None:
    """Ctrl-C and SIGTERM leave no half run.

    The process ends on the spot: an exception that unwinds through TensorFlow's tracing can crash it.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        remove_partial_run(out)
        if number == signal.SIGINT:
            print_to_stderr(f"\n{sentences()(language, 'train.stopped')}")
        os._exit(0 if number == signal.SIGTERM else 130)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def evaluate(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Evaluate a saved run on the test images of the data set it was trained on."""
    run = find_run(settings.tutor_home, chosen.run)
    with importing_tensorflow():
        import keras

        from trainer.steps.compile import compile_model
        from trainer.steps.evaluate import evaluate as evaluate_model

    dataset = load_data("practice" if run.dataset == "practice" else "fashion-mnist", settings=settings)
    if dataset.sha256 != run.record["dataset"]["sha256"]:
        raise DatasetError("dataset_changed", run=run.id)
    try:
        model: Any = keras.saving.load_model(run.path / "model.keras", compile=False)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise RunError("run_unreadable", path=run.path) from error
    compile_model(model, keras.optimizers.Adam())  # for loss and metric; it is trained no further
    evaluation = evaluate_model(model, dataset.test_images, dataset.test_labels)
    _practice_notice(run, settings.tutor_lang)
    say = sentences()
    print(say(settings.tutor_lang, "train.test_accuracy", value=evaluation.accuracy))
    print(say(settings.tutor_lang, "train.test_loss", value=evaluation.loss))
    for index, recall in enumerate(evaluation.recall):
        print(f"  {class_name(settings.tutor_lang, index)} {recall:.4f}")
    return 0


def predict(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Classify pictures; one that cannot be read is said so, and the others are answered all the same."""
    run = find_run(settings.tutor_home, chosen.run)
    from trainer.photo.decode import read_file
    from trainer.photo.style import to_dataset_style
    from trainer.steps.predict import Predictor

    predictor = Predictor(run)
    _practice_notice(run, settings.tutor_lang)
    failed = False
    for path in chosen.pictures:
        try:
            seen = to_dataset_style(read_file(path))
        except PictureError as error:
            print(f"{path}: {error.sentence(settings.tutor_lang)}", file=sys.stderr)
            failed = True
            continue
        prediction = predictor.look(seen)
        print(f"{path}: {class_name(settings.tutor_lang, prediction.label)} {100 * prediction.confidence:.1f} %")
        for index, probability in enumerate(prediction.probabilities):
            print(f"  {class_name(settings.tutor_lang, index)} {100 * probability:.1f} %")
        if said := failed_checks(settings.tutor_lang, prediction.failed):
            print("  " + sentences()(settings.tutor_lang, "train.far", checks=said))
        if prediction.nearest is not None:
            names = class_names(settings.tutor_lang, prediction.nearest.labels)
            print("  " + sentences()(settings.tutor_lang, "train.nearest", names=names))
    return 1 if failed else 0


def photos(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Measure a run on photographs; the last line is the contract's, in every language."""
    run = find_run(settings.tutor_home, chosen.run)
    from trainer.cli.photos import Photo, look_at
    from trainer.cli.photos_report import report, write_sheets
    from trainer.steps.predict import Predictor

    language, looked = settings.tutor_lang, list[Photo]()
    _practice_notice(run, language)
    for one in look_at(chosen.folder, Predictor(run)):
        if isinstance(one, Photo):
            looked.append(one)
        else:
            print(f"{one.path}: {one.error.sentence(language)}", file=sys.stderr)
    for sheet in write_sheets(looked, chosen.sheets or settings.tutor_home / "photos" / run.id, language):
        print(sentences()(language, "train.photos_sheet", path=sheet))
    for line in report(looked, language):
        print(line)
    return 0


def versions(_chosen: argparse.Namespace, _settings: TrainerSettings) -> int:
    """Versions and machine, for a bug report."""
    for name, version in versions_of().items():
        print(f"{name} {version}")
    print(f"{platform.platform()}, {machine()}")
    return 0


def bench(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """The tutorial's plain script and ours in turn; every figure goes to a JSON file."""
    if not BENCH_RUNS_RANGE[0] <= chosen.runs <= BENCH_RUNS_RANGE[1]:
        raise ConfigError("runs_range", value=chosen.runs, low=BENCH_RUNS_RANGE[0], high=BENCH_RUNS_RANGE[1])
    epochs = configure(epochs=chosen.epochs).epochs
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # unwinds, so that the process being measured ends too
    dataset = load_data(settings.tutor_dataset, settings=settings)

    def say(key: str, **values: object) -> None:
        print(sentences()(settings.tutor_lang, f"train.bench_{key}", **values), flush=True)

    if dataset.name == "practice":
        print(sentences()(settings.tutor_lang, "train.practice"))
    say("start", runs=chosen.runs, epochs=epochs)
    measured: dict[Program, list[Measured]] = {"plain": [], "trainer": []}
    for program, one in compare(dataset, settings.tutor_home, runs=chosen.runs, epochs=epochs):
        measured[program].append(one)
        say(program, turn=len(measured[program]), runs=chosen.runs, **_figures(one))
    result = report(measured, dataset, epochs=epochs)
    for program in measured:
        say(f"median_{program}", **_figures(Measured(**result["median"][program])))
    say("ratio", **result["ratio"])
    path = chosen.json or settings.tutor_home / "bench" / f"{new_run_id()}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    say("saved", path=path)
    return 0


def _figures(one: Measured) -> dict[str, float]:
    return {
        "fit_s": one.fit_s, "process_s": one.process_s, "peak_mb": one.peak_bytes / 1e6, "accuracy": one.test_accuracy
    }  # fmt: skip


def _practice_notice(run: Run, language: Language) -> None:
    if run.dataset == "practice":
        print(sentences()(language, "train.practice"))
