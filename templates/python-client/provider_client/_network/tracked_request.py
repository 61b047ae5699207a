"""A request for httpx2 that records whether its body was read, and limits each wait to the time that is left."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Protocol, Self

import httpx2

from .._http import Request
from . import call_time


class HasDeadline(Protocol):
    """An object with a deadline."""

    def left(self) -> float:
        """Return the seconds until the deadline, at least 0.001."""
        ...

    def seconds_for(self, most: float) -> float | None:
        """Return the seconds that the next wait may take, at most `most`; None after the deadline."""
        ...


class DeadlineTimeout(float):
    """A timeout that knows its deadline. It is a float for httpx2; `Stream` calls `seconds` before each wait."""

    __slots__ = ("_most", "_timed")
    _most: float
    _timed: HasDeadline

    def __new__(cls, most: float, timed: HasDeadline) -> Self:
        limit = super().__new__(cls, min(most, timed.left()))
        limit._most = most
        limit._timed = timed
        return limit

    def seconds(self) -> float | None:
        """Return the seconds that the next wait may take; None after the deadline."""
        return self._timed.seconds_for(self._most)


class SendTracker:
    """Records how much of a request was sent.

    Attributes:
        body_read: The body was read, so it may have been sent. The service can't carry out a POST without its body.
        pooled: A connection pool of httpx2 sends the request.
        written: The pool has written the headers and has started with the body.
    """

    __slots__ = ("_writes", "body_read", "pooled", "written")

    def __init__(self) -> None:
        self.body_read = False
        self.pooled = False
        self.written = False
        self._writes = False

    def asked(self, name: str) -> None:
        """Note that a connection pool has read the timeout `name`, which it does right before that step."""
        if name == "pool":
            self.pooled = True
        elif name == "write":
            self._writes = True

    def begin(self) -> None:
        """Note that the body is being read."""
        self.body_read = True
        self.written = self.written or self._writes


class TrackedBody(httpx2.ByteStream):
    """A request's body that tells its tracker when it is read."""

    def __init__(self, content: bytes, tracker: SendTracker) -> None:
        super().__init__(content)
        self._tracker = tracker

    def __iter__(self) -> Iterator[bytes]:
        self._tracker.begin()
        return super().__iter__()

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._tracker.begin()
        return super().__aiter__()


class TrackedRequest(httpx2.Request):
    """A request whose body can't be read without its tracker noticing."""

    def __init__(
        self, request: Request, headers: Mapping[str, str], timeouts: Mapping[str, float], tracker: SendTracker
    ) -> None:
        content = request.body or b""
        extensions: dict[str, object] = {"timeout": timeouts}
        call = call_time.current()
        if call is not None:
            extensions["virtual_clock"] = call.follow
        url = httpx2.URL(request.url)
        # httpx2 adds these two only if the body is bytes, not a stream.
        last = [] if request.body is None else [("Content-Length", str(len(content)))]
        super().__init__(
            request.method,
            url,
            headers=[("Host", url.netloc.decode("ascii")), *headers.items(), *last],
            stream=TrackedBody(content, tracker),
            extensions=extensions,
        )

    @property
    def content(self) -> bytes:
        """The body, whether or not it has been read."""
        return self.read()
