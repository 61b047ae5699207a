"""The deadline of an attempt under asyncio. Imported by the asyncio client only: the blocking client needs no asyncio."""

from __future__ import annotations

from asyncio import Timeout, get_running_loop
from types import TracebackType
from typing import Self

from .attempt import Attempt

#: Seconds that httpx2 gets after the deadline to end the attempt itself, because only httpx2 knows what was sent.
_SLACK_S = 0.5
#: Chunks of an unwanted body that are read and dropped before the body is abandoned.
_MOST_CHUNKS = 100


class Deadline:
    """A context manager that ends an attempt under asyncio at its deadline, whatever it waits for."""

    __slots__ = ("_attempt", "_left", "_more", "_timeout")

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._left = attempt.left() + _SLACK_S
        self._timeout = Timeout(get_running_loop().time() + self._left)
        self._more = _MOST_CHUNKS

    def extend(self) -> None:
        """Move the deadline, if the attempt has more time now that its response has started."""
        left = self._attempt.left() + _SLACK_S
        if left > self._left:
            self._timeout.reschedule(get_running_loop().time() + left)

    def end_now(self) -> bool:
        """Move the deadline to now, because the rest of the response is not wanted. Return False to abandon the body.

        An abandoned generator of httpx2 is closed later, by a task of its own. So the body is read on until it waits for the
        network and is cancelled there. It is abandoned only if the transport never waits.
        """
        self._more -= 1
        self._timeout.reschedule(get_running_loop().time())
        return self._more > 0

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            self._attempt.timed_out()
            return True
        return False
