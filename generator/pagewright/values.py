"""Does a value fit a parameter's schema? The rules behind lint, in the words of a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard, cast

_SIZES = (("string", "characters", "minLength", "maxLength"), ("array", "items", "minItems", "maxItems"))


def is_list(value: Any) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """`isinstance` in the words of the type checkers, which else lose the `Any` inside."""
    return isinstance(value, (list, tuple))


def is_mapping(value: Any) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, (dict, Mapping))  # asking for a dict first is quicker by half


def shown(value: Any, length: int = 60) -> str:
    """A value in a message: as it stands, cut where it is long."""
    text = repr(value)
    return text if len(text) <= length else f"{text[:length]}…"


def is_a(kind: str, value: Any) -> bool:
    """Whether `value` has the JSON type `kind`; no boolean is a number, and 25.0 is no integer."""
    if isinstance(value, bool):
        return kind == "boolean"
    types: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "array": (list,),
        "object": (dict,),
    }
    return isinstance(value, types.get(kind, ()))


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: 1 is 1.0, but True is not 1, however deep.

    >>> same([1, {"a": 2}], [1.0, {"a": 2}]), same([1], [True])
    (True, False)
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if is_mapping(one) and is_mapping(other):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if is_list(one) and is_list(other):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def among(value: Any, values: Sequence[Any]) -> bool:
    """Whether `value` is one of `values`, as JSON compares them."""
    return any(same(value, other) for other in values)


def misfits(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[str, str]]:
    """Each rule that `value` breaks, as its name and what is wrong: `wrong-type`, `outside-enum`, `not-shown`,
    `outside-range` or `off-step`."""
    kind = schema["type"]
    if not is_a(kind, value):
        yield "wrong-type", f"{shown(value)} is not of type {kind}"
        return
    if "enum" in schema and not among(value, schema["enum"]):
        yield "outside-enum", f"{shown(value)} is not among the {len(schema['enum'])} allowed values"
    if "x-known-values" in schema and not among(value, schema["x-known-values"]):
        yield "not-shown", f"{shown(value)} is not among the {len(schema['x-known-values'])} known values"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            yield "outside-range", f"{shown(value)} is below minimum {schema['minimum']}"
        if "maximum" in schema and value > schema["maximum"]:
            yield "outside-range", f"{shown(value)} is above maximum {schema['maximum']}"
        if schema.get("multipleOf") and value % schema["multipleOf"]:
            yield "off-step", f"{shown(value)} is not a multiple of {schema['multipleOf']}"
    for name, unit, least, most in _SIZES:
        if kind == name:
            size = len(cast(Sequence[Any], value))
            if least in schema and size < schema[least]:
                yield "outside-range", f"{size} {unit} are below {least} {schema[least]}"
            if most in schema and size > schema[most]:
                yield "outside-range", f"{size} {unit} are above {most} {schema[most]}"
    if is_list(value):
        for index, item in enumerate(value):
            yield from _within(f"item {index}", schema.get("items"), item)
    if is_mapping(value):
        for name in schema.get("required", []):
            if name not in value:
                yield "wrong-type", f"{name!r} is required in it"
        for name, entry in schema.get("properties", {}).items():
            if name in value:
                yield from _within(name, entry, value[name])


def _within(place: str, schema: Mapping[str, Any] | None, value: Any) -> Iterator[tuple[str, str]]:
    for rule, wrong in misfits(schema, value) if schema else ():
        yield rule, f"{place}: {wrong}"
