"""Transports of httpx and httpx2 into a mock in this process, and of httpcore and httpcore2 below them.

The same code serves all four. They differ in their classes, which `_Dialect` knows.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache
from typing import Any

from ..spec.origins import DEFAULT_PORTS
from .inprocess import CallFailed, ClientRequest, ConnectionReset, InProcess, TimedOut, checkpoint
from .routing import NotAnswered, Route, find_route


def respond(library: Any, mock: InProcess, request: Any, target: bytes) -> Any:
    """Return the mock's response to a request of `library`. Raises the library's own errors."""
    dialect = _Dialect(library)
    if mock.pauses is not None:
        mock.pauses.announce(request.extensions)
    call = mock.send(dialect.outgoing(request, b"".join(request.stream), target))
    timeout = _read_timeout(request)
    try:
        status, headers = call.head(call.take(timeout))
    except CallFailed as error:
        raise dialect.translated(error, request) from None

    class Body(dialect.stream):  # type: ignore[misc,name-defined]
        def __iter__(self) -> Iterator[bytes]:
            try:
                while (piece := call.chunk(call.take(timeout))) is not None:
                    yield piece
            except CallFailed as error:
                raise dialect.translated(error, request) from None

        def close(self) -> None:
            call.hang_up()

    return dialect.response(status, headers, Body())


async def respond_async(library: Any, mock: InProcess, request: Any, target: bytes) -> Any:
    """Return the same response as `respond`, on the caller's own event loop, which is one of asyncio or trio."""
    dialect = _Dialect(library)
    if mock.pauses is not None:
        mock.pauses.announce(request.extensions)
    call = mock.send(dialect.outgoing(request, b"".join([piece async for piece in request.stream]), target))
    timeout = _read_timeout(request)
    try:
        # A real network call always lets other tasks run.
        await checkpoint()
        status, headers = call.head(await call.take_async(timeout))
    except CallFailed as error:
        raise dialect.translated(error, request) from None
    except BaseException:
        call.hang_up()
        raise

    class Body(dialect.async_stream):  # type: ignore[misc,name-defined]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                while (piece := call.chunk(await call.take_async(timeout))) is not None:
                    yield piece
            except CallFailed as error:
                raise dialect.translated(error, request) from None

        async def aclose(self) -> None:
            call.hang_up()

    return dialect.response(status, headers, Body())


def transport(library: Any, mock: InProcess) -> Any:
    """Return a transport of `library` that sends every request to the mock, whatever its host."""

    class Transport(library.BaseTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            return respond(library, mock, request, request.url.raw_path)

    return Transport()


def async_transport(library: Any, mock: InProcess) -> Any:
    """Return a transport like `transport`, for the library's AsyncClient."""

    class AsyncTransport(library.AsyncBaseTransport):  # type: ignore[misc]
        async def handle_async_request(self, request: Any) -> Any:
            return await respond_async(library, mock, request, request.url.raw_path)

    return AsyncTransport()


def intercepting(library: Any, real: Callable[..., Any]) -> Callable[..., Any]:
    """Return a replacement for a transport's or pool's `handle_request`. Mocks of the running test answer their requests."""

    def handle_request(self: Any, request: Any) -> Any:
        route = _route(library, request)
        if route is None or route.mock is None:
            return real(self, request)
        return respond(library, route.mock, request, route.target)

    return handle_request


def intercepting_async(library: Any, real: Callable[..., Any]) -> Callable[..., Any]:
    """Return a replacement for `handle_async_request`, like `intercepting`."""

    async def handle_async_request(self: Any, request: Any) -> Any:
        route = _route(library, request)
        if route is None or route.mock is None:
            return await real(self, request)
        return await respond_async(library, route.mock, request, route.target)

    return handle_async_request


def frugal(library: Any, real: Callable[..., None]) -> Callable[..., None]:
    """Return a replacement for a transport's `__init__` with a shared SSL context for the default certificates.

    Reading the certificates takes longer than everything else in a test with its own client.
    """

    def __init__(self: Any, *arguments: Any, **options: Any) -> None:
        usual = options.get("verify", True) is True and not options.get("cert") and not options.get("http2")
        if usual and not arguments:
            options["verify"] = ssl_context(library, bool(options.get("trust_env", True)), certificate_places())
        real(self, *arguments, **options)

    return __init__


def certificate_places() -> tuple[str | None, ...]:
    """Return the environment's places of certificates."""
    return tuple(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))


@lru_cache(16)
def ssl_context(library: Any, trust_env: bool, places: tuple[str | None, ...]) -> Any:
    """Return the library's SSL context for the certificates at `places`."""
    return library.create_ssl_context(trust_env=trust_env)


class _Dialect:
    """The classes of a library: httpx or httpx2, or the pools below them."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._is_pool = hasattr(library, "ConnectionPool")
        self.stream = object if self._is_pool else library.SyncByteStream
        self.async_stream = object if self._is_pool else library.AsyncByteStream

    def address(self, request: Any) -> tuple[str, str, int | None, bytes]:
        """Return scheme, host, port and target of a request."""
        url = request.url
        if self._is_pool:
            return url.scheme.decode("ascii"), url.host.decode("ascii"), url.port, url.target
        return url.scheme, url.host, url.port, url.raw_path

    def outgoing(self, request: Any, body: bytes, target: bytes) -> ClientRequest:
        scheme, host, port, _ = self.address(request)
        headers = request.headers if self._is_pool else request.headers.raw
        method = request.method.decode("ascii") if self._is_pool else request.method
        return ClientRequest(method, scheme, host, port or DEFAULT_PORTS.get(scheme, 80), target, list(headers), body)

    def response(self, status: int, headers: list[tuple[bytes, bytes]], stream: Any) -> Any:
        body = {"content" if self._is_pool else "stream": stream}
        return self._library.Response(status, headers=headers, extensions={"http_version": b"HTTP/1.1"}, **body)

    def error(self, kind: str, text: str, request: Any) -> Exception:
        """Return an exception of the library."""
        more = {} if self._is_pool else {"request": request}
        error: Exception = getattr(self._library, kind)(text, **more)
        return error

    def translated(self, error: CallFailed, request: Any) -> Exception:
        kind = "RemoteProtocolError"
        if isinstance(error, TimedOut):
            kind = "ReadTimeout"
        elif isinstance(error, ConnectionReset):
            kind = "ReadError"
        return self.error(kind, str(error), request)


def _route(library: Any, request: Any) -> Route | None:
    """Return the way of a request. Raises the library's ConnectError if it must not be sent."""
    dialect = _Dialect(library)
    try:
        route = find_route(*dialect.address(request))
    except NotAnswered as error:
        raise dialect.error("ConnectError", str(error), request) from None
    if route is not None:
        route.announce_clock(request.extensions)
    return route


def _read_timeout(request: Any) -> float | None:
    timeout: float | None = request.extensions.get("timeout", {}).get("read")
    return timeout
