"""Events become states; the time left follows from the measured pace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.classroom import Learner, TrainingState
from bot.classroom.training.progress import after
from bot.training import JobEvent, Queued, Started
from trainer.events import EpochEnded, PhaseStarted, Progress
from trainer.recipes import configure

STATE = TrainingState("a", Learner("1", "Mei", "en"), configure(epochs=2, seed=1))


def progress(epoch: int, step: int, elapsed_s: float, *, epochs: int = 2, steps: int = 100) -> Progress:
    return Progress(epoch, epochs, step, steps, 0.5, 0.8, elapsed_s)


def ended(epoch: int, elapsed_s: float) -> EpochEnded:
    return EpochEnded(epoch, 2, 0.5, 0.8, 0.4, 0.7, elapsed_s)


def after_all(*events: JobEvent) -> TrainingState:
    state = STATE
    for event in events:
        state = after(state, event)
    return state


def test_a_training_goes_from_the_queue_to_its_evaluation() -> None:
    state, seen = STATE, []
    for event in (
        Queued(position=2, own=1, minutes=3),
        Queued(position=1),
        Started(),
        PhaseStarted("load"),
        PhaseStarted("build", dataset="practice"),
        PhaseStarted("train", dataset="practice"),
        progress(1, 50, 1.0),
        ended(1, 2.0),
        progress(2, 50, 3.0),
        ended(2, 4.0),
        PhaseStarted("evaluate"),
        PhaseStarted("save"),
    ):
        state = after(state, event)
        seen.append((state.status, state.position, state.done))
    assert seen == [
        ("queued", 2, 0.0),
        ("queued", 1, 0.0),
        *[("starting", 0, 0.0)] * 3,
        *[("running", 0, done) for done in (0.0, 0.25, 0.5, 0.75, 1.0)],
        *[("evaluating", 0, 1.0)] * 2,
    ]
    assert state.dataset == "practice"
    assert [one.epoch for one in state.epochs] == [1, 2]
    assert state.progress == progress(2, 50, 3.0)
    assert state.remaining_s is None


def test_no_time_is_given_before_anything_was_measured() -> None:
    assert after_all(ended(1, 2.0)).remaining_s is None  # the number of batches is unknown
    assert after_all(ended(1, 2.0), progress(2, 1, 2.1)).remaining_s is None
    assert after_all(progress(1, 10, 9.0)).remaining_s is None


def test_the_compilation_does_not_count() -> None:
    # five seconds of compilation, then 100 batches a second
    assert after_all(progress(1, 10, 5.0), progress(1, 90, 5.8)).remaining_s == pytest.approx(1.1)


def test_a_training_that_becomes_slower_is_noticed() -> None:
    fast = [progress(1, 100 * second, float(second), steps=100_000) for second in range(21)]
    slow = [progress(1, 2000 + 10 * second, 20.0 + second, steps=100_000) for second in range(21)]
    assert after_all(*fast, *slow).remaining_s == pytest.approx((200_000 - 2200) / 10, rel=0.1)


def test_the_share_done_never_falls() -> None:
    assert after_all(progress(2, 50, 3.0), ended(1, 2.0)).done == 0.75
    assert after_all(ended(1, 2.0)).done == 0.5


@given(
    st.lists(st.floats(0.01, 10), min_size=3, max_size=60),
    st.integers(1, 5),
)
def test_a_steady_training_ends_at_the_time_given(waits: list[float], rate: int) -> None:
    state, elapsed_s, steps = STATE, 0.0, 1_000_000
    for wait in waits:
        elapsed_s += wait
        state = after(state, progress(1, round(elapsed_s * 1000 * rate), elapsed_s, epochs=1, steps=steps))
        if state.remaining_s is not None:
            expected = steps / (1000 * rate) - elapsed_s
            assert state.remaining_s == pytest.approx(expected, rel=0.02, abs=0.05)
            assert state.remaining_s >= 0
    assert elapsed_s == pytest.approx(sum(waits))
