"""Read values without labels: the default, the list that usually repeats it, the range."""

from __future__ import annotations

import re
from typing import Any

from ...specs.spec import ABSENT
from ...specs.values import among
from ..values.printed_values import Values, one, read_default_and_values
from .labels import HALF_RANGE, RANGE, NoReading, read_range
from .rows import ParameterRow

#: A list that is cut short shows so many of its values; with the default before it, there is one more.
_SHOWN_OF_CUT_LIST = 10


def read_unlabelled(row: ParameterRow, text: str, sent: Any, cut: bool) -> None:
    """Read values without labels into `row`: the default, the list that usually repeats it, the range."""
    ranges = [
        found for pattern in (RANGE, HALF_RANGE) for found in pattern.finditer(text) if not text[found.end() :].strip()
    ]
    if ranges:
        read_range(row, text, ranges[-1].start(), cut)
        text = text[: ranges[-1].start()].rstrip()
    if not text:
        if not ranges:
            raise NoReading
        return
    if row.minimum is not None or row.maximum is not None:
        row.default = one(text, row.type)
        return
    if row.type == "boolean" and re.fullmatch(r"(?:true|false|null|\s)+", text):
        tokens = re.findall("true|false|null", text)
        row.default = one(tokens[0], row.type)
        row.values = [one(token, row.type) for token in tokens[1:]] or None
        return
    default, listed = read_default_and_values(text, row.type, None if sent is ABSENT else sent, cut=cut)
    _settle(row, default, listed, sent, cut)


def _is_twice(digits: str) -> bool:
    half = len(digits) // 2
    return digits[:half] == digits[half:]


def _settle(row: ParameterRow, default: Any, listed: Values | None, sent: Any, cut: bool) -> None:
    """Decide whether the first of several values is the default: it is if the list repeats it or is cut short."""
    if row.type not in ("array", "object") and isinstance(default, (list, dict)):
        raise NoReading
    if row.type in ("integer", "number") and isinstance(default, bool):
        raise NoReading
    row.default = default
    if not (listed and listed.values) and row.type == "integer" and default != sent and _is_twice(str(default)):
        half = str(default)[: len(str(default)) // 2]
        row.doubt(f"{default} may be {half} and the only value of its list, without a gap")
    if listed is None:
        return
    for doubt in listed.doubts:
        row.doubt(doubt)
    if not listed.values and listed.more is None:
        return
    row.values = listed.values
    if default is ABSENT:
        row.values = listed.values
        return
    repeated = among(default, listed.values)
    if listed.more and not repeated and len(listed.values) == _SHOWN_OF_CUT_LIST - 1:
        row.doubt("the list is cut short and the first value may be its default, but is not printed twice")
        row.default, row.values = ABSENT, [default, *listed.values]
        row.total = len(row.values) + listed.more
        return
    if listed.more:
        row.total = len(listed.values) + listed.more
        return
    if not repeated:
        row.doubt("the first value is not repeated after it: a default outside its list, or a list without a default")
        if row.required and default != sent and not cut and len(listed.values) != _SHOWN_OF_CUT_LIST:
            row.default, row.values = ABSENT, [default, *listed.values]
