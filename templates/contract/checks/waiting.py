"""Wait for the end of a job between two polls; say so, and wait for a service without ends only once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..calls import JOB, Call
from ..findings import Unchecked
from ..spec.facts import Source

if TYPE_CHECKING:
    from ..service.checker import Checker

#: After so many seconds of waiting for one job, the suite says that it waits.
_SAY_AFTER_S = 10.0
#: How long a job is followed after another one did not end.
_AFTER_ENDLESS_S = 30.0


class JobWait:
    """The wait for one job. On a mock, its clock is advanced instead."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self._began = time.monotonic()
        self._waited = 0.0
        self._said = False
        documented = float(checker.platform.queue.timeout_s)
        endless = checker.service.run_state.endless_job
        self._limit = min(documented, _AFTER_ENDLESS_S) if endless else documented

    def for_next_poll(self, where: str, state: str) -> None:
        """Wait between two polls. Raises CaseStopped for a job that does not end, Unchecked if another one was endless before."""
        checker, queue = self._checker, self._checker.platform.queue
        waited = max(self._waited, time.monotonic() - self._began)
        if waited > self._limit:
            raise self._too_long(where, state)
        if checker.service.provokes:
            checker.admin("clock", {"advance": queue.interval_s})
        else:
            if not self._said and waited >= _SAY_AFTER_S:
                self._said = True
                asked = where.partition(", ")[0]
                checker.service.say(
                    f"waiting up to {self._limit:g} s for a job, which is {state} after {waited:.0f} s ({asked})"
                )
            time.sleep(queue.interval_s)
        self._waited += queue.interval_s

    def _too_long(self, where: str, state: str) -> Exception:
        checker, run_state = self._checker, self._checker.service.run_state
        if checker.service.provokes and not checker.service.is_own_mock:
            return Unchecked(f"a job of the mock is {state} after {self._limit:g} s: its --queue is slow")
        if run_state.endless_job:
            return Unchecked(
                f"a job is {state} after {self._limit:g} s; it was not followed longer, since {run_state.endless_job}"
            )
        run_state.endless_job = f"an earlier one did not end within {self._limit:g} s"
        source = Source("platform.yaml, /queue/timeout_s", "page")
        return checker.stop("endless-job", where, f"the end of the job within {self._limit:g} s", state, source)

    def end(self) -> None:
        """Remember how long the job took, unless the mock's clock was advanced."""
        if not self._checker.service.provokes:
            self._checker.calls.append(Call(JOB, 200, time.monotonic() - self._began))
