"""A batch under way: some lines at a time, each step noted in the journal before the next is taken."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from .. import errors
from .._answers.job import JobHandle, JobResult
from .._answers.results import ImageResult
from .._config import RequestOptions
from .._flows import core
from .._flows.checks import prepare
from .._flows.messages import read_pictures
from .._options import with_files
from .._shells.asynchronous import AsyncShell
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from .journal import ACCEPTED, DONE, DOUBT, FAILED, LOST, PLANNED, Journal, Row
from .limits import Limits
from .saving import keep_unreadable, save
from .statuses import FILE, INTERRUPTED, LIMIT, OTHER, status_for
from .terminal import say

#: Roles of statuses that every other line would get too.
_EVERY_LINE = frozenset({"unauthorized", "forbidden", "no_credits"})
#: So often in a row the service may be out of reach, or refuse to be asked now, before a batch gives up.
_PATIENCE = 5
_LONGEST_PAUSE = 30.0
#: With `--at-least-once`: requests for one line in one run.
_MOST_SENDS = 3


class Terms(NamedTuple):
    """How a batch is run. Times are in seconds."""

    queue: bool
    concurrency: int
    timeout: float
    interval: float
    at_least_once: bool


class Run:
    """Works through rows. `stop` may be called at any time: then nothing more is sent, and what came is written.

    Attributes:
        stopped: Why no more is sent, and the exit status for it; None as long as there is no reason.
    """

    def __init__(
        self,
        shell: AsyncShell,
        model: Model,
        journal: Journal,
        limits: Limits,
        folder: str,
        terms: Terms,
        tell: Callable[[Row, str, str | None, list[dict[str, Any]]], None],
    ) -> None:
        self.stopped: tuple[str, int] | None = None
        self._shell = shell
        self._model = model
        self._journal = journal
        self._limits = limits
        self._folder = folder
        self._terms = terms
        self._tell = tell
        self._options = RequestOptions()
        self._troubles = 0
        self._changed = asyncio.Condition()
        self._halt = asyncio.Event()
        self._waits: set[asyncio.Task[JobResult]] = set()

    async def work(self, rows: Iterable[Row]) -> None:
        """Does what there is to do with each row."""
        todo = iter(rows)

        async def worker() -> None:
            # All of them draw from one iterator.
            for row in todo:
                try:
                    await self._line(row)
                except (OSError, sqlite3.Error) as error:
                    self.stop(f"{row.at}: {error}", FILE)
                except Exception as error:
                    # Whatever it is, what the other lines are about to get has been paid for.
                    self.stop(f"{row.at}: {type(error).__name__}: {error}", OTHER)

        await asyncio.gather(*(worker() for _ in range(self._terms.concurrency)))
        await self._shell.pool.close()

    def stop(self, reason: str, status: int) -> None:
        """No more is sent. Who waits for a job in the queue leaves it there, unless a limit is the reason."""
        self.stopped = self.stopped or (reason, status)
        self._halt.set()
        if status in (INTERRUPTED, FILE):
            for wait in self._waits:
                wait.cancel()

    async def _line(self, row: Row) -> None:
        if row.state in (ACCEPTED, LOST) and row.handle:
            await self._collect(row, row.handle, again=self._terms.at_least_once)
            return
        doubts = 0
        while await self._may_send():
            again = await self._send(row, again=self._terms.at_least_once and doubts + 1 < _MOST_SENDS)
            if again is None:
                return
            doubts += again

    async def _may_send(self) -> bool:
        """Waits until one more request may be sent; False if none may any more."""
        async with self._changed:
            while self._limits.must_wait() and not self.stopped:
                await self._changed.wait()
        reason = self._limits.reached()
        if reason:
            self.stop(reason, LIMIT)
        if self._journal.trouble:
            self.stop(self._journal.trouble, FILE)
        elif not self._journal.is_there():
            # Another run would pay once more for what nobody has noted.
            self.stop(f"{self._journal.path} has vanished", FILE)
        return not self.stopped

    async def _send(self, row: Row, *, again: bool) -> int | None:
        """One POST for a row and what follows from it. None if that was it; else it shall be sent once more, after so
        many requests (0 or 1) whose outcome is in doubt."""
        payload = with_files(self._model, row.payload)
        try:
            prepare(self._model, payload)
        except errors.ValidationError as error:
            # A picture that was there when the lines were checked is there no more.
            self._end(row, FAILED, str(error))
            return None
        self._journal.sending(row.number)
        self._limits.sending()
        refused = False
        pictures: ImageResult | None = None
        handle: JobHandle | None = None
        try:
            if self._terms.queue:
                flow = core.submit(self._shell.config, self._model.slug, self._model, payload, self._options)
                handle = (await self._shell.run(flow)).handle
            else:
                call = core.call_sync(self._shell.config, self._model.slug, self._model, payload, self._options)
                pictures = read_pictures(await self._shell.run(call))
        except (errors.AmbiguousOutcome, errors.UnreadableResponse) as error:
            reason = f"{error}{keep_unreadable(self._folder, row, error)}"
            if again:
                say(f"{row.at}: {reason}; it is sent again")
                return 1
            self._end(row, DOUBT, reason)
        except errors.ProviderError as error:
            refused = True
            return 0 if await self._refused(row, error) else None
        finally:
            self._limits.answered(refused=refused)
            async with self._changed:
                self._changed.notify_all()
        self._troubles = 0
        if handle:
            self._journal.accepted(row.number, handle)
            await self._collect(row, handle, again=False)
        elif pictures:
            self._save(row, pictures, at_once=True)
        return None

    async def _refused(self, row: Row, error: errors.ProviderError) -> bool:
        """What becomes of a line whose POST began no work; True if it shall be sent once more, after a pause."""
        status = status_for(error)
        # The line can't help it. A status for credits is said of wrong values too, but mostly of credits.
        if isinstance(error, (errors.BudgetExceeded, errors.ConfigurationError)) or error.role in _EVERY_LINE:
            self._journal.unsent(row.number)
            self.stop(f"{row.at}: {error}", status)
            return False
        known = PLATFORM.statuses.get(error.status or 0)
        if isinstance(error, errors.ConnectionFailed) or (known and known.retry == "always"):
            self._journal.unsent(row.number)
            self._troubles += 1
            if self._troubles >= _PATIENCE:
                self.stop(f"{row.at}: {error}", status)
                return False
            await self._pause(getattr(error, "retry_after", None) or 0.5 * 2**self._troubles)
            return True
        self._journal.refused(row.number, str(error))
        self._tell(row, FAILED, str(error), [])
        return False

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._halt.wait(), min(seconds, _LONGEST_PAUSE))

    async def _collect(self, row: Row, handle: JobHandle, *, again: bool) -> None:
        """Waits for a job that was accepted, and fetches its pictures."""
        config, terms = self._shell.config, self._terms
        if self.stopped and self.stopped[1] in (INTERRUPTED, FILE):
            return
        flow = core.wait(config, handle, terms.timeout, terms.interval, self._options)
        wait = asyncio.ensure_future(self._shell.run(flow))
        self._waits.add(wait)
        try:
            result = await wait
            pictures = await self._shell.download(result, self._options)
        except asyncio.CancelledError:
            # It stays in the queue, and the journal knows it.
            return
        except errors.InferenceFailed as error:
            self._end(row, FAILED, str(error))
        except errors.StatusError as error:
            if error.role != "not_found":
                self._keep_accepted(row, error)
                return
            if again:
                self._journal.again([row.id])
                await self._line(row._replace(state=PLANNED, handle=None))
                return
            self._end(row, LOST, f"accepted as {handle.request_id}, but now: {error}")
        except errors.ProviderError as error:
            self._keep_accepted(row, error)
        else:
            self._save(row, pictures, at_once=False)
        finally:
            self._waits.discard(wait)

    def _keep_accepted(self, row: Row, error: errors.ProviderError) -> None:
        """Note that a job could not be fetched now. It is paid for, and may be had another time."""
        self._end(row, ACCEPTED, f"{error}{keep_unreadable(self._folder, row, error)}")
        if error.role in ("unauthorized", "forbidden"):
            self.stop(f"{row.at}: {error}", status_for(error))

    def _save(self, row: Row, pictures: ImageResult, *, at_once: bool) -> None:
        """Saves what was paid for, in the folder or elsewhere, and notes where it is."""
        files, kept = save(self._folder, row, pictures)
        if len(files) == len(pictures):
            self._journal.done(row.number, files, at_once=at_once)
            self._tell(row, DONE, None, files)
        else:
            # No folder has room for it. What is in the queue can be fetched again.
            self._end(row, DOUBT if at_once else ACCEPTED, kept.reason)
        if kept.failure:
            self.stop(f"{row.at}: {kept.reason}", FILE)

    def _end(self, row: Row, state: str, reason: str) -> None:
        self._journal.became(row.number, state, reason)
        self._tell(row, state, reason, [])
