"""The mock behind a socket: how it starts, how it ends, and how it makes room for a successor."""

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

#: Longer than the pauses between polls of any client we know: a connection closed just as a poll goes out is an error.
KEEP_ALIVE_S = 75
SHUTDOWN_S = 5
#: Starting takes a second, or several on a machine that is busy.
START_S = 60
#: A model takes a millisecond to load. More than these would be felt at the start, and wait for their first request.
PRELOADED = 32
#: How long a server that makes room for its successor keeps connections on which nothing happens, and at most any.
IDLE_S = 5
RETIRE_S = 120


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


def serve(app: App, bound: socket.socket, started: Callable[[], None], link: SupervisorLink | None = None) -> None:
    """Serves until SIGTERM or SIGINT. Requests under way have 5 s to finish. `started` is called once it listens.

    What the first request would wait for is loaded before that, so that it takes no longer than those that follow (but
    for a model of a big catalogue, which is loaded when it is first called).
    """
    warm = app.mock.images.warm_up()

    def start() -> None:
        warm.result()
        started()

    server = _make_server(app, start, link)
    for slug in SLUGS[:PRELOADED]:
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
    with listening(app, port) as url:
        yield Running(url, app)


@contextmanager
def listening(app: Application, port: int = 0) -> Generator[str, None, None]:
    """Serves any ASGI application on 127.0.0.1 from a thread of its own, as long as the block runs; gives its URL."""
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
    # Imported here, because who uses the mock in process needs no server.
    from uvicorn import Config, Server

    from .connection import Connection, ConnectionsState

    class MockServer(Server):
        """Says when it listens, and takes a signal as a wish to end well: exit status 0, not death by signal."""

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
            """Takes no new connections, and waits until those there are have heard, in an answer, that it is over."""
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
    """Leaves out the traceback of a request that was cut off at the end: how many there were is said anyway."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)
