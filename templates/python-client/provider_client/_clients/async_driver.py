"""Running of flows under asyncio, with httpx2's asynchronous client."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Self

from .._config import Config, RequestOptions
from .._flow import DRIVER_ERRORS, Flow, Pause
from .._flows import calls, downloads
from .._http import Request, Response, T
from .._journal import JournalEntry
from .._network import call_time
from .._network.pools import AsyncPool
from .._network.tracebacks import strip_traceback
from .._results.jobs import JobResult, noting_handle
from ..spec.facts import Model
from .jobs import AsyncioJob

if TYPE_CHECKING:
    from .._results.result import Result


class AsyncDriver:
    """Runs flows: sends their requests, waits for their pauses and writes their journal entries."""

    def __init__(self, config: Config, pool: AsyncPool) -> None:
        self.config = config
        self.pool = pool

    def with_config(self, config: Config) -> Self:
        """Return a driver with another configuration and the same connections."""
        return type(self)(config, self.pool)

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its result."""
        self.pool.check()
        begun = call_time.begin()
        try:
            effect = next(flow)
            while True:
                try:
                    reply = await self._perform(effect)
                except DRIVER_ERRORS as failure:
                    effect = flow.throw(failure)
                else:
                    effect = flow.send(reply)
        except StopIteration as stop:
            value: T = stop.value
            return value
        finally:
            flow.close()
            call_time.end(begun)

    def generate(
        self, model: Model, payload: Mapping[str, Any], options: RequestOptions
    ) -> Coroutine[Any, Any, Result]:
        return self.run(calls.generate(self.config, model.slug, model, payload, options))

    def submit(
        self, model: Model, payload: Mapping[str, Any], options: RequestOptions
    ) -> Coroutine[Any, Any, AsyncioJob]:
        return self.enqueue(model.slug, model, payload, options)

    async def enqueue(
        self, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
    ) -> AsyncioJob:
        handle, body, response = await self.run(calls.submit(self.config, slug, model, payload, options))
        return AsyncioJob(handle, body, self, options, response)

    async def enqueue_and_wait(
        self, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions
    ) -> JobResult:
        job = await self.enqueue(slug, model, payload, options)
        with noting_handle(job.handle):
            return await job.wait()

    def download(self, source: JobResult | str, options: RequestOptions) -> Coroutine[Any, Any, Result]:
        return self.run(downloads.download(self.config, source, options))

    async def _perform(self, effect: Request | Pause | JournalEntry) -> Response | None:
        if isinstance(effect, Request):
            return await self._send(effect)
        if isinstance(effect, JournalEntry):
            effect.write()
            return None
        from asyncio import sleep

        if self.config.skip is not None:
            self.config.skip(effect.seconds)
        elif not call_time.pause(effect.seconds):
            await sleep(effect.seconds)
            return None
        # Other tasks run during a pause, even if it takes no time.
        await sleep(0)
        return None

    async def _send(self, request: Request) -> Response:
        client, attempt, deadline = await self.pool.begin(request, self.config)
        try:
            async with deadline:
                response = await client.send(attempt.request(), stream=True, auth=None, follow_redirects=False)
                try:
                    attempt.response_started(response)
                    deadline.extend()
                    async for chunk in response.aiter_raw() if attempt.reads_raw else response.aiter_bytes():
                        if not attempt.add_chunk(chunk) and not deadline.end_now():
                            break
                except Exception:
                    attempt.reading_failed(response)
                    raise
                finally:
                    await response.aclose()
        except Exception as error:
            attempt.failed(error)
        except BaseException as error:
            strip_traceback(error)
            raise
        return attempt.response()
