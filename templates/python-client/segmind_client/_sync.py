"""The shell that blocks: drives flows with httpx2's client and `time.sleep`."""

from __future__ import annotations

import time
from _thread import allocate_lock
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _core as core
from ._config import Config, RequestOptions
from ._images import ImageResult
from ._job import JobHandle, JobResult
from ._wire import Flow, Interrupted, NotSent, Oversized, Pause, Request, Response, T
from .spec.facts import Model
from .spec.platform import PLATFORM

if TYPE_CHECKING:
    import httpx2

_QUEUE = PLATFORM.queue


class AsyncJob:
    """A job in the queue, on a client that blocks. (The official SDK's name: the job is asynchronous, not this class.)

    Attributes:
        handle: Finds the job again; `handle.to_json()` survives the process.
        submit_response: The body that announced the job, {} for a resumed one.
    """

    __slots__ = ("_options", "_shell", "handle", "submit_response")

    def __init__(
        self, handle: JobHandle, submit_response: Mapping[str, Any], shell: SyncShell, options: RequestOptions
    ) -> None:
        self.handle = handle
        self.submit_response = dict(submit_response)
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
            NotFoundError: The job is unknown, expired or somebody else's.
        """
        return self._shell.run(core.read_status(self._shell.config, self.handle, self._options))

    def result(self) -> JobResult:
        """The final body, also that of a FAILED job; what it is before the job ended, no page says.

        Raises:
            NotFoundError: The job is unknown, expired or somebody else's.
        """
        return self._shell.run(core.read_result(self._shell.config, self.handle, self._options))

    def wait(self, timeout: float = _QUEUE.timeout_s, interval: float = _QUEUE.interval_s) -> JobResult:
        """Waits for the job's end, at most `timeout` seconds, asking every `interval` seconds.

        Raises:
            InferenceFailed: The job FAILED.
            InferenceTimeout: It did not end in time.
            NotFoundError: The job is unknown, expired or somebody else's.
            ValueError: A time is negative or none.
        """
        return self._shell.run(core.wait(self._shell.config, self.handle, timeout, interval, self._options))

    def download(self, timeout: float = _QUEUE.timeout_s, interval: float = _QUEUE.interval_s) -> ImageResult:
        """Waits as `wait` does, then fetches the pictures."""
        return self._shell.download(self.wait(timeout, interval).urls, self._options)

    def __repr__(self) -> str:
        return f"<AsyncJob {self.handle.slug} {self.request_id}>"


class SyncShell:
    """Sends what flows ask for. The HTTP client is made (and httpx2 imported) at the first request; threads share it."""

    def __init__(self, config: Config, http_client: httpx2.Client | None) -> None:
        self.config = config
        self._http = http_client
        self._owned = http_client is None
        self._closed = False
        self._lock = allocate_lock()

    def run(self, flow: Flow[T]) -> T:
        try:
            effect = next(flow)
            while True:
                try:
                    reply = self._carry_out(effect)
                except (NotSent, Interrupted, Oversized) as failure:
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
        handle, body = self.run(core.submit(self.config, slug, model, payload, options))
        return AsyncJob(handle, body, self, options)

    def download(self, urls: list[str], options: RequestOptions) -> ImageResult:
        return self.run(core.download(self.config, urls, options))

    def close(self) -> None:
        with self._lock:
            client, self._http, self._closed = self._http, None, True
        if client is not None and self._owned:
            client.close()

    def _carry_out(self, effect: Request | Pause) -> Response | None:
        if isinstance(effect, Pause):
            time.sleep(effect.seconds)
            return None
        return self._exchange(effect)

    def _exchange(self, request: Request) -> Response:
        from ._http import TRANSPORT_ERRORS, Exchange

        exchange = Exchange(request, self.config)
        client = self._client()
        try:
            answer = client.send(exchange.outgoing(), stream=True, auth=None, follow_redirects=False)
            try:
                exchange.begin(answer)
                for chunk in answer.iter_bytes():
                    if not exchange.take(chunk):
                        break
            finally:
                answer.close()
        except TRANSPORT_ERRORS as error:
            exchange.broken_by(error)
        return exchange.response()

    def _client(self) -> httpx2.Client:
        client = self._http
        if client is None:
            import httpx2

            with self._lock:
                if self._closed:
                    raise RuntimeError("this client is closed")
                client = self._http = self._http or httpx2.Client(follow_redirects=False)
        return client
