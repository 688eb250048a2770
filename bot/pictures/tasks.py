"""What runs in a picture process. The bot imports this module only to name its functions."""

import hashlib
import logging
import multiprocessing
import os
import secrets
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.settings import SECRETS
from trainer.errors import TutorError
from trainer.language import Language
from trainer.settings import DatasetChoice, TrainerSettings, prepare_home

if TYPE_CHECKING:
    from trainer.attribution.why import Why
    from trainer.data.dataset import Dataset
    from trainer.photo.seen import Seen
    from trainer.steps.predict import Prediction

# Address space, of which a process with OpenCV or matplotlib takes about a third; more than that gets a MemoryError.
MEMORY_BYTES: Final = 4 * 2**30
MOST_LOG_BYTES: Final = 2**20
_log = logging.getLogger(__name__)


class UnforeseenError(Exception):
    """Any other error, in one line: the bot must not import OpenCV only to hear of an OpenCV error."""


def begin(log: Path, home: Path, niceness: int, warm_up: Callable[[], None]) -> None:
    """In a new picture process, before anything else; what it imports takes none of the first picture's time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; it is meant for the classroom
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # ends the process also in the middle of a decoder
    threading.Thread(target=_end_with_the_bot, daemon=True).start()
    os.nice(niceness)
    for name in SECRETS:  # strange files are read here
        os.environ.pop(name, None)
    for library in ("OMP", "OPENBLAS", "MKL"):  # threads cost address space and win nothing here
        os.environ[f"{library}_NUM_THREADS"] = "1"
    _print_into(log)
    _limit_memory()
    prepare_home(home)
    try:
        warm_up()
    except Exception:  # the first picture meets it again, and its sender gets a sentence
        _log.exception("%s failed", warm_up.__name__)


def guarded(cpu_s: float, work: Callable[..., Any], *arguments: Any) -> Any:
    """Call `work`; raises TutorError, MemoryError or UnforeseenError and nothing else.

    When it has computed for `cpu_s` seconds SIGPROF ends the process, in the middle of a decoder too.
    """
    if os.fstat(2).st_size > MOST_LOG_BYTES:
        os.ftruncate(2, 0)
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        return work(*arguments)
    except (TutorError, MemoryError):
        raise
    except Exception as error:
        _log.exception("%s failed", work.__name__)  # the log file is this process's standard error
        raise UnforeseenError(f"{type(error).__name__}: {error}") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def warm_up_seeing() -> None:
    """Import what /predict needs."""
    import trainer.photo.style
    import trainer.plots.strip  # noqa: F401


def warm_up_drawing() -> None:
    """Import what the lessons need."""
    import trainer.plots.lessons
    import trainer.plots.why  # noqa: F401


def see(data: bytes) -> "Seen":
    """See PictureProcess.see."""
    from trainer.photo.style import to_dataset_style

    return to_dataset_style(data)


def draw_seen(seen: "Seen", prediction: "Prediction", language: Language) -> bytes:
    """See PictureProcess.draw_seen."""
    import trainer.plots.strip

    return trainer.plots.strip.draw_seen(seen, prediction, language)


def why(run: Path, seen: "Seen", language: Language) -> "tuple[Why, bytes]":
    """See PictureProcess.why."""
    from trainer.attribution.why import explain
    from trainer.plots.why import draw_why
    from trainer.runs.folder import open_run

    reasons = explain(open_run(run), seen)
    return reasons, draw_why(reasons, language)


def draw_lesson(step: str, language: Language, run: Path | None, given: dict[str, Any]) -> bytes:
    """See PictureProcess.draw_lesson; what belongs to no run is kept below TUTOR_HOME/lessons."""
    import trainer.plots.lessons
    from trainer.runs.folder import open_run

    settings = TrainerSettings(**given)
    if run is not None:
        opened = open_run(run)
        # The pictures of a run belong to the data it was trained on.
        dataset = _dataset("practice" if opened.dataset == "practice" else "fashion-mnist", settings)
        return trainer.plots.lessons.draw_lesson(step, language, dataset, opened)
    dataset = _dataset(settings.tutor_dataset, settings)
    picture = trainer.plots.lessons.draw_lesson(step, language, dataset, None)
    _keep(lesson_file(settings.tutor_home, step, language, dataset.name), picture)
    return picture


def lesson_file(home: Path, step: str, language: Language, dataset: str) -> Path:
    """Where the picture of a lesson without a run is kept, as long as the trainer that drew it is the same."""
    return home / "lessons" / f"{step}.{language}.{dataset}.{_trainer_digest()}.png"


@cache
def _trainer_digest() -> str:
    """Changes with every change of the code or the words that draw."""
    import trainer

    folder = Path(trainer.__file__).parent
    digest = hashlib.sha256()
    for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.toml"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _keep(path: Path, picture: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(exist_ok=True)
        partial.write_bytes(picture)
        partial.replace(path)
        lesson = path.name.rsplit(".", 2)[0]
        for old in path.parent.glob(f"{lesson}.*.png"):
            if old != path:
                old.unlink()
    except OSError as error:  # it is drawn again next time
        _log.warning("the picture of a lesson could not be kept: %s", error)
        with suppress(OSError):
            partial.unlink()


_datasets: dict[DatasetChoice, "Dataset"] = {}  # 55 MB that are needed for every lesson: one at a time


def _dataset(choice: DatasetChoice, settings: TrainerSettings) -> "Dataset":
    from trainer.data.fashion_mnist import dataset_ready
    from trainer.steps.load import load_data

    known = _datasets.get(choice)
    # The practice set stood in; has the real one been downloaded for a training meanwhile?
    outdated = known is not None and choice == "auto" and known.name == "practice" and dataset_ready(settings)
    if known is None or outdated:
        _datasets.clear()
        known = _datasets[choice] = load_data(choice, settings=settings)
    return known


def _end_with_the_bot() -> None:
    if bot := multiprocessing.parent_process():
        wait([bot.sentinel])
    os._exit(1)


def _print_into(log: Path) -> None:
    """What libraries print (of strange files, a lot) does not belong into the learner's terminal."""
    try:
        target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError:  # e.g. a full disk: pictures are worth more than their log
        target = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(target, number)
    os.close(target)


def _limit_memory() -> None:
    import resource

    with suppress(ValueError, OSError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
