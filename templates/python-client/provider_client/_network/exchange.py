"""One request and its response, with what is known about whether it was sent. Imports httpx2, so it is imported late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx2

from .._config import Config
from .._wire import BadURL, Headers, Interrupted, NotSent, Oversized, Request, Response, Unusable
from ..spec.platform import PLATFORM
from .frames import without_frames
from .outgoing import Limit, Outgoing, Watch
from .setup import certificate_problem, needs_a_thread, reason_of

#: Errors by which httpx2 and transports say what happened on the network.
_TRANSPORT_ERRORS = (httpx2.TransportError, httpx2.InvalidURL, httpx2.DecodingError)
#: Errors that come before a request is written: no connection, no place in the pool, or no URL. A LocalProtocolError is
#: not among them, since under HTTP/2 it may also come while the response is read.
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
#: Seconds that the body of a response has at least, even if it began at the deadline.
_GRACE_S = 10.0
#: Seconds after the deadline in which bytes that are already here are still read.
_SLACK_S = 0.5


class Exchange:
    """One request and its response, within the limits of size and time.

    `given` is the argument through which the caller handed in what sends the request: "http_client", "transport" or "".
    """

    __slots__ = (
        "_chunks",
        "_config",
        "_cut",
        "_failure",
        "_given",
        "_headers",
        "_request",
        "_size",
        "_status",
        "_until",
        "_watch",
        "_whole",
    )

    def __init__(self, request: Request, config: Config, given: str = "") -> None:
        self._request = request
        self._config = config
        self._given = given
        self._until = request.deadline
        self._status = 0
        self._headers = Headers()
        self._chunks: list[bytes] = []
        self._size = 0
        self._cut = False
        self._failure: Exception | None = None
        self._watch = Watch()
        self._whole = False

    def outgoing(self) -> httpx2.Request:
        """The request for httpx2. None of httpx2's waits outlasts the deadline.

        It is built here instead of by the HTTP client, whose own headers, cookies and authentication would go along
        to whatever host an image is on.
        """
        request = self._request
        return Outgoing(
            request,
            {**request.headers, **self._config.credentials()} if request.with_key else request.headers,
            _Timeouts(self, request),
            self._watch,
        )

    def left(self) -> float:
        """Seconds until the time for the exchange is over, hardly any if it is."""
        return max(0.001, self._until - self._config.clock())

    def seconds_for(self, most: float) -> float | None:
        """Seconds that the next wait may take, at most `most`; None if the time is over, whatever keeps coming."""
        left = self._until - self._config.clock()
        if left < -_SLACK_S:
            self.overdue()
            return None
        return min(most, max(0.001, left))

    def begin(self, answer: httpx2.Response) -> None:
        """Status and headers are there. What is on its way, and perhaps paid for, gets time to arrive."""
        if self._request.body is not None or not self._request.with_key:
            self._until = max(self._request.deadline, self._config.clock() + _GRACE_S)
        self._status = answer.status_code
        self._headers = Headers(answer.headers.items())

    def take(self, chunk: bytes) -> bool:
        """Keep a piece of the body; return whether the rest of it is wanted."""
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

    def end(self, answer: httpx2.Response) -> None:
        """Reading the body raised. If all of it is here, what failed is the closing of the connection, and that must not
        cost a paid image."""
        self._whole = answer.headers.get("content-length") == str(answer.num_bytes_downloaded)

    def overdue(self) -> None:
        """The time is over."""
        if self._cut or self._whole:
            return
        self._cut = True
        if self._status:
            self._failure = Interrupted("the answer was still coming when the time for the call was over")
        elif self._watch.seen:
            self._failure = Interrupted("there was no answer when the time for the call was over")
        else:
            self._failure = NotSent("the time for the call was over before the request was sent")

    def broken_by(self, error: Exception) -> None:
        """Sending or receiving raised `error`. Decide what that says about the request.

        Of httpx2's own errors only the words are kept, since their frames hold the key.
        """
        if self._failure is not None or self._whole:
            return
        if self._status and self._config.clock() >= self._until and isinstance(error, _TRANSPORT_ERRORS):
            self.overdue()
            return
        self._failure = self._unsent_because(error) if self._is_unsent(error) else Interrupted(reason_of(error))
        if self._given and not isinstance(error, _TRANSPORT_ERRORS):
            # The caller's own code is at fault, and only its traceback says where.
            without_frames(error)
            self._failure.__cause__ = error

    def response(self) -> Response:
        """The response. Under an error status its body may be cut short: the status is what counts.

        Raises:
            NotSent, BadURL, Unusable, Interrupted, Oversized: There is none.
        """
        if self._failure and not self._is_error:
            raise self._failure
        content = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        # Whoever holds this exchange (a traceback's frame) need not hold the body twice.
        self._chunks.clear()
        return Response(self._status, self._headers, content, self._request.url)

    def _is_unsent(self, error: Exception) -> bool:
        """Whether the service certainly has not received the request.

        Nobody can send a body that they have not asked for. Where a connection pool of httpx2's is at work, that settles
        it; any other transport is taken at its word if it says by the type of its error that the connection broke later.
        """
        watch = self._watch
        if watch.written or self._status:
            return False
        if isinstance(error, _BEFORE_SENDING):
            return True
        return not watch.seen and (watch.pooled or not isinstance(error, _TRANSPORT_ERRORS))

    def _unsent_because(self, error: Exception) -> Exception:
        """The reason why nothing was sent: a URL, what the caller set up, or what the machine lacks."""
        reason = reason_of(error)
        if isinstance(error, (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError)):
            return BadURL(reason)
        if isinstance(error, ImportError):
            return Unusable(f"a package that the HTTP client needs can't be imported: {reason}")
        problem = None if self._given else certificate_problem(error)
        if problem:
            return Unusable(problem)
        if isinstance(error, (httpx2.TransportError, OSError, MemoryError)) or needs_a_thread(error):
            return NotSent(reason)
        if self._given:
            return Unusable(f"{self._given} raised {reason}")
        # Of the URL's host: TLS takes no name that begins with a dot, for example.
        return BadURL(reason) if isinstance(error, ValueError) else NotSent(reason)

    @property
    def _is_error(self) -> bool:
        return self._status >= 400


class _Timeouts(Mapping[str, float]):
    """The limits of an exchange as httpx2 asks for them: anew for each thing that it waits for, so that all of them
    together keep the deadline. Waiting for a place among our own connections is no fault of the service's, and may
    take as long as there is time."""

    def __init__(self, exchange: Exchange, request: Request) -> None:
        self._exchange = exchange
        self._watch = exchange._watch  # pyright: ignore[reportPrivateUsage]
        self._most = {
            "connect": request.connect_timeout,
            "pool": float("inf"),
            "read": request.read_timeout,
            "write": request.read_timeout,
        }

    def __getitem__(self, name: str) -> float:
        self._watch.asked(name)
        return Limit(self._most[name], self._exchange)

    def __iter__(self) -> Iterator[str]:
        return iter(self._most)

    def __len__(self) -> int:
        return len(self._most)
