"""What goes in and out of the mock over ASGI: no framework, since the mock needs two shapes and no more.

A `Request` has its body already, an `Answer` is complete before its first byte leaves. So a handler is a function from
one to the other, and everything that must hold for every answer (the journal, the limits, clean headers) has one place.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from html import escape
from typing import Any, NamedTuple, TypeAlias

from ..platform.bodies import body
from ..spec.platform import PLATFORM

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Key in `scope["extensions"]` of the functions `abort` and `close`, which break the connection off.
CONNECTION = "segmind_mock"
JSON = b"application/json"
HTML = b"text/html; charset=utf-8"

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class Request(NamedTuple):
    """One request, read to its end.

    `path` is the decoded path alone (never a URL put together from headers). `origin` is what absolute URLs in the
    answer begin with, taken from a Host header that has been checked.
    """

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    body: bytes
    origin: str


class Answer:
    """A whole response. `refusal` says in words why the request was refused, for the journal; None if it was not.

    `own` is whether it was made up here; the service's own words rest on no assumption of ours.
    """

    __slots__ = ("body", "headers", "own", "refusal", "status")

    def __init__(self, status: int, body: bytes, media_type: bytes = JSON, refusal: str | None = None) -> None:
        self.status = status
        self.body = body
        self.headers: list[tuple[bytes, bytes]] = [
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(body)),
        ]
        self.refusal = refusal
        self.own = True

    def add(self, name: str, value: object) -> None:
        """Adds a header; whatever cannot stand in one (controls, anything beyond Latin-1) becomes '?'."""
        text = str(value)
        if not (text.isascii() and text.isprintable()):
            text = "".join(sign if " " <= sign <= "~" else "?" for sign in text)
        self.headers.append((name.encode("ascii"), text.encode("ascii")))

    def clear(self) -> None:
        """Takes the body away."""
        self.body = b""
        self.headers[1] = (b"content-length", b"0")

    async def send(self, send: Send) -> None:
        """Sends the answer."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(content: object, status: int = 200) -> Answer:
    """An answer with a JSON body, as short as the service's own."""
    return Answer(status, _encode(content).encode("ascii"))


def legible_answer(content: object) -> Answer:
    """An answer with a JSON body that a person can read on a terminal."""
    return Answer(200, f"{json.dumps(content, indent=2)}\n".encode("ascii"))


def error_body(message: str) -> dict[str, Any]:
    """Return the JSON of an error, with these words where the platform has them."""
    return body("error", error_text=message)


def error_answer(status: int, message: str) -> Answer:
    """An error in the platform's envelope, or as an HTML page where the platform has one for this status."""
    known = PLATFORM.statuses.get(status)
    if known is not None and known.media_type.startswith("text/html"):
        return html_answer(status, known.title)
    answer = json_answer(error_body(message), status)
    answer.refusal = message
    return answer


def html_answer(status: int, title: str) -> Answer:
    """An error as a gateway shows it: a page for people. `title` is never taken from a request."""
    said = f"{status} {title}"
    shown = escape(said, quote=False)
    page = f"<html>\r\n<head><title>{shown}</title></head>\r\n<body><center><h1>{shown}</h1></center></body>\r\n</html>\r\n"
    return Answer(status, page.encode("ascii", "xmlcharrefreplace"), HTML, said)
