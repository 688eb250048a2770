"""Step 1.5: optimizer, loss and metric are the tutorial's."""

from typing import Any

import pytest

from trainer.recipes import fast
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


def test_an_optimizer_of_the_same_kind_begins_again() -> None:
    """So a second training in the same process compiles nothing, and computes what the first would have."""
    model: Any = build("tutorial", 1)
    compile_model(model, optimizer(0.25, 18_750))
    own = model.optimizer
    own.build(model.trainable_variables)
    for variable in own.variables:
        variable.assign(variable + 1)
    compile_model(model, optimizer(0.5, 18_750))
    assert model.optimizer is own
    assert float(own.learning_rate) == 0.5
    assert int(own.iterations) == 0
    assert all(not value.numpy().any() for value in own.variables if "learning_rate" not in value.path)


def test_another_optimizer_is_compiled_anew() -> None:
    model: Any = build("tutorial", 1)
    compile_model(model, optimizer(0.25, 18_750))
    model.optimizer.build(model.trainable_variables)
    compile_model(model, schedule := fast.optimizer(0.25, 100))
    assert model.optimizer is schedule
    schedule.build(model.trainable_variables)
    compile_model(model, longer := fast.optimizer(0.25, 200))
    assert model.optimizer is longer
