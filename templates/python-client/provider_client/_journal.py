"""The journal: a file of the POSTs that were sent and the jobs that were accepted. It survives a crash of the process.

Each line is one JSON object. It is written and flushed to the disk (fsync) before the client goes on:

    {"event": "sending",  "call": …, "at": …, "slug": …, "path": …, "sha256": …}   right before a POST is sent
    {"event": "accepted", "call": …, "at": …, "handle": {…}}                       a job was accepted
    {"event": "answered", "call": …, "at": …}                                      a synchronous call got its result
    {"event": "refused",  "call": …, "at": …, "why": …}                            the POST was certainly not carried out
    {"event": "unknown",  "call": …, "at": …, "why": …}                            it is unknown whether it was carried out
    {"event": "ended",    "request_id": …, "at": …, "state": …}                    a wait saw the end of a job
    {"event": "forgotten", "call" or "request_id": …, "at": …}                     `Journal.forget` was called

After a crash, a call with "sending" but no outcome is in doubt, and an accepted job is open. The journal contains neither the
API key nor prompts. `sha256` is the hash of the request's body, to find the request again.
"""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from ._hooks import ERROR, log
from ._results.jobs import JobHandle
from .spec.answers import as_object


class Doubt(NamedTuple):
    """A POST that may have been carried out and billed, but whose response is missing.

    `call` is its id in the journal, `at` the time in seconds since the epoch, `slug` the model, `path` the URL's path and
    `sha256` the hash of its body. `why` is None if the process crashed.
    """

    call: str
    at: float
    slug: str
    path: str
    sha256: str
    why: str | None = None


class JournalContents(NamedTuple):
    """The contents of a journal, oldest first.

    `open` are accepted jobs whose end was not seen, `ended` jobs that ended, `in_doubt` calls with an unknown outcome.
    `unreadable` is the number of invalid lines; a process that is killed while writing leaves one.
    """

    open: tuple[JobHandle, ...]
    ended: tuple[JobHandle, ...]
    in_doubt: tuple[Doubt, ...]
    unreadable: int


class Journal:
    """An append-only file of JSON Lines: `RequestOptions(journal="jobs.jsonl")`.

    The file at `path` is created with the first line. Any number of threads and processes may write to one file: each line is a
    single write in append mode.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fsdecode(path)

    def read(self) -> JournalContents:
        """Return the contents of the file; a missing file is empty.

            for handle in Journal("jobs.jsonl").read().open:
                client.resume(handle).download().save(f"{handle.request_id}.jpeg")

        A job that the service does not know stays open until you call `forget`: a 404 may also mean that the request was made
        with another key, or to another address.

        Raises:
            OSError: The file can't be read.
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
        """Mark a job or a call in doubt (`what`) as handled, so that `read` no longer lists it.

        Raises:
            OSError: The file can't be written.
        """
        from time import time

        named = {"request_id": what.request_id} if isinstance(what, JobHandle) else {"call": what.call}
        self.append({"event": "forgotten", **named, "at": time()})

    def append(self, entry: dict[str, Any]) -> None:
        """Write `entry` as one line and flush it to the disk.

        Raises:
            OSError: The file can't be written, or the disk is full.
        """
        line = json.dumps(entry).encode("ascii") + b"\n"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        file = os.open(self.path, flags, 0o600)
        try:
            size = os.fstat(file).st_size
            if size:
                # A killed process may have left an incomplete last line.
                os.lseek(file, size - 1, os.SEEK_SET)
                line = line if os.read(file, 1) == b"\n" else b"\n" + line
            if os.write(file, line) != len(line):
                raise OSError(f"{self.path}: a line of the journal was written only in part; is the disk full?")
            os.fsync(file)
        finally:
            os.close(file)

    def __repr__(self) -> str:
        return f"<Journal {self.path}>"


class JournalEntry(NamedTuple):
    """A line for a journal, which a flow yields and its driver writes before the flow goes on.

    If a line that is not `vital` can't be written, that is logged as an error and the call goes on, because its result was paid
    for.
    """

    journal: Journal
    entry: dict[str, Any]
    vital: bool

    def write(self) -> None:
        """Write the line. This blocks for the time of an fsync, also under asyncio.

        A task that is cancelled while it waits for a thread would lose the line, and with it a job that was paid for.

        Raises:
            OSError: The line is vital and can't be written. A subclass of `Journal` may raise other exceptions.
        """
        try:
            self.journal.append(self.entry)
        except Exception as error:
            # A subclass of `Journal` may raise anything.
            if self.vital:
                raise
            # Not a warning: if warnings are errors, the job would be lost.
            what = self.entry.get("handle") or self.entry.get("request_id") or self.entry.get("call")
            log(ERROR, "%s: %s; not noted: %s %s", self.journal.path, error, self.entry["event"], what)


def _apply(
    entry: dict[str, Any], sent: dict[str, Doubt], jobs: dict[str, JobHandle], ended: dict[str, JobHandle]
) -> None:
    """Apply one line. Raises ValueError, KeyError or TypeError if it is not a line of a journal."""
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
        raise ValueError(f"unknown event {event!r}")
