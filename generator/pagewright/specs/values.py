"""JSON values: their types, and when two are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard


def is_list(value: Any) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """`isinstance` in the words of the type checkers, which else lose the `Any` inside."""
    return isinstance(value, (list, tuple))


def is_mapping(value: Any) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, (dict, Mapping))  # asking for a dict first is quicker by half


def shown(value: Any, length: int = 60) -> str:
    """Return a value as a message shows it: its `repr`, cut if it is long."""
    return cut(repr(value), length)


def cut(text: str, length: int = 60) -> str:
    """Return `text`, with an ellipsis in place of what is beyond `length`."""
    return text if len(text) <= length else f"{text[:length]}…"


def is_a(kind: str, value: Any) -> bool:
    """Return whether `value` has the JSON type `kind`. A boolean is not a number, and 25.0 is not an integer."""
    if isinstance(value, bool):
        return kind == "boolean"
    types: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "array": (list,),
        "object": (dict,),
        "null": (type(None),),
    }
    return isinstance(value, types.get(kind, ()))


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal as JSON: 1 equals 1.0, but True is not 1, at any depth.

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
    """Return whether `value` equals one of `values` as JSON."""
    return any(same(value, other) for other in values)


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a schema allows.

    >>> types_of({"type": ["string", "null"]}), types_of({"anyOf": [{"type": "string"}, {"type": "array"}]})
    (('string', 'null'), ('string', 'array'))
    """
    if "anyOf" in schema:
        return tuple(dict.fromkeys(kind for option in schema["anyOf"] for kind in types_of(option)))
    kinds = schema["type"]
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)
