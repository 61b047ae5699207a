"""Whether a value is valid for a parameter. Written without the mock's validator, which this suite checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import isfinite
from typing import Any, cast

from .facts import types_of

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
#: Longer texts are not read as numbers.
_LONGEST_NUMBER = 60


def is_valid(schema: Mapping[str, Any], value: Any) -> bool:
    """Return whether `value` fits `schema`. A value that an incomplete list does not show fits.

    >>> is_valid({"type": "integer", "minimum": 3}, 2), is_valid({"type": ["integer", "null"]}, None)
    (False, True)
    """
    if "anyOf" in schema:
        return any(is_valid(option, value) for option in schema["anyOf"])
    kinds = types_of(schema)
    value = number_of(schema, value)
    if not any(_is_a(kind, value) for kind in kinds) or (isinstance(value, float) and not isfinite(value)):
        return False
    if "enum" in schema and not any(is_same_json(value, one) for one in schema["enum"]):
        return False
    if isinstance(value, str):
        fitting = "pattern" not in schema or _search(schema["pattern"], value)
        return _has_length(schema, "Length", value) and fitting
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return is_inside(schema, value)
    if isinstance(value, list):
        return _is_valid_list(schema, cast(Any, value))
    return not isinstance(value, dict) or _is_valid_object(schema, cast("dict[str, Any]", value))


def number_of(schema: Mapping[str, Any], value: Any) -> Any:
    """Return the number in a text if the schema takes numbers as text and this is one, else `value`."""
    if not schema.get("x-accepts-text") or not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return value
    if _INTEGER.fullmatch(value):
        return int(value)
    return float(value) if "number" in types_of(schema) and _NUMBER.fullmatch(value) else value


def exact(number: float) -> Fraction:
    """Return a number as the decimal that it is written as: 0.1 is a tenth."""
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))


def is_inside(schema: Mapping[str, Any], number: float) -> bool:
    """Return whether a number is within the range and a multiple of the step, if the schema has them."""
    step = schema.get("multipleOf")
    return (
        ("minimum" not in schema or number >= schema["minimum"])
        and ("maximum" not in schema or number <= schema["maximum"])
        and ("exclusiveMinimum" not in schema or number > schema["exclusiveMinimum"])
        and ("exclusiveMaximum" not in schema or number < schema["exclusiveMaximum"])
        and not (step and exact(number) % exact(step))
    )


def _is_valid_list(schema: Mapping[str, Any], items: list[Any]) -> bool:
    every = "items" not in schema or all(is_valid(schema["items"], item) for item in items)
    return every and _has_length(schema, "Items", items)


def _is_valid_object(schema: Mapping[str, Any], entries: dict[str, Any]) -> bool:
    if any(name not in entries for name in schema.get("required", ())):
        return False
    inner: Mapping[str, Any] = schema.get("properties", {})
    return all(is_valid(inner[name], entry) for name, entry in entries.items() if name in inner)


def _has_length(schema: Mapping[str, Any], of: str, value: str | list[Any]) -> bool:
    least, most = schema.get(f"min{of}", 0), schema.get(f"max{of}")
    return len(value) >= least and (most is None or len(value) <= most)


def _is_a(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES.get(kind, ()))


def is_same_json(one: Any, other: Any) -> bool:
    """Return whether two values are the same in JSON, where `true` is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return _has_same_members(cast(Any, one), cast(Any, other))
    if isinstance(one, list) and isinstance(other, list):
        return _has_same_items(cast(Any, one), cast(Any, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _has_same_members(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    return one.keys() == other.keys() and all(is_same_json(one[name], other[name]) for name in one)


def _has_same_items(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return len(one) == len(other) and all(map(is_same_json, one, other))


def _search(pattern: str, text: str) -> bool:
    return _compiled(pattern).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of a spec, in which `$` is the end of the text and `.` no line end, as in ECMAScript."""
    signs = {"$": r"\Z", ".": "[^\n\r\u2028\u2029]"}
    python = re.sub(
        r"\\.|\[(?:\\.|[^\]\\])*\]|[$.]", lambda sign: signs.get(sign[0], sign[0]), pattern, flags=re.DOTALL
    )
    return re.compile(python, re.ASCII)
