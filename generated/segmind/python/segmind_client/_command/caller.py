"""A client that calls models by their slugs, as the command line does."""

from __future__ import annotations

from typing import Any

from .._shells.blocking import AsyncJob
from .._wire import Response
from ..client import SegmindClient


class Caller(SegmindClient):
    """Parameters go by their names on the wire. Raises what the methods of a model raise."""

    def call(self, slug: str, parameters: dict[str, Any]) -> Response:
        """Call a model synchronously and return the raw response."""
        return self._call(slug, parameters)

    def enqueue(self, slug: str, parameters: dict[str, Any]) -> AsyncJob:
        """Queue a job."""
        return self._enqueue(slug, parameters)
