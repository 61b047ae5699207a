"""Module-level calls on one client that is made when it is first needed, as the documentation's samples use them."""

from __future__ import annotations

from _thread import allocate_lock
from typing import Any

from .._answers.job import JobResult
from .._wire import Response
from ..client import ProviderClient
from .blocking import AsyncJob

_lock = allocate_lock()
_client: ProviderClient | None = None


def run(slug: str, /, **parameters: Any) -> JobResult:
    """Queues a job of the model `slug` and waits for its end; see `ProviderClient.run`."""
    return _default().run(slug, **parameters)


def run_sync(slug: str, /, **parameters: Any) -> Response:
    """Draws at once with the model `slug`, and gives the raw response; see `ProviderClient.run_sync`."""
    return _default().run_sync(slug, **parameters)


def submit_async(slug: str, /, **parameters: Any) -> AsyncJob:
    """Queues a job of the model `slug`, and gives it without waiting; see `ProviderClient.submit_async`."""
    return _default().submit_async(slug, **parameters)


def _default() -> ProviderClient:
    global _client
    with _lock:
        if _client is None:
            import atexit

            _client = ProviderClient()
            atexit.register(_client.close)
        return _client
