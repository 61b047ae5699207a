"""The methods of the official SDK, so that samples written for it run with this client."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from .._http import Response
from .._results.jobs import JobResult, noting_handle
from .base import BaseAsyncClient, BaseSyncClient
from .jobs import AsyncioJob, AsyncJob


class SyncSdkMethods(BaseSyncClient):
    """The official SDK's methods on the blocking client."""

    def run(self, slug: str, /, **parameters: Any) -> JobResult:
        """Submit a job and wait for its end, with the documented timeout and interval.

        Every keyword is a parameter of the model, by its wire name; use `with_options` for other options. The parameters of
        an unknown slug are not checked.

        Raises:
            ValidationError: Parameters break the documented rules; nothing was sent.
            InferenceFailed: The job failed.
            InferenceTimeout: It did not end in time.
            ProviderError: Any other failure; after the job was accepted, the exception holds its `handle`.
        """
        job = self._enqueue(slug, parameters)
        with noting_handle(job.handle):
            return job.wait()

    def run_sync(self, slug: str, /, **parameters: Any) -> Response:
        """Call the model `slug` synchronously and return the raw response.

        Raises:
            ValidationError: Parameters break the documented rules; nothing was sent.
            AmbiguousOutcome: The request may have been billed, and was not sent again.
            ProviderError: Any other failure.
        """
        return self._call(slug, parameters)

    def submit_async(self, slug: str, /, **parameters: Any) -> AsyncJob:
        """Submit a job of the model `slug` and return it without waiting.

        Raises:
            ValidationError: Parameters break the documented rules; nothing was sent.
            AmbiguousOutcome: The job may have been queued and billed, and was not sent again.
            ProviderError: Any other failure.
        """
        return self._enqueue(slug, parameters)


class AsyncSdkMethods(BaseAsyncClient):
    """The official SDK's methods on the asyncio client."""

    def run(self, slug: str, /, **parameters: Any) -> Coroutine[Any, Any, JobResult]:
        """See `ProviderClient.run`. Parameters are checked at once; the job is submitted when the coroutine is awaited."""
        return self._run(slug, parameters)

    def run_sync(self, slug: str, /, **parameters: Any) -> Coroutine[Any, Any, Response]:
        """See `ProviderClient.run_sync`."""
        return self._call(slug, parameters)

    def submit_async(self, slug: str, /, **parameters: Any) -> Coroutine[Any, Any, AsyncioJob]:
        """See `ProviderClient.submit_async`."""
        return self._enqueue(slug, parameters)
