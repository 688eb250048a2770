"""Answers as the terminal shows them."""

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.classroom import Action, Answer, Learner, Training, TrainingState
from bot.classroom.answer import Picture
from bot.store import RunRow
from bot.terminal.render import Renderer
from trainer.language import Language
from trainer.recipes import configure

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ANSWER = Answer("text", pictures=(Picture("a.png", b"png", "a picture"),), actions=(Action("train", "Train"),))


def shown(pictures: Path) -> str:
    out = io.StringIO()
    Renderer(pictures, "en", out).answer(ANSWER)
    return out.getvalue()


def test_a_picture_is_kept_as_a_file(tmp_path: Path) -> None:
    assert f"Picture: {tmp_path / 'new' / 'a.png'}" in shown(tmp_path / "new")
    assert (tmp_path / "new" / "a.png").read_bytes() == b"png"


@pytest.mark.parametrize("columns", ["0", "1", "20", "500", "many"])
def test_any_width_shows_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert "Go on with:" in shown(tmp_path)
    assert "text" in shown(tmp_path)


@pytest.mark.parametrize("what", ["a file in place of the folder", "a folder in place of the file"])
def test_an_answer_whose_picture_cannot_be_saved_goes_on_without_it(tmp_path: Path, what: str) -> None:
    if what.startswith("a file"):
        (tmp_path / "pictures").write_text("")
    else:
        (tmp_path / "pictures" / "a.png").mkdir(parents=True)
    _, _, rest = shown(tmp_path / "pictures").partition("could not be saved")
    assert "Go on with: /train" in rest


@pytest.mark.parametrize(
    ("language", "position", "line"),
    [
        ("en", 2, "waiting, place 2 in the queue"),
        ("en", 0, "waiting for a free worker"),
        ("zh-CN", 0, "等待空闲的训练进程"),
    ],
)
async def test_a_training_that_waits(tmp_path: Path, language: Language, position: int, line: str) -> None:
    state = TrainingState("a", Learner("1", "Mei", language), configure(seed=1), position=position)
    row = RunRow(
        id="a",
        owner_id="1",
        owner_name="Mei",
        language=language,
        status="queued",
        session="",
        config={},
        created_at=NOW,
    )
    training = Training(state, row)
    out = io.StringIO()
    watching = asyncio.create_task(Renderer(tmp_path, language, out).training(training))
    await asyncio.sleep(0)
    training.update(replace(state, status="cancelled"))
    assert (await watching).status == "cancelled"
    assert out.getvalue().splitlines() == [line]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("settings", "many_colours"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "linux"}, False),  # eight colours
        ({"TERM": "dumb"}, False),
    ],
)
def test_the_networks_input_is_visible_with_any_number_of_colours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], many_colours: bool
) -> None:
    for name in ("NO_COLOR", "COLORTERM", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    out = Terminal()
    pixels = bytes(255 if 4 <= column < 24 else 0 for _ in range(28) for column in range(28))
    Renderer(tmp_path, "en", out).answer(Answer("text", seen=pixels))
    assert ("\u2580" in out.getvalue()) == many_colours
    assert ("    \u2588" in out.getvalue()) != many_colours  # the dark background and the bright garment differ
