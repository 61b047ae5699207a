"""Read and build the provider's JSON bodies and header values: JSON pointers, the state of a job, bodies from a schema.

Plain functions over plain data, used by the client and by the mock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard, cast

from .facts import MISSING
from .service import Acceptor, Verdict

# Not compiled here: that takes longer than the rest of this module's import.
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_LONGEST_INTEGER = 100


def find(body: object, pointer: str | None, default: Any = None) -> Any:
    """Return the value in `body` at a JSON pointer; `default` if there is none, or `pointer` is None.

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


def as_object(value: object) -> dict[str, Any] | None:
    """Return `value` if it is a JSON object, else None."""
    return value if _is_object(value) else None


def as_list(value: object) -> list[Any] | None:
    """Return `value` if it is a JSON array, else None."""
    return value if _is_list(value) else None


def header_number(text: str | None) -> float | None:
    """Return the first finite number in a header's value; None if there is none.

    Some workers wrap the number in a list.

    >>> header_number("[0.01]"), header_number("n/a")
    (0.01, None)
    """
    found = _first_number(text)
    number = float(found) if found else None
    return number if number is not None and abs(number) < float("inf") else None


def header_integer(text: str | None) -> int | None:
    """Return the first number in a header's value as an integer; None if there is none.

    Unlike `header_number`, it is exact beyond 2**53, which seeds can exceed.

    >>> header_integer("9007199254740993"), header_integer("1.5")
    (9007199254740993, 1)
    """
    found = _first_number(text)
    if found and found.lstrip("-").isdigit() and len(found) < _LONGEST_INTEGER:
        return int(found)
    number = header_number(text)
    return None if number is None else int(number)


def _first_number(text: str | None) -> str | None:
    found = re.search(_NUMBER, text) if text else None
    return found[0] if found else None


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
    """Return what a response about a job means; None if no acceptor matches.

    The first acceptor whose HTTP status and state both match decides. For any other 2xx status the state alone decides: a
    job whose state says that it has ended has ended.
    """
    said = [acceptor for acceptor in acceptors if find(body, acceptor.path) == acceptor.value]
    exact = [acceptor for acceptor in said if acceptor.http == status]
    meant = exact or (said if 200 <= status < 300 else [])
    return meant[0].outcome if meant else None


def enclosed(pointer: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a request body with `payload` at `pointer`.

    >>> enclosed("/input", {"prompt": "fog"}), enclosed("", {"prompt": "fog"})
    ({'input': {'prompt': 'fog'}}, {'prompt': 'fog'})
    """
    for token in reversed(tokens(pointer)):
        payload = {token: payload}
    return payload


def made(schema: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object that fits `schema`, with the values of `facts` at their pointers.

    Properties are in the order of the schema. Other properties are included if they are required or have a `const`, with
    the simplest value that their type allows.

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
    """Return the simplest value that a schema allows."""
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
