"""Requests and responses as plain data, and the functions that send them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias, cast

from ..spec.service import Limits


class Request(NamedTuple):
    """A request; `url` is absolute."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Response(NamedTuple):
    """A response; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def declared(self) -> str:
        """Declared media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def json_object(self) -> dict[str, Any] | None:
        """JSON object in the body; None if there is none."""
        if self.body.lstrip()[:1] != b"{":
            return None
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return cast("dict[str, Any]", content) if isinstance(content, dict) else None

    def summary(self) -> str:
        """Return status, size and media type as a short text."""
        size = f"{len(self.body)} bytes" if self.body else "no body"
        return f"{self.status} with {size} of {self.declared or 'no type'}"


class NoResponse(Exception):
    """The connection failed, broke, or took too long. The message says which."""


#: Sends a request and returns its response. Follows no redirects, never repeats a request. Raises NoResponse.
Send: TypeAlias = Callable[[Request], Response]


def http_sender(client: Any, limits: Limits) -> Send:
    """Return a function that sends with an `httpx2.Client` and reads within the limits of size and time."""
    import httpx2

    def send(request: Request) -> Response:
        until = time.monotonic() + limits.total_timeout_s
        content = bytearray()
        try:
            with client.stream(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.body or None,
                follow_redirects=False,
            ) as response:
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > limits.max_response_bytes:
                        raise NoResponse(f"its body has more than {limits.max_response_bytes} bytes")
                    if time.monotonic() > until:
                        raise NoResponse(f"it was not complete after {limits.total_timeout_s:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise NoResponse(f"{type(error).__name__}: {error}") from None
        return Response(
            response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(content)
        )

    return send


def stop_after_silence(send: Send, times: int) -> Send:
    """Return `send` with a limit: after `times` requests in a row without a response, nothing more is sent."""
    silent = 0

    def sent(request: Request) -> Response:
        nonlocal silent
        if silent >= times:
            raise NoResponse(f"not sent: {times} requests in a row had no response")
        silent += 1
        response = send(request)
        silent = 0
        return response

    return sent
