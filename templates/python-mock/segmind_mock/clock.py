"""The mock's time. It runs like any clock, and tests may push it forward or hold it still."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Times are whole microseconds, so that 3599.9 s and another 0.1 s are exactly the hour.
SECOND = 1_000_000


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
        self._base = round(time.time() * SECOND)
        self._started = ticks()
        self._frozen = frozen

    @property
    def frozen(self) -> bool:
        """Whether time passes only by `advance`."""
        return self._frozen

    def now(self) -> int:
        """Microseconds since 1970."""
        if self._frozen:
            return self._base
        return self._base + round((self._ticks() - self._started) * SECOND)

    def advance(self, seconds: float) -> None:
        """Pushes the clock forward. Raises ValueError for a negative, endless or absurd amount."""
        if not 0 <= seconds <= 1e9:
            raise ValueError("the clock goes forward only, by 0 to 1e9 seconds")
        self._base += round(seconds * SECOND)

    def freeze(self, frozen: bool) -> None:
        """Holds the clock still, or lets it run on from where it stands."""
        self._base = self.now()
        self._started = self._ticks()
        self._frozen = frozen
