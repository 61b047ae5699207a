"""What there is to do: the lines of a file held against what the journal knows of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._images import numbered
from .._options import Refused
from ..spec.facts import Model
from .drawing import count_of, suffix_of
from .journal import ACCEPTED, DOUBT, FAILED, LOST, PLANNED, Journal, Row
from .lines import Line
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
    """The file of each new line's picture: its id, or a running number."""
    before = list(known)
    taken = {each.casefold() for row in before for each in _files(row.name, model, row.payload)}
    number = len(before)
    names: list[str] = []
    there: list[str] = []
    for line in new:
        number += 1
        stem = _stem(line.id) if line.is_named else f"{number:05d}"
        suffix = f".{suffix_of(model, line.payload)}"
        name, copy = f"{stem}{suffix}", 1
        while any(each.casefold() in taken for each in _files(name, model, line.payload)):
            copy += 1
            name = f"{stem}_{copy}{suffix}"
        files = _files(name, model, line.payload)
        # Some file systems take A and a for the same name.
        taken.update(each.casefold() for each in files)
        there += [each for each in files if os.path.lexists(os.path.join(folder, each))]
        names.append(name)
    if there:
        what = ", ".join(there[:_SHOWN]) + (" …" if len(there) > _SHOWN else "")
        raise Refused(f"{folder} holds {what} already, which this batch has not drawn; name another --out-dir", FILE)
    return names


def _files(name: str, model: Model, payload: Mapping[str, Any]) -> list[str]:
    """What may be saved under a name: fewer pictures may come than were asked for."""
    count = count_of(model, payload)
    return [name, *(numbered(name, count) if count > 1 else ())]


def _stem(id: str) -> str:
    """An id as a file's name: what some file system gives a meaning becomes _."""
    plain = "".join(c if c.isalnum() or c in "-_.+=@," else "_" for c in id)
    # Names end at 255 bytes, and the suffix and a number come behind.
    return plain.lstrip(".").encode("utf-8", "replace")[:160].decode("utf-8", "ignore").rstrip(".") or "picture"
