"""The shell for asyncio: drives the same flows with httpx2's async client and `asyncio.sleep`."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from . import _core as core
from ._config import Config, RequestOptions
from ._images import ImageResult
from ._job import JobHandle, JobResult
from ._wire import Flow, Interrupted, NotSent, Oversized, Pause, Request, Response, T
from .spec.facts import Model
from .spec.platform import PLATFORM

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    import httpx2

_QUEUE = PLATFORM.queue


class AsyncioJob:
    """A job in the queue, on an asyncio client; as `AsyncJob`, with coroutines for methods."""

    __slots__ = ("_options", "_shell", "handle", "submit_response")

    def __init__(
        self, handle: JobHandle, submit_response: Mapping[str, Any], shell: AsyncShell, options: RequestOptions
    ) -> None:
        self.handle = handle
        self.submit_response = dict(submit_response)
        self._shell = shell
        self._options = options

    @property
    def request_id(self) -> str:
        """As `AsyncJob.request_id`."""
        return self.handle.request_id

    @property
    def status_url(self) -> str:
        """As `AsyncJob.status_url`."""
        return self.handle.status_url

    @property
    def response_url(self) -> str:
        """As `AsyncJob.response_url`."""
        return self.handle.response_url

    async def status(self) -> dict[str, Any]:
        """As `AsyncJob.status`."""
        return await self._shell.run(core.read_status(self._shell.config, self.handle, self._options))

    async def result(self) -> JobResult:
        """As `AsyncJob.result`."""
        return await self._shell.run(core.read_result(self._shell.config, self.handle, self._options))

    async def wait(self, timeout: float = _QUEUE.timeout_s, interval: float = _QUEUE.interval_s) -> JobResult:
        """As `AsyncJob.wait`; can be cancelled, and the job found again by its handle."""
        return await self._shell.run(core.wait(self._shell.config, self.handle, timeout, interval, self._options))

    async def download(self, timeout: float = _QUEUE.timeout_s, interval: float = _QUEUE.interval_s) -> ImageResult:
        """As `AsyncJob.download`."""
        return await self._shell.download((await self.wait(timeout, interval)).urls, self._options)

    def __repr__(self) -> str:
        return f"<AsyncioJob {self.handle.slug} {self.request_id}>"


class AsyncShell:
    """Sends what flows ask for. An HTTP client is made (and httpx2 imported) at the first request in an event loop:
    connections belong to the loop they were made in, so each loop has a client of its own."""

    def __init__(self, config: Config, http_client: httpx2.AsyncClient | None) -> None:
        self.config = config
        self._given = http_client
        self._made: MutableMapping[AbstractEventLoop, httpx2.AsyncClient] | None = None
        self._closed = False

    async def run(self, flow: Flow[T]) -> T:
        try:
            effect = next(flow)
            while True:
                try:
                    reply = await self._carry_out(effect)
                except (NotSent, Interrupted, Oversized) as failure:
                    effect = flow.throw(failure)
                else:
                    effect = flow.send(reply)
        except StopIteration as stop:
            value: T = stop.value
            return value
        finally:
            flow.close()

    def generate(
        self, model: Model, payload: Mapping[str, Any], options: RequestOptions
    ) -> Coroutine[Any, Any, ImageResult]:
        return self.run(core.generate(self.config, model.slug, model, payload, options))

    def submit(
        self, model: Model, payload: Mapping[str, Any], options: RequestOptions
    ) -> Coroutine[Any, Any, AsyncioJob]:
        return self.enqueue(model.slug, model, payload, options)

    async def enqueue(
        self, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
    ) -> AsyncioJob:
        handle, body = await self.run(core.submit(self.config, slug, model, payload, options))
        return AsyncioJob(handle, body, self, options)

    async def enqueue_and_wait(
        self, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
    ) -> JobResult:
        return await (await self.enqueue(slug, model, payload, options)).wait()

    def download(self, urls: list[str], options: RequestOptions) -> Coroutine[Any, Any, ImageResult]:
        return self.run(core.download(self.config, urls, options))

    async def close(self) -> None:
        self._closed = True
        from asyncio import get_running_loop

        # Those of other loops go with their loops; from here nobody can close them.
        client = self._made.pop(get_running_loop(), None) if self._made is not None else None
        if client is not None:
            await client.aclose()

    async def _carry_out(self, effect: Request | Pause) -> Response | None:
        if isinstance(effect, Pause):
            from asyncio import sleep

            await sleep(effect.seconds)
            return None
        return await self._exchange(effect)

    async def _exchange(self, request: Request) -> Response:
        from ._http import TRANSPORT_ERRORS, Exchange

        exchange = Exchange(request, self.config)
        client = self._client()
        try:
            answer = await client.send(exchange.outgoing(), stream=True, auth=None, follow_redirects=False)
            try:
                exchange.begin(answer)
                async for chunk in answer.aiter_bytes():
                    if not exchange.take(chunk):
                        break
            finally:
                await answer.aclose()
        except TRANSPORT_ERRORS as error:
            exchange.broken_by(error)
        return exchange.response()

    def _client(self) -> httpx2.AsyncClient:
        if self._closed:
            raise RuntimeError("this client is closed")
        if self._given is not None:
            return self._given
        from asyncio import get_running_loop

        loop = get_running_loop()
        client = self._made.get(loop) if self._made is not None else None
        if client is None:
            from weakref import WeakKeyDictionary

            import httpx2

            client = httpx2.AsyncClient(follow_redirects=False)
            if self._made is None:
                self._made = WeakKeyDictionary()
            self._made[loop] = client
        return client
