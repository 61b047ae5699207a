"""Answers in JSON, against the schemas that the spec gives for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ..findings import shown
from ..service.wire import Answer, origin_of
from ..spec.answers import find, tokens
from ..spec.contract import Platform
from ..spec.facts import MISSING, Source

if TYPE_CHECKING:
    from ..service.probe import Probe

_WORDS = {
    "string": "a text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


class Misfit(NamedTuple):
    """A place at which a value departs from its schema. `at` is the keyword's pointer within the schema."""

    code: str
    pointer: str
    expected: str
    value: Any
    at: str
    basis: str


def read_object(probe: Probe, answer: Answer, where: str, body: str) -> dict[str, Any]:
    """The JSON object in an answer, checked against the schema of the spec's body of this name. Raises Ended."""
    source = probe.platform.source(f"/bodies/{body}", body_basis(probe.platform, body))
    content = answer.object
    if content is None:
        raise probe.end("no-object", f"{where}, body", "a JSON object", answer.described(), source)
    if answer.declared != "application/json":
        came = answer.declared or "none"
        probe.note("wrong-content-type", f"{where}, content-type", "application/json", came, source)
    for misfit in misfits(probe.platform.bodies.get(body, {}), content):
        source = probe.platform.source(f"/bodies/{body}{misfit.at}", misfit.basis)
        came = shown(misfit.value) if isinstance(misfit.value, str) else misfit.value
        came = "nothing" if misfit.value is MISSING else came
        probe.note(misfit.code, f"{where}, {misfit.pointer}", misfit.expected, came, source)
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
    """The JSON types that what is in a role of a body may have; empty if the body has no such part."""
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
    """Return the values in a role of an answer as a list, and the pointer to them."""
    pointer = platform.roles[role]
    found = find(content, pointer)
    return (cast("Sequence[Any]", found) if isinstance(found, list) else [found]), pointer


def is_list(platform: Platform, body: str, role: str, count: int) -> bool:
    """Return whether `count` files are expected as a list. If both forms are allowed, a single file stands alone."""
    types = types_of(platform, body, role)
    return "array" in types and (count > 1 or "string" not in types)


def misfits(
    schema: Mapping[str, Any], value: Any, pointer: str = "", at: str = "", basis: str = "page"
) -> Iterator[Misfit]:
    """Yield each place where `value` does not fit `schema`. An unknown name is a misfit with the basis `inferred`.

    >>> [found.pointer for found in misfits({"type": "object", "required": ["a"], "properties": {"a": {}}}, {"b": 1})]
    ['/a', '/b']
    """
    basis = schema.get("x-basis", basis)
    if "anyOf" in schema:
        yield from _best(schema["anyOf"], value, pointer, f"{at}/anyOf", basis)
        return
    types = _types(schema)
    if not any(_is_a(name, value) for name in types):
        expected = " or ".join(_WORDS[name] for name in types)
        yield Misfit("wrong-type", pointer or "body", expected, value, f"{at}/type", basis)
    elif "const" in schema and value != schema["const"]:
        yield Misfit("other-value", pointer, shown(schema["const"]), value, f"{at}/const", basis)
    elif "enum" in schema and value not in schema["enum"]:
        yield Misfit("other-value", pointer, shown(schema["enum"]), value, f"{at}/enum", basis)
    elif schema.get("format") == "uri" and origin_of(value) is None:
        yield Misfit("relative-url", pointer, "an absolute URL", value, f"{at}/format", basis)
    elif isinstance(value, dict):
        yield from _of_object(schema, cast("dict[str, Any]", value), pointer, at, basis)
    elif isinstance(value, list):
        for number, item in enumerate(cast("Sequence[Any]", value)):
            yield from misfits(schema.get("items", {}), item, f"{pointer}/{number}", f"{at}/items", basis)


def _of_object(
    schema: Mapping[str, Any], value: Mapping[str, Any], pointer: str, at: str, basis: str
) -> Iterator[Misfit]:
    parts = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            part = parts.get(name, {})
            expected = " or ".join(_WORDS[kind] for kind in _types(part)) if part else "a value"
            yield Misfit(
                "missing-key", f"{pointer}/{name}", expected, MISSING, f"{at}/required", part.get("x-basis", basis)
            )
    for name, item in value.items():
        if name in parts:
            yield from misfits(parts[name], item, f"{pointer}/{name}", f"{at}/properties/{name}", basis)
        elif "properties" in schema:
            yield Misfit("unknown-key", f"{pointer}/{shown(name)}", "no such key", item, f"{at}/properties", "inferred")


def _best(schemas: Sequence[Mapping[str, Any]], value: Any, pointer: str, at: str, basis: str) -> list[Misfit]:
    """The misfits against the one of several schemas that the value fits best: one of its own type, if there is one."""
    tried = [
        (
            not any(_is_a(name, value) for name in _types(schema)),
            list(misfits(schema, value, pointer, f"{at}/{number}", basis)),
        )
        for number, schema in enumerate(schemas)
    ]
    return min(tried, key=lambda each: (each[0], len(each[1])))[1]


def _types(schema: Mapping[str, Any]) -> Collection[str]:
    """The types that a schema admits: all if it does not say."""
    if "anyOf" in schema:
        return list(dict.fromkeys(name for each in schema["anyOf"] for name in _types(each)))
    said: Sequence[str] | str = schema.get("type", tuple(_WORDS))
    return [said] if isinstance(said, str) else said


def _is_a(name: str, value: Any) -> bool:
    if name == "number":
        return type(value) in (int, float)
    if name == "integer":
        return type(value) is int or (type(value) is float and value.is_integer())
    kinds: dict[str, type] = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    return type(value) is kinds[name]
