"""The fakes have the interface of what they stand for."""

import inspect
from typing import TYPE_CHECKING

from bot.exercises import Exercises
from bot.pictures.processes import Pictures
from bot.search import Search

if TYPE_CHECKING:
    from tests.bot.conftest import FakeExercises, FakePictures, FakeSearch


def test_these_fakes_have_the_real_interface(
    pictures: "FakePictures", search: "FakeSearch", exercises: "FakeExercises"
) -> None:
    def interface(kind: type) -> dict[str, inspect.Signature]:
        methods = inspect.getmembers(kind, inspect.iscoroutinefunction)
        return {name: inspect.signature(method, eval_str=True) for name, method in methods if name[0] != "_"}

    assert interface(type(pictures)) == interface(Pictures)
    assert interface(type(search)).keys() == interface(Search).keys()
    assert interface(type(exercises)) == interface(Exercises)
