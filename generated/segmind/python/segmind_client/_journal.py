"""A file that remembers which POSTs were sent and which jobs were accepted, whatever becomes of this process.

Each line is one JSON object, written whole and on the disk (fsync) before the client goes on:

    {"event": "sending",  "call": …, "at": …, "slug": …, "path": …, "sha256": …}   before a POST leaves
    {"event": "accepted", "call": …, "at": …, "handle": {…}}                       a job is in the queue
    {"event": "answered", "call": …, "at": …}                                      a synchronous call: the images are here
    {"event": "refused",  "call": …, "at": …, "why": …}                            it was certainly not carried out
    {"event": "unknown",  "call": …, "at": …, "why": …}                            nobody can tell
    {"event": "ended",    "request_id": …, "at": …, "state": …}                    a job's end was seen by who waited
    {"event": "forgotten", "call" or "request_id": …, "at": …}                     somebody has looked after it

A death at any point leaves a call that was sent and not answered in doubt, and an accepted job open. Neither the key nor
a prompt is written; `sha256` is that of the request's body, by which a caller finds the request again.
"""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from ._answers.job import JobHandle
from ._hooks import ERROR, log
from ._wire import as_object


class Doubt(NamedTuple):
    """A POST that may have been carried out and billed, though nobody has its answer.

    `call` names it in the journal, `slug` the model, `path` where it went; `at` is when it was sent, in seconds since the
    epoch; `sha256` that of its body; `why` is None if the process died.
    """

    call: str
    at: float
    slug: str
    path: str
    sha256: str
    why: str | None = None


class JournalContents(NamedTuple):
    """What a journal says, oldest first.

    `open` are jobs whose end nobody has seen, `ended` those that ended, `in_doubt` calls whose outcome nobody knows;
    `unreadable` is how many lines could not be read (a process that was killed while it wrote leaves one).
    """

    open: tuple[JobHandle, ...]
    ended: tuple[JobHandle, ...]
    in_doubt: tuple[Doubt, ...]
    unreadable: int


class Journal:
    """An append-only file of JSON Lines: `RequestOptions(journal="jobs.jsonl")`.

    `path` is made at the first line. Any number of threads and processes may write to one file: every line is one write at the file's end.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fsdecode(path)

    def read(self) -> JournalContents:
        """What the file says; a file that is not there says nothing.

            for handle in Journal("jobs.jsonl").read().open:
                client.resume(handle).download().save(f"{handle.request_id}.jpeg")

        A job that the service does not know (any more) stays open until it is told to `forget`: a 404 may also mean
        that it is asked with another key, or elsewhere.

        Raises:
            OSError: It can't be read.
        """
        try:
            with open(self.path, "rb") as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            lines = []
        sent: dict[str, Doubt] = {}
        jobs: dict[str, JobHandle] = {}
        ended: dict[str, JobHandle] = {}
        unreadable = 0
        for line in filter(None, lines):
            try:
                entry = as_object(json.loads(line)) or {}
                _apply(entry, sent, jobs, ended)
            except (ValueError, KeyError, TypeError, RecursionError):
                unreadable += 1
        return JournalContents(tuple(jobs.values()), tuple(ended.values()), tuple(sent.values()), unreadable)

    def forget(self, what: JobHandle | Doubt) -> None:
        """Writes that a job or a doubt (`what`) has been looked after, so that it is not listed again.

        Raises:
            OSError: The file can't be written.
        """
        from time import time

        named = {"request_id": what.request_id} if isinstance(what, JobHandle) else {"call": what.call}
        self.append({"event": "forgotten", **named, "at": time()})

    def append(self, entry: dict[str, Any]) -> None:
        """Writes `entry` as one line, and comes back when it is on the disk.

        Raises:
            OSError: The file can't be written, or the disk is full.
        """
        line = json.dumps(entry).encode("ascii") + b"\n"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        file = os.open(self.path, flags, 0o600)
        try:
            size = os.fstat(file).st_size
            if size:
                # What a process that was killed has left of its last line must not swallow this one.
                os.lseek(file, size - 1, os.SEEK_SET)
                line = line if os.read(file, 1) == b"\n" else b"\n" + line
            if os.write(file, line) != len(line):
                raise OSError(f"{self.path}: a line of the journal was written in part; is the disk full?")
            os.fsync(file)
        finally:
            os.close(file)

    def __repr__(self) -> str:
        return f"<Journal {self.path}>"


class Record(NamedTuple):
    """A line to be written before anything else happens: what a flow asks of its shell.

    A line about what has happened (not `vital`) that can't be written is no reason to lose it: that is an error in the log.
    """

    journal: Journal
    entry: dict[str, Any]
    vital: bool

    def write(self) -> None:
        """Writes it. Also under asyncio this blocks, for the time of an fsync: a task that was cancelled while it waited
        for a thread to write would lose the line, and with it a job that was paid for.

        Raises:
            OSError: It is vital, and can't be written; a journal of the user's own may raise others.
        """
        try:
            self.journal.append(self.entry)
        except Exception as error:
            # A journal of the user's own may raise anything.
            if self.vital:
                raise
            # Not a warning: where warnings are errors, that would cost the job.
            what = self.entry.get("handle") or self.entry.get("request_id") or self.entry.get("call")
            log(ERROR, "%s: %s; not noted: %s %s", self.journal.path, error, self.entry["event"], what)


def _apply(
    entry: dict[str, Any], sent: dict[str, Doubt], jobs: dict[str, JobHandle], ended: dict[str, JobHandle]
) -> None:
    """What one line changes. Raises ValueError, KeyError or TypeError for one that is none."""
    event = entry["event"]
    if event == "sending":
        texts = [entry[name] for name in ("slug", "path", "sha256")]
        sent[entry["call"]] = Doubt(entry["call"], float(entry["at"]), *map(str, texts))
    elif event == "accepted":
        handle = JobHandle.from_json(json.dumps(entry["handle"]))
        sent.pop(entry["call"], None)
        jobs[handle.request_id] = handle
    elif event in ("answered", "refused"):
        sent.pop(entry["call"], None)
    elif event == "unknown":
        if entry["call"] in sent:
            sent[entry["call"]] = sent[entry["call"]]._replace(why=str(entry["why"]))
    elif event == "ended":
        handle_of = jobs.pop(entry["request_id"], None)
        if handle_of is not None:
            ended[handle_of.request_id] = handle_of
    elif event == "forgotten":
        sent.pop(entry.get("call", ""), None)
        jobs.pop(entry.get("request_id", ""), None)
        ended.pop(entry.get("request_id", ""), None)
    else:
        raise ValueError("an event of another version")
