"""Queued jobs on a client: `AsyncJob` on the blocking client, `AsyncioJob` on the asyncio client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, cast

from .._config import RequestOptions
from .._flows import polling
from .._http import Response
from .._results.jobs import JobHandle, JobResult, ResultT_co
from ..spec.platform import PLATFORM

if TYPE_CHECKING:
    from .async_driver import AsyncDriver
    from .sync_driver import SyncDriver

_TIMEOUT_S, _INTERVAL_S = PLATFORM.queue.timeout_s, PLATFORM.queue.interval_s


class _Job(Generic[ResultT_co]):
    _driver: Any

    __slots__ = ("_driver", "_options", "handle", "response", "submit_response")

    def __init__(
        self,
        handle: JobHandle,
        submit_response: Mapping[str, Any],
        driver: SyncDriver | AsyncDriver,
        options: RequestOptions,
        response: Response | None = None,
    ) -> None:
        self.handle = handle
        self.submit_response = dict(submit_response)
        self.response = response
        self._driver = driver
        self._options = options

    @property
    def request_id(self) -> str:
        """The provider's id of the job."""
        return self.handle.request_id

    @property
    def status_url(self) -> str:
        """The address of the job's status, always on a host of the service."""
        return self.handle.status_url

    @property
    def response_url(self) -> str:
        """The address of the job's result, always on a host of the service."""
        return self.handle.response_url

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.handle.slug} {self.request_id}>"


class AsyncJob(_Job[ResultT_co]):
    """A job in the queue, on the blocking client. (The name is that of the official SDK: the job is asynchronous.)

    Its type parameter is the kind of result that `download` returns.

    Attributes:
        handle: Identifies the job; `handle.to_json()` can be stored and resumed by another process.
        submit_response: The body of the response to the submit; {} for a resumed job.
        response: The whole response to the submit; None for a resumed job.
    """

    _driver: SyncDriver
    __slots__ = ()

    def status(self) -> dict[str, Any]:
        """Return the body of the job's status, without waiting. Its state may be newer than the documented states.

        Raises:
            StatusError: The job is unknown, has expired, or belongs to another account.
        """
        return self._driver.run(polling.read_status(self._driver.config, self.handle, self._options))

    def result(self) -> JobResult[ResultT_co]:
        """Return the body of the job's result, also of a failed job. No page says what it is before the job ends.

        Raises:
            StatusError: The job is unknown, has expired, or belongs to another account.
        """
        return self._driver.run(polling.read_result(self._driver.config, self.handle, self._options))

    def wait(self, timeout: float = _TIMEOUT_S, interval: float = _INTERVAL_S) -> JobResult[ResultT_co]:
        """Wait up to `timeout` seconds for the job to end, with a poll every `interval` seconds, and return its result.

        Raises:
            InferenceFailed: The job failed.
            InferenceTimeout: The job did not end in time.
            StatusError: The job is unknown, has expired, or belongs to another account.
            ValueError: `timeout` or `interval` is negative or not a number.
        """
        return self._driver.run(polling.wait(self._driver.config, self.handle, timeout, interval, self._options))

    def download(self, timeout: float = _TIMEOUT_S, interval: float = _INTERVAL_S) -> ResultT_co:
        """Wait up to `timeout` seconds, with a poll every `interval` seconds as `wait` does, then download the files.

        Return the result by the model's medium: an `ImageResult`, `VideoResult`, `AudioResult`, `FileResult`, `TextResult` or
        `JsonResult`.
        """
        flow = polling.collect(self._driver.config, self.handle, timeout, interval, self._options)
        return cast("ResultT_co", self._driver.run(flow))


class AsyncioJob(_Job[ResultT_co]):
    """A job in the queue, on the asyncio client: `AsyncJob` with coroutines as methods.

    Attributes:
        handle: Identifies the job; `handle.to_json()` can be stored and resumed by another process.
        submit_response: The body of the response to the submit; {} for a resumed job.
        response: The whole response to the submit; None for a resumed job.
    """

    _driver: AsyncDriver
    __slots__ = ()

    async def status(self) -> dict[str, Any]:
        """See `AsyncJob.status`."""
        return await self._driver.run(polling.read_status(self._driver.config, self.handle, self._options))

    async def result(self) -> JobResult[ResultT_co]:
        """See `AsyncJob.result`."""
        return await self._driver.run(polling.read_result(self._driver.config, self.handle, self._options))

    async def wait(self, timeout: float = _TIMEOUT_S, interval: float = _INTERVAL_S) -> JobResult[ResultT_co]:
        """See `AsyncJob.wait`. A cancelled wait leaves the job in the queue; resume it by its handle."""
        return await self._driver.run(polling.wait(self._driver.config, self.handle, timeout, interval, self._options))

    async def download(self, timeout: float = _TIMEOUT_S, interval: float = _INTERVAL_S) -> ResultT_co:
        """See `AsyncJob.download`."""
        flow = polling.collect(self._driver.config, self.handle, timeout, interval, self._options)
        return cast("ResultT_co", await self._driver.run(flow))
