"""Store in an SQLite file, which survives a kill and is shared by the workers of one machine."""

from __future__ import annotations

import os
import sqlite3
import time
from asyncio import sleep
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import chain, repeat

from ...api.jobs import Job
from ..account import Account
from ..clock import Clock, ClockSetting
from ..journal import JournalEntry
from .base import Bounds, Store, StoreError, T, Transaction, read_clock, read_record, surplus

#: Identify our files, so that those of other programs or versions are refused.
_APPLICATION = 0x53_4D_4F_43
_VERSION = 1
#: Seconds to wait for the write of another worker.
_PATIENCE = 10.0
#: Milliseconds of that in which the event loop waits, too, and seconds between two attempts.
_BUSY_MS = 20
_PAUSE_S = 0.01
#: Bounds are checked once per this many added rows, since counting costs more than writing.
_SWEEP = 64

#: The columns that a file of this version has.
_COLUMNS = {
    "clock": "id, ahead, still",
    "account": "id, used, body",
    "job": "id, account, submitted, body",
    "entry": "number, account, weight, body",
}
_ADVICE = {
    sqlite3.SQLITE_BUSY: f"another program has locked it for {_PATIENCE:g} s",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: restore it, or set a new file",
    sqlite3.SQLITE_ERROR: "the file is damaged, or not of this version: set a new file",
    sqlite3.SQLITE_NOTADB: "set a new file, or one that the mock has written",
    sqlite3.SQLITE_READONLY: "the mock must be able to write to the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "its folder must exist and be writable",
}

_TABLES = """
create table clock (id integer primary key check (id = 0), ahead integer not null, still integer);
create table account (id text primary key, used integer not null, body text not null);
create index account_used on account (used);
create table job (id text primary key, account text not null, submitted integer not null, body text not null);
create index job_submitted on job (submitted);
create index job_account on job (account, submitted);
create table entry (number integer primary key autoincrement, account text, weight integer not null, body text not null);
create index entry_account on entry (account);
"""


class SQLiteStore(Store):
    """Accounts, jobs and journal as rows, with one transaction per step.

    The file is in WAL mode without waiting for the disk: committed data survives the process, but not necessarily a
    power failure. A step takes about 50 µs, so it runs on the event loop.
    """

    def __init__(self, clock: Clock, bounds: Bounds, clean: Callable[[str], str], location: str) -> None:
        super().__init__(clock, bounds)
        self._clean = clean
        self._added = {"entry": 0, "job": 0}
        self._location = location
        if os.path.exists(location) and not os.path.isfile(location):
            kind = "folder" if os.path.isdir(location) else "device or pipe"
            raise StoreError(f"cannot keep state in {location}: unable to open a {kind}, expected a file")
        try:
            self._database = sqlite3.connect(location, isolation_level=None, timeout=_PATIENCE, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            raise self._failure(error) from None

    def _prepare(self) -> None:
        ask = self._database.execute
        # Exclusive, because another worker may be creating the same tables.
        with self._step("immediate"):
            if not self._is_ours():
                for statement in _TABLES.split(";\n"):
                    ask(statement)
                ask(f"pragma application_id = {_APPLICATION}")
                ask(f"pragma user_version = {_VERSION}")
        self._keep_a_log()
        ask("pragma synchronous = normal")
        # From now on others are served while a step waits.
        ask(f"pragma busy_timeout = {_BUSY_MS}")

    def _failure(self, error: sqlite3.Error) -> StoreError:
        advice = _ADVICE.get(_code(error), "")
        return StoreError(f"cannot keep state in {self._location}: {error}{f' ({advice})' if advice else ''}")

    async def _attempt(self, step: Callable[[], T]) -> T:
        """Run a step, again while another process holds the file. Raises StoreError."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                return step()
            except sqlite3.Error as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise self._failure(error) from None
            await sleep(_PAUSE_S)

    def _keep_a_log(self) -> None:
        """Turn WAL mode on. SQLite does not wait for another worker that does the same, so wait here."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self._database.execute("pragma journal_mode = wal")
                return
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(0.01)

    def _is_ours(self) -> bool:
        """Return whether the file has our tables; False for a new file. Raises DatabaseError for any other file."""
        ask = self._database.execute
        version = ask("pragma user_version").fetchone()[0], ask("pragma application_id").fetchone()[0]
        if version == (_VERSION, _APPLICATION):
            if (found := ask("pragma quick_check(1)").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(f"the file is damaged: {found.splitlines()[-1]}")
            for table, columns in _COLUMNS.items():
                ask(f"select {columns} from {table} limit 0")
            # Fails for a file that may only be read, which is found out by writing alone.
            ask(f"pragma user_version = {_VERSION}")
            return True
        if version != (0, 0) or ask("select count(*) from sqlite_master").fetchone()[0]:
            got = f", got version {version[0]}" if version[1] == _APPLICATION else ""
            said = (
                f"a file of another program or version: set a new file; expected version {_VERSION} of the mock's state"
            )
            raise sqlite3.DatabaseError(said + got)
        return False

    async def run(self, work: Callable[[Transaction], T], account: str | None = None, job: str | None = None) -> T:
        # Most steps only read, and readers never wait. A step that writes fails if another worker has written since it
        # began to read: then it is run again, exclusively.
        modes = chain(("deferred",), repeat("immediate"))
        return await self._attempt(lambda: self._run(next(modes), work, account, job))

    def _run(self, mode: str, work: Callable[[Transaction], T], account: str | None, job: str | None) -> T:
        ask = self._database.execute
        with self._step(mode):
            setting = ask("select ahead, still from clock").fetchone()
            if setting is not None:
                self.clock.setting = read_clock(*setting)
            turned = self.clock.setting
            before = ask("select body from account where id = ?", (account,)).fetchone()
            kept = ask("select body from job where id = ?", (job,)).fetchone()
            found = None
            if account is not None:
                found = Account(account, self.bounds.credits)
                if before:
                    found = read_record(Account.load, f"account {found.label}", account, before[0])
            held = read_record(Job.load, f"job {job}", kept[0]) if kept else None
            transaction = Transaction(self.clock, found, held)
            result = work(transaction)
            if self.clock.setting != (turned if setting is not None else ClockSetting()):
                ask("insert or replace into clock values (0, ?, ?)", self.clock.setting)
            if transaction.job is not None and (body := transaction.job.dump(self._clean)) != kept[0]:
                ask("update job set body = ? where id = ?", (body, job))
            for new in transaction.added:
                self._add(new)
            if found is not None and (body := found.dump()) != (before[0] if before else None):
                self._keep(found, body, new=before is None)
            return result

    async def accounts(self) -> list[Account]:
        found: list[Account] = []
        query = "select id, body, (select count(*) from job where job.account = account.id) from account order by used"
        for id, body, jobs in await self._attempt(lambda: self._database.execute(query).fetchall()):
            account = read_record(Account.load, f"account {id[:8]}", id, body)
            account.jobs = jobs
            found.append(account)
        return found

    async def write(self, entry: JournalEntry) -> int:
        entry = entry.within(self.bounds.entry_bytes)
        return await self._attempt(lambda: self._write(entry))

    def _write(self, entry: JournalEntry) -> int:
        with self._step("immediate"):
            written = self._database.execute(
                "insert into entry (account, weight, body) values (?, ?, ?)",
                (entry.account, entry.weight, entry.dump(self._clean)),
            )
            if self._due("entry", self.bounds.entries):
                self._drop_entries()
        return written.lastrowid or 0

    def _due(self, table: str, bound: int) -> bool:
        """Count an added row, and return whether to check the table's bound."""
        self._added[table] += 1
        if self._added[table] < min(_SWEEP, bound // _SWEEP):
            return False
        self._added[table] = 0
        return True

    def _drop_entries(self) -> None:
        """Drop the oldest entries beyond the bounds in number and bytes."""
        ask = self._database.execute
        ask(
            "delete from entry where number <= (select number from entry order by number desc limit 1 offset ?)",
            (self.bounds.entries,),
        )
        total = ask("select coalesce(sum(weight), 0) from entry").fetchone()[0]
        while total > self.bounds.entry_bytes:
            oldest = ask("select number, weight from entry order by number limit ?", (_SWEEP,)).fetchall()
            ask("delete from entry where number <= ?", (oldest[-1][0],))
            total -= sum(weight for _, weight in oldest)

    async def entries(self, wanted: Callable[[JournalEntry], bool], most: int) -> list[JournalEntry]:
        return await self._attempt(lambda: self._entries(wanted, most))

    def _entries(self, wanted: Callable[[JournalEntry], bool], most: int) -> list[JournalEntry]:
        found: list[JournalEntry] = []
        for number, body in self._database.execute("select number, body from entry order by number desc"):
            if len(found) == most:
                break
            entry = read_record(JournalEntry.load, f"entry {number} of the journal", body)._replace(number=number)
            if wanted(entry):
                found.append(entry)
        return found[::-1]

    async def forget(self, account: str | None) -> None:
        await self._attempt(lambda: self._forget(account))

    def _forget(self, account: str | None) -> None:
        with self._step("immediate"):
            for table, column in (("account", "id"), ("job", "account"), ("entry", "account")):
                if account is None:
                    self._database.execute(f"delete from {table}")
                else:
                    self._database.execute(f"delete from {table} where {column} = ?", (account,))

    async def close(self) -> None:
        self._database.close()

    @contextmanager
    def _step(self, mode: str) -> Generator[None, None, None]:
        self._database.execute(f"begin {mode}")
        try:
            yield
            self._database.execute("commit")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("rollback")
            raise

    def _keep(self, account: Account, body: str, new: bool) -> None:
        ask = self._database.execute
        ask(
            "insert into account (id, used, body) values (?, (select coalesce(max(used), 0) + 1 from account), ?) "
            "on conflict (id) do update set used = excluded.used, body = excluded.body",
            (account.id, body),
        )
        if new and ask("select count(*) from account").fetchone()[0] > self.bounds.accounts:
            oldest = ask("select id from account order by used limit 1").fetchone()[0]
            ask("delete from account where id = ?", (oldest,))
            ask("delete from job where account = ?", (oldest,))

    def _add(self, job: Job) -> None:
        ask = self._database.execute
        ask(
            "insert into job (id, account, submitted, body) values (?, ?, ?, ?)",
            (job.id, job.account, job.submitted, job.dump(self._clean)),
        )
        if not self._due("job", min(self.bounds.jobs_per_key, self.bounds.jobs_total)):
            return
        for condition, values, bound in (
            ("where account = ?", (job.account,), self.bounds.jobs_per_key),
            ("", (), self.bounds.jobs_total),
        ):
            many = ask(f"select count(*) from job {condition}", values).fetchone()[0]
            if many > bound:
                rows = ask(f"select body from job {condition} order by submitted, rowid", values)
                for old in surplus(
                    (read_record(Job.load, "a job", body) for (body,) in rows), many, bound, self.clock.now()
                ):
                    ask("delete from job where id = ?", (old.id,))


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary code of an error; 0 if it is not SQLite's own."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
