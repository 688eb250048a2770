"""The facts of a confusion matrix: the best and the worst class, and what is taken for what.

Rows are the true classes, columns the predicted ones. A superlative is a fact only where no other class shares it.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, TypeVar

from bot.questions.facts import Named

SHIRT: Final = 6
_LABELS: Final = range(10)
_PLACES: Final = 4  # classes in a question
Key = TypeVar("Key", bound=Hashable)
Confusion = Sequence[Sequence[int]]


def class_facts(confusion: Confusion) -> Named:
    """Names and values; classes without an image are left out."""
    totals = [sum(row) for row in confusion]
    recall = {label: confusion[label][label] / totals[label] for label in _LABELS if totals[label]}
    yield from _extremes(confusion, totals, recall)
    yield from _order(recall)
    yield from _sides(recall, sum(confusion[label][label] for label in _LABELS) / max(1, sum(totals)))
    yield from _shirts(confusion, totals)
    yield from _confused(confusion)
    if len(set(totals)) == 1:
        yield from _balanced(totals[0], sum(confusion[label][label] for label in _LABELS))


def only_largest(values: Mapping[Key, float]) -> Key | None:
    """The key with the largest value; None where several share it."""
    largest = max(values.values(), default=None)
    keys = [key for key, value in values.items() if value == largest]
    return keys[0] if len(keys) == 1 else None


def _extremes(confusion: Confusion, totals: Sequence[int], recall: Mapping[int, float]) -> Named:
    if (best := only_largest(recall)) is not None:
        yield "best", best
    if (worst := only_largest({label: -share for label, share in recall.items()})) is None:
        return
    wrong = totals[worst] - confusion[worst][worst]
    yield "worst", worst
    yield "worst_images", totals[worst]
    yield "worst_wrong", wrong
    yield "worst_next", (worst + 1) % 10
    taken = only_largest({said: confusion[worst][said] for said in _LABELS if said != worst})
    if taken is not None:
        yield "worst_taken_for", taken
    called = only_largest({true: confusion[true][worst] for true in _LABELS if true != worst})
    if called is not None:
        yield "called_worst", called


def _order(recall: Mapping[int, float]) -> Named:
    """`ranked_1` ... `ranked_4`: four classes whose recalls differ as they are shown, the highest first."""
    different: dict[str, int] = {}
    for label in sorted(recall, key=lambda label: -recall[label]):
        different.setdefault(f"{100 * recall[label]:.1f}", label)
    labels = list(different.values())
    if len(labels) >= _PLACES:
        last = len(labels) - 1
        chosen = [labels[round(last * place / (_PLACES - 1))] for place in range(_PLACES)]
        yield from ((f"ranked_{place}", label) for place, label in enumerate(chosen, 1))


def _sides(recall: Mapping[int, float], mean: float) -> Named:
    """`below_1`, `below_2`: the lowest recalls that are below the accuracy of all images; `above_1`, `above_2`."""
    order = sorted(recall, key=lambda label: recall[label])
    below = [label for label in order if recall[label] < mean]
    above = [label for label in reversed(order) if recall[label] > mean]
    yield from ((f"below_{place}", label) for place, label in enumerate(below[:2], 1))
    yield from ((f"above_{place}", label) for place, label in enumerate(above[:2], 1))


def _shirts(confusion: Confusion, totals: Sequence[int]) -> Named:
    if not totals[SHIRT]:
        return
    right = confusion[SHIRT][SHIRT]
    yield "shirts", totals[SHIRT]
    yield "shirts_wrong", totals[SHIRT] - right
    yield "shirts_right_share", 100 * right / totals[SHIRT]
    yield "shirts_wrong_share", 100 * (totals[SHIRT] - right) / totals[SHIRT]


def _confused(confusion: Confusion) -> Named:
    """The most frequent mistake, and the class that is answered wrongly most often."""
    mistakes = {(true, said): confusion[true][said] for true in _LABELS for said in _LABELS if true != said}
    pair = only_largest(mistakes)
    if pair is not None:
        yield "confused", pair[0]
        yield "confused_with", pair[1]
        yield "confused_count", mistakes[pair]
        yield "confused_back", mistakes[pair[1], pair[0]]
        yield "confused_right", confusion[pair[0]][pair[0]]
        yield "confused_wrong", sum(confusion[pair[0]]) - confusion[pair[0]][pair[0]]
    falsely = only_largest({said: sum(mistakes.get((true, said), 0) for true in _LABELS) for said in _LABELS})
    if falsely is not None:
        yield "falsely", falsely


def _balanced(per_class: int, right: int) -> Named:
    """Where all classes have equally many images: what a constant answer reaches, and how much more was reached."""
    yield "per_class", per_class
    if right > per_class:
        yield "more_than_guessing", right - per_class
        yield "more_than_half", right - 5 * per_class
