"""The connections of a client: opened at the first request (which imports httpx2) and shared by the client's copies."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from .._config import Config
from .._errors import ConfigurationError
from .._flow import Misconfigured
from .._http import Request

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    import httpx2

    from .attempt import Attempt
    from .deadline import Deadline

_CLOSED = "this client is closed"
_OWN_CLIENT_CLOSED = "the http_client that was passed in is closed"
_NO_LOOP = (
    "no event loop of asyncio is running, and AsyncProviderClient needs one. With trio, call ProviderClient in a thread:"
    " trio.to_thread.run_sync"
)


class Pool:
    """The connections of a blocking client. Threads share them.

    Attributes:
        source: The argument with which the caller passed in the HTTP client: "http_client", "transport" or "".
    """

    def __init__(self, http_client: httpx2.Client | None, transport: httpx2.BaseTransport | None) -> None:
        self.source = _source_of(http_client, transport)
        self._client = http_client
        self._transport = transport
        self._owned = http_client is None
        self._attempt_class: type[Attempt] | None = None
        self._closed = False
        self._lock = allocate_lock()

    def check(self) -> None:
        """Raise RuntimeError if the pool is closed."""
        if self._closed:
            raise RuntimeError(_CLOSED)

    def client(self) -> httpx2.Client:
        """Return the HTTP client.

        Raises:
            NotSent, Misconfigured: The HTTP client can't be made, or it is closed.
        """
        client = self._client
        if client is None or self._attempt_class is None:
            from .setup_errors import make_client

            with self._lock:
                if self._closed:
                    raise Misconfigured(_CLOSED)
                client = self._client = make_client(self._make)
        if not self._owned and client.is_closed:
            raise Misconfigured(_OWN_CLIENT_CLOSED)
        return client

    def begin(self, request: Request, config: Config) -> tuple[httpx2.Client, Attempt]:
        """Return the HTTP client and a new attempt for `request`.

        Raises:
            NotSent, Misconfigured: See `client`.
        """
        client = self.client()
        assert self._attempt_class is not None
        return client, self._attempt_class(request, config, self.source)

    def close(self) -> None:
        """Close the connections, unless they were passed in."""
        with self._lock:
            client, self._client, self._closed = self._client, None, True
        if client is not None and self._owned:
            client.close()

    def _make(self) -> httpx2.Client:
        import httpx2

        from .attempt import Attempt

        self._attempt_class = Attempt
        client = self._client or httpx2.Client(
            follow_redirects=False, transport=self._transport, limits=httpx2.Limits()
        )
        _keep_deadlines(client)
        return client


class AsyncPool:
    """The connections of an asyncio client.

    Connections belong to the event loop in which they were opened, so each loop has its own. They are closed when the loop
    shuts down, as at the end of `asyncio.run`.

    Attributes:
        source: See `Pool`.
    """

    def __init__(self, http_client: httpx2.AsyncClient | None, transport: httpx2.AsyncBaseTransport | None) -> None:
        self.source = _source_of(http_client, transport)
        self._client = http_client
        self._transport = transport
        self._made: dict[AbstractEventLoop, tuple[httpx2.AsyncClient, AsyncGenerator[None]]] = {}
        self._kinds: tuple[type[Attempt], type[Deadline]] | None = None
        self._closed = False

    def check(self) -> None:
        """Raise RuntimeError if the pool is closed."""
        if self._closed:
            raise RuntimeError(_CLOSED)

    async def client(self) -> httpx2.AsyncClient:
        """Return the HTTP client of the running loop.

        Raises:
            NotSent, Misconfigured: The HTTP client can't be made, it is closed, or no loop of asyncio runs.
        """
        if self._closed:
            raise Misconfigured(_CLOSED)
        loop = _running_loop()
        if loop is None:
            raise Misconfigured(_NO_LOOP)
        known = self._made.get(loop)
        if known is not None:
            return known[0]
        from .setup_errors import make_client

        client = make_client(self._make)
        if self._client is not None:
            if client.is_closed:
                raise Misconfigured(_OWN_CLIENT_CLOSED)
            return client
        closing = self._closing(loop, client)
        self._made[loop] = client, closing
        await anext(closing)
        return client

    async def begin(self, request: Request, config: Config) -> tuple[httpx2.AsyncClient, Attempt, Deadline]:
        """Return the HTTP client of the running loop, a new attempt for `request`, and its deadline.

        Raises:
            NotSent, Misconfigured: See `client`.
        """
        client = await self.client()
        assert self._kinds is not None
        attempt = self._kinds[0](request, config, self.source)
        return client, attempt, self._kinds[1](attempt)

    async def close(self) -> None:
        """Close the connections of the running loop, unless they were passed in. Other loops close theirs when they end."""
        self._closed = True
        loop = _running_loop()
        made = self._made.get(loop) if loop is not None else None
        if made is not None:
            await made[1].aclose()

    def _make(self) -> httpx2.AsyncClient:
        import httpx2

        from .attempt import Attempt
        from .deadline import Deadline

        self._kinds = Attempt, Deadline
        return self._client or httpx2.AsyncClient(
            follow_redirects=False, transport=self._transport, limits=httpx2.Limits()
        )

    async def _closing(self, loop: AbstractEventLoop, client: httpx2.AsyncClient) -> AsyncGenerator[None]:
        """Close `client` when this generator is closed: a loop that shuts down closes the generators that started in it."""
        try:
            yield
        finally:
            self._made.pop(loop, None)
            await client.aclose()


def _running_loop() -> AbstractEventLoop | None:
    """Return the running event loop of asyncio; None in a task of another library."""
    from asyncio import get_running_loop

    try:
        return get_running_loop()
    except RuntimeError:
        return None


def _keep_deadlines(client: httpx2.Client) -> None:
    """Make the future connections of `client` keep deadlines, if its transports are those of httpx2.

    httpx2 has no argument for that, so private attributes are replaced. If a version of httpx2 names them differently, httpx2's
    own timeouts still limit each single wait.
    """
    import httpx2

    mounts: dict[object, object] = getattr(client, "_mounts", {})
    for transport in (getattr(client, "_transport", None), *mounts.values()):
        pool: Any = getattr(transport, "_pool", None) if isinstance(transport, httpx2.HTTPTransport) else None
        if hasattr(pool, "_network_backend"):
            from .streams import Backend

            pool._network_backend = Backend.around(pool._network_backend)


def _source_of(http_client: object, transport: object) -> str:
    """Return the name of the argument that was passed in; "" for none."""
    if http_client is not None and transport is not None:
        raise ConfigurationError("expected http_client or transport, got both: an HTTP client has its own transport")
    if http_client is not None:
        return "http_client"
    return "" if transport is None else "transport"
