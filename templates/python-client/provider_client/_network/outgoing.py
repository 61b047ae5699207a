"""The request as httpx2 sends it, watched: whether anybody has asked for its body, and how long each wait may take."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Protocol, Self

import httpx2

from .._wire import Request


class Timed(Protocol):
    """What has a deadline."""

    def left(self) -> float:
        """Seconds until the deadline, hardly any if it is over."""
        ...

    def seconds_for(self, most: float) -> float | None:
        """Seconds that the next wait may take, at most `most`; None if the time is over."""
        ...


class Limit(float):
    """A timeout that knows its deadline: a float for whoever takes floats, and asked anew for each wait by `Stream`."""

    __slots__ = ("_most", "_timed")
    _most: float
    _timed: Timed

    def __new__(cls, most: float, timed: Timed) -> Self:
        limit = super().__new__(cls, min(most, timed.left()))
        limit._most = most
        limit._timed = timed
        return limit

    def seconds(self) -> float | None:
        """Seconds that the next wait may take, None if the time is over."""
        return self._timed.seconds_for(self._most)


class Watch:
    """How far a request has come on its way out.

    Attributes:
        seen: Somebody has asked for the body, so it may have been sent. Without its body a POST is not carried out.
        pooled: A connection pool of httpx2's has the request.
        written: Such a pool has written headers, and has begun with the body.
    """

    __slots__ = ("_writes", "pooled", "seen", "written")

    def __init__(self) -> None:
        self.seen = False
        self.pooled = False
        self.written = False
        self._writes = False

    def asked(self, name: str) -> None:
        """A connection pool asks for the timeout of that name, right before what it is for."""
        if name == "pool":
            self.pooled = True
        elif name == "write":
            self._writes = True

    def begin(self) -> None:
        """The body is asked for."""
        self.seen = True
        self.written = self.written or self._writes


class Body(httpx2.ByteStream):
    """A request's body that says when it is asked for."""

    def __init__(self, content: bytes, watch: Watch) -> None:
        super().__init__(content)
        self._watch = watch

    def __iter__(self) -> Iterator[bytes]:
        self._watch.begin()
        return super().__iter__()

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._watch.begin()
        return super().__aiter__()


class Outgoing(httpx2.Request):
    """A request whose body can only be had by asking for it."""

    def __init__(
        self, request: Request, headers: Mapping[str, str], timeouts: Mapping[str, float], watch: Watch
    ) -> None:
        content = request.body or b""
        super().__init__(
            request.method,
            request.url,
            headers=headers,
            stream=Body(content, watch),
            extensions={"timeout": timeouts},
        )
        # What httpx2 adds by itself where it is given the body instead of a stream.
        first = [(b"Host", self.url.netloc)]
        last = [] if request.body is None else [(b"Content-Length", str(len(content)).encode())]
        self.headers = httpx2.Headers([*first, *self.headers.raw, *last])

    @property
    def content(self) -> bytes:
        """The body, also if nobody has read it yet."""
        return self.read()
