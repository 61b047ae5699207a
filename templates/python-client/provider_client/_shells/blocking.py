"""The shell that blocks: drives flows with httpx2's client and `time.sleep`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .._answers.job import JobHandle, JobResult
from .._answers.results import ImageResult
from .._config import Config, RequestOptions
from .._flows import core
from .._journal import Record
from .._network.frames import without_frames
from .._network.pools import Pool
from .._wire import SHELL_ERRORS, Flow, Pause, Request, Response, T
from ..spec.facts import Model
from ..spec.platform import PLATFORM

_QUEUE = PLATFORM.queue


class AsyncJob:
    """A job in the queue, on a client that blocks. (The official SDK's name: the job is asynchronous, not this class.)

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
        shell: SyncShell,
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
        """The provider's name for the job."""
        return self.handle.request_id

    @property
    def status_url(self) -> str:
        """Where the job's state is read; never another host than the service's own."""
        return self.handle.status_url

    @property
    def response_url(self) -> str:
        """Where its result is read; never another host than the service's own."""
        return self.handle.response_url

    def status(self) -> dict[str, Any]:
        """Where the job stands, without waiting. `status` in it is one of the documented states, or a newer one.

        Raises:
            StatusError: The job is unknown, expired or somebody else's.
        """
        return self._shell.run(core.read_status(self._shell.config, self.handle, self._options))

    def result(self) -> JobResult:
        """The final body, also that of a failed job; what it is before the job ended, no page says.

        Raises:
            StatusError: The job is unknown, expired or somebody else's.
        """
        return self._shell.run(core.read_result(self._shell.config, self.handle, self._options))

    def wait(self, timeout: float = _QUEUE.timeout_s, interval: float = _QUEUE.interval_s) -> JobResult:
        """Waits for the job's end, at most `timeout` seconds, asking every `interval` seconds.

        Raises:
            InferenceFailed: The job failed.
            InferenceTimeout: It did not end in time.
            StatusError: The job is unknown, expired or somebody else's.
            ValueError: A time is negative or none.
        """
        return self._shell.run(core.wait(self._shell.config, self.handle, timeout, interval, self._options))

    def download(self, timeout: float = _QUEUE.timeout_s, interval: float = _QUEUE.interval_s) -> ImageResult:
        """Waits as `wait` does, at most `timeout` seconds, asking every `interval` seconds; then fetches the pictures."""
        return self._shell.run(core.collect(self._shell.config, self.handle, timeout, interval, self._options))

    def __repr__(self) -> str:
        return f"<AsyncJob {self.handle.slug} {self.request_id}>"


class SyncShell:
    """Sends what flows ask for."""

    def __init__(self, config: Config, pool: Pool) -> None:
        self.config = config
        self.pool = pool

    def run(self, flow: Flow[T]) -> T:
        self.pool.check()
        try:
            effect = next(flow)
            while True:
                try:
                    reply = self._carry_out(effect)
                except SHELL_ERRORS as failure:
                    effect = flow.throw(failure)
                else:
                    effect = flow.send(reply)
        except StopIteration as stop:
            value: T = stop.value
            return value
        finally:
            flow.close()

    def generate(self, model: Model, payload: Mapping[str, Any], options: RequestOptions) -> ImageResult:
        return self.run(core.generate(self.config, model.slug, model, payload, options))

    def submit(self, model: Model, payload: Mapping[str, Any], options: RequestOptions) -> AsyncJob:
        return self.enqueue(model.slug, model, payload, options)

    def enqueue(self, slug: str, model: Model | None, payload: Mapping[str, Any], options: RequestOptions) -> AsyncJob:
        handle, body, response = self.run(core.submit(self.config, slug, model, payload, options))
        return AsyncJob(handle, body, self, options, response)

    def download(self, source: JobResult | str, options: RequestOptions) -> ImageResult:
        return self.run(core.download(self.config, source, options))

    def _carry_out(self, effect: Request | Pause | Record) -> Response | None:
        if isinstance(effect, Request):
            return self._exchange(effect)
        if isinstance(effect, Record):
            effect.write()
        elif self.config.skip is not None:
            self.config.skip(effect.seconds)
        else:
            time.sleep(effect.seconds)
        return None

    def _exchange(self, request: Request) -> Response:
        client, exchange = self.pool.begin(request, self.config)
        try:
            answer = client.send(exchange.outgoing(), stream=True, auth=None, follow_redirects=False)
            try:
                exchange.begin(answer)
                for chunk in answer.iter_bytes():
                    if not exchange.take(chunk):
                        break
            except Exception:
                exchange.end(answer)
                raise
            finally:
                answer.close()
        except Exception as error:
            exchange.broken_by(error)
        except BaseException as error:
            without_frames(error)
            raise
        return exchange.response()
