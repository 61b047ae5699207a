"""Requests and answers as plain data, and how they travel."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias, cast
from urllib.parse import urlsplit

from ..spec.service import Limits

_PORTS = {"http": 80, "https": 443}


class Request(NamedTuple):
    """A request; `url` is absolute."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Answer(NamedTuple):
    """An answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def declared(self) -> str:
        """Its media type as declared, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def object(self) -> dict[str, Any] | None:
        """The JSON object in its body; None if there is none."""
        if self.body.lstrip()[:1] != b"{":
            return None
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return cast("dict[str, Any]", content) if isinstance(content, dict) else None

    def described(self) -> str:
        """What it is, in a few words."""
        size = f"{len(self.body)} bytes" if self.body else "no body"
        return f"{self.status} with {size} of {self.declared or 'no type'}"


class NoAnswer(Exception):
    """The connection was not made, broke, or took too long. The message says which."""


#: Sends a request and gives its answer. Follows no redirect, repeats nothing. Raises NoAnswer.
Send: TypeAlias = Callable[[Request], Answer]


def over(client: Any, limits: Limits) -> Send:
    """Sends by an `httpx2.Client`, and reads no more and no longer than the limits allow."""
    import httpx2

    def send(request: Request) -> Answer:
        until = time.monotonic() + limits.total_timeout_s
        content = bytearray()
        try:
            with client.stream(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.body or None,
                follow_redirects=False,
            ) as answer:
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > limits.max_response_bytes:
                        raise NoAnswer(f"its body has more than {limits.max_response_bytes} bytes")
                    if time.monotonic() > until:
                        raise NoAnswer(f"it was not complete after {limits.total_timeout_s:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from None
        return Answer(
            answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, bytes(content)
        )

    return send


def patiently(send: Send, times: int) -> Send:
    """As `send`, until that many requests in a row had no answer: then nothing is sent any more."""
    silent = 0

    def sent(request: Request) -> Answer:
        nonlocal silent
        if silent >= times:
            raise NoAnswer(f"not asked: {times} requests in a row had no answer")
        silent += 1
        answer = send(request)
        silent = 0
        return answer

    return sent


def origin_of(url: str) -> str | None:
    """Scheme, host and port of an absolute URL, spelt in one way; None if it is none.

    >>> origin_of("HTTPS://Api.Example:443/v2/x")
    'https://api.example'
    """
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:
        return None
    if split.scheme not in _PORTS or not host or "@" in split.netloc:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{split.scheme}://{host}" if port in (None, _PORTS[split.scheme]) else f"{split.scheme}://{host}:{port}"
