"""Store in Redis, which several hosts can share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from json import dumps, loads
from typing import Any
from weakref import WeakValueDictionary

import redis
import redis.asyncio

from ...api.jobs import Job
from ..account import Account
from ..clock import Clock, ClockSetting
from ..journal import JournalEntry
from .base import Bounds, Store, StoreError, T, Transaction, read_clock, read_record, surplus

#: Prefix of our keys. The number is the version of the format.
_PREFIX = "provider_mock:1:"
_CLOCK = _PREFIX + "clock"
_ACCOUNTS = _PREFIX + "accounts"
_JOBS = _PREFIX + "jobs"
_JOURNAL = _PREFIX + "journal"
#: A counter for the order of accounts and jobs.
_TURN = _PREFIX + "turn"
#: Number of attempts for a step when other processes change the same keys.
_ATTEMPTS = 1000
#: Seconds after which a server that does not answer counts as unreachable.
_PATIENCE_S = 10
#: The types of our keys. Others with these names are those of another program.
_TYPES = {
    _CLOCK: "string",
    _ACCOUNTS: "zset",
    _JOBS: "zset",
    _TURN: "string",
    _JOURNAL: "list",
    _JOURNAL + ":number": "string",
    _JOURNAL + ":bytes": "string",
}

#: Add an entry, drop the oldest beyond the bounds, and return its number. ARGV: text, weight, entries, bytes.
_WRITE = """
local number = redis.call('incr', KEYS[1] .. ':number')
redis.call('lpush', KEYS[1], number .. ' ' .. ARGV[2] .. ' ' .. ARGV[1])
local bytes = redis.call('incrby', KEYS[1] .. ':bytes', ARGV[2])
while redis.call('llen', KEYS[1]) > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4]) do
    local oldest = redis.call('rpop', KEYS[1])
    bytes = redis.call('decrby', KEYS[1] .. ':bytes', string.match(oldest, '^%d+ (%d+)'))
end
return number
"""


def _account(id: str) -> str:
    return f"{_PREFIX}account:{id}"


def _jobs_of(id: str) -> str:
    return f"{_PREFIX}account:{id}:jobs"


def _job(id: str) -> str:
    return f"{_PREFIX}job:{id}"


def _pair(text: str) -> tuple[Any, Any]:
    ahead, still = loads(text)
    return ahead, still


def _entry(line: str) -> tuple[JournalEntry, int]:
    """Return an entry of the journal and its weight."""
    number, weight, body = line.split(" ", 2)
    return JournalEntry.load(body)._replace(number=int(number)), int(weight)


class RedisStore(Store):
    """Accounts, jobs and journal under separate keys. A step is run again if another process changed its keys.

    Within this process, steps of one account wait for each other. Two mocks on one Redis share their state; for a
    separate state use another database (`redis://host/1`).
    """

    def __init__(self, clock: Clock, bounds: Bounds, clean: Callable[[str], str], location: str) -> None:
        super().__init__(clock, bounds)
        self._clean = clean
        self._locks: WeakValueDictionary[str | None, asyncio.Lock] = WeakValueDictionary()
        # The types of redis-py are too imprecise for a strict checker.
        library: Any = redis.asyncio
        plain: Any = redis
        self._place = location.rpartition("@")[2]
        options: dict[str, Any] = {"decode_responses": True, "socket_timeout": _PATIENCE_S}
        try:
            probing = plain.Redis.from_url(location, **options)
        except ValueError as error:
            raise StoreError(f"cannot keep state in {self._place}: {error}") from None
        with self._named(), probing as probe:
            for name, kind in _TYPES.items():
                if (found := probe.type(name)) not in ("none", kind):
                    said = f"{name} is a {found} of another program, expected a {kind}"
                    raise StoreError(
                        f"cannot keep state in {self._place}: {said}; use another database (redis://HOST/1)"
                    )
            # A replica only refuses to write.
            probe.incrby(_TURN, 0)
        self._redis = library.Redis.from_url(location, **options)
        self._write = self._redis.register_script(_WRITE)

    @contextmanager
    def _named(self) -> Generator[None, None, None]:
        """Raise StoreError with the server's place for its errors."""
        try:
            yield
        except (redis.RedisError, OSError, UnicodeDecodeError) as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise StoreError(f"cannot keep state in {self._place}: {said}") from None

    async def run(self, work: Callable[[Transaction], T], account: str | None = None, job: str | None = None) -> T:
        lock = self._locks.setdefault(account, asyncio.Lock())
        with self._named():
            async with lock, self._redis.pipeline(transaction=True) as pipe:
                for _ in range(_ATTEMPTS):
                    try:
                        return await self._attempt(pipe, work, account, job)
                    except redis.WatchError:
                        continue
        raise StoreError("Redis is too busy: other processes changed this account at each attempt")

    async def _attempt(self, pipe: Any, work: Callable[[Transaction], T], account: str | None, job: str | None) -> T:
        names = [_CLOCK, _account(account or ""), _job(job or "")]
        await pipe.watch(*names)
        setting, before, kept = await pipe.mget(names)
        if setting is not None:
            ahead, still = read_record(_pair, "the setting of the clock", setting)
            self.clock.setting = read_clock(ahead, still)
        turned = self.clock.setting
        found = None
        if account is not None:
            found = Account(account, self.bounds.credits)
            if before:
                found = read_record(Account.load, f"account {found.label}", account, before)
        transaction = Transaction(self.clock, found, read_record(Job.load, f"job {job}", kept) if kept else None)
        result = work(transaction)
        pipe.multi()
        if self.clock.setting != (turned if setting is not None else ClockSetting()):
            pipe.set(_CLOCK, dumps(self.clock.setting))
        if transaction.job is not None and (body := transaction.job.dump(self._clean)) != kept:
            pipe.set(_job(transaction.job.id), body)
        for new in transaction.added:
            pipe.set(_job(new.id), new.dump(self._clean))
            turn = await self._redis.incr(_TURN)
            pipe.zadd(_JOBS, {new.id: turn})
            pipe.zadd(_jobs_of(new.account), {new.id: turn})
        if found is not None and (body := found.dump()) != before:
            pipe.set(_account(found.id), body)
            pipe.zadd(_ACCOUNTS, {found.id: await self._redis.incr(_TURN)})
        if pipe.command_stack:
            await pipe.execute()
            await self._keep_bounds(found, new=before is None, added=transaction.added)
        else:
            await pipe.reset()
        return result

    async def accounts(self) -> list[Account]:
        found: list[Account] = []
        with self._named():
            ids: list[str] = await self._redis.zrange(_ACCOUNTS, 0, -1)
            for id, body in zip(ids, await self._bodies([_account(id) for id in ids]), strict=True):
                if body is not None:
                    found.append(read_record(Account.load, f"account {id[:8]}", id, body))
                    found[-1].jobs = await self._redis.zcard(_jobs_of(id))
        return found

    async def write(self, entry: JournalEntry) -> int:
        entry = entry.within(self.bounds.entry_bytes)
        limits = self.bounds.entries, self.bounds.entry_bytes
        with self._named():
            return int(await self._write(keys=[_JOURNAL], args=[entry.dump(self._clean), entry.weight, *limits]))

    async def entries(self, wanted: Callable[[JournalEntry], bool], most: int) -> list[JournalEntry]:
        found: list[JournalEntry] = []
        with self._named():
            lines = await self._redis.lrange(_JOURNAL, 0, -1)
        for line in lines:
            if len(found) == most:
                break
            entry, _ = read_record(_entry, "an entry of the journal", line)
            if wanted(entry):
                found.append(entry)
        return found[::-1]

    async def forget(self, account: str | None) -> None:
        with self._named():
            for id in [account] if account is not None else await self._redis.zrange(_ACCOUNTS, 0, -1):
                await self._close(id)
            if account is None:
                await self._redis.delete(_JOURNAL, _JOURNAL + ":bytes")
                return
            for line in await self._redis.lrange(_JOURNAL, 0, -1):
                entry, weight = read_record(_entry, "an entry of the journal", line)
                if entry.account == account and await self._redis.lrem(_JOURNAL, 1, line):
                    await self._redis.decrby(_JOURNAL + ":bytes", weight)

    async def close(self) -> None:
        await self._redis.aclose()

    async def _keep_bounds(self, account: Account | None, new: bool, added: list[Job]) -> None:
        """Drop what is beyond the bounds. This is not part of the step, so after a kill there may be slightly more."""
        if new and await self._redis.zcard(_ACCOUNTS) > self.bounds.accounts:
            await self._close((await self._redis.zrange(_ACCOUNTS, 0, 0))[0])
        if not added or account is None:
            return
        for index, bound in ((_jobs_of(account.id), self.bounds.jobs_per_key), (_JOBS, self.bounds.jobs_total)):
            many = await self._redis.zcard(index)
            if many > bound:
                bodies = await self._bodies([_job(id) for id in await self._redis.zrange(index, 0, -1)])
                jobs = [read_record(Job.load, "a job", body) for body in bodies if body is not None]
                await self._drop(surplus(jobs, many, bound, self.clock.now()))

    async def _bodies(self, names: list[str]) -> list[str | None]:
        return await self._redis.mget(names) if names else []

    async def _drop(self, jobs: list[Job]) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            for job in jobs:
                pipe.delete(_job(job.id))
                pipe.zrem(_JOBS, job.id)
                pipe.zrem(_jobs_of(job.account), job.id)
            await pipe.execute()

    async def _close(self, id: str) -> None:
        jobs: list[str] = await self._redis.zrange(_jobs_of(id), 0, -1)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(_account(id), _jobs_of(id), *(_job(job) for job in jobs))
            pipe.zrem(_ACCOUNTS, id)
            if jobs:
                pipe.zrem(_JOBS, *jobs)
            await pipe.execute()
