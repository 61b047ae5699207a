"""The interface of stores for the mock's state.

Everything that reads or changes state is a plain function of a `Transaction`, which the store runs as one atomic step.
The rules of charges and jobs are therefore written once, independent of the store.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from ...api.jobs import Job
from ..account import Account
from ..clock import Clock, ClockSetting
from ..journal import JournalEntry

T = TypeVar("T")


class StoreError(Exception):
    """The state cannot be opened or used, such as a damaged file or an unreachable server. The message says which and why."""


class Bounds(NamedTuple):
    """Bounds of the state. The oldest entries are dropped first, and of jobs the oldest ended ones."""

    credits: int
    accounts: int
    jobs_per_key: int
    jobs_total: int
    entries: int
    entry_bytes: int


class Transaction:
    """One atomic step on the state.

    `account` and `job` are the requested ones. A new account is opened with the mock's credits; `job` is None if the id
    does not exist for any account. A step may only change these, the clock, and `add` jobs: a store may run it again, so
    it must not have other effects. If it raises, it must raise before it changes anything.
    """

    __slots__ = ("_account", "added", "clock", "job")

    def __init__(self, clock: Clock, account: Account | None, job: Job | None) -> None:
        self.clock = clock
        self._account = account
        self.job = job
        self.added: list[Job] = []

    @property
    def account(self) -> Account:
        """The requested account."""
        assert self._account is not None, "no account was requested"
        return self._account

    def add(self, job: Job) -> None:
        """Add a new job of the account."""
        self.added.append(job)


class Store(ABC):
    """Storage of accounts, jobs, the journal and the setting of the clock."""

    def __init__(self, clock: Clock, bounds: Bounds) -> None:
        self.clock = clock
        self.bounds = bounds

    @abstractmethod
    async def run(self, work: Callable[[Transaction], T], account: str | None = None, job: str | None = None) -> T:
        """Run one step on the account and job with these ids and store its changes. Raises what the step raises."""

    @abstractmethod
    async def accounts(self) -> list[Account]:
        """Return every account, the last used one at the end."""

    @abstractmethod
    async def write(self, entry: JournalEntry) -> int:
        """Add an entry to the journal, drop the oldest ones beyond the bounds, and return the entry's number."""

    @abstractmethod
    async def entries(self, wanted: Callable[[JournalEntry], bool], most: int) -> list[JournalEntry]:
        """Return the last `most` entries for which `wanted` is true, oldest first."""

    @abstractmethod
    async def forget(self, account: str | None) -> None:
        """Delete an account with its jobs and journal entries, or all accounts. The clock is not changed."""

    @abstractmethod
    async def close(self) -> None:
        """Close files and connections."""


def read_record(load: Callable[..., T], what: str, *arguments: Any) -> T:
    """Return what `load` makes of a stored record. Raises StoreError if the record is damaged."""
    try:
        return load(*arguments)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise StoreError(f"the state is damaged: {what} cannot be read ({type(error).__name__})") from None


def read_clock(ahead: Any, still: Any) -> ClockSetting:
    """Return a stored setting of the clock. Raises StoreError if it is damaged."""
    if type(ahead) is not int or not (still is None or type(still) is int):
        raise StoreError("the state is damaged: the setting of the clock cannot be read")
    return ClockSetting(ahead, still)


def surplus(jobs: Iterable[Job], many: int, bound: int, now: int) -> list[Job]:
    """Return the jobs to drop so that an eighth of the bound is free, of `many` jobs with the oldest first.

    The oldest ended jobs are dropped first, then the oldest of all, but never one of the newest eighth: its sender may be
    about to fetch the result. An eighth at once, so that not every submit has to search them.
    """
    spare = many - bound + max(1, bound // 8)
    ended: list[Job] = []
    live: list[Job] = []
    for job in islice(jobs, many - bound // 8):
        job.look(now)
        if job.ended:
            ended.append(job)
            if len(ended) == spare:
                break
        elif len(live) < spare:
            live.append(job)
    return ended + live[: spare - len(ended)]
