"""Module-level functions on a default client, as the samples of the documentation use them."""

from __future__ import annotations

from _thread import allocate_lock
from typing import Any

from .._http import Response
from .._results.jobs import JobResult
from ..client import ProviderClient
from .jobs import AsyncJob

_lock = allocate_lock()
_client: ProviderClient | None = None


def run(slug: str, /, **parameters: Any) -> JobResult:
    """Submit a job of the model `slug` and wait for its end; see `ProviderClient.run`."""
    return _default().run(slug, **parameters)


def run_sync(slug: str, /, **parameters: Any) -> Response:
    """Call the model `slug` synchronously and return the raw response; see `ProviderClient.run_sync`."""
    return _default().run_sync(slug, **parameters)


def submit_async(slug: str, /, **parameters: Any) -> AsyncJob:
    """Submit a job of the model `slug` and return it without waiting; see `ProviderClient.submit_async`."""
    return _default().submit_async(slug, **parameters)


def _default() -> ProviderClient:
    global _client
    with _lock:
        if _client is None:
            import atexit

            _client = ProviderClient()
            atexit.register(_client.close)
        return _client
