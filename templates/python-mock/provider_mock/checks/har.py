"""Read HAR files, in which browsers and proxies save traffic, as plain data. No checks here."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from urllib.parse import unquote, urlsplit

#: The largest file that is read, in bytes.
MOST = 512 << 20


class NotHar(Exception):
    """A file is no HAR file; the message says why."""


@dataclass(frozen=True)
class HarEntry:
    """One exchange of a HAR file. `number` counts from 1 in the order of the file; header names are in lower case.

    `body` is None if the file leaves it out, as browsers do with large ones. `began` and `ended` are in seconds.
    """

    number: int
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    began: float = 0
    ended: float = 0

    @property
    def path(self) -> str:
        """The decoded path of the URL."""
        return unquote(urlsplit(self.url).path) or "/"


def read_har(content: bytes) -> list[HarEntry]:
    """Return the exchanges of a HAR file, in the order in which they began.

    Raises:
        NotHar: It is not JSON, or JSON of another kind.
    """
    try:
        data: Any = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotHar(f"it is not JSON: {error}") from None
    log = _object(_object(data).get("log"))
    entries = log.get("entries")
    if not isinstance(entries, list):
        raise NotHar("it has no list of entries at /log/entries")
    found = [_entry(number, _object(entry)) for number, entry in enumerate(_list(log, "entries"), 1)]
    return sorted(found, key=lambda entry: entry.began)


def _entry(number: int, data: Mapping[str, Any]) -> HarEntry:
    request, response = _object(data.get("request")), _object(data.get("response"))
    method, url, status = request.get("method"), request.get("url"), response.get("status")
    if not isinstance(method, str) or not isinstance(url, str) or not isinstance(status, int):
        raise NotHar(f"entry {number} has no method, URL or status")
    posted = _object(request.get("postData"))
    began = _time(data.get("startedDateTime"))
    took = data.get("time")
    return HarEntry(
        number,
        method.upper(),
        url,
        dict(_headers(request)),
        _bytes(posted) or b"",
        status,
        dict(_headers(response)),
        _body(_object(response.get("content"))),
        began,
        began + (took / 1000 if isinstance(took, (int, float)) and took > 0 else 0),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(data: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = data.get(name)
    return cast("Sequence[Any]", found) if isinstance(found, list) else ()


def _headers(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for header in _list(message, "headers"):
        name, value = _object(header).get("name"), _object(header).get("value")
        if isinstance(name, str) and isinstance(value, str) and not name.startswith(":"):
            yield name.lower(), value


def _body(content: Mapping[str, Any]) -> bytes | None:
    """Return a body; None if it was left out, b"" if there was none."""
    found = _bytes(content)
    if found is not None:
        return found
    size = content.get("size")
    return b"" if size == 0 else None


def _bytes(content: Mapping[str, Any]) -> bytes | None:
    text = content.get("text")
    if not isinstance(text, str):
        return None
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None
    return text.encode("utf-8", "surrogatepass")


def _time(text: Any) -> float:
    try:
        return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else 0
    except ValueError:
        return 0
