"""What is doubtful about a cut-out: each reason alone, and none where both cut-outs agree."""

from dataclasses import replace

import numpy as np
import pytest

from trainer.confidence.cut_out import DOUBTS, doubts_of
from trainer.photo.seen import Seen


def cut(left: int, right: int, *operations: str, corners: bool = False) -> Seen:
    """A cut-out of 20 rows from one column to another; without its corners, so that it is no rectangle."""
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, left:right] = 1
    if not corners:
        mask[10:16, left : left + 6] = mask[10:16, right - 6 : right] = 0
    return Seen(np.zeros((28, 28), np.uint8), np.zeros((40, 40, 3), np.uint8), mask, operations)


def shares(label: int, share: float) -> np.ndarray:
    values = np.full(10, (1 - share) / 9, np.float32)
    values[label] = share
    return values


FIRST, SAME = cut(5, 25, "cut_out", "fitted"), cut(5, 25, "other_cut", "fitted")


@pytest.mark.parametrize(
    ("seen", "first", "second", "doubts"),
    [
        (replace(FIRST, second=SAME), shares(3, 0.9), shares(3, 0.9), ()),
        (replace(FIRST, second=SAME), shares(3, 0.9), shares(4, 0.9), ("answers",)),  # 0.9 and 0.01
        (replace(FIRST, second=SAME), shares(3, 0.95), shares(4, 0.5), ()),  # 0.95 and 0.06: half is enough
        (replace(FIRST, second=SAME), shares(3, 0.4), shares(3, 0.4), ("hesitant",)),
        (replace(FIRST, second=cut(23, 39)), shares(3, 0.9), shares(3, 0.9), ("cut_outs",)),
        (replace(FIRST, second=cut(13, 33)), shares(3, 0.9), shares(3, 0.9), ()),  # apart, but it does not matter
        (replace(FIRST, second=cut(13, 33)), shares(3, 0.6), shares(4, 0.6), ("cut_outs", "answers")),
        (replace(cut(5, 25, "plain"), second=SAME), shares(3, 0.4), shares(4, 0.4), ()),
        (replace(SAME, second=cut(5, 25, "plain")), shares(3, 0.4), shares(4, 0.4), ()),
        (replace(cut(5, 25, "plain"), second=cut(13, 33)), shares(3, 0.4), shares(3, 0.4), ("cut_outs",)),
        (cut(5, 25, "cut_out", corners=True), shares(8, 0.9), None, ("rectangle",)),
        (cut(5, 25, "plain", corners=True), shares(8, 0.9), None, ()),  # a bag before a plain background
        (replace(FIRST, mask=None, operations=("whole", "fitted")), shares(8, 0.9), None, ("nothing",)),
        (replace(FIRST, mask=None, operations=("already_style",)), shares(8, 0.2), None, ()),
    ],
)
def test_the_reasons(seen: Seen, first: np.ndarray, second: np.ndarray | None, doubts: tuple[str, ...]) -> None:
    assert doubts_of(seen, first, second) == doubts
    assert set(doubts) <= set(DOUBTS)


def test_agreement_is_intersection_over_union() -> None:
    assert replace(FIRST, second=SAME).agreement == 1
    assert FIRST.agreement == 1
    half = replace(cut(0, 20, corners=True), second=cut(10, 30, corners=True))
    assert half.agreement == pytest.approx(1 / 3)
    assert cut(5, 25, corners=True).filled == 1
    assert FIRST.filled == pytest.approx(1 - 72 / 400)
