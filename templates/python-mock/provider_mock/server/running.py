"""The mock behind a socket: start, shutdown, and retirement for a new worker."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from signal import SIGINT, SIGTERM, Signals, signal
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ..settings import Settings
from ..spec.catalog import SLUGS, find
from ..state.clock import Clock
from .app import App, create_app
from .asgi import Application

if TYPE_CHECKING:
    from types import FrameType

    from uvicorn import Server

    from .connection import Connection
    from .worker import SupervisorLink

#: Longer than the pauses between polls of known clients, since a connection that closes during a poll is an error.
KEEP_ALIVE_S = 75
SHUTDOWN_S = 5
#: The start takes a second, or several on a busy machine.
START_S = 60
#: Number of models that are loaded at the start, about a millisecond each. The others are loaded when first called.
PRELOADED = 32
#: Seconds for which a retiring server keeps idle connections, and any connection.
IDLE_S = 5
RETIRE_S = 120


class Running(NamedTuple):
    """A mock that is being served: its URL and its application."""

    url: str
    app: App


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on this address; port 0 selects a free port. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def url_of(bound: socket.socket) -> str:
    """Return the URL of the server on this socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: App, bound: socket.socket, started: Callable[[], None], link: SupervisorLink | None = None) -> None:
    """Serve until SIGTERM or SIGINT. Running requests have 5 s to finish. `started` is called once the server listens.

    Pillow and the first models are loaded before that, so that the first request is as fast as the others.
    """
    warm = app.mock.files.warm_up()

    def start() -> None:
        warm.result()
        started()
        app.mock.files.load_encoders()

    server = _make_server(app, start, link)
    for slug in SLUGS[:PRELOADED]:
        find(slug)
    server.run(sockets=[bound])


@contextmanager
def serving(
    settings: Settings | None = None, clock: Clock | None = None, port: int = 0, app: App | None = None
) -> Generator[Running, None, None]:
    """Serve a mock, or `app`, on 127.0.0.1 in its own thread while the block runs.

    >>> with serving() as mock:    # doctest: +SKIP
    ...     requests.get(mock.url + "/__mock/health")
    """
    app = app or create_app(settings, clock)
    with listening(app, port) as url:
        yield Running(url, app)


@contextmanager
def listening(app: Application, port: int = 0) -> Generator[str, None, None]:
    """Serve any ASGI application on 127.0.0.1 in its own thread while the block runs. Yields its URL."""
    ready = threading.Event()
    with listen("127.0.0.1", port) as bound:
        server = _make_server(app, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="provider-mock", daemon=True)
        url = url_of(bound)
        thread.start()
        try:
            if not ready.wait(START_S):
                raise RuntimeError("the mock did not start")
            yield url
        finally:
            server.should_exit = True
            thread.join(SHUTDOWN_S + 2)


def _make_server(app: Application, started: Callable[[], None], link: SupervisorLink | None = None) -> Server:
    # Imported here, because a mock in process needs no server.
    from uvicorn import Config, Server

    from .connection import Connection, ConnectionsState

    class MockServer(Server):
        """A server that calls `started` once it listens, and exits with status 0 after a signal."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            self.server_state = self._shared = ConnectionsState()
            await super().startup(sockets)
            started()

        async def on_tick(self, counter: int) -> bool:
            return await super().on_tick(counter) or (link is not None and link.command is not None)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if link is not None and link.command == "retire":
                await self._retire(link)
            await super().shutdown(sockets)

        async def _retire(self, link: SupervisorLink) -> None:
            """Accept no new connections, and wait until each open one has received its last answer."""
            for server in self.servers:
                server.close()
            connections = cast("set[Connection]", self._shared.connections)
            self._shared.leaving = True
            for connection in connections:
                connection.leave()
            link.retiring()
            clock = asyncio.get_running_loop().time
            begin = clock()
            while connections and link.command == "retire" and not self.should_exit and clock() < begin + RETIRE_S:
                if clock() > begin + IDLE_S and all(connection.idle for connection in connections):
                    break
                await asyncio.sleep(0.05)

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

    logging.getLogger("uvicorn.error").addFilter(_was_not_cancelled)
    config = Config(
        app,
        http=Connection,
        ws="none",
        lifespan="auto",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    return MockServer(config)


def _was_not_cancelled(record: logging.LogRecord) -> bool:
    """Hide the traceback of a request that was cancelled at the end; uvicorn logs their number."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)
