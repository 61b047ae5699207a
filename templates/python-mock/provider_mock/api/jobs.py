"""Jobs of the queue: forward only, from the first pending state to exactly one terminal state.

The `Pace` decides when a job advances: with status polls, with the clock, or at once. A scenario changes the course of
one job with a `JobPlan`. Must not know HTTP or accounts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ..platform.assumptions import BILLS_FAILURES, KEEPS_FROM_SUBMIT
from ..spec.platform import PLATFORM
from ..spec.service import Acceptor, Verdict
from ..state.clock import SECOND
from ..state.records import checked
from .generation_request import GenerationRequest

_QUEUE = PLATFORM.queue
PENDING = _QUEUE.pending
_PENDING = [acceptor for acceptor in _QUEUE.acceptors if acceptor.outcome == "pending"]
#: The acceptors of a job that is done, that failed (None if the platform has no such state) and that was just submitted.
DONE = next((acceptor for acceptor in _QUEUE.acceptors if acceptor.outcome == "done"), Acceptor("done", 200, "", ""))
FAILED = next((acceptor for acceptor in _QUEUE.acceptors if acceptor.outcome == "failed"), None)
FIRST = next(iter(_PENDING), DONE)
_RETENTION = round(_QUEUE.retention_s * SECOND)


def new_id() -> str:
    """Return the id of a request, a random UUID (version 4) that cannot be guessed. `uuid.uuid4` takes twice as long.

    >>> from uuid import UUID
    >>> request_id = new_id()
    >>> str(UUID(request_id)) == request_id, UUID(request_id).version, UUID(request_id).variant
    (True, 4, 'specified in RFC 4122')
    """
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class Pace(NamedTuple):
    """The way in which jobs advance.

    `polls` with amount n: n status polls return a pending state, and the next one the end. `time` with amount s: the job
    ends after s seconds of the clock. `instant`: the job has ended before the first poll.
    """

    by: Literal["polls", "time", "instant"]
    amount: float = 0

    @classmethod
    def parse(cls, text: str) -> Pace:
        """Read `polls:2`, `time:1.5` or `instant`. Raises ValueError for anything else.

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
        raise ValueError(f"expected polls:N, time:SECONDS or instant, got {text!r}")


#: Each pending state is seen once.
DEFAULT_PACE = Pace("polls", len(PENDING))


class JobPlan(NamedTuple):
    """The course of one job.

    `pace` replaces the mock's own. `first` is the pending state it begins with. `stuck` keeps it in the last pending
    state. `error` makes it fail with this message. `fault` is the name of the scenario that its first `faults` status
    polls get. `odd` is a state that replaces the pending ones. A `fleeting` job expires as soon as a poll has returned
    its end.
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
        """Return the plan from its values in JSON. Raises ValueError and TypeError for values of no plan."""
        plan = cls(*values)
        return checked(plan if plan.pace is None else plan._replace(pace=checked(Pace(*plan.pace))))


class _Progress(NamedTuple):
    """Progress of a job, as a store keeps it."""

    polls: int
    faults: int
    stage: int
    completed: int | None
    seen: bool
    polled: int


class Job:
    """One job. `poll` and `look` update `outcome` and `acceptor`. `charged` is its price in millionths of a dollar."""

    __slots__ = (
        "_completed",
        "_faults",
        "_pace",
        "_polled",
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
        self._polled = now
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
        """Return the scenario of this poll, if it has one. Such a poll is not counted, since the service never received it."""
        if self._faults == 0:
            return None
        self._faults -= 1
        return self.plan.fault

    def poll(self, now: int) -> None:
        """Count a status poll, which may advance the job."""
        if self._pace.by == "polls" and self._completed is None:
            wanted = int(self._pace.amount)
            if self._polls < wanted:
                self._reach(self._polls * len(PENDING) // wanted)
                self._polls += 1
            else:
                self._end(now)
        self._polled = now
        self.look(now)
        self._seen = self.ended

    def look(self, now: int) -> None:
        """Advance the job by the clock, without counting a poll."""
        if self._completed is None and self._pace.by != "polls":
            lasts = round(self._pace.amount * SECOND)
            passed = now - self.submitted
            if passed >= lasts or not lasts:
                # The end is the time at which the job ended, not the time of this call: its retention may begin there.
                self._end(self.submitted + lasts)
            else:
                self._reach(passed * len(PENDING) // lasts)

    def settle(self) -> int:
        """Return the amount to refund for a failed job, once, in millionths of a dollar."""
        if self.outcome != "failed" or BILLS_FAILURES:
            return 0
        owed, self.charged = self.charged, 0
        return owed

    def dump(self, clean: Callable[[str], str]) -> str:
        """Return the job as a line of JSON for a store outside this process. `clean` removes keys, which a prompt may contain."""
        moved = _Progress(self._polls, self._faults, self._stage, self._completed, self._seen, self._polled)
        return clean(
            json.dumps(
                [self.id, self.account, self.generation, self._pace, self.plan, self.submitted, self.charged, moved]
            )
        )

    @classmethod
    def load(cls, text: str) -> Job:
        """Return the job that `dump` wrote. Raises ValueError and TypeError for any other text."""
        id, account, generation, pace, plan, submitted, charged, moved = json.loads(text)
        # Jobs stored by earlier versions have no time of their last poll.
        progress = checked(_Progress(*[*moved, submitted][:6]))
        if {type(id), type(account)} != {str} or {type(submitted), type(charged)} != {int}:
            raise ValueError("not a job")
        if not 0 <= progress.stage < max(1, len(PENDING)):
            raise ValueError(f"there is no pending state {progress.stage}")
        pace = checked(Pace(*pace))
        job = cls(id, account, GenerationRequest.load(generation), pace, JobPlan.load(plan), submitted, charged)
        job._polls, job._faults, job._stage, job._completed, job._seen, job._polled = progress
        return job

    def expired(self, now: int) -> bool:
        """Return whether the retention is over, exact to the microsecond; reading the result does not extend it.

        A job that advances with polls has ended by itself if none came for so long.
        """
        if self.plan.fleeting:
            return self._seen
        if self._completed is None:
            abandoned = self._pace.by == "polls" and not self.plan.stuck
            return abandoned and now - self._polled >= _RETENTION
        return now - (self.submitted if KEEPS_FROM_SUBMIT else self._completed) >= _RETENTION

    def _reach(self, stage: int) -> None:
        self._stage = max(self._stage, stage)

    def _end(self, at: int) -> None:
        if self.plan.stuck:
            self._reach(len(PENDING) - 1)
        else:
            self._completed = at
