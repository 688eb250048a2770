"""`python -m trainer`: the whole tutorial without any chat; subcommands for what comes after it.

Exit codes: 0 done (also when ended by SIGTERM), 2 wrong use or setting, 130 after Ctrl-C, 1 anything else that failed.
"""

import argparse
import atexit
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from trainer.errors import ConfigError, TutorError
from trainer.language import LANGUAGES, Language, language_of_environment
from trainer.recipes import RECIPES

if TYPE_CHECKING:
    from trainer.settings import TrainerSettings

# NumPy's share of the work is small, and beside TensorFlow's import a second thread of its would only be in the way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The bot reads the same `.env`, so its settings are known here too.
KNOWN_NAMES: Final = frozenset(
    {
        "DISCORD_TOKEN",
        "TUTOR_HOME",
        "FASHION_MNIST_DIR",
        "TUTOR_DATASET",
        "DATABASE_URL",
        "DASK_SCHEDULER_ADDRESS",
        "TUTOR_WORKERS",
        "TUTOR_LANG",
        "LOG_LEVEL",
    }
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # `train` clears its half-written run away first
    wanted = os.environ.get("TUTOR_LANG")  # the settings themselves may be what is wrong
    language: Language = wanted if wanted in LANGUAGES else language_of_environment()
    debug = False
    try:
        chosen = _parser().parse_args(arguments)
        settings = _read_settings(getattr(chosen, "dataset", None))
        language, debug = settings.tutor_lang, settings.log_level == "DEBUG"
        return chosen.command(chosen, settings)
    except TutorError as error:
        print(error.sentence(language), file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    except BrokenPipeError:  # whoever read the output has gone, as `head` does: nobody is left to be told
        return 1
    except KeyboardInterrupt:
        from trainer.language import sentences

        print(sentences()(language, "train.stopped"), file=sys.stderr)
        return 130
    except Exception as error:
        if debug:
            logging.exception("unexpected")  # noqa: LOG015 the one place where a traceback was asked for
        problem = f"{type(error).__name__}: {error}".splitlines()[0]
        print(TutorError("unexpected", problem=problem).sentence(language), file=sys.stderr)
        return 1


def _read_settings(dataset: str | None) -> "TrainerSettings":
    from dotenv import dotenv_values
    from pydantic import ValidationError

    from trainer.settings import TrainerSettings, missing_data_folder, prepare_home

    try:
        written = [name.upper() for name in dotenv_values(".env")]
        exported = [name.upper() for name in os.environ if name.upper().startswith("TUTOR_")]
        for name in (*written, *exported):
            if name not in KNOWN_NAMES and not name.startswith("DASK_"):
                raise ConfigError("setting_unknown", name=name)
        settings = TrainerSettings()
    except UnicodeDecodeError:
        raise ConfigError("settings_not_text") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise ConfigError("setting_wrong", name=name, value=str(first["input"]), problem=first["msg"]) from None
    settings = settings.model_copy(update={"tutor_dataset": dataset}) if dataset else settings
    if (folder := missing_data_folder(settings)) is not None:
        raise ConfigError("data_folder_missing", folder=folder)
    try:
        prepare_home(settings.tutor_home)
    except OSError as error:
        raise ConfigError("home_unwritable", home=settings.tutor_home, problem=error.strerror or "?") from None
    return settings


class _Parser(argparse.ArgumentParser):
    """Wrong use is one sentence, like every other mistake."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError("wrong_use", problem=message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m trainer", description="Run the whole tutorial on Fashion-MNIST and save the run.")
    parser.set_defaults(command=_command("train"))
    parser.add_argument("--recipe", default="tutorial", help=f"one of: {', '.join(RECIPES)} (default: tutorial)")
    parser.add_argument("--dataset", choices=("auto", "fashion-mnist", "practice"), help="default: TUTOR_DATASET")
    parser.add_argument("--epochs", type=int, help=f"1-50 ({_of_recipes('epochs')})")
    parser.add_argument("--batch-size", type=int, help=f"8-1024 ({_of_recipes('batch_size')})")
    parser.add_argument("--learning-rate", type=float, help=f"over 0, up to 10 ({_of_recipes('learning_rate')})")
    parser.add_argument(
        "--augment",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="train with shifted, mirrored, turned, stretched, paler and partly erased images",
    )
    parser.add_argument("--seed", type=int, help="default: a random one, shown and recorded")
    parser.add_argument("--out", type=Path, help="the run folder itself (default: TUTOR_HOME/runs/<id>)")
    kinds = parser.add_subparsers(title="what comes after it", metavar="COMMAND")
    evaluate = kinds.add_parser("evaluate", help="evaluate a saved run on the test images")
    evaluate.add_argument("--run", help="a run id or a folder (default: the latest)")
    evaluate.set_defaults(command=_command("evaluate"))
    predict = kinds.add_parser("predict", help="classify pictures with a saved run")
    predict.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    predict.add_argument("--run", help="a run id or a folder (default: the latest)")
    predict.set_defaults(command=_command("predict"))
    photos = kinds.add_parser("photos", help="measure a saved run on a folder of class folders of photographs")
    photos.add_argument("folder", type=Path, metavar="DIR", help="with folders named t-shirt, pants, longsleeve, ...")
    photos.add_argument("--run", help="a run id or a folder (default: the latest)")
    photos.add_argument("--sheets", type=Path, metavar="DIR", help="contact sheets (default: TUTOR_HOME/photos/<run>)")
    photos.set_defaults(command=_command("photos"))
    kinds.add_parser("versions", help="what to put into a bug report").set_defaults(command=_command("versions"))
    bench = kinds.add_parser("bench", help="measure the tutorial's plain script against this trainer")
    bench.add_argument("--runs", type=int, default=3, help="how often each, 1-20 (default: 3)")
    bench.add_argument("--epochs", type=int, help="1-50 (tutorial: 10)")
    bench.add_argument("--json", type=Path, metavar="FILE", help="the figures (default: TUTOR_HOME/bench/<time>.json)")
    bench.set_defaults(command=_command("bench"))
    return parser


def _of_recipes(field: str) -> str:
    return ", ".join(f"{recipe.name}: {getattr(recipe, field):g}" for recipe in RECIPES.values())


def _command(name: str) -> Any:
    """A subcommand, imported only when it runs, so that --help answers at once."""

    def run(chosen: argparse.Namespace, settings: "TrainerSettings") -> int:
        from trainer.cli import commands

        return getattr(commands, name)(chosen, settings)

    return run


if __name__ == "__main__":
    code = main()
    # All is written now, and TensorFlow would take most of a second to take itself down.
    atexit._run_exitfuncs()  # noqa: SLF001 what libraries left in the temporary folder goes
    with contextlib.suppress(OSError):  # whoever read the output may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
