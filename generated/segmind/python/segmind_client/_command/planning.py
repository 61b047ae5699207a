"""What there is to do: the lines of a file held against what the journal knows of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._answers.saving import SUFFIXES, safe_stem
from .._options import Refused
from ..spec.facts import Model
from .journal import ACCEPTED, DOUBT, FAILED, LOST, PLANNED, Journal, Row
from .lines import Line
from .places import count_of, expected_suffix, stems
from .saving import stem_of
from .statuses import FILE

_SHOWN = 10


class Plan(NamedTuple):
    """What is to be done.

    Attributes:
        rows: In this order; jobs that were accepted before come first, whatever file they are from.
        known: How many lines of the file the journal has known before.
        new: How many it has not.
        elsewhere: How many lines of the journal are planned, but not in this file, and so left alone.
    """

    rows: list[Row]
    known: int
    new: int
    elsewhere: int


def make_plan(
    journal: Journal, folder: str, model: Model, lines: Sequence[Line], *, retry_failed: bool, at_least_once: bool
) -> Plan:
    """Takes new lines up into the journal, and says what there is to do.

    Raises:
        Refused: A line asks for something else than what was sent under its id, or the file of a new one's picture is
            there already. The journal is as it was.
    """
    rows = {row.id: row for row in journal.rows()}
    known = [line for line in lines if line.id in rows]
    new = [line for line in lines if line.id not in rows]
    changed = [line for line in known if line.digest != rows[line.id].digest]
    # What was refused has cost nothing; a mended line is a new try.
    fixed = [line for line in changed if rows[line.id].state == PLANNED or _was_free(rows[line.id])]
    _refuse([f"{line.at}: {line.id!r} was sent with other parameters" for line in changed if line not in fixed])
    names = _names(folder, model, new, rows.values())
    moved = [line for line in known if line.at != rows[line.id].at]
    journal.plan(zip(new, names, strict=True), moved, fixed)
    tried = [rows[line.id] for line in known if line not in fixed]
    again = {row.id for row in tried if at_least_once and row.state == DOUBT}
    again |= {line.id for line in known if line.is_retry and rows[line.id].state == FAILED}
    again |= {row.id for row in tried if retry_failed and row.state == FAILED}
    journal.again(again)
    here = {line.id for line in lines}
    waiting = list(journal.rows(ACCEPTED, LOST))
    planned = list(journal.rows(PLANNED))
    todo = [*waiting, *(row for row in planned if row.id in here)]
    return Plan(todo, len(known), len(new), sum(row.id not in here for row in planned))


def _was_free(row: Row) -> bool:
    return row.state == FAILED and row.posts == 0


def _refuse(wrong: list[str]) -> None:
    if wrong:
        shown = wrong[:_SHOWN] + ([f"… and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else [])
        advice = "Give them other ids, or name another --out-dir."
        raise Refused("\n  ".join(["nothing was sent:", *shown, advice]))


def _names(folder: str, model: Model, new: Sequence[Line], known: Iterable[Row]) -> list[str]:
    """The file of each new line's picture: its id, or a running number. Which suffix it gets is seen from its bytes, so no
    two lines have the same name before it."""
    before = list(known)
    taken = {each.casefold() for row in before for each in _stems(stem_of(row), model, row.payload)}
    there = set(os.listdir(folder))
    number = len(before)
    names: list[str] = []
    foreign: list[str] = []
    for line in new:
        number += 1
        first = safe_stem(line.id) if line.is_named else f"{number:05d}"
        stem, copy = first, 1
        while any(each.casefold() in taken for each in _stems(stem, model, line.payload)):
            copy += 1
            stem = f"{first}_{copy}"
        mine = _stems(stem, model, line.payload)
        # Some file systems take A and a for the same name.
        taken.update(each.casefold() for each in mine)
        files = (f"{each}.{suffix}" for each in mine for suffix in SUFFIXES.values())
        foreign += [file for file in files if file in there]
        names.append(f"{stem}.{expected_suffix(model, line.payload)}")
    if foreign:
        what = ", ".join(foreign[:_SHOWN]) + (" …" if len(foreign) > _SHOWN else "")
        raise Refused(f"{folder} holds {what} already, which this batch has not drawn; name another --out-dir", FILE)
    return names


def _stems(stem: str, model: Model, payload: Mapping[str, Any]) -> list[str]:
    """What may be saved under a name: fewer pictures may come than were asked for."""
    count = count_of(model, payload)
    return [stem] if count == 1 else [stem, *stems(stem, count)]
