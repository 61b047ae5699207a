"""The parts of Lumen's client that tests use. The client itself is generated when the tests run, so no type checker knows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class LumenJob(Protocol):
    """A job in the queue. The types of its results depend on the model."""

    wait: Callable[..., Any]
    download: Callable[..., Any]


class LumenModel(Protocol):
    """A model of the client."""

    generate: Callable[..., Any]
    submit: Callable[..., LumenJob]


class LumenClient(Protocol):
    """The blocking client. Each model is an attribute of it."""

    run: Callable[..., Any]
    run_sync: Callable[..., Any]
    submit_async: Callable[..., LumenJob]
    download: Callable[..., Any]

    def __getattr__(self, model: str, /) -> LumenModel: ...
