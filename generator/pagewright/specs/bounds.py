"""Find schemas that contradict themselves: bounds that exclude each other or their own list, keywords without effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import ceil, floor, inf, nextafter
from typing import Any

from . import patterns
from .values import among, shown, types_of
from .violations import exact, violations

_LENGTHS = (("minLength", "maxLength"), ("minItems", "maxItems"))
_RANGES = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "maximum"),
    ("minimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
)
_OF_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
#: As short as `http://a`.
_SHORTEST_URL = 8
_LISTS = ("enum", "x-known-values")
_NUMBERS = ("integer", "number")
#: The types for which a keyword means something; JSON Schema ignores it for the others.
_MEANT_FOR: dict[str, tuple[str, ...]] = {
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
    "exclusiveMinimum": _NUMBERS,
    "exclusiveMaximum": _NUMBERS,
    "multipleOf": _NUMBERS,
    "x-accepts-text": _NUMBERS,
    "minLength": ("string",),
    "maxLength": ("string",),
    "pattern": ("string",),
    "format": ("string",),
    "x-accepts": ("string",),
    "items": ("array",),
    "minItems": ("array",),
    "maxItems": ("array",),
    "properties": ("object",),
    "required": ("object",),
}


def contradictions(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each contradiction of one schema (not of those inside it), as its place in the schema and what to do."""
    if "anyOf" in schema:
        yield from _options(schema)
        return
    kind = types_of(schema)[0]
    for keyword, kinds in _MEANT_FOR.items():
        if keyword in schema and kind not in kinds:
            yield keyword, f"{keyword} means nothing for the type {kind}. Drop it."
    if "x-accepts" in schema and "format" not in schema:
        yield "x-accepts", "x-accepts means nothing without a format. Add format: uri or base64."
    for low, high in _LENGTHS:
        if low in schema and high in schema and schema[low] > schema[high]:
            yield low, f"{low} {schema[low]} is above {high} {schema[high]}. Swap or fix them."
    for low, high in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if low in schema and high in schema:
            yield high, f"{low} and {high} state the same bound twice. Drop one."
    yield from _texts(schema)
    empty = [(low, high) for low, high in _RANGES if low in schema and high in schema and _excludes(schema, low, high)]
    for low, high in empty:
        yield low, f"{low} {schema[low]} is {_not_below(low, high)} {high} {schema[high]}. Swap or fix them."
    if not empty:
        yield from _step(schema, kind)
    for keyword in _LISTS:
        if keyword in schema:
            yield from _list(schema, keyword)
    total, known = schema.get("x-known-total"), len(schema.get("x-known-values", ()))
    if total is not None and total < known:
        yield "x-known-total", f"{known} values are known, more than all {total}. Fix the total."


def _options(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for index, option in enumerate(schema["anyOf"]):
        if again := seen & set(types_of(option)):
            message = f"another option has the type {' or '.join(sorted(again))} already. Make one of the two."
            yield f"anyOf/{index}", message
        seen |= set(types_of(option))


def _excludes(schema: Mapping[str, Any], low: str, high: str) -> bool:
    return schema[low] > schema[high] or (_not_below(low, high) != "above" and schema[low] == schema[high])


def _not_below(low: str, high: str) -> str:
    return "above" if (low, high) == ("minimum", "maximum") else "not below"


def _step(schema: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    """Report a range that holds no multiple of the step, or no integer."""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    step = schema.get("multipleOf")
    if kind == "integer" and isinstance(step, float):
        yield "multipleOf", f"multipleOf {step} of an integer is not an integer. Write it as one."
        return
    if low is None or high is None or kind not in _NUMBERS:
        return
    if not step and kind == "number":
        yield from _gap(schema, low, high)
        return
    unit = exact(step or 1)
    first, last = ceil(exact(low) / unit), floor(exact(high) / unit)
    first += "minimum" not in schema and first * unit == exact(low)
    last -= "maximum" not in schema and last * unit == exact(high)
    if first > last:
        what = f"multiple of {step}" if step else "integer"
        keyword = "multipleOf" if step else next(each for each in ("minimum", "exclusiveMinimum") if each in schema)
        yield keyword, f"no {what} is between {low} and {high}. Fix the {'step' if step else 'range'}."


def _gap(schema: Mapping[str, Any], low: float, high: float) -> Iterator[tuple[str, str]]:
    """Report a range between two numbers that have no number between them, as floating point or as an integer."""
    bounds = {keyword: schema[keyword] for keyword in _OF_NUMBERS if keyword in schema}
    whole = [floor(low) + 1, ceil(high) - 1]
    try:
        beside = [low, high, nextafter(float(low), inf), nextafter(float(high), -inf)]
    except OverflowError:
        beside = [low, high]
    if not any(not list(violations({"type": "number"} | bounds, number)) for number in (*beside, *whole)):
        keyword = "exclusiveMinimum" if "exclusiveMinimum" in schema else "exclusiveMaximum"
        yield keyword, f"no number is between {low} and {high}. Fix the range."


def _texts(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Report lengths that no text can have which matches the pattern or is a URL."""
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if most is not None and least > most:
        return
    if "pattern" in schema:
        with suppress(patterns.BadPattern):
            if not patterns.allows_length(schema["pattern"], least, most):
                lengths = f"at least {least}" if most is None else str(most) if least == most else f"{least} to {most}"
                what = f"no text of {lengths} characters" if "minLength" in schema or most is not None else "no text"
                yield "pattern", f"{what} matches the pattern {shown(schema['pattern'])}. Fix the pattern or the lengths."
    ways = schema.get("x-accepts", ("url",) if schema.get("format") == "uri" else ())
    if most is not None and most < _SHORTEST_URL and tuple(ways) == ("url",) and "enum" not in schema:
        yield "maxLength", f"maxLength {most} is shorter than any URL. Fix the length or drop the format."


def _list(schema: Mapping[str, Any], keyword: str) -> Iterator[tuple[str, str]]:
    bare = {key: bound for key, bound in schema.items() if key not in (*_LISTS, "x-accepts-text")}
    values = schema[keyword]
    scalars: set[tuple[bool, Any]] = set()
    for index, value in enumerate(values):
        for violation in violations(bare, value):
            yield f"{keyword}/{index}", f"value {violation.wrong}. Fix the list or the bound."
        if isinstance(value, (list, dict)):
            twice = among(value, values[:index])
        else:
            twice = (isinstance(value, bool), value) in scalars
            scalars.add((isinstance(value, bool), value))
        if twice:
            yield f"{keyword}/{index}", f"{shown(value)} stands in the list twice. Drop one."
