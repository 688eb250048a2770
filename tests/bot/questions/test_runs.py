"""Questions about a run: for any run, the marked options are right by figures computed here in another way."""

import itertools
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions import Asked, Question, asked, bank, can_ask, facts_of, judge
from bot.questions.facts import UNITS
from bot.questions.run_facts import TRAINING_IMAGES, facts_from
from bot.questions.template import LONGEST_OPTION
from trainer.data.dataset import VALIDATION_SHARE
from trainer.data.practice import TRAIN_COUNT
from trainer.events import EpochEnded
from trainer.language import LANGUAGES, class_name
from trainer.recipes import RECIPES
from trainer.runs.folder import open_run

OF_RUNS = {question.id: question for question in bank().questions.values() if question.needs_run}


class Made(NamedTuple):
    """A run that nobody trained."""

    record: dict[str, Any]
    history: list[EpochEnded]

    @property
    def matrix(self) -> np.ndarray:
        return np.array(self.record["metrics"]["confusion"])

    @property
    def config(self) -> dict[str, Any]:
        return self.record["config"]

    @property
    def trained_on(self) -> int:
        whole = {"fashion-mnist": 60_000, "practice": TRAIN_COUNT}[self.record["dataset"]["name"]]
        return whole - whole // VALIDATION_SHARE if RECIPES[self.config["recipe"]].validation else whole

    @property
    def batches(self) -> list[int]:
        """The number of images in each batch of an epoch."""
        return batches(self.trained_on, self.config["batch_size"])


def batches(images: int, size: int) -> list[int]:
    return [min(size, images - first) for first in range(0, images, size)]


shares = st.floats(0, 1)
losses = st.floats(0, 12)
counts = st.integers(0, 1000)


def matrix_of(rows: list[list[int]]) -> list[list[int]]:
    """Every class has at least one image."""
    return [row if sum(row) else [1] * 10 for row in rows]


def filled_up(rows: list[list[int]], right: list[int]) -> list[list[int]]:
    """Every class has 1000 images: those that are wrong, few of them, and the rest right or one wrong class."""
    matrix = []
    for label, row in enumerate(rows):
        matrix.append([*row])
        matrix[label][right[label]] += 1000 - sum(row)
    return matrix


def of_ten(right: list[int]) -> list[list[int]]:
    """Ten images of each class; the wrong ones are taken for the next class."""
    return [
        [right[true] if said == true else (10 - right[true]) * (said == (true + 1) % 10) for said in range(10)]
        for true in range(10)
    ]


def constant(size: int, answer: int) -> list[list[int]]:
    return [[size if said == answer else 0 for said in range(10)] for _ in range(10)]


def diagonal(size: int) -> list[list[int]]:
    return [[size if said == true else 0 for said in range(10)] for true in range(10)]


def table(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[list[list[int]]]:
    return st.lists(st.lists(numbers, min_size=10, max_size=10), min_size=10, max_size=10)


confusions = st.one_of(
    st.builds(filled_up, table(st.integers(0, 100)), st.just([*range(10)])),
    st.builds(filled_up, table(st.integers(0, 3)), st.lists(st.integers(0, 9), min_size=10, max_size=10)),
    table(counts).map(matrix_of),
    table(st.integers(0, 2)).map(matrix_of),
    st.permutations([8] * 7 + [6, 9, 9]).map(of_ten),  # seven classes are exactly at the mean of all
    st.builds(constant, st.sampled_from((200, 1000)), st.integers(0, 9)),
    st.sampled_from((200, 1000)).map(diagonal),
)


@st.composite
def runs(draw: st.DrawFn) -> Made:
    recipe, dataset = draw(st.sampled_from([*RECIPES])), draw(st.sampled_from([*TRAINING_IMAGES]))
    epochs = draw(st.one_of(st.integers(1, 4), st.integers(1, 50)))
    some = st.one_of(shares, st.sampled_from((0.0, 0.5, 1.0)))
    history = [
        EpochEnded(number, epochs, draw(losses), draw(some), draw(losses), draw(some), 1.0 * number)
        for number in range(1, epochs + 1)
    ]
    matrix = draw(confusions)
    changes = {name: draw(some) for name in ("none", "mirror", "shift_1", "shift_2", "shift_3")}
    record = {
        "config": {"recipe": recipe, "epochs": epochs, "batch_size": draw(st.integers(8, 1024))},
        "dataset": {"name": dataset},
        "parameters": draw(st.sampled_from((784, 7850, 101_770, 307_634, 1_228_908))),
        "metrics": {
            "test_accuracy": float(np.trace(np.array(matrix)) / np.sum(matrix)),
            "train_accuracy": draw(some),
            "test_loss": draw(losses),
            "confusion": matrix,
        },
        "robustness": draw(st.sampled_from((None, changes))),
    }
    return Made(json.loads(json.dumps(record)), history if draw(st.integers(0, 9)) else [])


USUAL = Made(
    {
        "config": {"recipe": "tutorial", "epochs": 4, "batch_size": 50},
        "dataset": {"name": "fashion-mnist"},
        "parameters": 101_770,
        "metrics": {
            "test_accuracy": 0.8,
            "train_accuracy": 0.9,
            "test_loss": 0.4,
            "confusion": [
                [955 - 17 * true if said == true else 2 * true + said for said in range(10)] for true in range(10)
            ],
        },
        "robustness": {"none": 0.8, "mirror": 0.6, "shift_3": 0.3},
    },
    [
        EpochEnded(number, 4, 1 / number, 0.9 - 0.1 / number, 0.9, (0.1, 0.2, 0.4, 0.3)[number - 1], 1.0)
        for number in (1, 2, 3, 4)
    ],
)


def recall(made: Made) -> list[float]:
    return [made.matrix[label, label] / made.matrix[label].sum() for label in range(10)]


def worst(made: Made) -> int:
    return int(np.argmin(recall(made)))


def wrong_counts(made: Made) -> np.ndarray:
    return made.matrix - np.diag(np.diag(made.matrix))


def figure(text: str) -> str:
    """The digits of an option: without the spaces of thousands and without its unit."""
    return re.sub(r"[^\d.\-]", "", text)


def value(compute: Callable[[Made], float], digits: int = 0) -> Callable[[Made, str], bool]:
    return lambda made, text: figure(text) == f"{compute(made):.{digits}f}"


def label_of(text: str) -> int:
    return next(label for label in range(10) if class_name("en", label) == text)


# For each question with options, whether an option is a right answer.
TRUE: dict[str, Callable[[Made, str], bool]] = {
    "images-that-changed-parameters": value(lambda made: sum(made.batches)),
    "pixels-of-the-test-set": value(lambda made: int(made.matrix.sum()) * 28 * 28),
    "pixels-of-a-batch": value(lambda made: made.config["batch_size"] * 28 * 28),
    "parameters-of-your-network": value(lambda made: made.record["parameters"]),
    "confidence-behind-your-loss": value(lambda made: 100 / math.exp(made.record["metrics"]["test_loss"]), 1),
    "your-last-batch": value(lambda made: made.batches[-1]),
    "all-your-steps": value(lambda made: sum(len(made.batches) for _ in range(made.config["epochs"]))),
    "twice-your-batch-size": value(lambda made: len(batches(made.trained_on, 2 * made.config["batch_size"]))),
    "your-loss-after-epoch-3": value(lambda made: next(epoch.loss for epoch in made.history if epoch.epoch == 3), 3),
    "your-worst-class": lambda made, text: all(
        recall(made)[label_of(text)] < share for label, share in enumerate(recall(made)) if label != label_of(text)
    ),
    "what-your-worst-class-is-taken-for": lambda made, text: (
        label_of(text) != worst(made)
        and wrong_counts(made)[worst(made), label_of(text)] == wrong_counts(made)[worst(made)].max()
    ),
    "your-commonest-mistake": value(lambda made: int(wrong_counts(made).max())),
    "your-shirts": value(lambda made: 100 * made.matrix[6, 6] / made.matrix[6].sum(), 1),
    "classes-below-your-mean": lambda made, text: (
        recall(made)[label_of(text)] < np.trace(made.matrix) / made.matrix.sum()
    ),
    "your-network-and-a-shift": value(lambda made: 100 * made.record["robustness"]["shift_3"], 1),
    "size-of-your-parameters": value(
        lambda made: np.float64(made.record["parameters"]).nbytes * made.record["parameters"] / 2000
    ),
}

# For each question with a number, the number.
NUMBERS: dict[str, Callable[[Made], float]] = {
    "outputs-of-the-test-set": lambda made: made.matrix.sum() * len(made.matrix),
    "constant-answer-on-your-test-set": lambda made: made.matrix[6].sum(),
    "steps-of-your-epoch": lambda made: len(made.batches),
    "uses-of-an-image": lambda made: made.config["epochs"],
    "your-best-epoch": lambda made: 1 + int(np.argmax([epoch.test_accuracy for epoch in made.history])),
    "your-wrong-images": lambda made: wrong_counts(made).sum(),
    "your-gap": lambda made: (
        float(f"{100 * made.record['metrics']['train_accuracy']:.1f}")
        - float(f"{100 * np.trace(made.matrix) / made.matrix.sum():.1f}")
    ),
    "better-than-guessing": lambda made: np.trace(made.matrix) - made.matrix[0].sum(),
}


def check(question: Question, made: Made, seed: str) -> None:
    facts = facts_from(made.record, made.history)
    versions = [asked(question, facts, seed, language) for language in LANGUAGES]
    english = versions[0]
    for one in versions:
        assert [option.right for option in one.options] == [option.right for option in english.options]
        assert one.right == english.right
        assert len({option.text for option in one.options}) == len(one.options)
        assert len(one.text.encode()) < 3000
        assert all(len(option.text) <= LONGEST_OPTION for option in one.options)
        assert ("⚠️" in one.text) == (made.record["dataset"]["name"] == "practice")
        assert "{" not in one.text + one.why
    judged_right(versions[int(seed) % len(versions)])
    if english.kind == "order":
        shares = [recall(made)[label_of(text_of(english, key))] for key in english.right]
        assert shares == sorted(set(shares), reverse=True)
    elif english.kind == "number":
        assert english.expected
        assert float(english.expected.fact.value) == pytest.approx(float(NUMBERS[english.id](made)), abs=1e-6)
    else:
        assert len(english.options) == 4
        for option in english.options:
            assert option.right == TRUE[english.id](made, option.text), option
            assert option.right or option.misconception


def text_of(one: Asked, key: str) -> str:
    return next(option.text for option in one.options if option.key == key)


def judged_right(one: Asked) -> None:
    """Every possible answer is judged as it is marked."""
    keys = [option.key for option in one.options]
    if one.expected:
        right = float(one.expected.fact.value)
        shown = one.expected.fact.shown(one.language)
        assert judge(one, shown).right
        for because, number in one.expected.wrong:
            judged = judge(one, f"{number:.6f}" if number % 1 else f"{number:.0f}")
            close = abs(number - right) <= one.expected.tolerance + 1e-5
            assert judged.right == close
            assert judged.right or judged.misconception in {
                name for name, other in one.expected.wrong if other == number
            }, because
        assert judge(one, str(round(right) + 12_345)).misconception == one.otherwise
    elif one.kind == "order":
        for order in itertools.permutations(keys):
            assert judge(one, "".join(order)).right == ("".join(order) == one.right)
    elif one.kind == "all":
        for chosen in itertools.chain.from_iterable(itertools.combinations(keys, count) for count in (1, 2, 3, 4)):
            judged = judge(one, " ".join(chosen))
            assert judged.right == ("".join(chosen) == one.right)
            assert judged.right or judged.misconception
    else:
        for option in one.options:
            judged = judge(one, option.key.lower())
            assert judged.right == option.right == (option.key == one.right)
            assert judged.misconception == option.misconception


def test_exactly_the_marked_options_are_right_for_any_run() -> None:
    met: set[str] = set()

    @given(runs(), st.integers(0, 999).map(str))
    def for_any_run(made: Made, seed: str) -> None:
        facts = facts_from(made.record, made.history)
        assert facts.keys() <= UNITS.keys()
        for question in OF_RUNS.values():
            if can_ask(question, facts):
                check(question, made, seed)
                met.add(question.id)
        assert {"steps-of-your-epoch", "all-your-steps", "your-last-batch", "your-wrong-images"} <= {
            name for name, question in OF_RUNS.items() if can_ask(question, facts)
        }

    for_any_run()
    assert met == OF_RUNS.keys()


def test_a_usual_run_decides_every_question() -> None:
    facts = facts_from(USUAL.record, USUAL.history)
    assert facts.keys() == UNITS.keys()
    assert [name for name, question in bank().questions.items() if not can_ask(question, facts)] == []
    for question in OF_RUNS.values():
        check(question, USUAL, "1")


def test_a_really_trained_run_decides_nearly_every_question(practice_run: Any) -> None:
    facts = facts_of(practice_run)
    made = Made(practice_run.record, practice_run.history)
    askable = [question for question in OF_RUNS.values() if can_ask(question, facts)]
    assert len(askable) >= 20
    for question in askable:
        check(question, made, "1")
    assert facts["parameters"].value == 784 * 128 + 128 + 1290
    assert facts["train_images"].value == 12_000
    assert facts["per_class"].value == 200


def test_without_a_run_no_question_about_one_is_asked() -> None:
    for question in OF_RUNS.values():
        assert not can_ask(question, {})
        with pytest.raises(ValueError, match=question.id):
            asked(question, {}, "1", "en")


def test_the_sizes_of_the_training_sets_are_those_of_the_trainer() -> None:
    from trainer.pipeline import TRAINING_IMAGES as OF_FASHION_MNIST

    assert {"fashion-mnist": OF_FASHION_MNIST, "practice": TRAIN_COUNT} == TRAINING_IMAGES


def test_a_run_without_its_history_keeps_its_other_questions(saved: Callable[..., Path], tmp_path: Path) -> None:
    path = saved(tmp_path, "20261124-101530-abcd")
    whole = facts_of(open_run(path))
    (path / "history.csv").write_text("epoch\nfour\n", encoding="utf-8")
    damaged = facts_of(open_run(path))
    assert whole.keys() - damaged.keys() == set()  # two epochs with the same test accuracy decide nothing
    (path / "history.csv").unlink()
    assert facts_of(open_run(path)) == damaged


def test_a_run_of_an_unknown_recipe_or_an_earlier_version_has_fewer_facts() -> None:
    record = json.loads(json.dumps(USUAL.record))
    record["config"]["recipe"] = "of-yesterday"
    del record["robustness"]
    facts = facts_from(record, USUAL.history)
    assert not {"steps", "train_images", "accuracy_none"} & facts.keys()
    assert {"parameters", "worst", "loss_3"} <= facts.keys()


def test_the_keys_depend_on_the_seed_and_on_nothing_else() -> None:
    facts = facts_from(USUAL.record, USUAL.history)
    question = bank().questions["your-worst-class"]
    keys = {seed: asked(question, facts, seed, "en").right for seed in map(str, range(40))}
    assert set(keys.values()) == set("ABCD")
    assert keys == {seed: asked(question, facts, seed, "zh-CN").right for seed in keys}
    assert asked(question, facts, "1", "en") == asked(question, facts, "1", "en")
    # Stored answers and buttons of earlier versions rely on this order.
    assert [asked(bank().questions["why-two-sets"], {}, seed, "en").right for seed in "12345"] == [*"DACAC"]
