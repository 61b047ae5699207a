"""What is known of a batch, in an SQLite file: survives whatever ends the process, at any moment.

Each line goes this way, and every step is on the disk before the next is taken:

    planned ──▶ sending ──▶ accepted ──▶ done
       ▲            │           ├──────▶ failed     the job FAILED
       │            │           └──────▶ lost       the service does not know it (any more)
       ├────────────┤                               refused before any work was done
       │            ├──────────────────▶ failed     refused for what it asks
       │            ├──────────────────▶ done       by v1, whose answer is the picture
       └─ ─ ─ ─ ─ ─ └──────────────────▶ doubt      nobody can tell whether it was accepted, and billed

A line that is found as `sending` was being sent when the process ended. It is in doubt, unless its picture is there.

What was paid for is never forgotten because this file fails: see `Notes`.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

from .._answers.job import JobHandle
from .._options import Refused
from .lines import Line
from .notes import Notes
from .statuses import FILE

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
#: Written into the file, so that another program's file, or another version's, is not taken for ours.
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


class Row(NamedTuple):
    """What is known of one line.

    Attributes:
        name: Its picture's file in the folder, with the suffix that was expected; the bytes decide which it gets.
        posts: How many requests for it were, or may have been, accepted.
        accepted: How many are known to have been.
        files: What was saved, each with path, sha256, media type and size in pixels; with `elsewhere` if it is not in the
            folder.
        reason: Why it failed, or is in doubt.
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


#: What is noted after a request was sent. Each may be noted a second time, after a failure, and then changes nothing.
_STEPS = {
    "unsent": f"state = '{PLANNED}', posts = posts - 1 where state = '{SENDING}'",
    "refused": f"state = '{FAILED}', posts = posts - 1, reason = ? where state = '{SENDING}'",
    "accepted": f"state = '{ACCEPTED}', accepted = accepted + 1, handle = ?, reason = null where state = '{SENDING}'",
    "done": f"state = '{DONE}', accepted = accepted + ?, files = ?, reason = null where state <> '{DONE}'",
    "became": "state = ?, reason = ? where true",
}


class Journal:
    """The file, held by one process at a time.

    Attributes:
        path: Where it is.
        trouble: Why it can't be written (then notes are taken beside it, and nothing more should be sent), else None.

    Raises:
        Refused: Another process is at this batch, or the file is none of ours.
        OSError: There is no room for the notes beside it.
    """

    def __init__(self, folder: str, slug: str, root: str) -> None:
        self.path = os.path.join(folder, NAME)
        self.trouble: str | None = None
        try:
            self._database = sqlite3.connect(self.path, isolation_level=None, timeout=1.0)
        except sqlite3.Error as error:
            raise Refused(f"{self.path}: {error}", FILE) from None
        try:
            self._prepare()
            self._settle("model", slug)
            self._settle("service", root)
            self._notes = Notes(folder)
        except BaseException as error:
            self._database.close()
            if not isinstance(error, sqlite3.Error):
                raise
            if isinstance(error, sqlite3.OperationalError):
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                what = "another process is at this batch; let it end first" if busy else str(error)
                raise Refused(f"{self.path}: {what}", FILE) from None
            raise Refused(f"{self.path}: {error}; name another --out-dir", FILE) from None
        self._identity = self._found()
        self.catch_up()
        if self.trouble:
            # Until the notes are taken up, the journal does not know what was paid for.
            self.close()
            raise Refused(f"{self.trouble}; nothing was sent. Make room, or let it be written, and try again", FILE)

    def catch_up(self) -> None:
        """Takes up the notes beside the journal, if it can be written (again)."""
        try:
            notes = self._notes.read()
            for step, number, *values in notes:
                self._step(step, number, *values)
            if notes:
                self._notes.clear()
            self.trouble = None
        except (sqlite3.Error, OSError) as error:
            self.trouble = f"{self.path}: {error}"

    def is_there(self) -> bool:
        """Whether the file is still where it was made: if not, another run would know nothing of what was paid for."""
        return self._found() == self._identity

    def restore(self) -> str | None:
        """Writes the journal anew if its file has vanished: to its place if that is possible, else to a new folder. Says
        where, None if it is there."""
        if self.is_there():
            return None
        from tempfile import mkdtemp

        folder = os.path.dirname(self.path)
        try:
            os.makedirs(folder, exist_ok=True)
            if os.path.lexists(self.path):
                raise FileExistsError(f"{self.path} is another file now")
            self._copy_to(self.path)
        except (OSError, sqlite3.Error) as error:
            try:
                path = os.path.join(mkdtemp(prefix="provider-client-"), NAME)
                self._copy_to(path)
            except (OSError, sqlite3.Error) as second:
                return f"{self.path} vanished, and could be written nowhere else: {error}; {second}"
            return f"{self.path} vanished, and is kept as {path}: put it back before you run the same command again"
        return f"{self.path} vanished, and was written anew"

    def rows(self, *states: str) -> Iterator[Row]:
        """The lines in any of these states (all, if none is named), in order of their numbers."""
        condition = f" where state in ({', '.join('?' * len(states))})" if states else ""
        for row in self._ask(f"select {_COLUMNS} from line{condition} order by number", *states).fetchall():
            number, id, digest, payload, name, at, state, posts, accepted, handle, files, reason = row
            known = JobHandle.from_json(handle) if handle else None
            asked, saved = json.loads(payload), json.loads(files)
            yield Row(number, id, digest, asked, name, at, state, posts, accepted, known, saved, reason)

    def counts(self) -> dict[str, int]:
        """How many lines are in each state that any is in."""
        return dict(self._ask("select state, count(*) from line group by state").fetchall())

    def posts(self) -> int:
        """How many requests were, or may have been, accepted, and so billed."""
        return int(self._ask("select coalesce(sum(posts), 0) from line").fetchone()[0])

    def plan(self, new: Iterable[tuple[Line, str]], moved: Iterable[Line], changed: Iterable[Line]) -> None:
        """Takes up new lines with the names of their files, places that moved, and lines that ask for something else."""
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
        """Lines that shall be sent once more."""
        self._ask("begin immediate")
        for id in ids:
            self._ask("update line set state = ?, handle = null, reason = null where id = ?", PLANNED, id)
        self._ask("commit")

    def sending(self, number: int) -> None:
        """The next thing that happens to the line is its POST."""
        self._ask("update line set state = ?, posts = posts + 1 where number = ?", SENDING, number)

    def unsent(self, number: int) -> None:
        """The POST was refused before any work was done, and may be sent another time."""
        self._note("unsent", number)

    def refused(self, number: int, reason: str) -> None:
        """The POST was refused for what it asks."""
        self._note("refused", number, reason)

    def accepted(self, number: int, handle: JobHandle) -> None:
        """The service has taken the job on; from here it can be found again."""
        self._note("accepted", number, handle.to_json())

    def done(self, number: int, files: list[dict[str, Any]], *, at_once: bool) -> None:
        """The pictures are saved; `at_once`: with the answer to the POST."""
        self._note("done", number, int(at_once), json.dumps(files))

    def became(self, number: int, state: str, reason: str) -> None:
        """The line failed, is lost or in doubt."""
        self._note("became", number, state, reason)

    def moved(self, number: int, files: list[dict[str, Any]]) -> None:
        """The line's pictures are elsewhere now."""
        self._ask("update line set files = ? where number = ?", json.dumps(files), number)

    def close(self) -> None:
        """Lets go of the file."""
        self._notes.close()
        self._database.close()

    def _note(self, step: str, number: int, *values: object) -> None:
        """Notes what has happened to a line, here or, if that fails, beside it.

        Raises:
            OSError: Neither could be written. The message holds what was to be noted.
        """
        if self.trouble is None:
            try:
                self._step(step, number, *values)
            except sqlite3.Error as error:
                self.trouble = f"{self.path}: {error}"
            else:
                return
        try:
            self._notes.add([step, number, *values])
        except OSError as error:
            what = " ".join(map(str, values))
            raise OSError(f"{self.trouble}; {error}; not noted of line {number}: {step} {what}") from None

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
        # Held until the process ends, however it ends: two at once would send every line twice.
        self._ask("pragma locking_mode = exclusive")
        self._ask("begin exclusive")
        version = self._ask("pragma user_version").fetchone()[0], self._ask("pragma application_id").fetchone()[0]
        if version != (_VERSION, _APPLICATION):
            if version != (0, 0) or self._ask("select count(*) from sqlite_master").fetchone()[0]:
                raise sqlite3.DatabaseError("another program's file, or another version's")
            for statement in _TABLES.split(";\n"):
                self._ask(statement)
            self._ask(f"pragma application_id = {_APPLICATION}")
            self._ask(f"pragma user_version = {_VERSION}")
        self._ask("commit")
        self._ask("pragma journal_mode = wal")
        # Each step waits for the disk: a job that was paid for is known even after a power failure.
        self._ask("pragma synchronous = full")

    def _settle(self, name: str, value: str) -> None:
        """What a batch began with is what it goes on with: a handle is worth nothing elsewhere."""
        self._ask("insert or ignore into about values (?, ?)", name, value)
        known = self._ask("select value from about where name = ?", name).fetchone()[0]
        if known != value:
            raise Refused(f"{self.path}: the {name} of this batch is {known}, not {value}; name another --out-dir")
