"""JSON bodies of answers, built from the platform's schemas with each value at the JSON pointer of its role.

An optional part that names its own basis has been observed in real answers, so the mock sends it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

from ..spec.answers import made, tokens
from ..spec.platform import PLATFORM
from ..spec.service import Acceptor


def _full(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema with every part required that names its own basis."""
    full = dict(schema)
    if "items" in schema:
        full["items"] = _full(schema["items"])
    if "properties" in schema:
        parts = full["properties"] = {name: _full(part) for name, part in schema["properties"].items()}
        required = schema.get("required", ())
        full["required"] = [name for name, part in parts.items() if name in required or "x-basis" in part]
    return full


@lru_cache(maxsize=16)
def bodies_of(medium: str) -> dict[str, dict[str, Any]]:
    """Return the bodies for a medium, as the mock builds and checks them."""
    return {name: _full(schema) for name, schema in PLATFORM.media[medium].bodies.items()}


#: Those for images, which are also the bodies of errors and of jobs that are not done.
BODIES = bodies_of("image")


def body(name: str, medium: str = "image", **facts: Any) -> dict[str, Any]:
    """Return the platform's body `name` with `facts`, which are named by their roles.

    Facts for which the platform has no role, or this body no place, are left out.
    """
    return _filled(_shape(name, medium, _pointers(medium, tuple(facts))), tuple(facts.values()))


def job_body(name: str, acceptor: Acceptor, medium: str = "image", **facts: Any) -> dict[str, Any]:
    """Return the body `name` about a job, with the state that `acceptor` knows it by."""
    pointers = (*_pointers(medium, tuple(facts)), acceptor.path)
    return _filled(_shape(name, medium, pointers), (*facts.values(), acceptor.value))


def file_body(medium: str = "image", **facts: Any) -> dict[str, Any]:
    """Return what a result says of one file."""
    return _filled(_shape("", medium, _pointers(medium, tuple(facts))), tuple(facts.values()))


class _Slot(NamedTuple):
    """Placeholder in a shape for the value with this number."""

    number: int


@lru_cache(maxsize=256)
def _pointers(medium: str, roles: tuple[str, ...]) -> tuple[str | None, ...]:
    return tuple(map(PLATFORM.media[medium].roles.get, roles))


@lru_cache(maxsize=256)
def _shape(name: str, medium: str, pointers: tuple[str | None, ...]) -> dict[str, Any]:
    """Return the body `name` with a slot for the value at each pointer; without a name, what a result says of a file.

    Cached, because a mock answers with the same few bodies again and again.
    """
    places = {pointer: _Slot(number) for number, pointer in enumerate(pointers) if pointer is not None}
    return made(bodies_of(medium)[name] if name else _file_schema(medium), places)


def _file_schema(medium: str) -> Mapping[str, Any]:
    files = part_at(medium, "result", "files") or {}
    schema: Mapping[str, Any] = files.get("items", files)
    return schema


def part_at(medium: str, name: str, role: str) -> Mapping[str, Any] | None:
    """Return the schema of what is in the body `name` under a role; None if there is nothing."""
    return schema_at(bodies_of(medium).get(name), PLATFORM.media[medium].roles.get(role))


def _filled(shape: dict[str, Any], facts: tuple[Any, ...]) -> dict[str, Any]:
    return {
        name: (
            facts[part.number]
            if type(part) is _Slot
            else _filled(cast("dict[str, Any]", part), facts) if isinstance(part, dict) else part
        )
        for name, part in shape.items()
    }


def schema_at(schema: Mapping[str, Any] | None, pointer: str | None) -> Mapping[str, Any] | None:
    """Return the part of a schema that describes what is at a JSON pointer; None if it knows nothing there."""
    if pointer is None:
        return None
    for token in tokens(pointer):
        if schema is None:
            return None
        schema = schema["items"] if "items" in schema and token.isdigit() else schema.get("properties", {}).get(token)
    return schema


def kinds(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a schema admits, none if it admits all.

    >>> kinds({"anyOf": [{"type": "string"}, {"type": ["array", "null"]}]})
    ('string', 'array', 'null')
    """
    if "anyOf" in schema:
        return tuple(dict.fromkeys(kind for part in schema["anyOf"] for kind in kinds(part)))
    found: str | Sequence[str] = schema.get("type", ())
    return (found,) if isinstance(found, str) else tuple(found)


def one_or_list(name: str, role: str, values: list[Any], medium: str = "image") -> Any:
    """Return a single value alone or as a list, whichever the body `name` has in this role.

    Where it has a single value only, the others are left out.
    """
    admitted = kinds(part_at(medium, name, role) or {})
    is_list = "array" in admitted if len(values) != 1 else admitted == ("array",)
    return values if is_list or not admitted else values[0]
