"""`python -m trainer`: what happens around the pipeline."""

import threading
from pathlib import Path

import pytest

from trainer.cli.commands.train import compiling
from trainer.errors import DatasetError
from trainer.events import Event, PhaseStarted
from trainer.recipes import configure
from trainer.settings import TrainerSettings


def test_the_network_is_compiled_when_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, compiled, received = threading.Event(), threading.Event(), list[tuple[Event, bool]]()

    def warm_up(*_given: object) -> None:
        go_on.wait(10)
        compiled.set()

    monkeypatch.setattr("trainer.pipeline.warm_up", warm_up)
    load, build = PhaseStarted("load"), PhaseStarted("build", "practice")
    with compiling(
        configure(seed=1),
        TrainerSettings(tutor_home=tmp_path),
        lambda event: received.append((event, compiled.is_set())),
    ) as on_event:
        on_event(load)
        go_on.set()
        on_event(build)
    assert received == [(load, False), (build, True)]


def test_what_fails_while_compiling_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def warm_up(*_given: object) -> None:
        raise DatasetError("idx_damaged")

    monkeypatch.setattr("trainer.pipeline.warm_up", warm_up)
    settings = TrainerSettings(tutor_home=tmp_path)
    with compiling(configure(seed=1), settings, lambda _: None) as on_event, pytest.raises(DatasetError):
        on_event(PhaseStarted("build"))
