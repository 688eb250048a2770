"""What `python -m trainer` shows of a download."""

import io

import pytest
from rich.console import Console

from trainer.cli.progress import Reporter
from trainer.events import Downloading, PhaseStarted
from trainer.recipes import configure

EVENTS = [Downloading("one.gz", done, 26_000_000) for done in (0, 13_000_000, 26_000_000)]


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> str:
    reporter, out = Reporter(configure(seed=1), "en"), io.StringIO()
    monkeypatch.setattr(reporter, "_console", Console(file=out, force_terminal=terminal, width=100, color_system=None))
    for event in (PhaseStarted("load"), *EVENTS, Downloading("two.gz", 5, 0), PhaseStarted("build", "fashion-mnist")):
        reporter.event(event)
        if reporter._bar:
            reporter._bar.refresh()
    reporter.close()
    return out.getvalue()


def test_a_bar_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=True)
    assert "Downloading one.gz" in text
    assert "13.0/26.0 MB" in text
    assert "Downloading two.gz" in text


def test_a_line_for_each_file_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=False)
    assert text.splitlines()[1:3] == ["Downloading one.gz", "Downloading two.gz"]
