"""Connections of the client that blocks, with a deadline: no number of bytes that keep coming postpones it.

httpx2 asks once for the timeout of all pieces of a response, and starts it anew with each. Here each wait gets the time
that is left. Under asyncio the event loop does this (see `deadline`).
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from .outgoing import Limit

_OVER = "the time for the call is over"
#: Bytes that are written at once: the time that is left is looked at in between.
_PIECE = 64 * 1024


class Backend(httpcore2.NetworkBackend):
    """Makes connections as another backend does, and wraps them."""

    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    @classmethod
    def around(cls, inner: httpcore2.NetworkBackend) -> Backend:
        """A backend that keeps deadlines; `inner` itself if it does already."""
        return inner if isinstance(inner, cls) else cls(inner)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """As the backend does."""
        seconds = _seconds(timeout, httpcore2.ConnectTimeout)
        return Stream(self._inner.connect_tcp(host, port, seconds, local_address, socket_options), timeout)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        """As the backend does."""
        seconds = _seconds(timeout, httpcore2.ConnectTimeout)
        return Stream(self._inner.connect_unix_socket(path, seconds, socket_options), timeout)

    def sleep(self, seconds: float) -> None:
        """As the backend does."""
        self._inner.sleep(seconds)


class Stream(httpcore2.NetworkStream):
    """A connection on which every wait ends at the deadline of the exchange that it is made for.

    `opening` is the timeout with which the connection was made. It counts while the connection is set up, since a SOCKS
    proxy is talked to without any.
    """

    def __init__(self, inner: httpcore2.NetworkStream, opening: float | None) -> None:
        self._inner = inner
        self._opening = opening

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As the connection does."""
        return self._inner.read(max_bytes, _seconds(self._own(timeout), httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As the connection does, piece by piece."""
        timeout = self._own(timeout)
        if len(buffer) <= _PIECE:
            self._inner.write(buffer, _seconds(timeout, httpcore2.WriteTimeout))
            return
        view = memoryview(buffer)
        for start in range(0, len(view), _PIECE):
            piece = bytes(view[start : start + _PIECE])
            self._inner.write(piece, _seconds(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        """As the connection does."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """As the connection does."""
        seconds = _seconds(timeout, httpcore2.ConnectTimeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, seconds), timeout)

    def get_extra_info(self, info: str) -> Any:
        """As the connection does."""
        return self._inner.get_extra_info(info)

    def _own(self, timeout: float | None) -> float | None:
        if timeout is None:
            return self._opening
        self._opening = None
        return timeout


def _seconds(timeout: float | None, late: type[httpcore2.TimeoutException]) -> float | None:
    if not isinstance(timeout, Limit):
        return timeout
    seconds = timeout.seconds()
    if seconds is None:
        raise late(_OVER)
    return seconds
