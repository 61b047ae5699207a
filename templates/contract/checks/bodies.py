"""Check JSON responses against the schemas in the spec."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ..findings import printable
from ..service.http import Response
from ..spec.answers import find, tokens
from ..spec.contract import Platform
from ..spec.facts import MISSING, Source
from ..spec.origins import origin_of

if TYPE_CHECKING:
    from ..service.checker import Checker

_WORDS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


class Mismatch(NamedTuple):
    """A place where a value does not fit its schema. `at` is the pointer of the keyword in the schema."""

    code: str
    pointer: str
    expected: str
    value: Any
    at: str
    basis: str


def read_object(checker: Checker, response: Response, where: str, body: str) -> dict[str, Any]:
    """Return the JSON object in a response, checked against the schema of `body`. Raises CaseStopped."""
    source = checker.platform.source(f"/bodies/{body}", body_basis(checker.platform, body))
    content = response.json_object
    if content is None:
        raise checker.stop("no-object", f"{where}, body", "a JSON object", response.summary(), source)
    if response.declared != "application/json":
        got = response.declared or "none"
        checker.report("wrong-content-type", f"{where}, content-type", "application/json", got, source)
    for mismatch in mismatches(checker.platform.bodies.get(body, {}), content):
        source = checker.platform.source(f"/bodies/{body}{mismatch.at}", mismatch.basis)
        got = printable(mismatch.value) if isinstance(mismatch.value, str) else mismatch.value
        got = "nothing" if mismatch.value is MISSING else got
        checker.report(mismatch.code, f"{where}, {mismatch.pointer}", mismatch.expected, got, source)
    return content


def body_basis(platform: Platform, body: str) -> str:
    """Return the basis of a whole body."""
    return str(platform.bodies.get(body, {}).get("x-basis", "page"))


def part_source(platform: Platform, body: str, role: str) -> Source:
    """Return the source of the expectation about a role of a body."""
    schema = platform.bodies.get(body, {})
    basis, at = str(schema.get("x-basis", "page")), f"/bodies/{body}"
    for token in tokens(platform.roles.get(role, "")):
        inner = schema.get("properties", {}).get(token)
        at += f"/properties/{token}" if inner is not None else "/items"
        schema = schema.get("items", {}) if inner is None else inner
        basis = schema.get("x-basis", basis)
    return platform.source(at, basis)


def types_of(platform: Platform, body: str, role: str) -> frozenset[str]:
    """Return the JSON types of the value with a role in a body; empty if the body has none."""
    schema: Mapping[str, Any] | None = platform.bodies.get(body)
    pointer = platform.roles.get(role)
    if pointer is None or schema is None:
        return frozenset()
    for token in tokens(pointer):
        schema = schema.get("properties", {}).get(token, schema.get("items"))
        if schema is None:
            return frozenset()
    return frozenset(_types(schema))


def listed(platform: Platform, body: str, role: str, content: object) -> tuple[Sequence[Any], str]:
    """Return the values in a role of a response as a list, and the pointer to them."""
    pointer = platform.roles[role]
    found = find(content, pointer)
    return (cast("Sequence[Any]", found) if isinstance(found, list) else [found]), pointer


def is_list(platform: Platform, body: str, role: str, count: int) -> bool:
    """Return whether `count` files are expected as a list. If both are allowed, a single file is not in a list."""
    types = types_of(platform, body, role)
    return "array" in types and (count > 1 or "string" not in types)


def mismatches(
    schema: Mapping[str, Any], value: Any, pointer: str = "", at: str = "", basis: str = "page"
) -> Iterator[Mismatch]:
    """Yield each place where `value` does not fit `schema`. An unknown name is a mismatch with the basis `inferred`.

    >>> [at.pointer for at in mismatches({"type": "object", "required": ["a"], "properties": {"a": {}}}, {"b": 1})]
    ['/a', '/b']
    """
    basis = schema.get("x-basis", basis)
    if "anyOf" in schema:
        yield from _best_option(schema["anyOf"], value, pointer, f"{at}/anyOf", basis)
        return
    types = _types(schema)
    if not any(_is_a(name, value) for name in types):
        expected = " or ".join(_WORDS[name] for name in types)
        yield Mismatch("wrong-type", pointer or "body", expected, value, f"{at}/type", basis)
    elif "const" in schema and value != schema["const"]:
        yield Mismatch("other-value", pointer, printable(schema["const"]), value, f"{at}/const", basis)
    elif "enum" in schema and value not in schema["enum"]:
        yield Mismatch("other-value", pointer, printable(schema["enum"]), value, f"{at}/enum", basis)
    elif schema.get("format") == "uri" and origin_of(value) is None:
        yield Mismatch("relative-url", pointer, "an absolute URL", value, f"{at}/format", basis)
    elif isinstance(value, dict):
        yield from _object_mismatches(schema, cast("dict[str, Any]", value), pointer, at, basis)
    elif isinstance(value, list):
        count = len(cast("Sequence[Any]", value))
        for keyword, is_wrong in (
            ("minItems", count < schema.get("minItems", 0)),
            ("maxItems", count > schema.get("maxItems", count)),
        ):
            if is_wrong:
                expected = f"{'at least' if keyword == 'minItems' else 'at most'} {schema[keyword]} items"
                yield Mismatch("wrong-length", pointer, expected, count, f"{at}/{keyword}", basis)
        for number, item in enumerate(cast("Sequence[Any]", value)):
            yield from mismatches(schema.get("items", {}), item, f"{pointer}/{number}", f"{at}/items", basis)


def _object_mismatches(
    schema: Mapping[str, Any], value: Mapping[str, Any], pointer: str, at: str, basis: str
) -> Iterator[Mismatch]:
    parts = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            part = parts.get(name, {})
            expected = " or ".join(_WORDS[kind] for kind in _types(part)) if part else "a value"
            yield Mismatch(
                "missing-key", f"{pointer}/{name}", expected, MISSING, f"{at}/required", part.get("x-basis", basis)
            )
    for name, item in value.items():
        if name in parts:
            yield from mismatches(parts[name], item, f"{pointer}/{name}", f"{at}/properties/{name}", basis)
        elif "properties" in schema:
            yield Mismatch(
                "unknown-key", f"{pointer}/{printable(name)}", "no such key", item, f"{at}/properties", "inferred"
            )


def _best_option(schemas: Sequence[Mapping[str, Any]], value: Any, pointer: str, at: str, basis: str) -> list[Mismatch]:
    """Return the mismatches of the schema that fits best, preferring a schema of the value's own type."""
    tried = [
        (
            not any(_is_a(name, value) for name in _types(schema)),
            list(mismatches(schema, value, pointer, f"{at}/{number}", basis)),
        )
        for number, schema in enumerate(schemas)
    ]
    return min(tried, key=lambda each: (each[0], len(each[1])))[1]


def _types(schema: Mapping[str, Any]) -> Collection[str]:
    """Return the types that a schema allows: all types if it names none."""
    if "anyOf" in schema:
        return list(dict.fromkeys(name for each in schema["anyOf"] for name in _types(each)))
    types: Sequence[str] | str = schema.get("type", tuple(_WORDS))
    return [types] if isinstance(types, str) else types


def _is_a(name: str, value: Any) -> bool:
    if name == "number":
        return type(value) in (int, float)
    if name == "integer":
        return type(value) is int or (type(value) is float and value.is_integer())
    kinds: dict[str, type] = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    return type(value) is kinds[name]
