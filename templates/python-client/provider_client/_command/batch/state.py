"""The state of a batch, in an SQLite file that survives a crash at any moment.

Each line goes through these states. Each step is on the disk before the next one begins:

    planned ──▶ sending ──▶ accepted ──▶ done
       ▲            │           ├──────▶ failed     the job failed
       │            │           └──────▶ lost       the service does not know the job
       ├────────────┤                               refused before any work was done
       │            ├──────────────────▶ failed     refused because of its parameters
       │            ├──────────────────▶ done       a synchronous call returned the result
       └─ ─ ─ ─ ─ ─ └──────────────────▶ doubt      unknown whether it was accepted and billed

A line in the state `sending` at the start of a run was being sent when the process ended. It is in doubt, unless its file is in
the folder.

If this file can't be written, the outcome of requests goes to a `FallbackLog`.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

from ..._results.jobs import JobHandle
from ..._results.saving import FOLDER_PREFIX
from ..exit_codes import CommandError, ExitCode
from .fallback_log import FallbackLog
from .lines import InputLine

PLANNED, SENDING, ACCEPTED, DONE, FAILED, LOST, DOUBT = (
    "planned",
    "sending",
    "accepted",
    "done",
    "failed",
    "lost",
    "doubt",
)
NAME = "batch.sqlite"
#: Identifies the file, so that a file of another program or version is not used.
_APPLICATION = 0x53_43_4C_42
_VERSION = 1
_TABLES = """
create table about (name text primary key, value text not null) without rowid;
create table line (
    number integer primary key, id text not null unique, digest text not null, payload text not null,
    name text not null unique, at text not null, state text not null, posts integer not null default 0,
    accepted integer not null default 0, handle text, files text not null default '[]', reason text
);
create index line_state on line (state);
"""
_COLUMNS = "number, id, digest, payload, name, at, state, posts, accepted, handle, files, reason"


class BatchLine(NamedTuple):
    """The state of one line.

    Attributes:
        name: The name of its file, with the expected suffix. The final suffix depends on the file's bytes.
        posts: The number of requests for it that were, or may have been, accepted.
        accepted: The number of requests for it that were certainly accepted.
        files: The saved files, each with path, sha256, media type and size in pixels, and `elsewhere` if it is not in the
            folder of the batch.
        reason: Why the line failed or is in doubt.
    """

    number: int
    id: str
    digest: str
    payload: dict[str, Any]
    name: str
    at: str
    state: str
    posts: int
    accepted: int
    handle: JobHandle | None
    files: list[dict[str, Any]]
    reason: str | None


#: The updates after a request was sent. Repeating one, after a failure, changes nothing.
_STEPS = {
    "unsent": f"state = '{PLANNED}', posts = posts - 1 where state = '{SENDING}'",
    "refused": f"state = '{FAILED}', posts = posts - 1, reason = ? where state = '{SENDING}'",
    "accepted": f"state = '{ACCEPTED}', accepted = accepted + 1, handle = ?, reason = null where state = '{SENDING}'",
    "done": f"state = '{DONE}', accepted = accepted + ?, files = ?, reason = null where state <> '{DONE}'",
    "became": "state = ?, reason = ? where true",
}


class BatchState:
    """The state of a batch, locked by one process at a time.

    Attributes:
        path: The path of the SQLite file.
        trouble: Why the file can't be written, else None. Then updates go to the fallback log, and nothing more should be sent.

    Raises:
        CommandError: Another process runs this batch, or the file belongs to another program.
        OSError: There is no disk space for the fallback log.
    """

    def __init__(self, folder: str, slug: str, root: str) -> None:
        self.path = os.path.join(folder, NAME)
        self.trouble: str | None = None
        try:
            self._database = sqlite3.connect(self.path, isolation_level=None, timeout=1.0)
        except sqlite3.Error as error:
            raise CommandError(f"{self.path}: {error}", ExitCode.FILE) from None
        try:
            self._prepare()
            self._settle("model", slug)
            self._settle("service", root)
            self._fallback = FallbackLog(folder)
        except BaseException as error:
            self._database.close()
            if not isinstance(error, sqlite3.Error):
                raise
            if isinstance(error, sqlite3.OperationalError):
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                what = "another process runs this batch; wait until it ends" if busy else str(error)
                raise CommandError(f"{self.path}: {what}", ExitCode.FILE) from None
            raise CommandError(f"{self.path}: {error}; name another --out-dir", ExitCode.FILE) from None
        self._identity = self._found()
        self.catch_up()
        if self.trouble:
            # As long as the fallback log is not read, the file does not have everything that was paid for.
            self.close()
            raise CommandError(
                f"{self.trouble}; nothing was sent. Free disk space or make the file writable, and try again",
                ExitCode.FILE,
            )

    def catch_up(self) -> None:
        """Apply the updates in the fallback log, if the file can be written again."""
        try:
            notes = self._fallback.read()
            for step, number, *values in notes:
                self._step(step, number, *values)
            if notes:
                self._fallback.clear()
            self.trouble = None
        except (sqlite3.Error, OSError) as error:
            self.trouble = f"{self.path}: {error}"

    def is_there(self) -> bool:
        """Return whether the file still exists. Without it, another run would send lines again that were paid for."""
        return self._found() == self._identity

    def restore(self) -> str | None:
        """Write the file again if it was deleted, to its path or else to a new folder. Return a message; None if it exists."""
        if self.is_there():
            return None
        from tempfile import mkdtemp

        folder = os.path.dirname(self.path)
        try:
            os.makedirs(folder, exist_ok=True)
            if os.path.lexists(self.path):
                raise FileExistsError(f"{self.path} has been replaced by another file")
            self._copy_to(self.path)
        except (OSError, sqlite3.Error) as error:
            try:
                path = os.path.join(mkdtemp(prefix=FOLDER_PREFIX), NAME)
                self._copy_to(path)
            except (OSError, sqlite3.Error) as second:
                return f"{self.path} was deleted and could not be written anywhere else: {error}; {second}"
            return f"{self.path} was deleted and is saved as {path}: move it back before you run the same command again"
        return f"{self.path} was deleted and has been written again"

    def rows(self, *states: str) -> Iterator[BatchLine]:
        """Yield the lines in any of these states (without an argument: all lines), ordered by number."""
        condition = f" where state in ({', '.join('?' * len(states))})" if states else ""
        for row in self._ask(f"select {_COLUMNS} from line{condition} order by number", *states).fetchall():
            number, id, digest, payload, name, at, state, posts, accepted, handle, files, reason = row
            known = JobHandle.from_json(handle) if handle else None
            asked, saved = json.loads(payload), json.loads(files)
            yield BatchLine(number, id, digest, asked, name, at, state, posts, accepted, known, saved, reason)

    def counts(self) -> dict[str, int]:
        """Return the number of lines in each state."""
        return dict(self._ask("select state, count(*) from line group by state").fetchall())

    def posts(self) -> int:
        """Return the number of requests that were, or may have been, accepted and so billed."""
        return int(self._ask("select coalesce(sum(posts), 0) from line").fetchone()[0])

    def plan(
        self, new: Iterable[tuple[InputLine, str]], moved: Iterable[InputLine], changed: Iterable[InputLine]
    ) -> None:
        """Add new lines with their file names, and update lines that moved in the file or have other parameters."""
        self._ask("begin immediate")
        for line in moved:
            self._ask("update line set at = ? where id = ?", line.at, line.id)
        for line in changed:
            written = json.dumps(line.payload)
            self._ask(
                "update line set digest = ?, payload = ?, state = ?, reason = null where id = ?",
                *(line.digest, written, PLANNED, line.id),
            )
        for line, name in new:
            self._ask(
                "insert into line (id, digest, payload, name, at, state) values (?, ?, ?, ?, ?, ?)",
                *(line.id, line.digest, json.dumps(line.payload), name, line.at, PLANNED),
            )
        self._ask("commit")

    def again(self, ids: Iterable[str]) -> None:
        """Plan lines again that were sent before."""
        self._ask("begin immediate")
        for id in ids:
            self._ask("update line set state = ?, handle = null, reason = null where id = ?", PLANNED, id)
        self._ask("commit")

    def sending(self, number: int) -> None:
        """Note that the line's POST is about to be sent."""
        self._ask("update line set state = ?, posts = posts + 1 where number = ?", SENDING, number)

    def unsent(self, number: int) -> None:
        """Note that the POST was refused before any work was done. It may be sent again."""
        self._note("unsent", number)

    def refused(self, number: int, reason: str) -> None:
        """Note that the POST was refused because of its parameters."""
        self._note("refused", number, reason)

    def accepted(self, number: int, handle: JobHandle) -> None:
        """Note that the service accepted the job. From now on it can be resumed."""
        self._note("accepted", number, handle.to_json())

    def done(self, number: int, files: list[dict[str, Any]], *, at_once: bool) -> None:
        """Note that the files are saved. `at_once` means that the response to the POST contained them."""
        self._note("done", number, int(at_once), json.dumps(files))

    def became(self, number: int, state: str, reason: str) -> None:
        """Note that the line failed, is lost, is in doubt, or is still accepted, and why."""
        self._note("became", number, state, reason)

    def moved(self, number: int, files: list[dict[str, Any]]) -> None:
        """Note that the line's files were moved."""
        self._ask("update line set files = ? where number = ?", json.dumps(files), number)

    def close(self) -> None:
        """Close the file, so that another process can use it."""
        self._fallback.close()
        self._database.close()

    def _note(self, step: str, number: int, *values: object) -> None:
        """Apply an update to a line; if that fails, write it to the fallback log.

        Raises:
            OSError: Neither could be written. The message contains the update.
        """
        if self.trouble is None:
            try:
                self._step(step, number, *values)
            except sqlite3.Error as error:
                self.trouble = f"{self.path}: {error}"
            else:
                return
        try:
            self._fallback.add([step, number, *values])
        except OSError as error:
            what = " ".join(map(str, values))
            raise OSError(f"{self.trouble}; {error}; this update of line {number} is lost: {step} {what}") from None

    def _step(self, step: str, number: int, *values: object) -> None:
        self._ask(f"update line set {_STEPS[step]} and number = ?", *values, number)

    def _found(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _copy_to(self, path: str) -> None:
        with closing(sqlite3.connect(path)) as copy:
            self._database.backup(copy)

    def _ask(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._database.execute(statement, values)

    def _prepare(self) -> None:
        # Locked until the process ends: two processes would send every line twice.
        self._ask("pragma locking_mode = exclusive")
        self._ask("begin exclusive")
        version = self._ask("pragma user_version").fetchone()[0], self._ask("pragma application_id").fetchone()[0]
        if version != (_VERSION, _APPLICATION):
            if version != (0, 0) or self._ask("select count(*) from sqlite_master").fetchone()[0]:
                raise sqlite3.DatabaseError("the file belongs to another program or another version")
            for statement in _TABLES.split(";\n"):
                self._ask(statement)
            self._ask(f"pragma application_id = {_APPLICATION}")
            self._ask(f"pragma user_version = {_VERSION}")
        self._ask("commit")
        self._ask("pragma journal_mode = wal")
        # Each step is flushed to the disk, so that no paid job is lost in a power failure.
        self._ask("pragma synchronous = full")

    def _settle(self, name: str, value: str) -> None:
        """Refuse to continue a batch with another model or service, where its handles would be invalid."""
        self._ask("insert or ignore into about values (?, ?)", name, value)
        known = self._ask("select value from about where name = ?", name).fetchone()[0]
        if known != value:
            raise CommandError(f"{self.path}: the {name} of this batch is {known}, got {value}; name another --out-dir")
