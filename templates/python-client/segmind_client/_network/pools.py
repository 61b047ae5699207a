"""The connections of a client: made at the first request (with httpx2 imported then), shared by its copies."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from .._errors import ConfigurationError
from .._wire import Unusable

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    import httpx2

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
        self._ready = False
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
        if client is None or not self._ready:
            from .setup import made

            with self._lock:
                if self._closed:
                    raise Unusable(_CLOSED)
                client = self._client = made(self._make)
                self._ready = True
        if not self._owned and client.is_closed:
            raise Unusable(_GIVEN_CLOSED)
        return client

    def close(self) -> None:
        """Closes the connections, unless they were handed in."""
        with self._lock:
            client, self._client, self._closed = self._client, None, True
        if client is not None and self._owned:
            client.close()

    def _make(self) -> httpx2.Client:
        import httpx2

        from .streams import keep_deadlines

        client = self._client or httpx2.Client(
            follow_redirects=False, transport=self._transport, limits=httpx2.Limits()
        )
        keep_deadlines(client)
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
        self._ready = False
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
        from .setup import made

        if self._client is not None:
            if not self._ready:
                made(lambda: None)
                self._ready = True
            if self._client.is_closed:
                raise Unusable(_GIVEN_CLOSED)
            return self._client
        client = made(self._make)
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

    def _make(self) -> httpx2.AsyncClient:
        import httpx2

        return httpx2.AsyncClient(follow_redirects=False, transport=self._transport, limits=httpx2.Limits())

    async def _closing(self, loop: AbstractEventLoop, client: httpx2.AsyncClient) -> AsyncGenerator[None]:
        """Closes a client when it is closed itself: a loop that shuts down closes the generators that began in it."""
        try:
            yield
        finally:
            self._made.pop(loop, None)
            await client.aclose()


def _given(http_client: object, transport: object) -> str:
    """The name of the argument that was given, "" for none."""
    if http_client is not None and transport is not None:
        raise ConfigurationError("give http_client or transport: a client has a transport of its own")
    if http_client is not None:
        return "http_client"
    return "" if transport is None else "transport"
