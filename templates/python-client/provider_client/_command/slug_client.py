"""The client of the command line, which calls models by their slugs."""

from __future__ import annotations

from typing import Any

from .._clients.jobs import AsyncJob
from .._http import Response
from ..client import ProviderClient


class SlugClient(ProviderClient):
    """A client whose methods take a slug and parameters with their wire names. They raise as the methods of a model do."""

    def call(self, slug: str, parameters: dict[str, Any]) -> Response:
        """Call a model synchronously and return the raw response."""
        return self._call(slug, parameters)

    def enqueue(self, slug: str, parameters: dict[str, Any]) -> AsyncJob:
        """Submit a job to the queue."""
        return self._enqueue(slug, parameters)
