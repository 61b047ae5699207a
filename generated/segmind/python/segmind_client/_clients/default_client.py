"""Module-level functions on a default client, as the samples of the documentation use them."""

from __future__ import annotations

from _thread import allocate_lock
from typing import Any

from .._http import Response
from .._results.jobs import JobResult
from ..client import SegmindClient
from .jobs import AsyncJob

_lock = allocate_lock()
_client: SegmindClient | None = None


def run(slug: str, /, **parameters: Any) -> JobResult:
    """Submit a job of the model `slug` and wait for its end; see `SegmindClient.run`."""
    return _default().run(slug, **parameters)


def run_sync(slug: str, /, **parameters: Any) -> Response:
    """Call the model `slug` synchronously and return the raw response; see `SegmindClient.run_sync`."""
    return _default().run_sync(slug, **parameters)


def submit_async(slug: str, /, **parameters: Any) -> AsyncJob:
    """Submit a job of the model `slug` and return it without waiting; see `SegmindClient.submit_async`."""
    return _default().submit_async(slug, **parameters)


def _default() -> SegmindClient:
    global _client
    with _lock:
        if _client is None:
            import atexit

            _client = SegmindClient()
            atexit.register(_client.close)
        return _client
