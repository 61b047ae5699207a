"""uvicorn's server with the mock's settings: it says when it listens, obeys signals, and can retire for a new worker."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from signal import SIGINT, SIGTERM, Signals, signal
from typing import TYPE_CHECKING, Any, cast

from uvicorn import Config, Server

from .asgi import Application
from .connection import Connection, ConnectionsState

if TYPE_CHECKING:
    from types import FrameType

    from .worker import SupervisorLink

#: Longer than the pauses between polls of known clients, since a connection that closes during a poll is an error.
KEEP_ALIVE_S = 75
#: Seconds for which a retiring server keeps idle connections, and any connection.
IDLE_S = 5
RETIRE_S = 120


def make_server(
    app: Application, started: Callable[[], None], *, shutdown_s: int, link: SupervisorLink | None = None
) -> Server:
    """Return a server of `app`, which calls `started` once it listens. Running requests have `shutdown_s` to finish."""
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
        timeout_graceful_shutdown=shutdown_s,
    )
    return MockServer(config, started, link)


class MockServer(Server):
    """A server that calls `started` once it listens, and exits with status 0 after a signal.

    A `link` to a supervisor can stop it, or make it retire.
    """

    def __init__(self, config: Config, started: Callable[[], None], link: SupervisorLink | None) -> None:
        super().__init__(config)
        self._started = started
        self._link = link

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.server_state = self._shared = ConnectionsState()
        await super().startup(sockets)
        self._started()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or (self._link is not None and self._link.command is not None)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._link is not None and self._link.command == "retire":
            await self._retire(self._link)
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


def _was_not_cancelled(record: logging.LogRecord) -> bool:
    """Hide the traceback of a request that was cancelled at the end; uvicorn logs their number."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)
