"""Limits for requests: size, nesting, and strict JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, cast

from ..platform.statuses import INVALID, error_message, status_of
from ..spec.answers import find
from .asgi import Receive

MAX_DEPTH = 32
#: An upload beyond the limit is read up to this many times the limit, so that its sender gets the answer and not a
#: broken connection.
_PATIENCE = 16


class RequestRefused(Exception):
    """The request is refused with this status and message. `close` also closes the connection."""

    def __init__(self, status: int, message: str, close: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.close = close


def refusal(role: str) -> RequestRefused:
    """Return the exception with the platform's status in this role."""
    status = status_of(role)
    return RequestRefused(status.status, error_message(status))


class ClientGone(Exception):
    """The client disconnected or timed out before its request was complete, so there is no answer."""


async def read_body(receive: Receive, headers: dict[bytes, bytes], most: int) -> bytes:
    """Read the body, at most `most` bytes, whatever Content-Length says. Raises RequestRefused and ClientGone."""
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        # A kilobyte could decompress to a gigabyte, and no page offers compressed requests.
        raise RequestRefused(415, "Compressed requests are not accepted: send the body without Content-Encoding.", True)
    declared = headers.get(b"content-length", b"0")
    size = int(declared) if declared.isdigit() and len(declared) < 20 else 0
    if size > most and (b"expect" in headers or size > most * _PATIENCE):
        raise _too_large(most, size, close=True)
    chunks: list[bytes] = []
    total = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        total += len(chunk)
        if total <= most:
            chunks.append(chunk)
        elif total > most * _PATIENCE:
            raise _too_large(most, size, close=True)
        if not message.get("more_body", False):
            break
    if total > most:
        raise _too_large(most, size)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(most: int, size: int, close: bool = False) -> RequestRefused:
    got = f", got {size}" if size > most else ""
    message = (
        f"The body is too large: expected at most {most} bytes{got}. The limit of the mock is that of the spec "
        "(limits.max_request_bytes); --max-request-bytes sets another."
    )
    return RequestRefused(413, message, close)


def parse_json(body: bytes) -> dict[str, Any]:
    """Parse a JSON object strictly: UTF-8, finite numbers, unique keys, at most 32 levels. Raises RequestRefused."""
    try:
        content = _decode(body.decode("utf-8"))
    except RecursionError:
        raise RequestRefused(INVALID, f"The body is nested more than {MAX_DEPTH} deep.") from None
    except _NotJSON as error:
        raise RequestRefused(INVALID, f"The body is not valid JSON: {error}.") from None
    except UnicodeDecodeError:
        raise RequestRefused(INVALID, "The body is not valid JSON: it is not UTF-8.") from None
    except json.JSONDecodeError as error:
        message = f"The body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise RequestRefused(INVALID, message) from None
    except ValueError:
        # CPython refuses to read integers of more than 4300 digits.
        raise RequestRefused(INVALID, "The body is not valid JSON: a number is too long.") from None
    if not isinstance(content, dict):
        raise RequestRefused(INVALID, "The body is not a JSON object.")
    # Only bodies with enough brackets have to be walked.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(content) > MAX_DEPTH:
        raise RequestRefused(INVALID, f"The body is nested more than {MAX_DEPTH} deep.")
    return cast("dict[str, Any]", content)


def parameters_in(content: dict[str, Any], pointer: str) -> dict[str, Any]:
    """Return the parameters at `pointer` in a request's body. Raises RequestRefused if there is no object."""
    found = find(content, pointer) if pointer else content
    if not isinstance(found, dict):
        raise RequestRefused(INVALID, f"The body has no JSON object at {pointer}, where the parameters are expected.")
    return cast("dict[str, Any]", found)


class _NotJSON(ValueError):
    """Python's parser accepts the text, but it is not JSON."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _NotJSON(f"duplicate key {twice[:60]!a}")
    return content


def _constant(name: str) -> float:
    raise _NotJSON(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise _NotJSON(f"{text[:60]} is out of range")
    return number


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite).decode


def _depth(content: Any) -> int:
    """Return the nesting depth of lists and objects, without recursion."""
    depth, level = 0, [content]
    while level:
        depth += 1
        inner: list[Any] = []
        for value in level:
            members = cast("Iterable[Any]", value.values() if isinstance(value, dict) else value)
            inner += [member for member in members if isinstance(member, (dict, list))]
        level = inner
    return depth
