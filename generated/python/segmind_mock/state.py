"""What the mock remembers, apart per API key: credits, jobs, and the scenarios that are waiting.

Everything here happens on the event loop and nothing here awaits, so each method is one step that no other request can
come between: that is all the locking the ledger needs. The rest of the mock knows only these methods, so that another
store can stand in their place.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import islice
from uuid import uuid4

from .clock import Clock
from .jobs import FAILED, Job, Pace, Plan
from .order import Order
from .redaction import Redactor


class Account:
    """One API key's share of the state. Amounts are in millionths of a dollar."""

    __slots__ = ("charged", "credits", "jobs", "key", "label", "scenarios")

    def __init__(self, key: str, label: str, credits: int) -> None:
        self.key = key
        self.label = label
        self.credits = credits
        self.charged = 0
        self.jobs: dict[str, Job] = {}
        self.scenarios: deque[str] = deque()


class State:
    """All accounts and their jobs, in memory and within bounds."""

    def __init__(self, clock: Clock, redactor: Redactor, credits: int, accounts: int, per_key: int, total: int) -> None:
        self._clock = clock
        self._redactor = redactor
        self._credits = credits
        self._most_accounts = accounts
        self._per_key = per_key
        self._total = total
        self._accounts: OrderedDict[str, Account] = OrderedDict()
        self._jobs: dict[str, Job] = {}

    def account(self, key: str) -> Account:
        """The account of a key, opened at its first use; beyond the bound, the one unused for longest is closed."""
        found = self._accounts.get(key)
        if found is None:
            found = self._accounts[key] = Account(key, self._redactor.label(key), self._credits)
            if len(self._accounts) > self._most_accounts:
                self.close(next(iter(self._accounts)))
        self._accounts.move_to_end(key)
        return found

    def accounts(self) -> Iterator[Account]:
        """Every open account, the one used last at the end."""
        return iter(self._accounts.values())

    def close(self, key: str | None) -> None:
        """Forgets an account and its jobs, or all of them."""
        for name in [key] if key is not None else list(self._accounts):
            account = self._accounts.pop(name, None)
            for job in account.jobs if account is not None else ():
                del self._jobs[job]

    def charge(self, account: Account, amount: int) -> bool:
        """Takes `amount` from the account, wholly or (False) not at all: credits never go below zero."""
        if account.credits < amount or account.credits == 0:
            return False
        account.credits -= amount
        account.charged += amount
        return True

    def refund(self, account: Account, amount: int) -> None:
        """Gives back what was charged for work that could not be done."""
        account.credits += amount
        account.charged -= amount

    def add_job(self, account: Account, order: Order, pace: Pace, plan: Plan, charged: int) -> Job:
        """Puts a new job into the queue. Its id has never been used before and never will be again."""
        if len(account.jobs) >= self._per_key:
            self._make_room(account.jobs, self._per_key)
        if len(self._jobs) >= self._total:
            self._make_room(self._jobs, self._total)
        job = Job(str(uuid4()), account.key, order, pace, plan, self._clock.now(), charged)
        self._jobs[job.id] = account.jobs[job.id] = job
        return job

    def job(self, request_id: str, account: Account | None = None) -> Job | None:
        """The job with this id, up to date; None if there is none, it has expired, or it is not the account's own."""
        job = self._jobs.get(request_id)
        if job is None or (account is not None and job.account != account.key):
            return None
        now = self._clock.now()
        job.look(now)
        self._settle(job)
        return None if job.expired(now) else job

    def poll(self, job: Job) -> str:
        """Counts a status poll of the job and gives the state it sees."""
        state = job.poll(self._clock.now())
        self._settle(job)
        return state

    def _settle(self, job: Job) -> None:
        """Gives back, once, what was charged for a job that failed."""
        if job.charged and job.ended and job.state == FAILED:
            self.refund(self._accounts[job.account], job.charged)
            job.charged = 0

    def _make_room(self, jobs: dict[str, Job], bound: int) -> None:
        """Drops jobs until an eighth of the bound is free again: the oldest that have ended, then the oldest of all.

        An eighth at once, so that not every submit has to look through them.
        """
        now = self._clock.now()
        spare = len(jobs) - bound + max(1, bound // 8)
        ended: list[Job] = []
        for job in jobs.values():
            job.look(now)
            if job.ended:
                ended.append(job)
                if len(ended) == spare:
                    break
        if len(ended) < spare:
            live = (job for job in jobs.values() if not job.ended)
            ended += islice(live, spare - len(ended))
        for job in ended:
            self._settle(job)
            del self._jobs[job.id]
            del self._accounts[job.account].jobs[job.id]
