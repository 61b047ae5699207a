"""Transports of httpx and httpx2 into a mock in this process. The same code serves both, since they share their API."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache
from typing import Any

from ..urls import DEFAULT_PORTS
from .inprocess import CallFailed, ClientRequest, ConnectionReset, InProcess, TimedOut


def respond(library: Any, mock: InProcess, request: Any, target: bytes) -> Any:
    """Return the mock's response to a request of `library` (httpx or httpx2). Raises the library's own errors."""
    call = mock.send(_outgoing(request, b"".join(request.stream), target))
    timeout = _read_timeout(request)
    try:
        status, headers = call.head(call.take(timeout))
    except CallFailed as error:
        raise _translated(library, error, request) from None

    class Body(library.SyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            try:
                while (piece := call.chunk(call.take(timeout))) is not None:
                    yield piece
            except CallFailed as error:
                raise _translated(library, error, request) from None

        def close(self) -> None:
            call.hang_up()

    return _response(library, status, headers, Body())


async def respond_async(library: Any, mock: InProcess, request: Any, target: bytes) -> Any:
    """Return the same response as `respond`, on the caller's own event loop."""
    call = mock.send(_outgoing(request, b"".join([piece async for piece in request.stream]), target))
    timeout = _read_timeout(request)
    try:
        # A real network call always lets other tasks run.
        await asyncio.sleep(0)
        status, headers = call.head(await call.take_async(timeout))
    except CallFailed as error:
        raise _translated(library, error, request) from None
    except BaseException:
        call.hang_up()
        raise

    class Body(library.AsyncByteStream):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                while (piece := call.chunk(await call.take_async(timeout))) is not None:
                    yield piece
            except CallFailed as error:
                raise _translated(library, error, request) from None

        async def aclose(self) -> None:
            call.hang_up()

    return _response(library, status, headers, Body())


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


def intercepting(library: Any, real: Callable[..., Any], mock: InProcess, ours: Callable[[Any], bytes | None]) -> Any:
    """Return a replacement for HTTPTransport.handle_request that only sends the requests to the mock that are `ours`."""

    def handle_request(self: Any, request: Any) -> Any:
        target = ours(request.url)
        return real(self, request) if target is None else respond(library, mock, request, target)

    return handle_request


def intercepting_async(
    library: Any, real: Callable[..., Any], mock: InProcess, ours: Callable[[Any], bytes | None]
) -> Any:
    """Return a replacement for AsyncHTTPTransport.handle_async_request, like `intercepting`."""

    async def handle_async_request(self: Any, request: Any) -> Any:
        target = ours(request.url)
        return await (real(self, request) if target is None else respond_async(library, mock, request, target))

    return handle_async_request


def frugal(library: Any, real: Callable[..., None]) -> Callable[..., None]:
    """Return a replacement for a transport's `__init__` with a shared SSL context for the default certificates.

    Reading the certificates takes longer than everything else in a test with its own client.
    """

    def __init__(self: Any, *arguments: Any, **options: Any) -> None:
        usual = options.get("verify", True) is True and not options.get("cert") and not options.get("http2")
        if usual and not arguments:
            from_where = tuple(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
            options["verify"] = _ssl_context(library, bool(options.get("trust_env", True)), from_where)
        real(self, *arguments, **options)

    return __init__


@lru_cache(16)
def _ssl_context(library: Any, trust_env: bool, from_where: tuple[str | None, ...]) -> Any:
    return library.create_ssl_context(trust_env=trust_env)


def _outgoing(request: Any, body: bytes, target: bytes) -> ClientRequest:
    url = request.url
    port = url.port or DEFAULT_PORTS.get(url.scheme, 80)
    return ClientRequest(request.method, url.scheme, url.host, port, target, list(request.headers.raw), body)


def _response(library: Any, status: int, headers: list[tuple[bytes, bytes]], stream: Any) -> Any:
    return library.Response(status, headers=headers, stream=stream, extensions={"http_version": b"HTTP/1.1"})


def _read_timeout(request: Any) -> float | None:
    timeout: float | None = request.extensions.get("timeout", {}).get("read")
    return timeout


def _translated(library: Any, error: CallFailed, request: Any) -> Exception:
    kind = library.RemoteProtocolError
    if isinstance(error, TimedOut):
        kind = library.ReadTimeout
    elif isinstance(error, ConnectionReset):
        kind = library.ReadError
    translated: Exception = kind(str(error), request=request)
    return translated
