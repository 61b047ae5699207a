"""JSON answers: find facts by JSON pointer, tell what a job's answer means, and build bodies from their schema.

Functions over plain data, for the client and the mock alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard, cast

from .facts import MISSING
from .service import Acceptor, Verdict


def find(body: object, pointer: str | None, default: Any = None) -> Any:
    """Return what is in `body` at a JSON pointer; `default` if nothing is, or there is no pointer.

    >>> find({"data": [{"url": "u"}]}, "/data/0/url"), find({}, "/data"), find({"a": 1}, None)
    ('u', None, None)
    """
    if pointer is None:
        return default
    value: Any = body
    for token in tokens(pointer):
        if _is_object(value):
            value = value.get(token, MISSING)
        elif _is_list(value) and token.isascii() and token.isdigit():
            value = value[int(token)] if int(token) < len(value) else MISSING
        else:
            return default
        if value is MISSING:
            return default
    return value


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def tokens(pointer: str) -> list[str]:
    """Return the names in a JSON pointer, outermost first.

    >>> tokens("/data/0/a~1b"), tokens("")
    (['data', '0', 'a/b'], [])
    """
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def verdict(acceptors: Iterable[Acceptor], status: int, body: object) -> Verdict | None:
    """Return what an answer about a job means; None if nobody has documented it.

    The first acceptor decides that fits the HTTP status and the state. Under a success that is not the documented one the
    state decides alone: a job that says that it has ended has ended.
    """
    said = [acceptor for acceptor in acceptors if find(body, acceptor.path) == acceptor.value]
    exact = [acceptor for acceptor in said if acceptor.http == status]
    meant = exact or (said if 200 <= status < 300 else [])
    return meant[0].outcome if meant else None


def enclosed(pointer: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the body of a request whose parameters are at `pointer`.

    >>> enclosed("/input", {"prompt": "fog"}), enclosed("", {"prompt": "fog"})
    ({'input': {'prompt': 'fog'}}, {'prompt': 'fog'})
    """
    for token in reversed(tokens(pointer)):
        payload = {token: payload}
    return payload


def made(schema: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object of `schema`, with properties in its order and `facts` at their pointers.

    Of the other properties, those that are required or have a `const` are there too, as plain as their type allows.

    >>> made({"properties": {"ok": {"const": True}, "job": {"properties": {"id": {}}}, "more": {}}}, {"/job/id": "j"})
    {'ok': True, 'job': {'id': 'j'}}
    """
    body = _made(schema, {tuple(tokens(pointer)): value for pointer, value in facts.items()})
    return cast("dict[str, Any]", body)


def _made(schema: Mapping[str, Any], facts: Mapping[tuple[str, ...], Any]) -> Any:
    if () in facts:
        return facts[()]
    if not facts or "properties" not in schema:
        return _plain(schema)
    body: dict[str, Any] = {}
    for name, inner in schema["properties"].items():
        within = {path[1:]: value for path, value in facts.items() if path[0] == name}
        if within or name in schema.get("required", ()) or "const" in inner:
            body[name] = _made(inner, within)
    return body


def _plain(schema: Mapping[str, Any]) -> Any:
    """The plainest value that a schema admits."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _plain(schema["anyOf"][0])
    kinds: Sequence[str] | str = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        inner = schema.get("properties", {})
        return {name: _plain(inner.get(name, {})) for name in schema.get("required", ())}
    plain: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "null": None}
    return plain[kind]
