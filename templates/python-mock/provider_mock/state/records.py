"""Records that are read from a store. Its file may be damaged, so that valid JSON may hold values of another type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import isfinite
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

R = TypeVar("R", bound=tuple[Any, ...])


def checked(record: R) -> R:
    """Return a named tuple whose values have the types of its fields. Raises ValueError for any other.

    >>> from typing import NamedTuple
    >>> class Point(NamedTuple):
    ...     x: float
    ...     name: str | None = None
    >>> checked(Point(2)), checked(Point(0.5, "a"))
    (Point(x=2, name=None), Point(x=0.5, name='a'))
    >>> checked(Point("2"))
    Traceback (most recent call last):
    ValueError: x is a str
    """
    for value, (name, types) in zip(record, _fields(type(record)), strict=True):
        if type(value) not in types or (type(value) is float and not isfinite(value)):
            raise ValueError(f"{name} is a {type(value).__name__}")
    return record


@cache
def _fields(record: type[Any]) -> tuple[tuple[str, frozenset[type]], ...]:
    """Return the fields of a named tuple with the types of their values."""
    hints = get_type_hints(record)
    return tuple((name, frozenset(_types(hints[name]))) for name in record._fields)


def _types(hint: Any) -> set[type]:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return {found for part in get_args(hint) for found in _types(part)}
    if origin is Literal:
        return {type(value) for value in get_args(hint)}
    if origin is Mapping:
        return {dict}
    return {int, float} if hint is float else {hint}
