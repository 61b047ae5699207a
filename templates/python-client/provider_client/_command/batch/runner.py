"""The run of a batch: several lines at a time, each step written to the state before the next one begins."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ... import errors
from ..._clients.async_driver import AsyncDriver
from ..._config import RequestOptions
from ..._flows import calls, polling
from ..._flows.parameters import prepare
from ..._flows.results import read_result
from ..._network import call_time
from ..._results.file_result import FileResult
from ..._results.jobs import JobHandle, JobResult
from ..._results.result import Result
from ...spec.facts import Model
from ...spec.platform import PLATFORM
from ..exit_codes import ExitCode, exit_code_for
from ..parameter_values import with_files
from ..terminal import say
from .result_files import save_files, save_unreadable_answer
from .spending import BatchSpending
from .state import ACCEPTED, DONE, DOUBT, FAILED, LOST, PLANNED, BatchLine, BatchState

#: Roles of statuses that every other line would get as well.
_EVERY_LINE = frozenset({"unauthorized", "forbidden", "no_credits"})
#: The run ends after this many connection failures or rate limits in a row.
_PATIENCE = 5
_LONGEST_PAUSE = 30.0
#: The maximum number of requests for one line in one run, with `--at-least-once`.
_MOST_SENDS = 3


class BatchSettings(NamedTuple):
    """The settings of a run. Times are in seconds."""

    queue: bool
    concurrency: int
    timeout: float
    interval: float
    at_least_once: bool


class BatchRunner:
    """Works through lines. After `stop`, which may be called at any time, nothing more is sent, and results are still saved.

    Attributes:
        stopped: Why nothing more is sent, and the exit code; None while the run goes on.
    """

    def __init__(
        self,
        driver: AsyncDriver,
        model: Model,
        state: BatchState,
        spending: BatchSpending,
        folder: str,
        settings: BatchSettings,
        tell: Callable[[BatchLine, str, str | None, list[dict[str, Any]]], None],
    ) -> None:
        self.stopped: tuple[str, int] | None = None
        self._driver = driver
        self._model = model
        self._state = state
        self._spending = spending
        self._folder = folder
        self._settings = settings
        self._tell = tell
        self._options = RequestOptions()
        self._troubles = 0
        self._changed = asyncio.Condition()
        self._halt = asyncio.Event()
        self._waits: set[asyncio.Task[JobResult]] = set()

    async def work(self, rows: Iterable[BatchLine]) -> None:
        """Work on all rows."""
        todo = iter(rows)

        async def worker() -> None:
            # All workers take rows from one iterator.
            for row in todo:
                # The pauses between the requests of a line are part of one call.
                begun = call_time.begin()
                try:
                    await self._line(row)
                except (OSError, sqlite3.Error) as error:
                    self.stop(f"{row.at}: {error}", ExitCode.FILE)
                except Exception as error:
                    # The other lines in progress have been paid for, so the run must not end here.
                    self.stop(f"{row.at}: {type(error).__name__}: {error}", ExitCode.OTHER)
                finally:
                    call_time.end(begun)

        await asyncio.gather(*(worker() for _ in range(self._settings.concurrency)))
        await self._driver.pool.close()

    def stop(self, reason: str, status: int) -> None:
        """Stop sending. Waits for queued jobs end too, unless a limit is the reason; the jobs stay in the queue."""
        self.stopped = self.stopped or (reason, status)
        self._halt.set()
        if status in (ExitCode.INTERRUPTED, ExitCode.FILE):
            for wait in self._waits:
                wait.cancel()

    async def _line(self, row: BatchLine) -> None:
        if row.state in (ACCEPTED, LOST) and row.handle:
            await self._collect(row, row.handle, again=self._settings.at_least_once)
            return
        doubts = 0
        while await self._may_send():
            again = await self._send(row, again=self._settings.at_least_once and doubts + 1 < _MOST_SENDS)
            if again is None:
                return
            doubts += again

    async def _may_send(self) -> bool:
        """Wait until another request may be sent. Return False if the run has stopped."""
        async with self._changed:
            while self._spending.must_wait() and not self.stopped:
                await self._changed.wait()
        reason = self._spending.reached()
        if reason:
            self.stop(reason, ExitCode.LIMIT)
        if self._state.trouble:
            self.stop(self._state.trouble, ExitCode.FILE)
        elif not self._state.is_there():
            # Without the file, another run would pay for lines again.
            self.stop(f"{self._state.path} was deleted", ExitCode.FILE)
        return not self.stopped

    async def _send(self, row: BatchLine, *, again: bool) -> int | None:
        """Send one POST for a row and process its outcome.

        Return None if the row is finished for this run. Otherwise it is to be sent again, and the result is the number of
        requests whose outcome is in doubt (0 or 1).
        """
        payload = with_files(self._model, row.payload)
        try:
            prepare(self._model, payload)
        except errors.ValidationError as error:
            # A file was deleted or changed after the lines were checked.
            self._end(row, FAILED, str(error))
            return None
        self._state.sending(row.number)
        self._spending.sending()
        refused = False
        result: Result | None = None
        handle: JobHandle | None = None
        try:
            if self._settings.queue:
                flow = calls.submit(self._driver.config, self._model.slug, self._model, payload, self._options)
                handle = (await self._driver.run(flow)).handle
            else:
                call = calls.call_sync(self._driver.config, self._model.slug, self._model, payload, self._options)
                result = read_result(self._model, await self._driver.run(call))
        except (errors.AmbiguousOutcome, errors.UnreadableResponse) as error:
            reason = f"{error}{save_unreadable_answer(self._folder, row, error)}"
            if again:
                say(f"{row.at}: {reason}; the line is sent again")
                return 1
            self._end(row, DOUBT, reason)
        except errors.ProviderError as error:
            refused = True
            return 0 if await self._refused(row, error) else None
        finally:
            self._spending.answered(refused=refused)
            async with self._changed:
                self._changed.notify_all()
        self._troubles = 0
        if handle:
            self._state.accepted(row.number, handle)
            await self._collect(row, handle, again=False)
        elif result is not None:
            self._save(row, result, at_once=True)
        return None

    async def _refused(self, row: BatchLine, error: errors.ProviderError) -> bool:
        """Process a POST that was refused before any work was done. Return True, after a pause, to send it again."""
        status = exit_code_for(error)
        # Not the fault of this line. Some services use the status for missing credits for invalid values too, but rarely.
        if isinstance(error, (errors.BudgetExceeded, errors.ConfigurationError)) or error.role in _EVERY_LINE:
            self._state.unsent(row.number)
            self.stop(f"{row.at}: {error}", status)
            return False
        known = PLATFORM.statuses.get(error.status or 0)
        if isinstance(error, errors.ConnectionFailed) or (known and known.retry == "always"):
            self._state.unsent(row.number)
            self._troubles += 1
            if self._troubles >= _PATIENCE:
                self.stop(f"{row.at}: {error}", status)
                return False
            await self._pause(getattr(error, "retry_after", None) or 0.5 * 2**self._troubles)
            return True
        self._state.refused(row.number, str(error))
        self._tell(row, FAILED, str(error), [])
        return False

    async def _pause(self, seconds: float) -> None:
        if call_time.pause(min(seconds, _LONGEST_PAUSE)):
            await asyncio.sleep(0)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._halt.wait(), min(seconds, _LONGEST_PAUSE))

    async def _collect(self, row: BatchLine, handle: JobHandle, *, again: bool) -> None:
        """Wait for an accepted job and download its files."""
        config, settings = self._driver.config, self._settings
        if self.stopped and self.stopped[1] in (ExitCode.INTERRUPTED, ExitCode.FILE):
            return
        flow = polling.wait(config, handle, settings.timeout, settings.interval, self._options)
        wait = asyncio.ensure_future(self._driver.run(flow))
        self._waits.add(wait)
        try:
            found = await self._driver.download(await wait, self._options)
        except asyncio.CancelledError:
            # The job stays in the queue, and the state has its handle.
            return
        except errors.InferenceFailed as error:
            self._end(row, FAILED, str(error))
        except errors.StatusError as error:
            if error.role != "not_found":
                self._keep_accepted(row, error)
                return
            if again:
                self._state.again([row.id])
                await self._line(row._replace(state=PLANNED, handle=None))
                return
            self._end(row, LOST, f"accepted as {handle.request_id}, but now: {error}")
        except errors.ProviderError as error:
            self._keep_accepted(row, error)
        else:
            self._save(row, found, at_once=False)
        finally:
            self._waits.discard(wait)

    def _keep_accepted(self, row: BatchLine, error: errors.ProviderError) -> None:
        """Note that a job, which was paid for, could not be fetched in this run. A later run tries again."""
        self._end(row, ACCEPTED, f"{error}{save_unreadable_answer(self._folder, row, error)}")
        if error.role in ("unauthorized", "forbidden"):
            self.stop(f"{row.at}: {error}", exit_code_for(error))

    def _save(self, row: BatchLine, result: Result, *, at_once: bool) -> None:
        """Save the result in the folder or elsewhere, and note where it is."""
        files, saved = save_files(self._folder, row, result)
        if len(files) == (len(result) if isinstance(result, FileResult) else 1):
            self._state.done(row.number, files, at_once=at_once)
            self._tell(row, DONE, None, files)
        else:
            # No folder can be written. The files of a queued job can be downloaded again.
            self._end(row, DOUBT if at_once else ACCEPTED, saved.reason)
        if saved.failure:
            self.stop(f"{row.at}: {saved.reason}", ExitCode.FILE)

    def _end(self, row: BatchLine, state: str, reason: str) -> None:
        self._state.became(row.number, state, reason)
        self._tell(row, state, reason, [])
