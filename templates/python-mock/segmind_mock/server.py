"""The mock behind a socket: uvicorn, with limits it does not have itself.

uvicorn waits for ever for the rest of a request's head, and takes a head of any length. Both are cheap ways to hold a
server, so `TimedProtocol` ends requests that take longer or say more than they may.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from signal import SIGINT, SIGTERM, Signals, signal
from typing import TYPE_CHECKING, Any, NamedTuple

from .app import App, create_app
from .clock import Clock
from .settings import Settings
from .spec.catalog import SLUGS, find

if TYPE_CHECKING:
    from types import FrameType

    from uvicorn import Server

REQUEST_S = 10.0
HEAD_BYTES = 64 << 10
#: Longer than the pauses between polls of any client we know: a connection closed just as a poll goes out is an error.
KEEP_ALIVE_S = 75
SHUTDOWN_S = 5


class Running(NamedTuple):
    """A mock that is being served: its URL, and its state."""

    url: str
    app: App


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to this address; port 0 takes any that is free. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def url_of(bound: socket.socket) -> str:
    """The URL of what listens on this socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: App, bound: socket.socket, started: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT. Requests under way have 5 s to finish. `started` is called once it listens.

    What the first request would wait for is loaded before that, so that it takes no longer than those that follow.
    """
    warm = app.mock.pictures.warm_up()

    def start() -> None:
        warm.result()
        started()

    server = _make_server(app, start)
    for slug in SLUGS:
        find(slug)
    server.run(sockets=[bound])


@contextmanager
def serving(
    settings: Settings | None = None, clock: Clock | None = None, port: int = 0, app: App | None = None
) -> Generator[Running, None, None]:
    """Serves a mock, or the `app` that is given, on 127.0.0.1 from a thread of its own, as long as the block runs.

    >>> with serving() as mock:    # doctest: +SKIP
    ...     requests.get(mock.url + "/__mock/health")
    """
    app = app or create_app(settings, clock)
    ready = threading.Event()
    with listen("127.0.0.1", port) as bound:
        server = _make_server(app, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="segmind-mock", daemon=True)
        url = url_of(bound)
        thread.start()
        try:
            if not ready.wait(10):
                raise RuntimeError("the mock did not start")
            yield Running(url, app)
        finally:
            server.should_exit = True
            thread.join(SHUTDOWN_S + 2)


def _make_server(app: App, started: Callable[[], None]) -> Server:
    # Imported here, because who uses the mock in process needs no server.
    from uvicorn import Config, Server
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class TimedProtocol(HttpToolsProtocol):
        """Ends the connection when a request has not come in completely in time, or its head is too long."""

        _since: float | None = None
        _in_head = True
        _head = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._since = self.loop.time()
            self._watch = self.loop.call_later(REQUEST_S, self._check)

        def connection_lost(self, exc: Exception | None) -> None:
            self._watch.cancel()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._in_head:
                self._head += len(data)
                if self._head > HEAD_BYTES + len(data):
                    self._refuse(b"431 Request Header Fields Too Large")
                    return
            super().data_received(data)

        def on_message_begin(self) -> None:
            self._since = self.loop.time()
            self._in_head = True
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._in_head = False
            self._head = 0
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._since = None
            self._in_head = True
            super().on_message_complete()

        def _check(self) -> None:
            # One timer for each connection, moved on when it rings, is cheaper than one for each request.
            now = self.loop.time()
            left = REQUEST_S if self._since is None else self._since + REQUEST_S - now
            if left > 0:
                self._watch = self.loop.call_later(left, self._check)
            else:
                self._refuse(b"408 Request Timeout")

        def _refuse(self, status: bytes) -> None:
            if not self.transport.is_closing():
                if self._in_head or not self.cycle.response_started:
                    self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                self.transport.close()

    class MockServer(Server):
        """Says when it listens, and takes a signal as a wish to end well: exit status 0, not death by signal."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await super().shutdown(sockets)
            await app.close()

        @contextmanager
        def capture_signals(self) -> Generator[None, None, None]:
            if threading.current_thread() is not threading.main_thread():
                yield
                return

            def leave(number: int, frame: FrameType | None) -> Any:
                self.should_exit = True

            before: dict[Signals, Any] = {number: signal(number, leave) for number in (SIGTERM, SIGINT)}
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal(number, handler)

    config = Config(
        app,
        http=TimedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    return MockServer(config)
