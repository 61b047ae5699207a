"""The mock's time. It runs like any clock, and tests may push it forward or hold it still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

#: Times are whole microseconds, so that 3599.9 s and another 0.1 s are exactly the hour.
SECOND = 1_000_000
#: How often who waits looks whether the clock has been pushed, in seconds.
_GLANCE_S = 0.1


class ClockSetting(NamedTuple):
    """How a clock has been turned: by how much it is ahead, or where it stands still. Microseconds."""

    ahead: int = 0
    still: int | None = None


class Clock:
    """A clock that only goes forward: the wall clock's time of the start, what has passed since, and `advance`.

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
        """Whether time passes only by `advance`."""
        return self.setting.still is not None

    def now(self) -> int:
        """Microseconds since 1970."""
        ahead, still = self.setting
        return still if still is not None else self._real() + ahead

    def advance(self, seconds: float) -> None:
        """Pushes the clock forward. Raises ValueError for a negative, endless or absurd amount."""
        if not 0 <= seconds <= 1e9:
            raise ValueError("the clock goes forward only, by 0 to 1e9 seconds")
        ahead, still = self.setting
        by = round(seconds * SECOND)
        self.setting = ClockSetting(ahead + by) if still is None else ClockSetting(still=still + by)

    def freeze(self, frozen: bool) -> None:
        """Holds the clock still, or lets it run on from where it stands."""
        now = self.now()
        self.setting = ClockSetting(still=now) if frozen else ClockSetting(ahead=now - self._real())

    async def wait(self, seconds: float) -> None:
        """Waits until this much time has passed on this clock, so that pushing it forward ends the wait."""
        until = self.now() + round(seconds * SECOND)
        while (left := until - self.now()) > 0:
            await asyncio.sleep(min(left / SECOND, _GLANCE_S))

    def _real(self) -> int:
        return round((self._offset + self._ticks()) * SECOND)
