"""The mock's clock, which tests can advance and freeze."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

#: Times are whole microseconds, so that 3599.9 s and another 0.1 s are exactly the hour.
SECOND = 1_000_000
#: Seconds between two checks of a waiting answer whether the clock was advanced.
_GLANCE_S = 0.1


class ClockSetting(NamedTuple):
    """The setting of a clock in microseconds: its offset, or the time at which it is frozen."""

    ahead: int = 0
    still: int | None = None


class Clock:
    """A clock that only goes forward: wall clock time at the start, plus elapsed time, plus `advance`.

    >>> clock = Clock(frozen=True)
    >>> before = clock.now()
    >>> clock.advance(3599.9)
    >>> clock.advance(0.1)
    >>> (clock.now() - before) // SECOND
    3600
    """

    def __init__(self, frozen: bool = False, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._offset = time.time() - ticks()
        self.setting = ClockSetting()
        if frozen:
            self.freeze(True)

    @property
    def frozen(self) -> bool:
        """Whether only `advance` changes the time."""
        return self.setting.still is not None

    def now(self) -> int:
        """Return the microseconds since 1970."""
        ahead, still = self.setting
        return still if still is not None else self._real() + ahead

    def advance(self, seconds: float) -> None:
        """Advance the clock. Raises ValueError for a negative or too large amount."""
        if not 0 <= seconds <= 1e9:
            raise ValueError(f"the clock only advances by 0 to 1e9 seconds, got {seconds!r}")
        ahead, still = self.setting
        by = round(seconds * SECOND)
        self.setting = ClockSetting(ahead + by) if still is None else ClockSetting(still=still + by)

    def freeze(self, frozen: bool) -> None:
        """Freeze the clock, or let it run from its current time."""
        now = self.now()
        self.setting = ClockSetting(still=now) if frozen else ClockSetting(ahead=now - self._real())

    async def wait(self, seconds: float) -> None:
        """Wait until this much time has passed on this clock. Advancing it ends the wait."""
        until = self.now() + round(seconds * SECOND)
        while (left := until - self.now()) > 0:
            await asyncio.sleep(min(left / SECOND, _GLANCE_S))

    def _real(self) -> int:
        return round((self._offset + self._ticks()) * SECOND)
