"""Answers as people type them: letters and numbers."""

import re
from collections.abc import Iterator
from typing import Final, Literal
from unicodedata import normalize

TypedUnit = Literal["count", "percent", "points", "decimal"]
_NUMBER: Final = re.compile(r"[-+]?(?:(?<!\w)[.,])?(?:\d[\d ,.'’_]*\d|\d)")
_LONGEST: Final = 24  # characters of a number
_MINUS: Final = str.maketrans("−–", "--")
_THOUSANDS: Final = {"k": 1e3, "千": 1e3, "万": 1e4}
_FILLING: Final = re.compile(r"\band\b|[\W_\u4e00-\u9fff]")  # between letters: "A and C", "A、C", "选 B"


def letters(text: str) -> str:
    """The letters of `b`, `Ｂ.`, `a, c`, `A 和 C`, `BDAC` in capitals; "" if there are other words."""
    found = _FILLING.sub("", normalize("NFKC", text).lower())
    return found.upper() if re.fullmatch("[a-d]*", found) else ""


def numbers(text: str, unit: TypedUnit) -> frozenset[float]:
    """What a typed number can mean, in the unit: `1,875`, `1 875`, `0.88`, `0,88`, `88 %`, `１８７５`, `6万`.

    Several meanings where writing is ambiguous (as percent, `0.9` is 0.9 or 90); none unless there is one number.
    """
    plain = normalize("NFKC", text).translate(_MINUS).lower()
    found = _NUMBER.findall(plain)
    if len(found) != 1 or len(found[0]) > _LONGEST:
        return frozenset()
    scale = next((factor for sign, factor in _THOUSANDS.items() if re.search(rf"\d ?{sign}(?![a-z])", plain)), 1)
    values = {scale * value for value in _values(found[0], unit)}
    in_percent = "%" in plain or "百分之" in plain or "percent" in plain
    if unit in ("percent", "points"):
        return frozenset(values | (set() if in_percent else {100 * value for value in values if abs(value) <= 1}))
    if in_percent:
        return frozenset(value / 100 for value in values) if unit == "decimal" else frozenset()
    return frozenset(values)


def _values(number: str, unit: str) -> Iterator[float]:
    """The values of digits with separators: groups of three digits, a decimal point or comma."""
    sign, digits = (-1 if number.startswith("-") else 1), re.sub(r"^[.,]", "0.", number.lstrip("+-"))
    if re.search(r"[ '’_]", digits):
        if not re.fullmatch(r"\d{1,3}([ '’_]\d{3})+([.,]\d+)?", digits):
            return
        digits = re.sub(r"[ '’_]", "", digits)
    if re.fullmatch(r"\d+(\.\d+)?", digits):
        yield sign * float(digits)
    if re.fullmatch(r"\d+,\d+", digits) and (unit != "count" or digits.startswith("0")):
        yield sign * float(digits.replace(",", "."))
    for group, point in ((",", "."), (".", ",")):
        grouped = rf"[1-9]\d{{0,2}}(\{group}\d{{3}})+(\{point}\d+)?"
        if re.fullmatch(grouped, digits) and (unit == "count" or digits.count(group) > 1 or point in digits):
            yield sign * float(digits.replace(group, "").replace(point, "."))
