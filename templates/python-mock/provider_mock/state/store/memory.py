"""Store in this process, which is the fastest and ends with it."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from ...api.jobs import Job
from ..account import Account
from ..clock import Clock
from ..journal import JournalEntry
from .base import Bounds, Store, T, Transaction, surplus


class MemoryStore(Store):
    """Accounts, jobs and journal as Python objects.

    Everything runs on the event loop without awaiting, so each step is atomic without a lock.
    """

    def __init__(self, clock: Clock, bounds: Bounds) -> None:
        super().__init__(clock, bounds)
        self._accounts: OrderedDict[str, Account] = OrderedDict()
        self._jobs: dict[str, Job] = {}
        self._jobs_of: dict[str, dict[str, Job]] = {}
        #: With the numbers under which they were written.
        self._journal: deque[tuple[int, JournalEntry]] = deque()
        self._journal_bytes = 0
        self._written = 0

    async def run(self, work: Callable[[Transaction], T], account: str | None = None, job: str | None = None) -> T:
        found = self._open(account) if account is not None else None
        transaction = Transaction(self.clock, found, self._jobs.get(job) if job is not None else None)
        result = work(transaction)
        for new in transaction.added:
            self._add(transaction.account, new)
        return result

    async def accounts(self) -> list[Account]:
        for account in self._accounts.values():
            account.jobs = len(self._jobs_of[account.id])
        return list(self._accounts.values())

    async def write(self, entry: JournalEntry) -> int:
        self._written += 1
        entry = entry.within(self.bounds.entry_bytes)
        self._journal.append((self._written, entry))
        self._journal_bytes += entry.weight
        while len(self._journal) > self.bounds.entries or self._journal_bytes > self.bounds.entry_bytes:
            self._journal_bytes -= self._journal.popleft()[1].weight
        return self._written

    async def entries(self, wanted: Callable[[JournalEntry], bool], most: int) -> list[JournalEntry]:
        found: list[JournalEntry] = []
        for number, entry in reversed(self._journal):
            if len(found) == most:
                break
            if wanted(entry):
                found.append(entry._replace(number=number))
        return found[::-1]

    async def forget(self, account: str | None) -> None:
        for id in [account] if account is not None else list(self._accounts):
            self._close(id)
        kept = [each for each in self._journal if account is not None and each[1].account != account]
        self._journal = deque(kept)
        self._journal_bytes = sum(entry.weight for _, entry in kept)

    async def close(self) -> None:
        """Do nothing: there are no resources."""

    def _open(self, id: str) -> Account:
        """Return the account, opened at its first use. Beyond the bound, the least recently used one is closed."""
        found = self._accounts.get(id)
        if found is None:
            found = self._accounts[id] = Account(id, self.bounds.credits)
            self._jobs_of[id] = {}
            if len(self._accounts) > self.bounds.accounts:
                self._close(next(iter(self._accounts)))
        self._accounts.move_to_end(id)
        return found

    def _close(self, id: str) -> None:
        if self._accounts.pop(id, None) is not None:
            for job in self._jobs_of.pop(id):
                del self._jobs[job]

    def _add(self, account: Account, job: Job) -> None:
        own = self._jobs_of[account.id]
        for jobs, bound in ((own, self.bounds.jobs_per_key), (self._jobs, self.bounds.jobs_total)):
            if len(jobs) >= bound:
                for old in surplus(jobs.values(), len(jobs), bound, self.clock.now()):
                    del self._jobs[old.id]
                    del self._jobs_of[old.account][old.id]
        self._jobs[job.id] = own[job.id] = job
