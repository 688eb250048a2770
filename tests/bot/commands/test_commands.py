"""What is declared, and that every front end can use it."""

import pytest

from bot.commands import BUTTONS, COMMANDS
from bot.commands.declare import Between, Option
from bot.texts import texts
from trainer import STEPS
from trainer.language import LANGUAGES
from trainer.limits import EPOCHS_RANGE
from trainer.recipes import RECIPES


def test_the_commands_of_the_contract() -> None:
    slash = [name for name, command in COMMANDS.items() if command.slash]
    assert slash == [
        "explain",
        "train",
        "accuracy",
        "predict",
        "learn",
        "practice",
        "ask",
        "progress",
        "forget-me",
        "class-limits",
        "status",
    ]
    pressed = {name for name, command in COMMANDS.items() if not command.slash}
    assert pressed == {"without", "why", "cancel", "answer", "do", "skip", "choose", "guess", "old-runs"}


def test_options_are_read_from_the_signature() -> None:
    train = COMMANDS["train"]
    assert [option.name for option in train.options] == [
        "recipe", "epochs", "batch_size", "learning_rate", "augment", "seed",
    ]  # fmt: skip
    assert train.option("epochs") == Option("epochs", "whole", required=False, limits=Between(*EPOCHS_RANGE))
    assert train.option("augment") == Option("augment", "yes_no", required=False)
    recipe, step = train.option("recipe"), COMMANDS["explain"].option("step")
    assert recipe is not None
    assert recipe.choices is not None
    assert recipe.choices.values == tuple(RECIPES)
    assert step is not None
    assert step.required
    assert step.choices is not None
    assert step.choices.values == STEPS
    predict = COMMANDS["predict"]
    assert [(option.name, option.kind, option.required) for option in predict.options] == [
        ("image", "picture", True),
        ("run", "run", False),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_words(language: str) -> None:
    for name, command in COMMANDS.items():
        keys = [f"command.{name}.about"] if command.slash or command.typed else []
        if command.slash:
            keys += [f"command.{name}.{option.name}" for option in command.options]
        known = texts().keys(language)  # type: ignore[arg-type]
        assert [key for key in keys if not known.get(key)] == []
        for option in command.options:
            if option.choices is not None:
                assert all(option.choices.label(value, language) for value in option.choices.values)  # type: ignore[arg-type]


def test_buttons_run_declared_commands() -> None:
    for kind, button in BUTTONS.items():
        command = COMMANDS[button.command]
        assert not button.option or command.option(button.option) is not None, kind
        required = {option.name for option in command.options if option.required}
        assert required <= {button.option, button.asks}, kind
        assert not button.asks or command.option(button.asks) is not None, kind
    for command in COMMANDS.values():
        assert set(command.buttons) <= set(BUTTONS)
