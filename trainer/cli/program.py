"""The main function of both programs: parse the command line, read the settings, work, report errors."""

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from trainer.errors import TutorError
from trainer.language import language_of_environment, sentences
from trainer.runtime.shortage import check_threads, shortage_of
from trainer.settings import Kind, read_settings

_log = logging.getLogger(__name__)


def run_program(
    parser: argparse.ArgumentParser,
    kind: type[Kind],
    work: Callable[[argparse.Namespace, Kind], int],
    arguments: Sequence[str] | None = None,
) -> int:
    """Run `work` with the command line and the settings; an option that has a setting's name replaces it.

    Errors are reported in one or two sentences on standard error. Returns the exit code: that of `work`, 2 for a wrong
    command line or setting, 130 after Ctrl-C, 1 for any other failure.
    """
    _make_streams_tolerant()
    language = language_of_environment()
    debug = False
    try:
        chosen = parser.parse_args(arguments)
        options = {name: value for name, value in vars(chosen).items() if name in kind.model_fields}
        settings = read_settings(kind, **{name: value for name, value in options.items() if value is not None})
        language, debug = settings.tutor_lang, settings.log_level == "DEBUG"
        check_threads()
        return work(chosen, settings)
    except TutorError as error:
        print(error.sentence(language), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # stdout was closed, e.g. by `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it at exit
        return 1
    except KeyboardInterrupt:
        print(sentences()(language, "program.stopped"), file=sys.stderr)
        return 130
    except Exception as error:
        if debug or logging.getLogger().handlers:  # without handlers Python prints the traceback
            _log.exception("unexpected error")
        print(_unexpected(error).sentence(language), file=sys.stderr)
        return 1


def tell_person(sentence: str) -> None:
    """Say on standard error what takes its time; nothing where no person waits at a terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        print(sentence, file=sys.stderr, flush=True)


def _make_streams_tolerant() -> None:
    """Show a replacement for characters that a terminal's encoding lacks; discard output where there is no stream."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed before the start
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 until the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _unexpected(error: Exception) -> TutorError:
    """The sentences for an error that was not foreseen; they name the log file where there is one."""
    if (shortage := shortage_of(error)) is not None:
        return shortage
    problem = " ".join(f"{type(error).__name__}: {error}".split())
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.FileHandler):
            return TutorError("unexpected_logged", problem=problem, path=handler.baseFilename)
    return TutorError("unexpected", problem=problem)
