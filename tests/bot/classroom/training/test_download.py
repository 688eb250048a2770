"""What is shown and logged of a download of the data set."""

import logging

import pytest

from bot.classroom import Learner, TrainingState, describe
from bot.classroom.training import download
from bot.classroom.training.download import DownloadLog
from bot.classroom.training.progress import after
from bot.training import Started
from trainer.events import Downloading, PhaseStarted, from_message, to_message
from trainer.language import Language
from trainer.recipes import configure

HALF = Downloading("train-images-idx3-ubyte.gz", 13_000_000, 26_000_000)


@pytest.mark.parametrize(("language", "words"), [("en", "13.00 of 26.00 MB"), ("zh-CN", "已有 13.00 MB，共 26.00 MB")])
def test_the_message_shows_it(language: Language, words: str) -> None:
    state = after(TrainingState("a", Learner("1", "Mei", language), configure(seed=1)), Started())
    before = describe(state, language).text
    state = after(state, from_message(to_message(HALF)))
    text = describe(state, language).text
    assert words in text
    assert "50 %" in text
    assert "test" not in text.lower()
    assert [action.kind for action in describe(state, language).actions] == ["cancel"]
    state = after(state, PhaseStarted("build", "fashion-mnist"))
    assert state.download is None
    assert before.splitlines()[0] in describe(state, language).text


def test_a_length_that_is_unknown() -> None:
    state = after(TrainingState("a", Learner("1", "Mei", "en"), configure(seed=1)), Downloading("a.gz", 1_500_000, 0))
    assert "1.50 of ? MB" in describe(state, "en").text


def test_the_log_has_a_line_now_and_then(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    log, now = DownloadLog(), 100.0
    monkeypatch.setattr(download.time, "monotonic", lambda: now)
    with caplog.at_level(logging.INFO):
        for percent in range(101):  # a second each
            log(Downloading("a.gz", percent * 1000, 100_000))
            now += 1.0
        log(Downloading("b.gz", 500, 500))
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 12
    assert lines[0] == "downloading a.gz: 0.00 of 0.10 MB"
    assert lines[-1] == "downloading b.gz: 0.00 of 0.00 MB"
