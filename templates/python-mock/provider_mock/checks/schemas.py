"""Check a JSON body against the platform's schema: types, missing parts and unknown parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ..platform.bodies import bodies_of, kinds
from ..spec.answers import tokens
from ..spec.facts import Basis
from ..spec.origins import origin_of
from .findings import ProxyFinding, departs, pointer

_NAMES: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def kind_of(value: object) -> str:
    """Return the JSON type of a value.

    >>> kind_of(True), kind_of(1), kind_of(None)
    ('boolean', 'integer', 'null')
    """
    return _NAMES[type(value)]


def check_schema(
    schema: Mapping[str, Any], value: object, place: str = "", basis: Basis = "page", partial: bool = False
) -> Iterator[ProxyFinding]:
    """Yield the differences of `value`, at the JSON pointer `place`, from `schema`.

    `basis` is that of the enclosing part, for parts that do not name their own. With `partial`, no key is required.
    """
    basis = schema.get("x-basis", basis)
    schema = _alternative(schema, value)
    wanted = kinds(schema)
    if not _fits(wanted, value):
        yield departs("wrong-type", place or "body", " or ".join(wanted), kind_of(value), basis)
    elif isinstance(value, dict):
        yield from _check_object(schema, cast("dict[str, Any]", value), place, basis, partial)
    elif isinstance(value, list):
        count = len(cast("Sequence[Any]", value))
        if not schema.get("minItems", 0) <= count <= schema.get("maxItems", count):
            bounds = f"{schema.get('minItems', 0)} to {schema.get('maxItems', 'any')} items"
            yield departs("wrong-length", place or "body", bounds, count, basis)
        for number, item in enumerate(cast("Sequence[Any]", value)):
            yield from check_schema(schema.get("items", {}), item, f"{place}/{number}", basis, partial)
    elif schema.get("format") == "uri" and isinstance(value, str) and origin_of(value) is None:
        yield departs("relative-url", place, "an absolute URL", value, basis)


def _check_object(
    schema: Mapping[str, Any], value: Mapping[str, Any], place: str, basis: Basis, partial: bool
) -> Iterator[ProxyFinding]:
    parts: Mapping[str, Mapping[str, Any]] | None = schema.get("properties")
    if parts is None:
        return
    for name, part in parts.items():
        inside = place + pointer(name)
        if name in value:
            yield from check_schema(part, value[name], inside, basis, partial)
        elif not partial and name in schema.get("required", ()):
            expected = " or ".join(kinds(part)) or "a value"
            yield departs("missing-field", inside, expected, "nothing", part.get("x-basis", basis))
    for name in value:
        if name not in parts:
            yield departs("additional-field", place + pointer(name), "no such key", kind_of(value[name]), "inferred")


def basis_at(name: str, at: str, medium: str = "image") -> Basis:
    """Return the basis of the part of the body `name` at a JSON pointer."""
    schema: Mapping[str, Any] = bodies_of(medium).get(name, {})
    basis: Basis = schema.get("x-basis", "page")
    for token in tokens(at):
        schema = (
            schema["items"] if "items" in schema and token.isdigit() else schema.get("properties", {}).get(token, {})
        )
        basis = schema.get("x-basis", basis)
    return basis


def _alternative(schema: Mapping[str, Any], value: object) -> Mapping[str, Any]:
    """Return the alternative of a schema that `value` is meant for, or the schema itself if there is none."""
    for part in schema.get("anyOf", ()):
        if _fits(kinds(part), value):
            return cast("Mapping[str, Any]", part)
    return schema


def _fits(wanted: tuple[str, ...], value: object) -> bool:
    kind = kind_of(value)
    return not wanted or kind in wanted or (kind == "integer" and "number" in wanted)
