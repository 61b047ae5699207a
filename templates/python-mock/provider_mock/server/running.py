"""The mock behind a socket: start, shutdown, and retirement for a new worker."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from ..settings import Settings
from ..spec.catalog import SLUGS, find
from ..state.clock import Clock
from .app import App, create_app
from .asgi import Application

if TYPE_CHECKING:
    from .worker import SupervisorLink

SHUTDOWN_S = 5
#: The start takes a second, or several on a busy machine.
START_S = 60
#: Number of models that are loaded at the start, about a millisecond each. The others are loaded when first called.
PRELOADED = 32


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
    # Imported where it is used, because a mock in process needs no server.
    from .mock_server import make_server

    warm = app.mock.files.warm_up()

    def start() -> None:
        warm.result()
        started()
        app.mock.files.load_encoders()

    server = make_server(app, start, shutdown_s=SHUTDOWN_S, link=link)
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
    from .mock_server import make_server

    ready = threading.Event()
    with listen("127.0.0.1", port) as bound:
        server = make_server(app, ready.set, shutdown_s=SHUTDOWN_S)
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
