"""Schemas that contradict themselves: bounds that exclude each other or their own list, keywords without a meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .values import among, misfits, shown

_PAIRS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
_LISTS = ("enum", "x-known-values")
#: The types for which a keyword means something; JSON Schema ignores it for the others.
_MEANT_FOR: dict[str, tuple[str, ...]] = {
    "minimum": ("integer", "number"),
    "maximum": ("integer", "number"),
    "multipleOf": ("integer", "number"),
    "minLength": ("string",),
    "maxLength": ("string",),
    "format": ("string",),
    "x-accepts": ("string",),
    "items": ("array",),
    "minItems": ("array",),
    "maxItems": ("array",),
    "properties": ("object",),
    "required": ("object",),
}


def contradictions(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each contradiction of one schema (not of those inside it), as its place in the schema and what to do."""
    kind = schema["type"]
    for keyword, kinds in _MEANT_FOR.items():
        if keyword in schema and kind not in kinds:
            yield keyword, f"{keyword} means nothing for the type {kind}. Drop it."
    if "x-accepts" in schema and "format" not in schema:
        yield "x-accepts", "x-accepts means nothing without a format. Add format: uri or base64."
    for low, high in _PAIRS:
        if low in schema and high in schema and schema[low] > schema[high]:
            yield low, f"{low} {schema[low]} is above {high} {schema[high]}. Swap or fix them."
    yield from _step(schema)
    for keyword in _LISTS:
        if keyword in schema:
            yield from _list(schema, keyword)
    total, known = schema.get("x-known-total"), len(schema.get("x-known-values", ()))
    if total is not None and total < known:
        yield "x-known-total", f"{known} values are known, more than all {total}. Fix the total."


def _step(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    step, low, high = schema.get("multipleOf"), schema.get("minimum"), schema.get("maximum")
    if step and low is not None and high is not None and low <= high and high // step * step < low:
        yield "multipleOf", f"no multiple of {step} is between {low} and {high}. Fix the step."


def _list(schema: Mapping[str, Any], keyword: str) -> Iterator[tuple[str, str]]:
    bare = {key: bound for key, bound in schema.items() if key not in _LISTS}
    values = schema[keyword]
    scalars: set[tuple[bool, Any]] = set()
    for index, value in enumerate(values):
        for _, wrong in misfits(bare, value):
            yield f"{keyword}/{index}", f"value {wrong}. Fix the list or the bound."
        if isinstance(value, (list, dict)):
            twice = among(value, values[:index])
        else:
            twice = (isinstance(value, bool), value) in scalars
            scalars.add((isinstance(value, bool), value))
        if twice:
            yield f"{keyword}/{index}", f"{shown(value)} stands in the list twice. Drop one."
