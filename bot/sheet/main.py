"""Writing the sheet."""

import asyncio
import os
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from bot.errors import SettingsError
from bot.logs import Redactor, set_up_logging
from bot.markdown import inline, markdown
from bot.pictures.processes import Pictures
from bot.questions import facts_of
from bot.settings import Settings, log_secrets
from bot.sheet.content import Edition, edition
from bot.sheet.run import run_for_sheet
from bot.signals import on_signal
from bot.texts import texts
from trainer import STEPS
from trainer.errors import problem_of
from trainer.language import LANGUAGES, Language
from trainer.runs.folder import Run
from trainer.runtime.atomic import write_file
from trainer.runtime.ending import ENDING
from trainer.settings import writing_home


async def write_sheet(settings: Settings, file: Path) -> int:
    """Write the course in every language to `file`; returns the exit code. SIGTERM ends it without a file.

    Raises SettingsError `sheet_folder_missing`, `sheet_is_folder`, `sheet_unwritable`; SheetError, DatasetError,
    RunError, PictureProcessError.
    """
    file = await asyncio.to_thread(_checked, file)
    with writing_home(settings):
        set_up_logging(settings, Redactor(*log_secrets(settings)), to_console=False)
    work = asyncio.ensure_future(_write(settings, file))
    try:
        with on_signal(ENDING, work.cancel):
            await asyncio.wait({work})
    finally:
        work.cancel()
    if not work.cancelled():
        work.result()
        print(texts()(settings.tutor_lang, "sheet.written", file=file))
    return 0


def _checked(file: Path) -> Path:
    """The absolute path; SettingsError, before the work, if nothing could be saved there."""
    file = file.expanduser().absolute()
    if file.is_dir():
        raise SettingsError("sheet_is_folder", path=file)
    if not file.parent.is_dir():
        raise SettingsError("sheet_folder_missing", folder=file.parent)
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise SettingsError("sheet_unwritable", path=file, problem=problem_of(PermissionError(13, os.strerror(13))))
    return file


async def _write(settings: Settings, file: Path) -> None:
    async with run_for_sheet(settings) as (run, trained):
        drawn = await _draw(settings, run)
        facts = await asyncio.to_thread(facts_of, run)
    editions = [edition(language, drawn[language], facts) for language in LANGUAGES]
    page = render(editions, run, trained=trained)
    try:
        await asyncio.to_thread(write_file, file, page.encode())
    except OSError as error:
        raise SettingsError("sheet_unwritable", path=file, problem=problem_of(error)) from None


async def _draw(settings: Settings, run: Run) -> dict[Language, dict[str, bytes]]:
    """The pictures of the lessons, by language and step."""
    pictures = Pictures(settings)
    try:
        return {
            language: {step: await pictures.draw_lesson(step, language, run.path) for step in STEPS}
            for language in LANGUAGES
        }
    finally:
        await pictures.close()


def render(editions: Sequence[Edition], run: Run, *, trained: bool) -> str:
    """The HTML of the course in these languages, with the run whose figures it shows."""
    return _environment().get_template("sheet.html").render(editions=editions, run=run, trained=trained)


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"markdown": markdown, "inline": inline, "base64": lambda data: b64encode(data).decode()}
    environment.globals |= {"say": _say}
    return environment


def _say(language: Language, key: str, **values: Any) -> str:
    return texts()(language, key, **values)
