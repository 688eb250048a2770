"""Step 1.5: optimizer, loss and metric are the tutorial's."""

from typing import Any

import pytest

from trainer.recipes.tutorial import optimizer
from trainer.steps.build import build
from trainer.steps.compile import compile_model


def test_it_is_compiled_as_in_the_tutorial() -> None:
    ours: Any = build("tutorial", 1)
    theirs: Any = build("tutorial", 1)
    compile_model(ours, optimizer(0.001, 18_750))
    theirs.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    wanted, config = theirs.optimizer.get_config(), ours.optimizer.get_config()
    assert config.pop("learning_rate") == pytest.approx(wanted.pop("learning_rate"))
    assert config.pop("name").startswith("adam")
    assert config == {name: value for name, value in wanted.items() if name != "name"}
    assert ours.loss == theirs.loss == "sparse_categorical_crossentropy"


def test_the_learning_rate_is_the_one_asked_for() -> None:
    model: Any = build("tutorial", 1)
    compile_model(model, optimizer(0.25, 18_750))
    assert float(model.optimizer.learning_rate) == 0.25
