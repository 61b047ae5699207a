"""Pauses of generated clients, which advance the clock of a test's mock instead of waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .inprocess import CallFailed

if TYPE_CHECKING:
    from . import MockClock

#: The extension of a request with which a generated client asks for a virtual clock: a function that takes it.
_EXTENSION = "virtual_clock"


class ClientPauses:
    """The pauses of all clients of one mock. Each client has a time of its own; the mock's clock follows the latest."""

    def __init__(self, clock: MockClock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.paused = 0.0

    def now(self) -> float:
        """Return the mock's time in seconds since 1970."""
        return self._clock.now()

    def pause_until(self, paused: float) -> None:
        """Advance the mock's clock until pauses have advanced it by `paused` seconds."""
        with self._lock:
            seconds, self.paused = paused - self.paused, max(self.paused, paused)
            if seconds > 0:
                # A client may outlive its test, and the mock.
                with suppress(CallFailed, OSError):
                    self._clock.advance(seconds)

    def announce(self, extensions: Mapping[str, Any]) -> None:
        """Hand this object to the client that sends a request with these extensions, if it asks for that."""
        follow: Callable[[ClientPauses], None] | None = extensions.get(_EXTENSION)
        if follow is not None:
            follow(self)
