"""Questions about a run: for any run, the marked options are right by figures computed here in another way."""

import itertools
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions import Asked, Question, asked, bank, can_ask, facts_of, judge
from bot.questions.facts import UNITS
from bot.questions.run_facts import TRAINING_IMAGES, facts_from
from bot.questions.template import LONGEST_OPTION
from tests.bot.questions.made import USUAL, Made, batches, runs
from trainer.data.practice import TRAIN_COUNT
from trainer.language import LANGUAGES, class_name
from trainer.runs.folder import open_run

OF_RUNS = {question.id: question for question in bank().questions.values() if question.needs_run}


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
        - float(f"{100 * (np.trace(made.matrix) / made.matrix.sum()):.1f}")
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
