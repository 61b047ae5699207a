"""The connections of a client: made at the first request (with httpx2 imported then), shared by its copies."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from ._errors import ConfigurationError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    import httpx2

_CLOSED = "this client is closed"


class Pool:
    """The connections of a client that blocks; its threads share them."""

    def __init__(self, http_client: httpx2.Client | None, transport: httpx2.BaseTransport | None) -> None:
        _one_of(http_client, transport)
        self._client = http_client
        self._transport = transport
        self._owned = http_client is None
        self._closed = False
        self._lock = allocate_lock()

    def check(self) -> None:
        """Raises RuntimeError if it is closed: before anything is begun."""
        if self._closed:
            raise RuntimeError(_CLOSED)

    def client(self) -> httpx2.Client:
        """What sends requests."""
        client = self._client
        if client is None:
            import httpx2

            with self._lock:
                self.check()
                client = self._client = self._client or httpx2.Client(
                    follow_redirects=False, transport=self._transport, limits=httpx2.Limits()
                )
        return client

    def close(self) -> None:
        """Closes the connections, unless they were handed in."""
        with self._lock:
            client, self._client, self._closed = self._client, None, True
        if client is not None and self._owned:
            client.close()


class AsyncPool:
    """The connections of an asyncio client. They belong to the event loop that they were made in, so each loop has its
    own; those of a loop that ends (as `asyncio.run` ends it) are closed with it."""

    def __init__(self, http_client: httpx2.AsyncClient | None, transport: httpx2.AsyncBaseTransport | None) -> None:
        _one_of(http_client, transport)
        self._given = http_client
        self._transport = transport
        self._made: dict[AbstractEventLoop, tuple[httpx2.AsyncClient, AsyncGenerator[None]]] = {}
        self._closed = False

    def check(self) -> None:
        """Raises RuntimeError if it is closed: before anything is begun."""
        if self._closed:
            raise RuntimeError(_CLOSED)

    async def client(self) -> httpx2.AsyncClient:
        """What sends requests in the running loop."""
        self.check()
        if self._given is not None:
            return self._given
        from asyncio import get_running_loop

        loop = get_running_loop()
        made = self._made.get(loop)
        if made is not None:
            return made[0]
        import httpx2

        client = httpx2.AsyncClient(follow_redirects=False, transport=self._transport, limits=httpx2.Limits())
        closing = self._closing(loop, client)
        self._made[loop] = client, closing
        await anext(closing)
        return client

    async def close(self) -> None:
        """Closes the connections of the running loop, unless they were handed in; those of others end with theirs."""
        self._closed = True
        from asyncio import get_running_loop

        made = self._made.get(get_running_loop())
        if made is not None:
            await made[1].aclose()

    async def _closing(self, loop: AbstractEventLoop, client: httpx2.AsyncClient) -> AsyncGenerator[None]:
        """Closes a client when it is closed itself: a loop that shuts down closes the generators that began in it."""
        try:
            yield
        finally:
            self._made.pop(loop, None)
            await client.aclose()


def _one_of(http_client: object, transport: object) -> None:
    if http_client is not None and transport is not None:
        raise ConfigurationError("give http_client or transport: a client has a transport of its own")
