"""The connections of a client: made at the first request (with httpx2 imported then), shared by its copies."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from .._config import Config
from .._errors import ConfigurationError
from .._wire import Request, Unusable
from .setup import made

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    import httpx2

    from .deadline import Deadline
    from .exchange import Exchange

_CLOSED = "this client is closed"
_GIVEN_CLOSED = "the http_client that was handed in is closed"


class Pool:
    """The connections of a client that blocks; its threads share them.

    Attributes:
        given: The argument through which the caller handed in what sends requests: "http_client", "transport" or "".
    """

    def __init__(self, http_client: httpx2.Client | None, transport: httpx2.BaseTransport | None) -> None:
        self.given = _given(http_client, transport)
        self._client = http_client
        self._transport = transport
        self._owned = http_client is None
        self._exchange: type[Exchange] | None = None
        self._closed = False
        self._lock = allocate_lock()

    def check(self) -> None:
        """Raises RuntimeError if it is closed: before anything is begun."""
        if self._closed:
            raise RuntimeError(_CLOSED)

    def client(self) -> httpx2.Client:
        """What sends requests.

        Raises:
            NotSent, Unusable: It can't be made, or it is closed.
        """
        client = self._client
        if client is None or self._exchange is None:
            with self._lock:
                if self._closed:
                    raise Unusable(_CLOSED)
                client = self._client = made(self._make)
        if not self._owned and client.is_closed:
            raise Unusable(_GIVEN_CLOSED)
        return client

    def begin(self, request: Request, config: Config) -> tuple[httpx2.Client, Exchange]:
        """What sends requests, and an exchange for this one.

        Raises:
            NotSent, Unusable: As `client`.
        """
        client = self.client()
        assert self._exchange is not None
        return client, self._exchange(request, config, self.given)

    def close(self) -> None:
        """Closes the connections, unless they were handed in."""
        with self._lock:
            client, self._client, self._closed = self._client, None, True
        if client is not None and self._owned:
            client.close()

    def _make(self) -> httpx2.Client:
        import httpx2

        from .exchange import Exchange

        self._exchange = Exchange
        client = self._client or httpx2.Client(
            follow_redirects=False, transport=self._transport, limits=httpx2.Limits()
        )
        _keep_deadlines(client)
        return client


class AsyncPool:
    """The connections of an asyncio client. They belong to the event loop that they were made in, so each loop has its
    own; those of a loop that ends (as `asyncio.run` ends it) are closed with it.

    Attributes:
        given: As in `Pool`.
    """

    def __init__(self, http_client: httpx2.AsyncClient | None, transport: httpx2.AsyncBaseTransport | None) -> None:
        self.given = _given(http_client, transport)
        self._client = http_client
        self._transport = transport
        self._made: dict[AbstractEventLoop, tuple[httpx2.AsyncClient, AsyncGenerator[None]]] = {}
        self._kinds: tuple[type[Exchange], type[Deadline]] | None = None
        self._closed = False

    def check(self) -> None:
        """Raises RuntimeError if it is closed: before anything is begun."""
        if self._closed:
            raise RuntimeError(_CLOSED)

    async def client(self) -> httpx2.AsyncClient:
        """What sends requests in the running loop.

        Raises:
            NotSent, Unusable: It can't be made, or it is closed.
        """
        if self._closed:
            raise Unusable(_CLOSED)
        from asyncio import get_running_loop

        loop = get_running_loop()
        known = self._made.get(loop)
        if known is not None:
            return known[0]
        client = made(self._make)
        if self._client is not None:
            if client.is_closed:
                raise Unusable(_GIVEN_CLOSED)
            return client
        closing = self._closing(loop, client)
        self._made[loop] = client, closing
        await anext(closing)
        return client

    async def begin(self, request: Request, config: Config) -> tuple[httpx2.AsyncClient, Exchange, Deadline]:
        """What sends requests in the running loop; an exchange for this one, and its deadline.

        Raises:
            NotSent, Unusable: As `client`.
        """
        client = await self.client()
        assert self._kinds is not None
        exchange = self._kinds[0](request, config, self.given)
        return client, exchange, self._kinds[1](exchange)

    async def close(self) -> None:
        """Closes the connections of the running loop, unless they were handed in; those of others end with theirs."""
        self._closed = True
        from asyncio import get_running_loop

        made = self._made.get(get_running_loop())
        if made is not None:
            await made[1].aclose()

    def _make(self) -> httpx2.AsyncClient:
        import httpx2

        from .deadline import Deadline
        from .exchange import Exchange

        self._kinds = Exchange, Deadline
        return self._client or httpx2.AsyncClient(
            follow_redirects=False, transport=self._transport, limits=httpx2.Limits()
        )

    async def _closing(self, loop: AbstractEventLoop, client: httpx2.AsyncClient) -> AsyncGenerator[None]:
        """Closes a client when it is closed itself: a loop that shuts down closes the generators that began in it."""
        try:
            yield
        finally:
            self._made.pop(loop, None)
            await client.aclose()


def _keep_deadlines(client: httpx2.Client) -> None:
    """Let the connections that `client` is going to make keep deadlines, where its transports are httpx2's own.

    httpx2 has no argument for that, so the attributes that hold the transports and their connections are looked up. In a
    version that names them otherwise each single wait stays bounded, as httpx2 does it.
    """
    import httpx2

    mounts: dict[object, object] = getattr(client, "_mounts", {})
    for transport in (getattr(client, "_transport", None), *mounts.values()):
        pool: Any = getattr(transport, "_pool", None) if isinstance(transport, httpx2.HTTPTransport) else None
        if hasattr(pool, "_network_backend"):
            from .streams import Backend

            pool._network_backend = Backend.around(pool._network_backend)


def _given(http_client: object, transport: object) -> str:
    """The name of the argument that was given, "" for none."""
    if http_client is not None and transport is not None:
        raise ConfigurationError("give http_client or transport: a client has a transport of its own")
    if http_client is not None:
        return "http_client"
    return "" if transport is None else "transport"
