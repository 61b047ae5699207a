"""The calls of the official SDK, by slug, so that samples written for it run with this client."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from .._answers.job import JobResult, naming
from .._wire import Response
from .asynchronous import AsyncioJob
from .base import AsyncBase, SyncBase
from .blocking import AsyncJob


class SyncRunner(SyncBase):
    """The official SDK's calls on a client that blocks."""

    def run(self, slug: str, /, **parameters: Any) -> JobResult:
        """Queues a job and waits for its end, with the documented deadline and interval.

        Every keyword is a parameter of the model, by its name on the wire; a client `with_options` calls with others. A
        slug that this client was made without is called unchecked.

        Raises:
            ValidationError: Parameters break the documented rules; nothing was sent.
            InferenceFailed: The job failed.
            InferenceTimeout: It did not end in time.
            SegmindError: Anything else; what is raised after the job was queued holds its `handle`.
        """
        job = self._enqueue(slug, parameters)
        with naming(job.handle):
            return job.wait()

    def run_sync(self, slug: str, /, **parameters: Any) -> Response:
        """Calls the model `slug` synchronously, and gives the raw response.

        Raises:
            ValidationError: Parameters break the documented rules; nothing was sent.
            AmbiguousOutcome: The request may have been billed, and was not sent again.
            SegmindError: Anything else.
        """
        return self._call(slug, parameters)

    def submit_async(self, slug: str, /, **parameters: Any) -> AsyncJob:
        """Queues a job of the model `slug`, and gives it without waiting.

        Raises:
            ValidationError: Parameters break the documented rules; nothing was sent.
            AmbiguousOutcome: The job may have been queued and billed, and was not sent again.
            SegmindError: Anything else.
        """
        return self._enqueue(slug, parameters)


class AsyncRunner(AsyncBase):
    """The official SDK's calls on a client for asyncio."""

    def run(self, slug: str, /, **parameters: Any) -> Coroutine[Any, Any, JobResult]:
        """As `SegmindClient.run`; parameters are checked when it is called, the rest happens when it is awaited."""
        return self._run(slug, parameters)

    def run_sync(self, slug: str, /, **parameters: Any) -> Coroutine[Any, Any, Response]:
        """As `SegmindClient.run_sync`."""
        return self._call(slug, parameters)

    def submit_async(self, slug: str, /, **parameters: Any) -> Coroutine[Any, Any, AsyncioJob]:
        """As `SegmindClient.submit_async`."""
        return self._enqueue(slug, parameters)
