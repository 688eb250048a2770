"""The message of a training, in every state, on a phone, within Discord's limits."""

import re
from dataclasses import replace
from typing import Any
from unicodedata import east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.classroom import Learner, TrainingState, describe
from bot.classroom.training.state import FINAL, UNFINISHED, Status
from bot.texts import texts
from trainer.events import EpochEnded, Progress
from trainer.language import LANGUAGES, Language
from trainer.recipes import configure

CONFIG = configure(seed=7)
EPOCHS = tuple(EpochEnded(n, 10, 0.5 / n, 0.8 + n / 100, 0.4, 0.8765, 0.4 * n) for n in (1, 2, 3))
STATE = TrainingState("20261124-101530-k3f9", Learner("1", "Mei", "en"), CONFIG)
RUNNING = replace(
    STATE,
    status="running",
    dataset="fashion-mnist",
    progress=Progress(4, 10, 500, 1875, 0.3, 0.9, 2.0),
    epochs=EPOCHS,
    done=(3 + 500 / 1875) / 10,
    remaining_s=75.0,
)
RECORD = {
    "metrics": {
        "test_accuracy": 0.8812,
        "test_loss": 0.3371,
        "train_accuracy": 0.9105,
        "confusion": [[100] * 10] * 10,
    },
    "timings": {"fit_s": 4.1},
    "dataset": {"name": "fashion-mnist"},
}
FINISHED = replace(RUNNING, status="finished", record=RECORD, progress=None)
FIRST_FIGURE = {"en": r"(?i)test\D*([\d.]+)", "zh-CN": r"测试[^\d]*([\d.]+)"}
WITHOUT_RESULT = ("queued", "starting", "running", "evaluating", "cancelled", "failed", "interrupted")
WORD = {"en": re.compile("(?i)test"), "zh-CN": re.compile("测试")}


def test_a_running_training_shows_its_progress() -> None:
    text = describe(RUNNING, "en").text
    assert "epoch 4/10" in text
    assert "0.3000" in text
    assert "about 1 min 15 s left" in text
    assert "`██████░░░░░░░░░░░░░░` 32 %" in text
    assert "seed 7" in text
    assert "Fashion-MNIST" in text
    assert "0.8765" not in text  # figures of the test images wait for the end


def test_a_running_training_in_chinese() -> None:
    text = describe(RUNNING, "zh-CN").text
    assert "第 4/10 轮" in text
    assert "大约还需 1 分 15 秒" in text


def test_the_place_in_the_queue() -> None:
    waiting = replace(STATE, position=2)
    assert "place 2 in the queue" in describe(waiting, "en").text
    assert "第 2 位" in describe(waiting, "zh-CN").text
    assert "0" not in describe(STATE, "en").text.splitlines()[0]  # no place is known yet, so none is said


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        ({"position": 1}, "It is the next one to start", "就轮到它"),
        ({"position": 3, "ahead": (2, 0)}, "from your class: 2.", "本班的 2 次训练"),
        ({"position": 3, "ahead": (0, 2)}, "from other classes: 2.", "其他班的 2 次训练"),
        ({"position": 4, "ahead": (1, 2)}, "from your class: 1, from other classes: 2.", "本班的 1 次、其他班的 2 次"),
        ({"position": 1, "minutes": 0}, "in less than a minute", "不到 1 分钟"),
        ({"position": 1, "minutes": 1}, "in about 1 minute.", "大约 1 分钟"),
        ({"position": 3, "ahead": (2, 0), "minutes": 12}, "in about 12 minutes", "大约 12 分钟"),
    ],
)
def test_why_a_training_waits(changes: dict[str, Any], english: str, chinese: str) -> None:
    waiting = replace(STATE, owner=replace(STATE.owner, guild_id="7"), **changes)
    assert english in describe(waiting, "en").text
    assert chinese in describe(waiting, "zh-CN").text
    assert ("Expected start" in describe(waiting, "en").text) == ("minutes" in changes)  # only what was measured
    assert "Before it" not in describe(replace(waiting, status="starting"), "en").text


def test_why_a_training_waits_in_a_direct_message() -> None:
    alone = replace(STATE, position=4, ahead=(1, 2))
    assert "your own: 1, from other classes: 2." in describe(alone, "en").text
    assert "你自己的 1 次、其他班的 2 次" in describe(alone, "zh-CN").text
    assert "your own: 1." in describe(replace(alone, ahead=(1, 0)), "en").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_fits_a_phone(language: Language) -> None:
    table = describe(RUNNING, language).text.split("```")[1].strip("\n").splitlines()
    widths = {sum(2 if east_asian_width(character) in "WF" else 1 for character in line) for line in table}
    assert len(table) == 4
    assert len(widths) == 1  # the columns end together
    assert widths.pop() <= 34


@pytest.mark.parametrize("loss", [0.5, 999.99999, 1000.0, 52065.314, 3.4e38])
def test_a_loss_without_limits_stays_in_its_column(loss: float) -> None:
    state = replace(RUNNING, epochs=(EpochEnded(1, 5, loss, 0.1, 3.2, 0.1, 2.0),))
    row = describe(state, "en").text.split("```")[1].strip("\n").splitlines()[-1]
    assert len(row) == 26
    epoch, shown, _ = row.split()
    assert epoch == "1"
    assert float(shown) == pytest.approx(loss, rel=0.01)


@pytest.mark.parametrize("status", sorted(UNFINISHED | FINAL))
@pytest.mark.parametrize("language", LANGUAGES)
def test_only_a_training_under_way_can_be_cancelled(status: Status, language: Language) -> None:
    answer = describe(replace(FINISHED, status=status), language)
    labels = " ".join(action.label for action in answer.actions if action.enabled).casefold()
    if status in FINAL:
        assert "cancel" not in labels
        assert "stop" not in labels
        assert "取消" not in labels
        assert "cancel" not in [action.kind for action in answer.actions]
    else:
        assert [(action.kind, action.target) for action in answer.actions] == [("cancel", STATE.run_id)]


@pytest.mark.parametrize(
    "status", ["queued", "starting", "running", "evaluating", "cancelled", "failed", "interrupted"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_test_waits_for_the_result(status: Status, language: Language) -> None:
    text = describe(replace(RUNNING, status=status), language).text
    assert not WORD[language].search(text)


@pytest.mark.parametrize(("language", "first"), [("en", "Test accuracy: 0.8812"), ("zh-CN", "测试准确率：0.8812")])
def test_the_result_comes_first(language: Language, first: str) -> None:
    text = describe(FINISHED, language).text
    assert first in text.splitlines()[0]
    match = re.search(FIRST_FIGURE[language], text)
    assert match is not None
    assert match[1] == "0.8812"
    assert text.index("0.3371") > text.index("0.8812")


def test_a_finished_training_leads_on() -> None:
    answer = describe(FINISHED, "en")
    assert [(action.kind, action.target) for action in answer.actions] == [
        ("accuracy", STATE.run_id),
        ("explain", "evaluate"),
    ]
    assert answer.tone == "good"
    for word in ("/predict", "/accuracy", "/explain step:evaluate", "4.1 s", "seed 7"):
        assert word in answer.text
    assert "8812 of 10000" in answer.text  # counted from the confusion matrix


@pytest.mark.parametrize(
    ("train_accuracy", "words"),
    [(0.9105, "2.9 percentage points better"), (0.89, "0.9 percentage points better"), (0.88, "no better")],
)
def test_the_gap_is_put_into_words(train_accuracy: float, words: str) -> None:
    metrics = RECORD["metrics"] | {"train_accuracy": train_accuracy}
    assert words in describe(replace(FINISHED, record=RECORD | {"metrics": metrics}), "en").text


@pytest.mark.parametrize(("language", "words"), [("en", "hardly better than guessing"), ("zh-CN", "随便猜")])
def test_a_network_that_only_guesses_is_not_praised(language: Language, words: str) -> None:
    metrics = RECORD["metrics"] | {"train_accuracy": 0.101, "test_accuracy": 0.1}
    text = describe(replace(FINISHED, record=RECORD | {"metrics": metrics}), language).text
    assert words in text
    assert "overfitting" not in text
    assert "过拟合" not in text


@pytest.mark.parametrize(("language", "notice"), [("en", "Practice set"), ("zh-CN", "练习集")])
@pytest.mark.parametrize("status", ["running", "evaluating", "finished", "cancelled", "failed", "interrupted"])
def test_the_practice_set_is_named(status: Status, language: Language, notice: str) -> None:
    record = RECORD | {"dataset": {"name": "practice"}}
    state = replace(RUNNING, status=status, dataset="practice", record=record)
    assert f"**{notice}**" in describe(state, language).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", ["cancelled", "failed", "interrupted"])
def test_an_end_without_result_says_what_to_do(status: Status, language: Language) -> None:
    answer = describe(replace(STATE, status=status), language)
    assert answer.text.count("/train") == 1
    assert [action.kind for action in answer.actions] == ["train"]
    text = describe(replace(STATE, status=status, reason="Out of luck: use `/train`."), language).text
    assert text.count("/train") == 1


figures = st.floats(allow_nan=True, allow_infinity=True)
steps = st.integers(0, 7500)
progresses = st.builds(Progress, st.integers(1, 50), st.just(50), steps, steps, figures, figures, figures)
ended = st.builds(EpochEnded, st.integers(1, 50), st.just(50), figures, figures, figures, figures, figures)
states = st.builds(
    TrainingState,
    run_id=st.from_regex(r"[a-z0-9][a-z0-9-]{0,47}", fullmatch=True),
    owner=st.just(STATE.owner),
    config=st.builds(
        configure,
        epochs=st.integers(1, 50),
        batch_size=st.integers(8, 1024),
        learning_rate=st.floats(min_value=1e-300, max_value=10),
        seed=st.integers(0, 2**31 - 1),
    ),
    status=st.sampled_from(WITHOUT_RESULT),
    position=st.integers(0, 10**6),
    ahead=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    minutes=st.none() | st.integers(0, 10**6),
    dataset=st.sampled_from(["", "fashion-mnist", "practice"]),
    progress=st.none()
    | st.builds(
        Progress, st.integers(1, 50), st.just(50), st.integers(0, 7500), st.integers(0, 7500), figures, figures, figures
    ),
    epochs=st.lists(
        st.builds(EpochEnded, st.integers(1, 50), st.just(50), figures, figures, figures, figures, figures), max_size=50
    ).map(tuple),
    done=st.floats(0, 1),
    remaining_s=st.none() | st.floats(0, 1e7),
    reason=st.text(max_size=5000) | st.text("汉", max_size=5000),
)


@given(states, st.sampled_from(LANGUAGES))
def test_any_state_fits_into_a_message(state: TrainingState, language: Language) -> None:
    answer = describe(state, language)
    everything = answer.text + "".join(action.label for action in answer.actions)
    assert len(everything) <= 4000
    assert len(everything.encode("utf-8", "replace")) <= 10_000
    assert len(answer.text.splitlines()[0]) > 3
    share = re.search(r"` (\d+) %", answer.text)
    assert (share is not None) == (state.status in ("running", "evaluating"))
    assert share is None or 0 <= int(share[1]) <= 100


@given(st.integers(1, 50), st.integers(0, 2**31 - 1), st.floats(0, 1), st.floats(0, 100), st.sampled_from(LANGUAGES))
def test_any_result_has_its_figure_first(
    epochs: int, seed: int, accuracy: float, loss: float, language: Language
) -> None:
    metrics = RECORD["metrics"] | {"test_accuracy": accuracy, "test_loss": loss}
    config = configure(epochs=epochs, seed=seed)
    text = describe(replace(FINISHED, config=config, record=RECORD | {"metrics": metrics}), language).text
    match = re.search(FIRST_FIGURE[language], text)
    assert match is not None
    assert match[1] == f"{accuracy:.4f}"


@pytest.mark.parametrize("where", ["classroom.status", "terminal.status"])
def test_every_status_has_its_sentences_and_no_other_has(where: str) -> None:
    keys = texts().keys("en")
    known = {key.removeprefix(f"{where}.") for key in keys if key.startswith(where)}
    assert known - {"queued_soon"} == UNFINISHED | FINAL  # the sentence for a queue without a known place
    assert {f"train.{status}" for status in (UNFINISHED | FINAL) - {"finished"}} <= keys.keys()
