"""The report at the end of a batch: three lists in its folder, and a summary."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from shlex import quote
from typing import Any

from ..._flows.media import media_of
from ..._results.files import write_atomically
from ..._text import counted
from ...spec.facts import Model
from ..exit_codes import ExitCode
from ..prices import cost_of
from ..program import PROGRAM
from .spending import BatchSpending
from .state import ACCEPTED, DONE, DOUBT, FAILED, LOST, PLANNED, BatchLine, BatchState

LISTS = IMAGES, FILES, FAILURES, DOUBTS = "pictures.jsonl", "files.jsonl", "failures.jsonl", "in-doubt.jsonl"


def write_lists(state: BatchState, folder: str, model: Model) -> list[str]:
    """Write the files of each line, the failed lines and the lines in doubt. Return a message for each list that failed.

    Failed lines and lines in doubt can be used as the input of `--batch`. An empty list is deleted.
    """
    files = ({"id": row.id, "line": row.at, "files": row.files} for row in state.rows(DONE))
    failures, doubts = map(_fed_back, state.rows(FAILED)), map(_fed_back, state.rows(DOUBT, LOST))
    wrong: list[str] = []
    for name, entries in (
        (IMAGES if media_of(model) == "image" else FILES, files),
        (FAILURES, failures),
        (DOUBTS, doubts),
    ):
        path = os.path.join(folder, name)
        try:
            _write(path, list(entries))
        except OSError as error:
            wrong.append(f"{path} could not be written: {error.strerror or error}")
    return wrong


def summary(
    state: BatchState, spending: BatchSpending, folder: str, model: Model, stopped: tuple[str, int] | None
) -> tuple[list[str], dict[str, Any], int]:
    """Return the summary of a batch: as text lines, as data for JSON, and as an exit code."""
    counts = state.counts()
    done, failed, waiting = counts.get(DONE, 0), counts.get(FAILED, 0), counts.get(ACCEPTED, 0)
    doubt, planned = counts.get(DOUBT, 0) + counts.get(LOST, 0), counts.get(PLANNED, 0)
    files = sum(len(row.files) for row in state.rows(DONE))
    saved = counted(files, "image" if media_of(model) == "image" else "file")
    parts = [f"{done} done", f"{failed} failed", f"{doubt} in doubt", f"{waiting} queued", f"{planned} not sent"]
    lines = [f"{', '.join(part for part in parts if part[:2] != '0 ') or 'no lines'}; {saved} in {folder}"]
    lines.append(_cost(spending, counts, state, model))
    again = f"{PROGRAM} {quote(model.slug)} --batch"
    if failed:
        path = os.path.join(folder, FAILURES)
        lines.append(f"failed lines: {path}; fix them, then: {again} {quote(path)} --out-dir {quote(folder)}")
    if doubt:
        lines.append(
            f"lines in doubt: {os.path.join(folder, DOUBTS)}; they may have been billed and were not sent again. Check your "
            "account; the same command with --at-least-once sends them again"
        )
    if stopped:
        lines.append(f"stopped: {stopped[0]}")
    if waiting or (planned and stopped):
        lines.append("the same command continues the batch")
    status = _exit_code(stopped, doubt, failed, waiting)
    data = {
        "state": "summary",
        "done": done,
        "failed": failed,
        "in_doubt": doubt,
        "queued": waiting,
        "not_sent": planned,
        "pictures": files,
        "files": files,
        "requests": spending.posts,
        "price_usd": spending.price,
        "cost_usd": spending.spent_usd,
        "remaining_credits": spending.remaining,
        "stopped": stopped[0] if stopped else None,
        "status": status,
    }
    return lines, data, status


def _exit_code(stopped: tuple[str, int] | None, doubt: int, failed: int, waiting: int) -> int:
    if stopped:
        return stopped[1]
    if doubt:
        return ExitCode.IN_DOUBT
    if failed:
        return ExitCode.FAILED
    return ExitCode.TIMEOUT if waiting else ExitCode.DONE


def _cost(spending: BatchSpending, counts: Mapping[str, int], state: BatchState, model: Model) -> str:
    text = f"{counted(spending.posts, 'request')} accepted"
    unsure = spending.posts - sum(row.accepted for row in state.rows())
    if unsure:
        text += f" ({unsure} of them possibly)"
    if spending.is_own:
        text += f": at most {spending.spent_usd:.4g} dollars by the --price of {spending.price:g}"
    elif spending.posts:
        cost = cost_of(model, [(row.payload, row.posts) for row in state.rows() if row.posts])
        text += f": {cost}" if cost else "; their price is not documented"
    if counts.get(FAILED) and state.posts():
        text += "; failed jobs are probably not billed"
    if spending.remaining is not None:
        text += f"; {spending.remaining:g} credits left"
    return text


def _fed_back(row: BatchLine) -> dict[str, Any]:
    """Return a line as `--batch` reads it. `failure` marks it as a line to be sent again."""
    failure = {"line": row.at, "state": row.state, "reason": row.reason}
    return {"id": row.id, "parameters": row.payload, "failure": failure}


def _write(path: str, entries: list[dict[str, Any]]) -> None:
    if entries:
        text = "".join(f"{json.dumps(entry)}\n" for entry in entries)
        write_atomically(path, text.encode(), overwrite=True)
    elif os.path.lexists(path):
        os.unlink(path)
