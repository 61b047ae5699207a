"""The plan of a run: the lines of the input file compared with the state of the batch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..._results.saving import safe_stem
from ...spec.facts import Model
from ..exit_codes import CommandError, ExitCode
from ..output_paths import expected_suffix, file_count, stems
from .lines import InputLine
from .result_files import stem_of, suffixes_of
from .state import ACCEPTED, DOUBT, FAILED, LOST, PLANNED, BatchLine, BatchState

_SHOWN = 10


class Plan(NamedTuple):
    """The plan of a run.

    Attributes:
        rows: The lines to work on, in this order. Accepted jobs come first, whatever file they are from.
        known: The number of lines of the file that are in the state already.
        new: The number of new lines.
        elsewhere: The number of planned lines that are not in this file and so are not sent.
    """

    rows: list[BatchLine]
    known: int
    new: int
    elsewhere: int


def make_plan(
    state: BatchState, folder: str, model: Model, lines: Sequence[InputLine], *, retry_failed: bool, at_least_once: bool
) -> Plan:
    """Add new lines to the state and return the plan.

    Raises:
        CommandError: A line has other parameters than were sent with its id, or the file of a new line exists already.
            The state is unchanged.
    """
    rows = {row.id: row for row in state.rows()}
    known = [line for line in lines if line.id in rows]
    new = [line for line in lines if line.id not in rows]
    changed = [line for line in known if line.digest != rows[line.id].digest]
    # A refused line has cost nothing, so its parameters may change.
    fixed = [line for line in changed if rows[line.id].state == PLANNED or _was_free(rows[line.id])]
    _refuse([f"{line.at}: {line.id!r} was sent with other parameters" for line in changed if line not in fixed])
    names = _names(folder, model, new, rows.values())
    moved = [line for line in known if line.at != rows[line.id].at]
    state.plan(zip(new, names, strict=True), moved, fixed)
    tried = [rows[line.id] for line in known if line not in fixed]
    again = {row.id for row in tried if at_least_once and row.state == DOUBT}
    again |= {line.id for line in known if line.is_retry and rows[line.id].state == FAILED}
    again |= {row.id for row in tried if retry_failed and row.state == FAILED}
    state.again(again)
    here = {line.id for line in lines}
    waiting = list(state.rows(ACCEPTED, LOST))
    planned = list(state.rows(PLANNED))
    todo = [*waiting, *(row for row in planned if row.id in here)]
    return Plan(todo, len(known), len(new), sum(row.id not in here for row in planned))


def _was_free(row: BatchLine) -> bool:
    return row.state == FAILED and row.posts == 0


def _refuse(wrong: list[str]) -> None:
    if wrong:
        shown = wrong[:_SHOWN] + ([f"… and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else [])
        advice = "Use other ids, or name another --out-dir."
        raise CommandError("\n  ".join(["nothing was sent:", *shown, advice]))


def _names(folder: str, model: Model, new: Sequence[InputLine], known: Iterable[BatchLine]) -> list[str]:
    """Return the file name of each new line: its id or a running number, with the expected suffix.

    The final suffix depends on the file's bytes, so names differ in more than the suffix.
    """
    before = list(known)
    taken = {each.casefold() for row in before for each in _stems(stem_of(row), model, row.payload)}
    there = set(os.listdir(folder))
    number = len(before)
    names: list[str] = []
    foreign: list[str] = []
    for line in new:
        number += 1
        stem, copy = first_stem(line, number), 1
        while any(each.casefold() in taken for each in _stems(stem, model, line.payload)):
            copy += 1
            stem = f"{first_stem(line, number)}_{copy}"
        mine = _stems(stem, model, line.payload)
        # Some file systems ignore case.
        taken.update(each.casefold() for each in mine)
        files = (f"{each}.{suffix}" for each in mine for suffix in suffixes_of(model))
        foreign += [file for file in files if file in there]
        names.append(f"{stem}.{expected_suffix(model, line.payload)}")
    if foreign:
        what = ", ".join(foreign[:_SHOWN]) + (" …" if len(foreign) > _SHOWN else "")
        raise CommandError(
            f"{folder} already contains {what}, which this batch did not create; name another --out-dir", ExitCode.FILE
        )
    return names


def first_stem(line: InputLine, number: int) -> str:
    """Return the file name of the batch's line `number`, without its suffix, if no other line has taken it."""
    return safe_stem(line.id) if line.is_named else f"{number:05d}"


def _stems(stem: str, model: Model, payload: Mapping[str, Any]) -> list[str]:
    """Return all file names that a line may use: it may return fewer files than it asks for."""
    count = file_count(model, payload)
    return [stem] if count == 1 else [stem, *stems(stem, count)]
