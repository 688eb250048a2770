"""Hyper-parameters: defaults, limits, and the record of them."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.config import Config
from trainer.errors import ConfigError
from trainer.language import LANGUAGES
from trainer.recipes import RECIPES, configure


def test_the_defaults_are_the_tutorials() -> None:
    config = configure(seed=1)
    assert (config.recipe, config.epochs, config.batch_size, config.learning_rate) == ("tutorial", 10, 32, 0.001)


def test_without_a_seed_each_training_gets_another_one() -> None:
    assert len({configure().seed for _ in range(30)}) == 30


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("epochs", (0, -1, 51, 1000, 2.5)),
        ("batch_size", (0, 7, 1025)),
        ("learning_rate", (0.0, -0.1, 10.1, math.nan, math.inf)),
        ("seed", (-1, 2**31)),
        ("recipe", ("nothing", "")),
    ],
)
def test_values_out_of_range_are_refused_by_name(name: str, values: tuple[object, ...]) -> None:
    for value in values:
        with pytest.raises(ConfigError) as caught:
            configure(**{name: value})  # pyright: ignore[reportArgumentType]
        for language in LANGUAGES:
            sentence = caught.value.sentence(language)
            assert str(value) in sentence
            assert name == "recipe" or name in sentence


def test_a_whole_number_is_a_learning_rate_too() -> None:
    rate = configure(learning_rate=1).learning_rate
    assert (rate, type(rate)) == (1.0, float)


def test_a_very_long_recipe_name_is_shortened() -> None:
    with pytest.raises(ConfigError) as caught:
        configure(recipe="x" * 3000)
    assert all(len(caught.value.sentence(language)) < 150 for language in LANGUAGES)


@given(
    epochs=st.integers(1, 50),
    batch_size=st.integers(8, 1024),
    learning_rate=st.floats(0, 10, exclude_min=True),
    seed=st.integers(0, 2**31 - 1),
    recipe=st.sampled_from(sorted(RECIPES)),
)
def test_a_configuration_is_read_back_from_its_record(**wanted: object) -> None:
    config = configure(**wanted)  # pyright: ignore[reportArgumentType]
    record = json.loads(json.dumps(config.to_record()))
    assert {name: record[name] for name in wanted} == wanted
    assert Config(**record) == config
