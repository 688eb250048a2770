"""When a waiting training will start: only from what was measured here."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.training.durations import KEPT, Durations
from trainer.config import Config

SHORT = Config(recipe="tutorial", dataset="practice", epochs=1, batch_size=32, learning_rate=0.001, seed=1)
LONG, UNKNOWN = replace(SHORT, epochs=10), replace(SHORT, epochs=50)


def measured() -> Durations:
    durations = Durations()
    durations.note(SHORT, 60.0)
    durations.note(LONG, 300.0)
    return durations


def test_nothing_is_expected_without_a_measurement() -> None:
    assert Durations().expected(SHORT) is None
    assert Durations().expected_starts([SHORT, SHORT], [(SHORT, 5.0)], 0) == [None, None]
    assert Durations().expected_starts([SHORT, SHORT], [], 1) == [0.0, None]  # the first one needs no measurement
    assert measured().expected_starts([SHORT], [], 0) == [None]  # no worker


def test_only_trainings_of_the_same_size_count() -> None:
    durations = measured()
    assert durations.expected(replace(SHORT, seed=9, learning_rate=0.1)) == 60.0
    assert durations.expected(replace(SHORT, batch_size=64)) is None
    assert durations.expected(replace(SHORT, augment=True)) is None


def test_the_last_ones_count() -> None:
    durations = measured()
    for _ in range(KEPT):
        durations.note(SHORT, 20.0)
    assert durations.expected(SHORT) == 20.0


def test_one_worker_runs_one_after_another() -> None:
    assert measured().expected_starts([SHORT, LONG, SHORT], [(LONG, 100.0)], 0) == [200.0, 260.0, 560.0]


def test_several_workers_run_at_the_same_time() -> None:
    running = [(LONG, 100.0), (SHORT, 50.0)]
    assert measured().expected_starts([SHORT, SHORT, SHORT, LONG], running, 0) == [10.0, 70.0, 130.0, 190.0]


def test_a_training_that_takes_longer_than_expected_may_end_at_any_time() -> None:
    assert measured().expected_starts([SHORT, SHORT], [(SHORT, 500.0)], 0) == [0.0, 60.0]


@pytest.mark.parametrize("free", [0, 1])
def test_behind_an_unknown_duration_nothing_is_known(free: int) -> None:
    running = [(SHORT, 0.0)] * (1 - free)
    starts = measured().expected_starts([SHORT, UNKNOWN, SHORT], running, free)
    assert starts[1] is not None
    assert starts[2] is None
    assert measured().expected_starts([SHORT], [(UNKNOWN, 0.0), (SHORT, 0.0)], 0) == [None]


@given(
    st.lists(st.sampled_from([SHORT, LONG]), max_size=12),
    st.lists(st.tuples(st.sampled_from([SHORT, LONG]), st.floats(0, 400)), max_size=3),
    st.integers(0, 2),
    st.data(),
)
def test_when_somebody_cancels_nobody_starts_later(
    waiting: list[Config], running: list[tuple[Config, float]], free: int, data: st.DataObject
) -> None:
    """Also on several workers, where it is not a matter of course."""
    durations = measured()
    before = durations.expected_starts(waiting, running, free)
    if not running and not free:
        assert before == [None] * len(waiting)
        return
    known = [start for start in before if start is not None]
    assert known == sorted(before, key=float)  # type: ignore[arg-type]
    if waiting:
        gone = data.draw(st.integers(0, len(waiting) - 1))
        after = durations.expected_starts(waiting[:gone] + waiting[gone + 1 :], running, free)
        assert all(new <= old for new, old in zip(after, before[:gone] + before[gone + 1 :], strict=True))  # type: ignore[operator]
