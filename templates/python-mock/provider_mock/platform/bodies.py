"""JSON bodies of answers, built from the platform's schemas with each value at the JSON pointer of its role.

An optional part that names its own basis has been observed in real answers, so the mock sends it too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

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


#: JSON as the service writes it: compact, and all ASCII.
encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def body(name: str, medium: str = "image", **facts: Any) -> dict[str, Any]:
    """Return the platform's body `name` with `facts`, which are named by their roles.

    Facts for which the platform has no role, or this body no place, are left out.
    """
    return _with(bodies_of(medium)[name], _pointers(medium, tuple(facts)), facts.values())


def file_body(medium: str = "image", **facts: Any) -> dict[str, Any]:
    """Return what a result says of one file."""
    return _with(_file_schema(medium), _pointers(medium, tuple(facts)), facts.values())


def job_body(name: str, acceptor: Acceptor, medium: str = "image", **facts: Any) -> bytes:
    """Return the body `name` about a job as JSON, with the state that `acceptor` knows it by."""
    form = _form(name, medium, (*_pointers(medium, tuple(facts)), acceptor.path))
    return form.filled((*facts.values(), acceptor.value))


def _with(schema: Mapping[str, Any], pointers: Iterable[str | None], values: Iterable[Any]) -> dict[str, Any]:
    places = {pointer: value for pointer, value in zip(pointers, values, strict=True) if pointer is not None}
    return made(schema, places)


@lru_cache(maxsize=256)
def _pointers(medium: str, roles: tuple[str, ...]) -> tuple[str | None, ...]:
    return tuple(map(PLATFORM.media[medium].roles.get, roles))


class _Form(NamedTuple):
    """A body with `%s` for each value that is to be filled in, and the numbers of these values."""

    text: str
    numbers: tuple[int, ...]

    def filled(self, values: Sequence[Any]) -> bytes:
        """Return the body with the values of these numbers."""
        return (self.text % tuple([encode(values[number]) for number in self.numbers])).encode("ascii")


@lru_cache(maxsize=256)
def _form(name: str, medium: str, pointers: tuple[str | None, ...]) -> _Form:
    """Return the body `name` with a place for the value at each pointer.

    Cached, because a mock answers with the same few bodies again and again.
    """
    schema, mark = bodies_of(medium)[name], "\0"
    while encode(mark)[1:-1] in encode(_with(schema, pointers, [""] * len(pointers))):
        mark += "\0"
    whole = encode(_with(schema, pointers, [f"{mark}{number}" for number in range(len(pointers))]))
    parts = re.split(f'"{re.escape(encode(mark)[1:-1])}([0-9]+)"', whole)
    return _Form("%s".join(part.replace("%", "%%") for part in parts[::2]), tuple(map(int, parts[1::2])))


def _file_schema(medium: str) -> Mapping[str, Any]:
    files = part_at(medium, "result", "files") or {}
    schema: Mapping[str, Any] = files.get("items", files)
    return schema


def part_at(medium: str, name: str, role: str) -> Mapping[str, Any] | None:
    """Return the schema of what is in the body `name` under a role; None if there is nothing."""
    return schema_at(bodies_of(medium).get(name), PLATFORM.media[medium].roles.get(role))


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
