"""What is left behind when a batch ends: three lists in its folder, and a summary."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from shlex import quote
from typing import Any

from .._answers.images import write_whole
from .journal import ACCEPTED, DONE, DOUBT, FAILED, LOST, PLANNED, Journal, Row
from .limits import Limits
from .statuses import FAILED as SOME_FAILED
from .statuses import IN_DOUBT, LATE

LISTS = PICTURES, FAILURES, DOUBTS = "pictures.jsonl", "failures.jsonl", "in-doubt.jsonl"


def write_lists(journal: Journal, folder: str) -> list[str]:
    """Writes which line gave which picture, and the lines that failed or are in doubt, each as a batch of its own; says
    which could not be written.

    A list that would be empty is taken away.
    """
    pictures = ({"id": row.id, "line": row.at, "files": row.files} for row in journal.rows(DONE))
    failures, doubts = map(_fed_back, journal.rows(FAILED)), map(_fed_back, journal.rows(DOUBT, LOST))
    wrong: list[str] = []
    for name, entries in ((PICTURES, pictures), (FAILURES, failures), (DOUBTS, doubts)):
        path = os.path.join(folder, name)
        try:
            _write(path, list(entries))
        except OSError as error:
            wrong.append(f"{path} could not be written: {error.strerror or error}")
    return wrong


def summary(
    journal: Journal, limits: Limits, folder: str, slug: str, stopped: tuple[str, int] | None
) -> tuple[list[str], dict[str, Any], int]:
    """What became of the batch: as lines to be read, as data, and as an exit status."""
    counts = journal.counts()
    done, failed, waiting = counts.get(DONE, 0), counts.get(FAILED, 0), counts.get(ACCEPTED, 0)
    doubt, planned = counts.get(DOUBT, 0) + counts.get(LOST, 0), counts.get(PLANNED, 0)
    pictures = sum(len(row.files) for row in journal.rows(DONE))
    parts = [f"{done} done", f"{failed} failed", f"{doubt} in doubt", f"{waiting} queued", f"{planned} not sent"]
    lines = [f"{', '.join(part for part in parts if part[:2] != '0 ') or 'no lines'}; {pictures} pictures in {folder}"]
    lines.append(_cost(limits, counts, journal))
    again = f"provider-client {slug} --batch"
    if failed:
        path = os.path.join(folder, FAILURES)
        lines.append(f"failed lines: {path}; mend them, then: {again} {quote(path)} --out-dir {quote(folder)}")
    if doubt:
        lines.append(
            f"lines in doubt: {os.path.join(folder, DOUBTS)}; they may have been billed and were not sent again. Look at "
            "your account; the same command with --at-least-once sends them once more"
        )
    if stopped:
        lines.append(f"stopped: {stopped[0]}")
    if waiting or (planned and stopped):
        lines.append("the same command goes on from here")
    status = stopped[1] if stopped else IN_DOUBT if doubt else SOME_FAILED if failed else LATE if waiting else 0
    data = {
        "state": "summary",
        "done": done,
        "failed": failed,
        "in_doubt": doubt,
        "queued": waiting,
        "not_sent": planned,
        "pictures": pictures,
        "requests": limits.posts,
        "price_usd": limits.price,
        "cost_usd": limits.spent_usd,
        "remaining_credits": limits.remaining,
        "stopped": stopped[0] if stopped else None,
        "status": status,
    }
    return lines, data, status


def _cost(limits: Limits, counts: Mapping[str, int], journal: Journal) -> str:
    text = f"{limits.posts} requests accepted"
    unsure = limits.posts - sum(row.accepted for row in journal.rows())
    if unsure:
        text += f" ({unsure} of them perhaps)"
    if limits.spent_usd is None:
        text += "; no page says what they cost"
    else:
        text += f": {limits.spent_usd:.4g} dollars by the documented price of {limits.price:g}"
    if counts.get(FAILED) and journal.posts():
        text += "; a job that FAILED is probably not billed"
    if limits.remaining is not None:
        text += f"; {limits.remaining:g} credits left"
    return text


def _fed_back(row: Row) -> dict[str, Any]:
    """A line as `--batch` reads it; `failure` marks it as one to be sent although it was before."""
    failure = {"line": row.at, "state": row.state, "reason": row.reason}
    return {"id": row.id, "parameters": row.payload, "failure": failure}


def _write(path: str, entries: list[dict[str, Any]]) -> None:
    if entries:
        text = "".join(f"{json.dumps(entry)}\n" for entry in entries)
        write_whole(path, text.encode(), overwrite=True)
    elif os.path.lexists(path):
        os.unlink(path)
