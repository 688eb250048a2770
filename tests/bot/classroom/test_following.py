"""Events become states, and the time left is what the measured pace says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.classroom import Learner, TrainingState
from bot.classroom.training.following import Pace, after
from bot.training import Queued, Started
from trainer.events import EpochEnded, PhaseStarted, Progress
from trainer.recipes import configure

STATE = TrainingState("a", Learner("1", "Mei", "en"), configure(epochs=2, seed=1))


def progress(epoch: int, step: int, elapsed_s: float, *, epochs: int = 2, steps: int = 100) -> Progress:
    return Progress(epoch, epochs, step, steps, 0.5, 0.8, elapsed_s)


def test_a_training_goes_from_the_queue_to_its_evaluation() -> None:
    pace, state, seen = Pace(), STATE, []
    for event in (
        Queued(position=2),
        Queued(position=1),
        Started(),
        PhaseStarted("load"),
        PhaseStarted("build", dataset="practice"),
        PhaseStarted("train", dataset="practice"),
        progress(1, 50, 1.0),
        EpochEnded(1, 2, 0.5, 0.8, 0.4, 0.7, 2.0),
        progress(2, 50, 3.0),
        EpochEnded(2, 2, 0.4, 0.9, 0.3, 0.8, 4.0),
        PhaseStarted("evaluate"),
        PhaseStarted("save"),
    ):
        state = after(state, event, pace)
        seen.append((state.status, state.position))
    assert seen == [
        ("queued", 2),
        ("queued", 1),
        *[("starting", 0)] * 3,
        *[("running", 0)] * 5,
        *[("evaluating", 0)] * 2,
    ]
    assert state.dataset == "practice"
    assert [ended.epoch for ended in state.epochs] == [1, 2]
    assert state.progress == progress(2, 50, 3.0)
    assert state.remaining_s is None


def test_nothing_is_promised_before_anything_was_measured() -> None:
    pace = Pace()
    assert pace.left_s(EpochEnded(1, 2, 0.5, 0.8, 0.4, 0.7, 2.0)) is None  # how many steps an epoch has is unknown
    assert pace.left_s(progress(2, 1, 2.1)) is None
    assert Pace().left_s(progress(1, 10, 9.0)) is None


def test_the_compilation_is_not_counted_as_pace() -> None:
    pace = Pace()
    pace.left_s(progress(1, 10, 5.0))  # five seconds of compilation, then 100 steps a second
    assert pace.left_s(progress(1, 90, 5.8)) == pytest.approx(1.1)


def test_a_training_that_becomes_slower_is_noticed() -> None:
    pace, left = Pace(), None
    for second in range(21):
        left = pace.left_s(progress(1, 100 * second, float(second), steps=100_000))
    for second in range(21):
        left = pace.left_s(progress(1, 2000 + 10 * second, 20.0 + second, steps=100_000))
    assert left == pytest.approx((200_000 - 2200) / 10, rel=0.1)


@given(
    st.lists(st.floats(0.01, 10), min_size=3, max_size=60),
    st.integers(1, 5),
)
def test_a_steady_training_ends_when_it_was_said_to(waits: list[float], rate: int) -> None:
    pace, elapsed_s, total = Pace(), 0.0, sum(waits)
    steps = 1_000_000
    for wait in waits:
        elapsed_s += wait
        left = pace.left_s(progress(1, round(elapsed_s * 1000 * rate), elapsed_s, epochs=1, steps=steps))
        if left is not None:
            expected = steps / (1000 * rate) - elapsed_s
            assert left == pytest.approx(expected, rel=0.02, abs=0.05)
            assert left >= 0
    assert elapsed_s == pytest.approx(total)
