"""What both shells need of httpx2. Imported at the first request, since httpx2 takes longer to import than the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import Self

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
#: Whose frames hold the request as it goes over the wire, key and all.
_BELOW = frozenset({"httpx2", "httpcore2", "h11", "h2", "hpack", "anyio", "asyncio", "ssl", "socket", "threading"})


class Exchange:
    """One request and what comes back, within the limits of size and time."""

    __slots__ = ("_chunks", "_config", "_cut", "_failure", "_headers", "_request", "_size", "_status", "_until")

    def __init__(self, request: Request, config: Config) -> None:
        self._request = request
        self._config = config
        self._until = request.deadline
        self._status = 0
        self._headers = Headers()
        self._chunks: list[bytes] = []
        self._size = 0
        self._cut = False
        self._failure: Exception | None = None

    def outgoing(self) -> httpx2.Request:
        """The request for httpx2; no wait of its may outlast the deadline.

        It is built here instead of by the HTTP client, whose own headers, cookies and authentication would go along
        to whatever host a picture is on.
        """
        request = self._request
        return httpx2.Request(
            request.method,
            request.url,
            headers={**request.headers, **self._config.credentials()} if request.with_key else request.headers,
            content=request.body,
            extensions={"timeout": _Timeouts(self, request)},
        )

    def left(self) -> float:
        """Seconds until the time for the exchange is over, hardly any if it is."""
        return max(0.001, self._until - self._config.clock())

    def begin(self, answer: httpx2.Response) -> None:
        """Status and headers are there. What is on its way, and perhaps paid for, gets time to arrive."""
        if self._request.body is not None or not self._request.with_key:
            self._until = max(self._request.deadline, self._config.clock() + _GRACE_S)
        self._status = answer.status_code
        self._headers = Headers(answer.headers.items())

    def take(self, chunk: bytes) -> bool:
        """Takes a piece of the body, and says whether the rest of it is wanted."""
        if self._cut:
            return False
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > _MAX_ERROR_BYTES and self._is_error:
            self._cut = True
        elif self._size > PLATFORM.limits.max_response_bytes:
            self._failure = Oversized(f"the answer is larger than {PLATFORM.limits.max_response_bytes} bytes")
            self._cut = True
        elif self._config.clock() > self._until:
            self.overdue()
        return not self._cut

    def overdue(self) -> None:
        """The time is over."""
        if self._cut:
            return
        self._cut = True
        came = "the answer was still coming" if self._status else "there was no answer"
        self._failure = Interrupted(f"{came} when the time for the call was over")

    def broken_by(self, error: Exception) -> None:
        """httpx2 gave up. Only its words are kept, since its frames hold the key."""
        if self._failure is not None:
            return
        if self._status and self._config.clock() >= self._until:
            self.overdue()
            return
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
        # Whoever holds this exchange (a traceback's frame) need not hold the body twice.
        self._chunks.clear()
        return Response(self._status, self._headers, content, self._request.url)

    @property
    def _is_error(self) -> bool:
        return self._status >= 400


class _Timeouts(Mapping[str, float]):
    """The limits of an exchange as httpx2 asks for them: anew for each thing that it waits for, so that all of them
    together keep the deadline. Waiting for a place among our own connections is no fault of the service's, and may
    take as long as there is time."""

    def __init__(self, exchange: Exchange, request: Request) -> None:
        self._exchange = exchange
        self._most = {
            "connect": request.connect_timeout,
            "pool": float("inf"),
            "read": request.read_timeout,
            "write": request.read_timeout,
        }

    def __getitem__(self, name: str) -> float:
        return min(self._most[name], self._exchange.left())

    def __iter__(self) -> Iterator[str]:
        return iter(self._most)

    def __len__(self) -> int:
        return len(self._most)


class Guard:
    """Ends an answer whose body falls silent beyond its time. httpx2 asks once for the limit of all its pieces, so the
    last of them could outlast it; a timer shuts the connection then."""

    def __init__(self, exchange: Exchange, answer: httpx2.Response) -> None:
        self._exchange = exchange
        self._answer = answer
        self._timer: Timer | None = None
        self._fired = False

    def watch(self) -> None:
        """A piece has come. The timer costs a thread, so it is set only if there is more to come."""
        if self._timer is None and not self._is_whole:
            self._timer = Timer(self._exchange.left(), self._cut)
            self._timer.daemon = True
            self._timer.start()

    @property
    def _is_whole(self) -> bool:
        return self._answer.headers.get("content-length") == str(self._answer.num_bytes_downloaded)

    def _cut(self) -> None:
        import socket

        self._fired = True
        stream = self._answer.extensions.get("network_stream")
        connection = None if stream is None else stream.get_extra_info("socket")
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # A body that says nothing of its length seems to have ended there.
        if self._fired and not self._is_whole:
            self._exchange.overdue()


def without_frames(error: BaseException) -> None:
    """Takes those frames out of an exception's traceback, and out of those in its chain, that may hold the key."""
    seen: set[int] = set()
    chain: list[BaseException | None] = [error]
    while chain:
        each = chain.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = _without_frames(each.__traceback__)
            chain += [each.__cause__, each.__context__]


def _without_frames(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] not in _BELOW:
            kept.append(trace)
        trace = trace.tb_next
    for index, each in enumerate(kept):
        each.tb_next = kept[index + 1] if index + 1 < len(kept) else None
    return kept[0] if kept else None
