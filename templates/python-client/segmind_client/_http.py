"""What both shells need of httpx2. Imported at the first request, since httpx2 takes longer to import than the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import httpx2

from ._wire import Interrupted, NotSent, Request, Response
from .spec.platform import PLATFORM

TRANSPORT_ERRORS = (httpx2.TransportError, httpx2.InvalidURL, httpx2.DecodingError)

#: Before a request is written: no connection, no place in the pool, or nothing that could be sent.
_BEFORE_SENDING = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.InvalidURL,
    httpx2.ProxyError,
)


class Collector:
    """Gathers a body, within the limits of size and time."""

    def __init__(self, request: Request, clock: Callable[[], float]) -> None:
        self._request = request
        self._clock = clock
        self._chunks: list[bytes] = []
        self._size = 0

    def take(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > PLATFORM.limits.max_response_bytes:
            raise Interrupted(f"the answer is larger than {PLATFORM.limits.max_response_bytes} bytes")
        if self._clock() > self._request.deadline:
            raise Interrupted("the answer was still coming when the time for the call was over")

    def response(self, answer: httpx2.Response) -> Response:
        content = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, content, self._request.url)


def request_arguments(request: Request, clock: Callable[[], float]) -> dict[str, Any]:
    """The arguments for httpx2's `stream`; no wait may outlast the deadline."""
    left = max(0.001, request.deadline - clock())
    connect, read = min(request.connect_timeout, left), min(request.read_timeout, left)
    return {
        "method": request.method,
        "url": request.url,
        "headers": request.headers,
        "content": request.body,
        "timeout": httpx2.Timeout(read, connect=connect, pool=connect),
        "follow_redirects": False,
    }


def raise_failure(error: Exception) -> NoReturn:
    """Tells the core whether the request can have been seen by the service."""
    said = str(error) or type(error).__name__
    failure = NotSent if isinstance(error, _BEFORE_SENDING) else Interrupted
    raise failure(f"{type(error).__name__}: {said}" if said != type(error).__name__ else said) from error
