"""What both shells need of httpx2. Imported at the first request, since httpx2 takes longer to import than the rest."""

from __future__ import annotations

import httpx2

from ._config import Config
from ._wire import Headers, Interrupted, NotSent, Oversized, Request, Response
from .spec.platform import PLATFORM

TRANSPORT_ERRORS = (httpx2.TransportError, httpx2.InvalidURL, httpx2.DecodingError)

#: Before a request is written: no connection, no place in the pool, or no URL. A LocalProtocolError is not among them,
#: since under HTTP/2 it may also come while the answer is read.
_BEFORE_SENDING = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
    httpx2.ProxyError,
)
#: An error needs no more than its first words; a body of megabytes under an error status is not read to its end.
_MAX_ERROR_BYTES = 64 * 1024
#: Seconds that the body of an answer has at least, even if it began at the deadline.
_GRACE_S = 10.0


class Exchange:
    """One request and what comes back, within the limits of size and time."""

    __slots__ = ("_chunks", "_config", "_failure", "_headers", "_request", "_size", "_status", "_until")

    def __init__(self, request: Request, config: Config) -> None:
        self._request = request
        self._config = config
        self._until = request.deadline
        self._status = 0
        self._headers = Headers()
        self._chunks: list[bytes] = []
        self._size = 0
        self._failure: Exception | None = None

    def outgoing(self) -> httpx2.Request:
        """The request for httpx2; no single wait may outlast the deadline.

        It is built here instead of by the HTTP client, whose own headers, cookies and authentication would go along
        to whatever host a picture is on.
        """
        request = self._request
        left = max(0.001, request.deadline - self._config.clock())
        connect, read = min(request.connect_timeout, left), min(request.read_timeout, left)
        return httpx2.Request(
            request.method,
            request.url,
            headers={**request.headers, **self._config.credentials()} if request.with_key else request.headers,
            content=request.body,
            extensions={"timeout": {"connect": connect, "pool": connect, "read": read, "write": read}},
        )

    def begin(self, answer: httpx2.Response) -> None:
        """Status and headers are there. What is on its way, and perhaps paid for, gets time to arrive."""
        self._until = max(self._request.deadline, self._config.clock() + _GRACE_S)
        self._status = answer.status_code
        self._headers = Headers(answer.headers.items())

    def take(self, chunk: bytes) -> bool:
        """Takes a piece of the body, and says whether the rest of it is wanted."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > _MAX_ERROR_BYTES and self._is_error:
            return False
        if self._size > PLATFORM.limits.max_response_bytes:
            self._failure = Oversized(f"the answer is larger than {PLATFORM.limits.max_response_bytes} bytes")
            return False
        if self._config.clock() > self._until:
            self._failure = Interrupted("the answer was still coming when the time for the call was over")
            return False
        return True

    def broken_by(self, error: Exception) -> None:
        """httpx2 gave up. Only its words are kept, since its frames hold the key."""
        name, said = type(error).__name__, str(error)
        kind = NotSent if isinstance(error, _BEFORE_SENDING) else Interrupted
        self._failure = kind(f"{name}: {said}" if said else name)

    def response(self) -> Response:
        """The response. Under an error status its body may be cut short: the status is what counts.

        Raises:
            NotSent, Interrupted, Oversized: There is none.
        """
        if self._failure and not self._is_error:
            raise self._failure
        content = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        return Response(self._status, self._headers, content, self._request.url)

    @property
    def _is_error(self) -> bool:
        return self._status >= 400
