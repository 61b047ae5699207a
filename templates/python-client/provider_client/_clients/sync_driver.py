"""Running of flows with httpx2's blocking client."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from .._config import Config, RequestOptions
from .._flow import DRIVER_ERRORS, Flow, Pause
from .._flows import calls, downloads
from .._http import Request, Response, T
from .._journal import JournalEntry
from .._network import call_time
from .._network.pools import Pool
from .._network.tracebacks import strip_traceback
from .._results.jobs import JobResult
from ..spec.facts import Model
from .jobs import AsyncJob

if TYPE_CHECKING:
    from .._results.result import Result


class SyncDriver:
    """Runs flows: sends their requests, waits for their pauses and writes their journal entries."""

    def __init__(self, config: Config, pool: Pool) -> None:
        self.config = config
        self.pool = pool

    def with_config(self, config: Config) -> Self:
        """Return a driver with another configuration and the same connections."""
        return type(self)(config, self.pool)

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its result."""
        self.pool.check()
        begun = call_time.begin()
        try:
            effect = next(flow)
            while True:
                try:
                    reply = self._perform(effect)
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

    def generate(self, model: Model, payload: Mapping[str, Any], options: RequestOptions) -> Result:
        return self.run(calls.generate(self.config, model.slug, model, payload, options))

    def submit(self, model: Model, payload: Mapping[str, Any], options: RequestOptions) -> AsyncJob:
        return self.enqueue(model.slug, model, payload, options)

    def enqueue(self, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions) -> AsyncJob:
        handle, body, response = self.run(calls.submit(self.config, slug, model, payload, options))
        return AsyncJob(handle, body, self, options, response)

    def download(self, source: JobResult | str, options: RequestOptions) -> Result:
        return self.run(downloads.download(self.config, source, options))

    def _perform(self, effect: Request | Pause | JournalEntry) -> Response | None:
        if isinstance(effect, Request):
            return self._send(effect)
        if isinstance(effect, JournalEntry):
            effect.write()
        elif self.config.skip is not None:
            self.config.skip(effect.seconds)
        elif not call_time.pause(effect.seconds):
            time.sleep(effect.seconds)
        return None

    def _send(self, request: Request) -> Response:
        client, attempt = self.pool.begin(request, self.config)
        try:
            response = client.send(attempt.request(), stream=True, auth=None, follow_redirects=False)
            try:
                attempt.response_started(response)
                for chunk in response.iter_raw() if attempt.reads_raw else response.iter_bytes():
                    if not attempt.add_chunk(chunk):
                        break
            except Exception:
                attempt.reading_failed(response)
                raise
            finally:
                response.close()
        except Exception as error:
            attempt.failed(error)
        except BaseException as error:
            strip_traceback(error)
            raise
        return attempt.response()
