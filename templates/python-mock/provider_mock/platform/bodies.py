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

_ROLES = PLATFORM.roles


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


#: The platform's bodies, as the mock builds and checks them.
BODIES = {name: _full(schema) for name, schema in PLATFORM.bodies.items()}


def body(name: str, **facts: Any) -> dict[str, Any]:
    """Return the platform's body `name` with `facts`, which are named by their roles.

    Facts for which the platform has no role, or this body no place, are left out.
    """
    return _filled(_shape(name, _pointers(tuple(facts))), tuple(facts.values()))


def job_body(name: str, acceptor: Acceptor, **facts: Any) -> dict[str, Any]:
    """Return the body `name` about a job, with the state that `acceptor` knows it by."""
    pointers = (*_pointers(tuple(facts)), acceptor.path)
    return _filled(_shape(name, pointers), (*facts.values(), acceptor.value))


def file_body(**facts: Any) -> dict[str, Any]:
    """Return one item of the list of files in a result."""
    return _filled(_shape("", _pointers(tuple(facts))), tuple(facts.values()))


class _Slot(NamedTuple):
    """Placeholder in a shape for the value with this number."""

    number: int


@lru_cache(maxsize=256)
def _pointers(roles: tuple[str, ...]) -> tuple[str | None, ...]:
    return tuple(map(_ROLES.get, roles))


@lru_cache(maxsize=256)
def _shape(name: str, pointers: tuple[str | None, ...]) -> dict[str, Any]:
    """Return the body `name` with a slot for the value at each pointer; without a name, one item of a result's files.

    Cached, because a mock answers with the same few bodies again and again.
    """
    places = {pointer: _Slot(number) for number, pointer in enumerate(pointers) if pointer is not None}
    return made(BODIES[name] if name else _FILE, places)


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


def one_or_list(name: str, role: str, values: list[Any]) -> Any:
    """Return a single value alone or as a list, whichever the body `name` has in this role."""
    schema = schema_at(BODIES.get(name), _ROLES.get(role)) or {}
    alone = len(values) == 1 and kinds(schema) != ("array",)
    return values[0] if alone else values


_FILES = schema_at(BODIES.get("result"), _ROLES.get("files")) or {}
_FILE: Mapping[str, Any] = _FILES.get("items", {})
