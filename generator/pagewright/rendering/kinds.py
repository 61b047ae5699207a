"""Kinds of parameters: one class for each, with the rules that it can have.

Each has a partial of the same name in `templates/_partials/kinds/`, which knows how generated code treats it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..specs.values import types_of
from .names import Ident


@dataclass(frozen=True, slots=True)
class ParameterKind:
    """Base of all kinds. `name` is the name of its partial; `nullable` tells whether null is allowed as well.

    `known_values` are those that a page shows of a list that it cuts short; `is_open` marks such a list.
    """

    name: Ident
    nullable: bool
    enum: tuple[Any, ...]
    is_open: bool
    known_values: tuple[Any, ...]
    known_total: int | None


@dataclass(frozen=True, slots=True)
class String(ParameterKind):
    min_length: int | None
    max_length: int | None
    pattern: str | None


@dataclass(frozen=True, slots=True)
class Number(ParameterKind):
    """A number. With `accepts_text`, a string that holds a number is valid too."""

    minimum: float | None
    maximum: float | None
    exclusive_minimum: float | None
    exclusive_maximum: float | None
    multiple_of: float | None
    accepts_text: bool
    has_bounds: bool
    is_bounded: bool
    """Both sides have a bound, so infinity is refused."""


@dataclass(frozen=True, slots=True)
class Integer(Number):
    """A whole number."""


@dataclass(frozen=True, slots=True)
class Boolean(ParameterKind):
    """True or false."""


@dataclass(frozen=True, slots=True)
class Array(ParameterKind):
    """A list."""


@dataclass(frozen=True, slots=True)
class Object(ParameterKind):
    """A mapping."""


@dataclass(frozen=True, slots=True)
class Union(ParameterKind):
    """One of several kinds (`anyOf`)."""

    options: tuple[ParameterKind, ...]


def kind_of(schema: Mapping[str, Any]) -> ParameterKind:
    """Return the kind of a schema, with its rules."""
    types = types_of(schema)
    base: dict[str, Any] = {
        "nullable": "null" in types,
        "enum": tuple(schema.get("enum", ())),
        "is_open": "x-known-values" in schema,
        "known_values": tuple(schema.get("x-known-values", ())),
        "known_total": schema.get("x-known-total"),
    }
    if "anyOf" in schema:
        return Union(Ident("union"), **base, options=tuple(map(kind_of, schema["anyOf"])))
    name = Ident(types[0])
    if name == "string":
        return String(
            name,
            **base,
            min_length=schema.get("minLength"),
            max_length=schema.get("maxLength"),
            pattern=schema.get("pattern"),
        )
    if name in ("integer", "number"):
        low = [keyword for keyword in ("minimum", "exclusiveMinimum") if keyword in schema]
        high = [keyword for keyword in ("maximum", "exclusiveMaximum") if keyword in schema]
        return (Integer if name == "integer" else Number)(
            name,
            **base,
            minimum=schema.get("minimum"),
            maximum=schema.get("maximum"),
            exclusive_minimum=schema.get("exclusiveMinimum"),
            exclusive_maximum=schema.get("exclusiveMaximum"),
            multiple_of=schema.get("multipleOf"),
            accepts_text=bool(schema.get("x-accepts-text")),
            has_bounds=bool(low or high),
            is_bounded=bool(low and high),
        )
    return {"boolean": Boolean, "array": Array, "object": Object}[name](name, **base)
