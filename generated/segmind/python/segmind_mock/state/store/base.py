"""What the mock remembers, and where: in memory, in an SQLite file, or in Redis.

Everything that reads or changes state is a plain function of one `Transaction`, and the store runs it: what it changes is
kept together, and nobody else's change comes between. The rules (what a charge is, how a job moves) are therefore written
once, whatever keeps the data, and a store knows nothing of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from ...api.jobs import Job
from ..account import Account
from ..clock import Clock
from ..journal import JournalEntry

T = TypeVar("T")


class StoreError(Exception):
    """The state cannot be had: a file that is not ours, a server that does not answer. Its text says which and why."""


class Bounds(NamedTuple):
    """How much is kept: the oldest goes first, and of jobs the oldest that have ended."""

    credits: int
    accounts: int
    jobs_per_key: int
    jobs_total: int
    entries: int
    entry_bytes: int


class Transaction:
    """One step over the state.

    `account` and `job` are those that were asked for; `account` is opened with the mock's credits if it is new, `job` is
    None if there is none of that id (whoever's it is). Changing them, the clock, or `add` is all a step does: a store
    may have to run it again, so it must not have other effects. It raises before it changes anything, if it raises.
    """

    __slots__ = ("_account", "added", "clock", "job")

    def __init__(self, clock: Clock, account: Account | None, job: Job | None) -> None:
        self.clock = clock
        self._account = account
        self.job = job
        self.added: list[Job] = []

    @property
    def account(self) -> Account:
        """The account that was asked for."""
        assert self._account is not None, "no account was asked for"
        return self._account

    def add(self, job: Job) -> None:
        """Puts a new job of the account into the queue."""
        self.added.append(job)


class Store(ABC):
    """Keeps accounts, jobs, the journal and how the clock was turned."""

    def __init__(self, clock: Clock, bounds: Bounds) -> None:
        self.clock = clock
        self.bounds = bounds

    @abstractmethod
    async def run(self, work: Callable[[Transaction], T], account: str | None = None, job: str | None = None) -> T:
        """Runs one step on the account and the job with these ids and keeps what it changed. Raises what it raises."""

    @abstractmethod
    async def accounts(self) -> list[Account]:
        """Every open account, the one used last at the end."""

    @abstractmethod
    async def write(self, entry: JournalEntry) -> int:
        """Adds an entry to the journal, and drops the oldest ones beyond the bounds; gives the entry's number."""

    @abstractmethod
    async def entries(self, wanted: Callable[[JournalEntry], bool], most: int) -> list[JournalEntry]:
        """The last `most` entries that are wanted, oldest first."""

    @abstractmethod
    async def forget(self, account: str | None) -> None:
        """Forgets an account with its jobs and its part of the journal, or all of them. The clock goes on."""

    @abstractmethod
    async def close(self) -> None:
        """Lets go of files and connections."""


def surplus(jobs: Iterable[Job], many: int, bound: int, now: int) -> list[Job]:
    """Which of `many` jobs (oldest first) to drop, so that an eighth of the bound is free: the oldest that have ended,
    then the oldest of all.

    An eighth at once, so that not every submit has to look through them.
    """
    spare = many - bound + max(1, bound // 8)
    ended: list[Job] = []
    live: list[Job] = []
    for job in jobs:
        job.look(now)
        if job.ended:
            ended.append(job)
            if len(ended) == spare:
                break
        elif len(live) < spare:
            live.append(job)
    return ended + live[: spare - len(ended)]
