"""Connections of the blocking client with a deadline that a slow trickle of bytes can't extend.

httpx2 reads the timeout once for all chunks of a response and restarts it with each chunk. Here each wait gets the time that is
left. Under asyncio, `deadline` does this with the event loop.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from .tracked_request import DeadlineTimeout

_OVER = "the call's timeout is over"
#: Bytes that are written at once, before the remaining time is checked again.
_CHUNK = 64 * 1024


class Backend(httpcore2.NetworkBackend):
    """A network backend that wraps the connections of another backend in `Stream`."""

    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    @classmethod
    def around(cls, inner: httpcore2.NetworkBackend) -> Backend:
        """Return a wrapped backend; `inner` itself if it is wrapped already."""
        return inner if isinstance(inner, cls) else cls(inner)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """See `httpcore2.NetworkBackend`."""
        seconds = _seconds(timeout, httpcore2.ConnectTimeout)
        return Stream(self._inner.connect_tcp(host, port, seconds, local_address, socket_options), timeout)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        """See `httpcore2.NetworkBackend`."""
        seconds = _seconds(timeout, httpcore2.ConnectTimeout)
        return Stream(self._inner.connect_unix_socket(path, seconds, socket_options), timeout)

    def sleep(self, seconds: float) -> None:
        """See `httpcore2.NetworkBackend`."""
        self._inner.sleep(seconds)


class Stream(httpcore2.NetworkStream):
    """A connection on which every wait ends at the deadline of its attempt.

    `opening` is the timeout with which the connection was opened. It is used for a wait without a timeout during the setup, as
    with a SOCKS proxy.
    """

    def __init__(self, inner: httpcore2.NetworkStream, opening: float | None) -> None:
        self._inner = inner
        self._opening = opening

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """See `httpcore2.NetworkStream`."""
        return self._inner.read(max_bytes, _seconds(self._own(timeout), httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write in chunks; see `httpcore2.NetworkStream`."""
        timeout = self._own(timeout)
        if len(buffer) <= _CHUNK:
            self._inner.write(buffer, _seconds(timeout, httpcore2.WriteTimeout))
            return
        view = memoryview(buffer)
        for start in range(0, len(view), _CHUNK):
            chunk = bytes(view[start : start + _CHUNK])
            self._inner.write(chunk, _seconds(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        """See `httpcore2.NetworkStream`."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """See `httpcore2.NetworkStream`."""
        seconds = _seconds(timeout, httpcore2.ConnectTimeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, seconds), timeout)

    def get_extra_info(self, info: str) -> Any:
        """See `httpcore2.NetworkStream`."""
        return self._inner.get_extra_info(info)

    def _own(self, timeout: float | None) -> float | None:
        if timeout is None:
            return self._opening
        self._opening = None
        return timeout


def _seconds(timeout: float | None, late: type[httpcore2.TimeoutException]) -> float | None:
    if not isinstance(timeout, DeadlineTimeout):
        return timeout
    seconds = timeout.seconds()
    if seconds is None:
        raise late(_OVER)
    return seconds
