"""Check a value against a parameter's schema, for lint; the messages are those of its findings.

The client has the same rules in `spec/schema.py`; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import isfinite
from operator import ge, gt, le, lt
from typing import Any, NamedTuple, cast

from . import patterns
from .pointers import token
from .values import among, is_a, is_list, is_mapping, shown, types_of

#: The name of a rule by its keyword: what findings are called.
RULES = {
    "type": "wrong-type",
    "required": "wrong-type",
    "enum": "outside-enum",
    "x-known-values": "not-shown",
    "multipleOf": "off-step",
    "pattern": "off-pattern",
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), "outside-range"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), "outside-range"),
}


class Violation(NamedTuple):
    """One rule of a schema that a value breaks: its keyword, the place inside the value, and what is wrong in words."""

    keyword: str
    pointer: str
    wrong: str

    @property
    def rule(self) -> str:
        return RULES[self.keyword]


#: Keyword, when it is broken, and how that is put.
_BOUNDS: tuple[tuple[str, Callable[[Any, Any], bool], str], ...] = (
    ("minimum", lt, "below minimum"),
    ("maximum", gt, "above maximum"),
    ("exclusiveMinimum", le, "not above exclusiveMinimum"),
    ("exclusiveMaximum", ge, "not below exclusiveMaximum"),
)
_SIZES = (
    ("minLength", lt, "string", "characters are below"),
    ("maxLength", gt, "string", "characters are above"),
    ("minItems", lt, "array", "items are below"),
    ("maxItems", gt, "array", "items are above"),
)


def violations(schema: Mapping[str, Any], value: Any, pointer: str = "") -> Iterator[Violation]:
    """Yield each rule that `value` breaks.

    >>> [violation.wrong for violation in violations({"type": "integer", "minimum": 4}, 3)]
    ['3 is below minimum 4']
    """

    def violation(keyword: str, wrong: str) -> Violation:
        return Violation(keyword, pointer, f"{pointer[1:]}: {wrong}" if pointer else wrong)

    if "anyOf" in schema:
        yield from _of_no_option(schema, value, pointer)
        return
    kinds = types_of(schema)
    judged = value
    if schema.get("x-accepts-text") and isinstance(value, str):
        # A text without a number is no null, even where null is allowed.
        number = number_in(value, kinds[0])
        judged = value if number is None else number
    if not any(is_a(kind, judged) for kind in kinds):
        yield violation("type", f"{shown(value)} is not of type {' or '.join(kinds)}")
        return
    for keyword, of in (("enum", "allowed"), ("x-known-values", "known")):
        if keyword in schema and not among(judged, schema[keyword]):
            yield violation(keyword, f"{shown(value)} is not among the {len(schema[keyword])} {of} values")
    if isinstance(judged, (int, float)) and not isinstance(judged, bool):
        for keyword, is_beyond, words in _BOUNDS:
            if keyword in schema and is_beyond(judged, schema[keyword]):
                yield violation(keyword, f"{shown(value)} is {words} {schema[keyword]}")
        if schema.get("multipleOf") and not is_multiple(judged, schema["multipleOf"]):
            yield violation("multipleOf", f"{shown(value)} is not a multiple of {schema['multipleOf']}")
    for keyword, is_beyond, kind, words in _SIZES:
        if keyword in schema and is_a(kind, judged):
            size = len(cast(Sequence[Any], judged))
            if is_beyond(size, schema[keyword]):
                yield violation(keyword, f"{size} {words} {keyword} {schema[keyword]}")
    if isinstance(judged, str) and "pattern" in schema and not patterns.matches(schema["pattern"], judged):
        yield violation("pattern", f"{shown(value)} does not match the pattern {schema['pattern']}")
    if is_list(judged) and "items" in schema:
        for index, item in enumerate(judged):
            yield from violations(schema["items"], item, f"{pointer}/{index}")
    if is_mapping(judged):
        for name in schema.get("required", []):
            if name not in judged:
                place = f"{pointer}/{token(name)}"
                yield Violation("required", place, f"{place[1:]}: is required")
        for name, entry in schema.get("properties", {}).items():
            if name in judged:
                yield from violations(entry, judged[name], f"{pointer}/{token(name)}")


def is_accepted(schema: Mapping[str, Any], value: Any) -> bool:
    """Return whether a client sends `value`: a value that an incomplete list does not show is only warned about."""
    return all(violation.keyword == "x-known-values" for violation in violations(schema, value))


def _of_no_option(schema: Mapping[str, Any], value: Any, pointer: str) -> Iterator[Violation]:
    """The violations of the first option that has the value's type, unless another option takes the value."""
    nearest: list[Violation] = []
    for option in schema["anyOf"]:
        found = list(violations(option, value, pointer))
        if not found:
            return
        if not nearest and not any(each.keyword == "type" and each.pointer == pointer for each in found):
            nearest = found
    wrong = f"{shown(value)} is not of type {' or '.join(types_of(schema))}"
    yield from nearest or [Violation("type", pointer, f"{pointer[1:]}: {wrong}" if pointer else wrong)]


def inner_schemas(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the schemas directly inside one, each with its JSON pointer from there."""
    for index, option in enumerate(schema.get("anyOf", ())):
        yield f"/anyOf/{index}", option
    if "items" in schema:
        yield "/items", schema["items"]
    for name, entry in schema.get("properties", {}).items():
        yield f"/properties/{token(name)}", entry


def is_multiple(number: float, step: float) -> bool:
    """Return whether `number` is a multiple of `step`, both compared as the decimals they are written as.

    >>> is_multiple(0.3, 0.1), is_multiple(0.35, 0.1), is_multiple(12, 8)
    (True, False, False)
    """
    if isinstance(number, int) and isinstance(step, int):
        return not number % step
    return isfinite(number) and not exact(number) % exact(step)


def exact(number: float) -> Fraction:
    """Return a number as the decimal that it is written as."""
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))


#: A number as JSON writes it, in a text.
_INTEGER_TEXT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER_TEXT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 60


def number_in(text: str, kind: str) -> float | None:
    """Return the number that a text holds, written as in JSON; None if it holds none of this type."""
    if len(text) > _LONGEST_NUMBER:
        return None
    if _INTEGER_TEXT.fullmatch(text):
        return int(text)
    return float(text) if kind == "number" and _NUMBER_TEXT.fullmatch(text) and isfinite(float(text)) else None
