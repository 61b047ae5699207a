"""A load generator: keep-alive connections that send one request over and over, or with another number each time.

A connection reads into one buffer of its own and looks no further than status and length, so that on one core it asks
several times as fast as any server here answers; `serving.py` measures by how much.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlsplit

import uvloop

from .table import NotMeasured

CONNECTIONS = 16
_BUFFER = 1 << 18
_HEAD = 1 << 13
#: All numbers that are counted have as many digits.
_FIRST_NUMBER = 100_000_000
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """A request to send: `path` below the server's URL, and a JSON body for a POST. The value of `counted` is another number
    in each request."""

    path: str
    body: Any = None
    headers: Mapping[str, str] | None = None
    counted: str | None = None

    def sequence(self, host: str) -> Callable[[], bytes]:
        """Return what gives the bytes of one request after the other."""
        if self.counted is None:
            whole = self._encoded(host, self.body)
            return lambda: whole
        numbers = count(_FIRST_NUMBER)
        before, after = self._encoded(host, {**self.body, self.counted: _FIRST_NUMBER}).split(b"%d" % _FIRST_NUMBER)
        return lambda: b"%s%d%s" % (before, next(numbers), after)

    def _encoded(self, host: str, body: Any) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Host": host, "x-api-key": "bench", "Accept": "*/*", **(self.headers or {})}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        lines = [f"{'GET' if body is None else 'POST'} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + content


def rate(url: str, request: Request, seconds: float) -> float:
    """Answers per second. Raises NotMeasured if one of them is not a 200, or a connection is lost."""
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    return uvloop.run(_drive(parts.hostname, parts.port, request.sequence(parts.netloc), seconds))


async def _drive(host: str, port: int, request: Callable[[], bytes], seconds: float) -> float:
    loop = asyncio.get_running_loop()
    end = perf_counter() + seconds
    begin = perf_counter()
    connections = [
        (await loop.create_connection(lambda: _Connection(request, end), host, port))[1] for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(connection.done for connection in connections))
    taken = perf_counter() - begin
    statuses = sum((connection.statuses for connection in connections), Counter[bytes]())
    if set(statuses) != {b"200"}:
        answers = ", ".join(f"{count} × {status.decode()}" for status, count in statuses.items())
        raise NotMeasured(f"not every answer was a 200: {answers}")
    return statuses.total() / taken


class _Connection(asyncio.BufferedProtocol):
    """Asks until `end`; `done` comes true when the last answer is complete."""

    def __init__(self, request: Callable[[], bytes], end: float) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.statuses: Counter[bytes] = Counter()
        self._request = request
        self._end = end
        self._buffer = memoryview(bytearray(_BUFFER))
        self._head = b""
        self._seen = 0
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request())

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, size: int) -> None:
        if self._missing:
            self._missing -= size
        else:
            self._head += bytes(self._buffer[: min(size, _HEAD)])
            self._seen += size
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._head, 0, end + 2)
            if length is None:
                self._fail("an answer does not say how long it is")
                return
            self.statuses[self._head[9:12]] += 1
            self._missing = end + 4 + int(length[1]) - self._seen
            self._head, self._seen = b"", 0
        if self._missing == 0:
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"a connection was lost: {exc or 'closed by the server'}")

    def _next(self) -> None:
        if perf_counter() < self._end:
            self._transport.write(self._request())
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()

    def _fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(NotMeasured(why))
            self._transport.close()
