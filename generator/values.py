"""Does a value fit a parameter's schema? The rules behind lint, in the words of a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


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


def misfits(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[str, str]]:
    """Each rule that `value` breaks, as its name and what is wrong: `wrong-type`, `outside-enum`, `not-shown`,
    `outside-range` or `off-step`."""
    kind = schema["type"]
    if not is_a(kind, value):
        yield "wrong-type", f"{value!r} is not of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield "outside-enum", f"{value!r} is not among the {len(schema['enum'])} allowed values"
    if "x-known-values" in schema and value not in schema["x-known-values"]:
        yield "not-shown", f"{value!r} is not among the {len(schema['x-known-values'])} known values"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            yield "outside-range", f"{value!r} is below minimum {schema['minimum']}"
        if "maximum" in schema and value > schema["maximum"]:
            yield "outside-range", f"{value!r} is above maximum {schema['maximum']}"
        if schema.get("multipleOf") and value % schema["multipleOf"]:
            yield "off-step", f"{value!r} is not a multiple of {schema['multipleOf']}"
    if isinstance(value, str):
        if "minLength" in schema and len(value) < schema["minLength"]:
            yield "outside-range", f"{len(value)} characters are below minLength {schema['minLength']}"
        if "maxLength" in schema and len(value) > schema["maxLength"]:
            yield "outside-range", f"{len(value)} characters are above maxLength {schema['maxLength']}"
