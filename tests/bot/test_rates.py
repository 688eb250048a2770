"""How much may be asked in a minute; in Discord the refusal is a sentence."""

import pytest

from bot.errors import ClassroomError
from bot.rates import Rates


def refused(rates: Rates, person: str, room: str) -> str:
    try:
        rates.count(person, room)
    except ClassroomError as error:
        return error.key
    return ""


def test_a_person_and_a_room() -> None:
    rates = Rates(person=3, room=5)
    assert [refused(rates, "mei", "a") for _ in range(4)] == ["", "", "", "too_fast"]
    assert [refused(rates, "tom", "a") for _ in range(3)] == ["", "", "room_too_fast"]
    assert refused(rates, "sam", "b") == ""  # another server is not concerned


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_sentence(language: str) -> None:
    for key in ("too_fast", "room_too_fast"):
        assert ClassroomError(key).sentence(language)  # type: ignore[arg-type]
