"""The time of a call: real, or that of a mock in this process.

A request's extension `virtual_clock` is a function. A transport into a mock calls it with the mock's clock. From then on the
pauses of the call advance that clock instead of waiting, and the call's deadlines pass as fast.
"""

from __future__ import annotations

import time
from contextlib import suppress
from contextvars import ContextVar, Token
from typing import Protocol


class VirtualClock(Protocol):
    """A clock that pauses advance."""

    @property
    def paused(self) -> float:
        """The seconds by which pauses have advanced the clock."""
        ...

    def now(self) -> float:
        """Return the seconds since the epoch."""
        ...

    def pause_until(self, paused: float) -> None:
        """Advance the clock until its `paused` is at least this many seconds."""
        ...


class CallTime:
    """The time of one call. Pauses of calls that run at the same time pass at the same time, as if each had really waited."""

    __slots__ = ("_at", "clock", "paused")

    def __init__(self) -> None:
        self.clock: VirtualClock | None = None
        self.paused = 0.0
        self._at = 0.0

    def follow(self, clock: VirtualClock) -> None:
        """Let the pauses of this call advance `clock`."""
        if clock is not self.clock:
            self.clock, self._at = clock, clock.paused

    def pause(self, seconds: float) -> bool:
        """Advance the virtual clock. Return False, without waiting, if the call has none."""
        if self.clock is None:
            return False
        self._at += seconds
        self.paused += seconds
        self.clock.pause_until(self._at)
        return True


_current: ContextVar[CallTime | None] = ContextVar("call_time", default=None)


def begin() -> Token[CallTime | None] | None:
    """Begin a call, unless this is a part of one. Pass the result to `end`."""
    return None if _current.get() is not None else _current.set(CallTime())


def end(begun: Token[CallTime | None] | None) -> None:
    """End a call."""
    if begun is not None:
        # A coroutine that was never finished is closed in another context, which has no call.
        with suppress(ValueError):
            _current.reset(begun)


def current() -> CallTime | None:
    """Return the time of the running call."""
    return _current.get()


def pause(seconds: float) -> bool:
    """Advance the virtual clock of the running call. Return False, without waiting, if it has none."""
    call = _current.get()
    return call is not None and call.pause(seconds)


def monotonic() -> float:
    """Return seconds for deadlines, virtual pauses included."""
    call = _current.get()
    return time.monotonic() if call is None else time.monotonic() + call.paused


def now() -> float:
    """Return the seconds since the epoch, on the clock of the mock if the running call has one."""
    call = _current.get()
    return time.time() if call is None or call.clock is None else call.clock.now()
