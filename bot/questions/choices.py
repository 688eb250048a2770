"""The options that a question offers for the facts of a run: no two are equal as they are shown, in any language."""

from collections.abc import Iterator
from typing import NamedTuple

from bot.questions.facts import Facts
from bot.questions.template import FOUR, AllThatApply, Number, OneOfFour, Template, Words
from trainer.language import LANGUAGES


class Choice(NamedTuple):
    """One option; `misconception` is that of people who choose a wrong one, or who leave out a right one of several."""

    words: Words
    right: bool
    misconception: str | None = None
    image: str = ""  # the label of the class that it shows, or a way of `trainer.exercises.options`


def choices_of(template: Template, facts: Facts) -> tuple[Choice, ...] | None:
    """The options in the order of the file, none for a number; None if they are too few or two are equal.

    KeyError for a missing fact of an option that is always offered.
    """
    if isinstance(template, Number):
        return ()
    if isinstance(template, OneOfFour):
        offered = tuple(_different(template, facts))
        return offered if len(offered) == FOUR else None
    if isinstance(template, AllThatApply):
        choices = [Choice(words, True, because) for because, words in template.right.items()]
        choices += [Choice(words, False, because) for because, words in template.wrong.items()]
    else:
        choices = [Choice(words, True) for words in template.items]
    for language in LANGUAGES:
        if len({choice.words.filled(language, facts) for choice in choices}) < len(choices):
            return None
    return tuple(choices)


def _different(template: OneOfFour, facts: Facts) -> Iterator[Choice]:
    """The right option, then the first three wrong ones that can be shown and differ from those before."""
    yield Choice(template.right, True, image=_image(template, "right", template.right, facts))
    shown = {(language, template.right.filled(language, facts)) for language in LANGUAGES}
    count = 1
    for because, words in template.wrong_options:
        if count == FOUR or not words.facts <= facts.keys():
            continue
        new = {(language, words.filled(language, facts)) for language in LANGUAGES}
        if not new & shown:
            yield Choice(words, False, because, _image(template, because, words, facts))
            shown |= new
            count += 1


def _image(template: OneOfFour, key: str, words: Words, facts: Facts) -> str:
    """What the option shows; "" if the question has no images."""
    if template.kind != "picture":
        return ""
    return template.images[key] if template.images else str(int(facts[next(iter(words.facts))].value))
