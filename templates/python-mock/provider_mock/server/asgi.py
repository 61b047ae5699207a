"""Requests and answers of the mock over ASGI. There is no framework, since the mock only needs these two classes.

A `Request` has its whole body, and an `Answer` is complete before its first byte is sent. A handler is a function from one
to the other, so that journal, limits and header checks are in one place for all answers.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from html import escape
from typing import Any, NamedTuple, TypeAlias

from ..platform.bodies import body, encode
from ..spec.platform import PLATFORM

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Key in `scope["extensions"]` of the functions `abort` and `close`, which break the connection off.
CONNECTION = "provider_mock"
JSON = b"application/json"
HTML = b"text/html; charset=utf-8"


class Request(NamedTuple):
    """One request with its whole body.

    `path` is the decoded path alone, never a URL built from headers. `origin` is the beginning of absolute URLs in the
    answer, from a Host header that has been checked.
    """

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    body: bytes
    origin: str


class Answer:
    """A whole response. `refusal` is the reason for the journal if the request was refused, else None.

    `own` is whether the mock made the answer; an answer of the service rests on no assumption of ours.
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
        """Add a header. Characters that are not printable ASCII become '?'."""
        text = str(value)
        if not (text.isascii() and text.isprintable()):
            text = "".join(sign if " " <= sign <= "~" else "?" for sign in text)
        self.headers.append((name.encode("ascii"), text.encode("ascii")))

    def clear(self) -> None:
        """Remove the body."""
        self.body = b""
        self.headers[1] = (b"content-length", b"0")

    async def send(self, send: Send) -> None:
        """Send the answer."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def shown(headers: Mapping[bytes, bytes], name: bytes) -> str:
    """Return the value of a header for a message: in printable ASCII, and shortened."""
    return ascii(headers.get(name, b"").decode("latin-1")[:100])


def json_answer(content: object, status: int = 200) -> Answer:
    """Return an answer with a compact JSON body, like the service's."""
    return Answer(status, encode(content).encode("ascii"))


def legible_answer(content: object) -> Answer:
    """Return an answer with an indented JSON body, for reading on a terminal."""
    return Answer(200, f"{json.dumps(content, indent=2)}\n".encode("ascii"))


def error_body(message: str) -> dict[str, Any]:
    """Return the JSON of an error, with the message where the platform has it."""
    return body("error", error_text=message)


def error_answer(status: int, message: str) -> Answer:
    """Return an error in the platform's envelope, or as an HTML page if the platform has one for this status."""
    known = PLATFORM.statuses.get(status)
    if known is not None and known.media_type.startswith("text/html"):
        return html_answer(status, known.title)
    answer = json_answer(error_body(message), status)
    answer.refusal = message
    return answer


def html_answer(status: int, title: str) -> Answer:
    """Return an error as an HTML page, like a gateway's. `title` must not come from a request."""
    said = f"{status} {title}"
    shown = escape(said, quote=False)
    page = f"<html>\r\n<head><title>{shown}</title></head>\r\n<body><center><h1>{shown}</h1></center></body>\r\n</html>\r\n"
    return Answer(status, page.encode("ascii", "xmlcharrefreplace"), HTML, said)
