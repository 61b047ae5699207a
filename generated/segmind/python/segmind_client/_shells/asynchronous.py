"""The shell for asyncio: drives the same flows with httpx2's async client and `asyncio.sleep`."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from .._answers.job import JobHandle, JobResult, naming
from .._answers.results import ImageResult
from .._config import Config, RequestOptions
from .._flows import core
from .._journal import Record
from .._network.frames import without_frames
from .._network.pools import AsyncPool
from .._wire import SHELL_ERRORS, Flow, Pause, Request, Response, T
from ..spec.facts import Model
from ..spec.platform import PLATFORM

_QUEUE = PLATFORM.queue


class AsyncioJob:
    """A job in the queue, on an asyncio client; as `AsyncJob`, with coroutines for methods.

    Attributes:
        handle: Finds the job again; `handle.to_json()` survives the process.
        submit_response: The body that announced the job, {} for a resumed one.
        response: The whole response that announced it, None for a resumed one.
    """

    __slots__ = ("_options", "_shell", "handle", "response", "submit_response")

    def __init__(
        self,
        handle: JobHandle,
        submit_response: Mapping[str, Any],
        shell: AsyncShell,
        options: RequestOptions,
        response: Response | None = None,
    ) -> None:
        self.handle = handle
        self.submit_response = dict(submit_response)
        self.response = response
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
        return await self._shell.run(core.collect(self._shell.config, self.handle, timeout, interval, self._options))

    def __repr__(self) -> str:
        return f"<AsyncioJob {self.handle.slug} {self.request_id}>"


class AsyncShell:
    """Sends what flows ask for."""

    def __init__(self, config: Config, pool: AsyncPool) -> None:
        self.config = config
        self.pool = pool

    async def run(self, flow: Flow[T]) -> T:
        self.pool.check()
        try:
            effect = next(flow)
            while True:
                try:
                    reply = await self._carry_out(effect)
                except SHELL_ERRORS as failure:
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
        handle, body, response = await self.run(core.submit(self.config, slug, model, payload, options))
        return AsyncioJob(handle, body, self, options, response)

    async def enqueue_and_wait(
        self, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
    ) -> JobResult:
        job = await self.enqueue(slug, model, payload, options)
        with naming(job.handle):
            return await job.wait()

    def download(self, source: JobResult | str, options: RequestOptions) -> Coroutine[Any, Any, ImageResult]:
        return self.run(core.download(self.config, source, options))

    async def _carry_out(self, effect: Request | Pause | Record) -> Response | None:
        if isinstance(effect, Request):
            return await self._exchange(effect)
        if isinstance(effect, Record):
            effect.write()
            return None
        from asyncio import sleep

        if self.config.skip is not None:
            self.config.skip(effect.seconds)
        await sleep(0 if self.config.skip is not None else effect.seconds)
        return None

    async def _exchange(self, request: Request) -> Response:
        client, exchange, deadline = await self.pool.begin(request, self.config)
        try:
            async with deadline:
                answer = await client.send(exchange.outgoing(), stream=True, auth=None, follow_redirects=False)
                try:
                    exchange.begin(answer)
                    deadline.move()
                    async for chunk in answer.aiter_bytes():
                        if not exchange.take(chunk) and not deadline.hasten():
                            break
                except Exception:
                    exchange.end(answer)
                    raise
                finally:
                    await answer.aclose()
        except Exception as error:
            exchange.broken_by(error)
        except BaseException as error:
            without_frames(error)
            raise
        return exchange.response()
