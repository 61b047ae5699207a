"""The life of a job in the queue: forward only, from the first pending state to exactly one terminal state.

What moves a job is its `Pace`: the number of status polls, the clock, or nothing at all. A scenario may bend one job's
life through its `Plan`. Neither HTTP nor accounts are known here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ..platform.assumptions import BILLS_FAILURES, KEEPS_FROM_SUBMIT
from ..spec.platform import PLATFORM
from ..spec.service import Acceptor, Verdict
from ..state.clock import SECOND
from .generation_request import GenerationRequest

_QUEUE = PLATFORM.queue
PENDING = _QUEUE.pending
_PENDING = [acceptor for acceptor in _QUEUE.acceptors if acceptor.outcome == "pending"]
#: What a job is known by that is done, that has failed (None where the platform has no state for that), and that has
#: just been submitted.
DONE = next((acceptor for acceptor in _QUEUE.acceptors if acceptor.outcome == "done"), Acceptor("done", 200, "", ""))
FAILED = next((acceptor for acceptor in _QUEUE.acceptors if acceptor.outcome == "failed"), None)
FIRST = next(iter(_PENDING), DONE)
_RETENTION = round(_QUEUE.retention_s * SECOND)


class Pace(NamedTuple):
    """How jobs advance.

    `polls` with amount n: n status polls see the job pending, the next one sees it ended. `time` with amount s: it ends
    after s seconds by the clock. `instant`: it has ended before the first poll.
    """

    by: Literal["polls", "time", "instant"]
    amount: float = 0

    @classmethod
    def parse(cls, text: str) -> Pace:
        """Reads `polls:2`, `time:1.5` or `instant`. Raises ValueError for anything else.

        >>> Pace.parse("time:1.5")
        Pace(by='time', amount=1.5)
        """
        by, colon, amount = text.partition(":")
        if text == "instant":
            return cls("instant")
        if by == "polls" and amount.isascii() and amount.isdigit() and int(amount) <= 1_000_000:
            return cls("polls", int(amount))
        if by == "time" and colon:
            seconds = float(amount)
            if 0 <= seconds <= 1e6:
                return cls("time", seconds)
        raise ValueError(f"{text!r} is none of polls:N, time:SECONDS, instant")


#: Each pending state is seen once.
DEFAULT_PACE = Pace("polls", len(PENDING))


class JobPlan(NamedTuple):
    """What is to become of one job.

    `pace` replaces the mock's own. `first` is the pending state it begins with. `stuck` keeps it in the last pending
    state. `error` makes it fail, with these words. `fault` is the name of the scenario that its first `faults`
    status polls meet. `odd` is a state that it shows in place of the pending ones. A `fleeting` job is gone as soon as a
    poll has seen it ended.
    """

    pace: Pace | None = None
    first: int = 0
    stuck: bool = False
    error: str | None = None
    fault: str | None = None
    faults: int = 1
    odd: str | None = None
    fleeting: bool = False

    @classmethod
    def load(cls, values: list[Any]) -> JobPlan:
        """The plan that became these values in JSON."""
        plan = cls(*values)
        return plan if plan.pace is None else plan._replace(pace=Pace(*plan.pace))


class Job:
    """One job. `poll` and `look` bring `outcome` and `acceptor` up to date; `charged` is what it has cost."""

    __slots__ = (
        "_completed",
        "_faults",
        "_pace",
        "_polls",
        "_seen",
        "_stage",
        "account",
        "charged",
        "generation",
        "id",
        "plan",
        "submitted",
    )

    def __init__(
        self,
        id: str,
        account: str,
        generation: GenerationRequest,
        pace: Pace,
        plan: JobPlan,
        now: int,
        charged: int = 0,
    ) -> None:
        self.id = id
        self.account = account
        self.generation = generation
        self.plan = plan
        self.submitted = now
        self.charged = charged
        self._pace = plan.pace or pace
        self._polls = 0
        self._faults = plan.faults if plan.fault is not None else 0
        self._stage = plan.first
        self._completed: int | None = None
        self._seen = False

    @property
    def ended(self) -> bool:
        """Whether the job was in its terminal state when last looked at."""
        return self._completed is not None

    @property
    def outcome(self) -> Verdict:
        """The outcome of the job when it was last read."""
        if self._completed is None:
            return "pending"
        return "done" if self.plan.error is None else "failed"

    @property
    def acceptor(self) -> Acceptor:
        """The acceptor of the job's state, unless the job failed."""
        if self._completed is not None:
            return DONE
        acceptor = _PENDING[self._stage] if _PENDING else FIRST
        return acceptor if self.plan.odd is None else acceptor._replace(value=self.plan.odd)

    def fault(self) -> str | None:
        """The scenario that this poll meets, if it does. It does not count as a poll: the service never saw it."""
        if self._faults == 0:
            return None
        self._faults -= 1
        return self.plan.fault

    def poll(self, now: int) -> None:
        """Counts a status poll, which may move the job."""
        if self._pace.by == "polls" and self._completed is None:
            wanted = int(self._pace.amount)
            if self._polls < wanted:
                self._reach(self._polls * len(PENDING) // wanted)
                self._polls += 1
            else:
                self._end(now)
        self.look(now)
        self._seen = self.ended

    def look(self, now: int) -> None:
        """Moves the job as time alone does, without counting a poll."""
        if self._completed is None and self._pace.by != "polls":
            lasts = round(self._pace.amount * SECOND)
            passed = now - self.submitted
            if passed >= lasts:
                # The job ended when it ended, not when somebody looked: its retention may count from then.
                self._end(self.submitted + lasts)
            else:
                self._reach(passed * len(PENDING) // lasts)

    def settle(self) -> int:
        """What is to be given back, once, for a job that failed; in millionths."""
        if self.outcome != "failed" or BILLS_FAILURES:
            return 0
        owed, self.charged = self.charged, 0
        return owed

    def dump(self, clean: Callable[[str], str]) -> str:
        """The job as a line of JSON, for a store outside this process: without keys, which a prompt may hold."""
        moved = (self._polls, self._faults, self._stage, self._completed, self._seen)
        return clean(
            json.dumps(
                [self.id, self.account, self.generation, self._pace, self.plan, self.submitted, self.charged, moved]
            )
        )

    @classmethod
    def load(cls, text: str) -> Job:
        """The job that `dump` wrote."""
        id, account, generation, pace, plan, submitted, charged, moved = json.loads(text)
        job = cls(id, account, GenerationRequest(*generation), Pace(*pace), JobPlan.load(plan), submitted, charged)
        job._polls, job._faults, job._stage, job._completed, job._seen = moved
        return job

    def expired(self, now: int) -> bool:
        """Return whether the retention is over, exact to the microsecond; reading the result does not extend it."""
        if self.plan.fleeting:
            return self._seen
        if self._completed is None:
            return False
        return now - (self.submitted if KEEPS_FROM_SUBMIT else self._completed) >= _RETENTION

    def _reach(self, stage: int) -> None:
        self._stage = max(self._stage, stage)

    def _end(self, at: int) -> None:
        if self.plan.stuck:
            self._reach(len(PENDING) - 1)
        else:
            self._completed = at
