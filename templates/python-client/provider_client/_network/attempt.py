"""One attempt to send a request, and whether the service can have received it. Imports httpx2, so it is imported late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx2

from .._config import Config
from .._flow import BadURL, Interrupted, Misconfigured, NotSent, Oversized
from .._http import Headers, Request, Response
from .body import ResponseBody
from .decoding import BodyDecoder, decoder_for
from .setup_errors import certificate_problem, needs_a_thread, reason_of
from .tracebacks import strip_traceback
from .tracked_request import DeadlineTimeout, SendTracker, TrackedRequest

#: Exceptions with which httpx2 and transports report what happened on the network.
_TRANSPORT_ERRORS = (httpx2.TransportError, httpx2.InvalidURL, httpx2.DecodingError)
#: Exceptions that are raised before a request is written: no connection, a full pool, or an invalid URL. LocalProtocolError is
#: not one of them: under HTTP/2 it may also be raised while the response is read.
_BEFORE_SENDING = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
    httpx2.ProxyError,
)
#: The body of an error status is not read further than this.
_MAX_ERROR_BYTES = 64 * 1024
#: Seconds that a response gets for its body, even if it started right before the deadline.
_GRACE_S = 10.0
#: Seconds after the deadline in which bytes that have already arrived are still read.
_SLACK_S = 0.5


class Attempt:
    """One attempt to send a request and to read its response, within the limits of size and time.

    `source` is the argument with which the caller passed in the HTTP client: "http_client", "transport" or "".
    """

    __slots__ = (
        "_body",
        "_config",
        "_cut",
        "_decoder",
        "_failure",
        "_headers",
        "_request",
        "_source",
        "_status",
        "_tracker",
        "_until",
        "_whole",
    )

    def __init__(self, request: Request, config: Config, source: str = "") -> None:
        self._request = request
        self._config = config
        self._source = source
        self._until = request.deadline
        self._status = 0
        self._headers = Headers()
        self._body = ResponseBody(may_store=request.may_store)
        self._cut = False
        self._decoder: BodyDecoder | None = None
        self._failure: Exception | None = None
        self._tracker = SendTracker()
        self._whole = False

    def request(self) -> httpx2.Request:
        """Return the request for httpx2, with timeouts that keep the deadline.

        It is not built by the HTTP client, because that would add its own headers, cookies and authentication, also for
        the foreign hosts that files are downloaded from.
        """
        request = self._request
        return TrackedRequest(
            request,
            {**request.headers, **self._config.key_header()} if request.with_key else request.headers,
            _Timeouts(self, request),
            self._tracker,
        )

    def left(self) -> float:
        """Return the seconds until the deadline, at least 0.001."""
        return max(0.001, self._until - self._config.clock())

    def seconds_for(self, most: float) -> float | None:
        """Return the seconds that the next wait may take, at most `most`; None after the deadline, whatever still arrives."""
        left = self._until - self._config.clock()
        if left < -_SLACK_S:
            self.timed_out()
            return None
        return min(most, max(0.001, left))

    def response_started(self, response: httpx2.Response) -> None:
        """Take status and headers of the response. Its body, which may have been paid for, gets time to arrive."""
        if self._request.body is not None or not self._request.with_key:
            self._until = max(self._request.deadline, self._config.clock() + _GRACE_S)
        self._status = response.status_code
        self._headers = Headers(response.headers.items())
        if not response.is_stream_consumed:
            self._decoder = decoder_for(self._headers.get("content-encoding", ""))

    @property
    def reads_raw(self) -> bool:
        """True if `add_chunk` takes the body as it was sent: httpx2 drops a body whose `content-encoding` is wrong."""
        return self._decoder is not None

    def add_chunk(self, chunk: bytes) -> bool:
        """Add a chunk of the body. Return whether the rest is wanted."""
        if self._decoder is None:
            return self._add(chunk)
        try:
            return all(self._add(piece) for piece in self._decoder.decode(chunk))
        except ValueError as error:
            raise httpx2.DecodingError(str(error)) from None

    def _add(self, chunk: bytes) -> bool:
        if self._cut:
            return False
        self._body.add(chunk)
        if self._body.size > _MAX_ERROR_BYTES and self._is_error:
            self._cut = True
        elif self._body.size > self._body.limit:
            self._failure = Oversized(f"the response is larger than {self._body.limit} bytes")
            self._cut = True
        elif self._config.clock() > self._until:
            self.timed_out()
        return not self._cut

    def reading_failed(self, response: httpx2.Response) -> None:
        """Note that reading the body raised. If the body is complete, only closing the connection failed, and the result is kept."""
        self._whole = response.headers.get("content-length") == str(response.num_bytes_downloaded)

    def timed_out(self) -> None:
        """End the attempt at its deadline."""
        if self._cut or self._whole:
            return
        self._cut = True
        if self._status:
            self._failure = Interrupted("the response was not complete when the call's timeout was over")
        elif self._tracker.body_read:
            self._failure = Interrupted("there was no response when the call's timeout was over")
        else:
            self._failure = NotSent("the call's timeout was over before the request was sent")

    def failed(self, error: Exception) -> None:
        """Decide what the exception `error` of sending or receiving means for the request.

        Only the text of httpx2's own exceptions is kept: their frames contain the key.
        """
        if self._failure is not None or self._whole:
            return
        if self._status and self._config.clock() >= self._until and isinstance(error, _TRANSPORT_ERRORS):
            self.timed_out()
            return
        self._failure = self._unsent_because(error) if self._is_unsent(error) else Interrupted(reason_of(error))
        if self._source and not isinstance(error, _TRANSPORT_ERRORS):
            # The caller's own code raised it, and only its traceback shows where.
            strip_traceback(error)
            self._failure.__cause__ = error

    def response(self) -> Response:
        """Return the response. The body of an error status may be cut short.

        Raises:
            NotSent, BadURL, Misconfigured, Interrupted, Oversized: There is no response.
        """
        if self._failure and not self._is_error:
            raise self._failure
        return Response(self._status, self._headers, self._body.content(), self._request.url)

    def _is_unsent(self, error: Exception) -> bool:
        """Return whether the service certainly has not received the request.

        A body that was not read can't have been sent. With a connection pool of httpx2 that is proof. Any other transport may
        have copied the body, so the type of its exception decides too.
        """
        tracker = self._tracker
        if tracker.written or self._status:
            return False
        if isinstance(error, _BEFORE_SENDING):
            return True
        return not tracker.body_read and (tracker.pooled or not isinstance(error, _TRANSPORT_ERRORS))

    def _unsent_because(self, error: Exception) -> Exception:
        """Return the exception for a request that was not sent: a bad URL, a configuration error, or a lack of resources."""
        reason = reason_of(error)
        if isinstance(error, (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError)):
            return BadURL(reason)
        if isinstance(error, ImportError):
            return Misconfigured(f"a package that the HTTP client needs can't be imported: {reason}")
        problem = None if self._source else certificate_problem(error)
        if problem:
            return Misconfigured(problem)
        if isinstance(error, (httpx2.TransportError, OSError, MemoryError)) or needs_a_thread(error):
            return NotSent(reason)
        if self._source:
            return Misconfigured(f"{self._source} raised {reason}")
        # ValueError: an invalid host. TLS refuses a name that begins with a dot, for example.
        return BadURL(reason) if isinstance(error, ValueError) else NotSent(reason)

    @property
    def _is_error(self) -> bool:
        return self._status >= 400


class _Timeouts(Mapping[str, float]):
    """The timeouts of an attempt. httpx2 reads one before each wait, so that all waits together keep the deadline.

    Waiting for a free connection may take until the deadline.
    """

    def __init__(self, attempt: Attempt, request: Request) -> None:
        self._attempt = attempt
        self._tracker = attempt._tracker  # pyright: ignore[reportPrivateUsage]
        self._most = {
            "connect": request.connect_timeout,
            "pool": float("inf"),
            "read": request.read_timeout,
            "write": request.read_timeout,
        }

    def __getitem__(self, name: str) -> float:
        self._tracker.asked(name)
        return DeadlineTimeout(self._most[name], self._attempt)

    def __iter__(self) -> Iterator[str]:
        return iter(self._most)

    def __len__(self) -> int:
        return len(self._most)
