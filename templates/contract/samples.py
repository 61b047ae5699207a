"""A valid value for a schema, as small as possible."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor, inf, nextafter
from typing import Any

from .spec.facts import types_of
from .spec.validity import exact, is_valid

#: Longer texts, and lists with more values at any depth, are not sent: they would only show limits of size.
MOST_CHARACTERS = 100_000
MOST_VALUES = 10_000


class NoSample(Exception):
    """No value can be derived from a schema. The message says why."""


def sample(schema: Mapping[str, Any], items: int | None = None) -> Any:
    """Return a value that fits this schema, with so many `items` if given.

    Raises:
        NoSample: No value can be derived, or it would be too large to send.

    >>> sample({"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 2})
    [3, 3]
    """
    return _sized(schema, items)[0]


def is_address(schema: Mapping[str, Any]) -> bool:
    """Return whether a string must be the URL of a file, or the file itself."""
    return not schema.keys().isdisjoint(("format", "x-accepts"))


def _sized(schema: Mapping[str, Any], items: int | None = None) -> tuple[Any, int]:
    """Return a value and the number of values or characters in it, before anything that large is built."""
    if "anyOf" in schema:
        return _of_any(schema)
    for value in (*schema.get("enum", ()), *schema.get("x-known-values", ())):
        if value is not None and items is None and is_valid(schema, value):
            return value, 1
    kind = types_of(schema)[0]
    if kind == "array":
        many = max(schema.get("minItems", 0), min(1, schema.get("maxItems", 1))) if items is None else items
        if not many:
            return [], 1
        one, size = _sized(schema.get("items", {"type": "string"}))
        if many * size > MOST_VALUES:
            raise NoSample(f"lists of more than {MOST_VALUES} values are not sent")
        return [one] * many, many * size + 1
    if kind == "object":
        entries: Mapping[str, Any] = schema.get("properties", {})
        parts = {name: _sized(entries.get(name, {"type": "string"})) for name in schema.get("required", ())}
        return {name: value for name, (value, _) in parts.items()}, 1 + sum(size for _, size in parts.values())
    if kind == "string":
        return _text(schema)
    value = True if kind == "boolean" else _number(schema, kind)
    if not is_valid(schema, value):
        value = schema.get("default")
    if value is not None and is_valid(schema, value):
        return value, 1
    raise NoSample("no valid value can be derived")


def _of_any(schema: Mapping[str, Any]) -> tuple[Any, int]:
    why = NoSample("there are no options")
    for option in schema["anyOf"]:
        try:
            return _sized(option)
        except NoSample as failed:
            why = failed
    raise why


def _text(schema: Mapping[str, Any]) -> tuple[str, int]:
    default = schema.get("default")
    if is_address(schema) or "pattern" in schema:
        # A URL must lead to a file, and no page names one that always exists. Nor can a string be made from a pattern.
        if isinstance(default, str) and is_valid(schema, default):
            return default, max(1, len(default) // 10)
        what = "file that always exists" if is_address(schema) else f"text that matches {schema['pattern']}"
        raise NoSample(f"the spec names no {what}")
    length = max(min(1, schema.get("maxLength", 1)), schema.get("minLength", 0))
    if length > MOST_CHARACTERS:
        raise NoSample(f"texts of more than {MOST_CHARACTERS} characters are not sent")
    return "x" * length, max(1, length // 10)


def _number(schema: Mapping[str, Any], kind: str) -> Any:
    """Return the valid number that is nearest to the lower bound, else to the upper bound, else to 0."""
    bounds = [schema[rule] for rule in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum") if rule in schema]
    step = exact(schema.get("multipleOf", 1))
    grid = kind == "integer" or "multipleOf" in schema
    for bound in (*bounds, 0):
        at = exact(bound)
        near = [
            whole * step for whole in (ceil(at / step), ceil(at / step) + 1, floor(at / step), floor(at / step) - 1)
        ]
        if not grid:
            near += [at, *(exact(nextafter(float(at), way)) for way in (inf, -inf) if abs(at) < Fraction(10) ** 300)]
        for number in near:
            value = int(number) if number.denominator == 1 else float(number)
            if is_valid(schema, value):
                return value
    return None
