"""The end of an exchange under asyncio. Imported by it alone: a client that blocks need not load asyncio."""

from __future__ import annotations

from asyncio import Timeout, get_running_loop
from types import TracebackType
from typing import Self

from .exchange import Exchange

#: Seconds after which an exchange is cut off that httpx2 should have ended: it alone knows what was sent by then.
_SLACK_S = 0.5
#: Pieces of a body that are thrown away before it is left as it is.
_MOST_PIECES = 100


class Deadline:
    """Ends an exchange under asyncio when its time is over, whatever it waits for."""

    __slots__ = ("_exchange", "_left", "_more", "_timeout")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._left = exchange.left() + _SLACK_S
        self._timeout = Timeout(get_running_loop().time() + self._left)
        self._more = _MOST_PIECES

    def move(self) -> None:
        """The answer has begun, and may have more time by now."""
        left = self._exchange.left() + _SLACK_S
        if left > self._left:
            self._timeout.reschedule(get_running_loop().time() + left)

    def hasten(self) -> bool:
        """The rest of the answer is not wanted: the time is over now. False if it won't end so, and has to be left.

        To leave httpx2's generators in their midst is to have them closed some time later, by tasks of their own. So the
        body is read on, to be cut off where it waits for the network; from a transport that never waits it is left.
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
            self._exchange.overdue()
            return True
        return False
