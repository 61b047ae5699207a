"""Find the fact that each column of a table holds: by its heading, or by its cells if that is empty or unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..forms.document import Unit
from .heads import only_words
from .vocabulary import CONTRARY, FLAGS, NAME, NO, WEAK_TYPES, YES, column_of

Cells = Mapping[int, Sequence[Unit]]
Table = Mapping[int, Cells]


def text_of(units: Sequence[Unit]) -> str:
    """Return the text of a cell on one line."""
    return " ".join(unit.text for unit in units).strip()


def columns_of(table: Table, sample: Mapping[str, Any]) -> dict[int, str]:
    """Return the fact that each column of a table holds, "" for those whose cells may hold any."""
    headings = headings_of(table)
    columns = {column: _heading(cell) for column, cell in headings.items()}
    bodies: dict[int, list[str]] = {}
    for number in table.keys() - {line_of_headings(table)}:
        for column, cell in table[number].items():
            if text := text_of(cell):
                bodies.setdefault(column, []).append(text)
    for column in bodies:
        columns.setdefault(column, "")
    if "name" not in columns.values():
        named = (column for column in sorted(bodies) if not columns[column] and _are_names(bodies[column], sample))
        columns |= dict.fromkeys([*named][:1], "name")
    for column in [column for column in sorted(columns) if columns[column] == "name"][1:]:
        columns[column] = "values" if heading_of(table, column).lower().startswith("option") else ""
    for column, key in columns.items():
        if not key and column in bodies and (found := _kind_of(bodies[column], set(columns.values()))):
            columns[column] = found
    return columns


def line_of_headings(table: Table) -> int | None:
    """Return the number of the line that heads a table: the first one, unless it looks like any other."""
    first = min(table)
    cells = table[first].values()
    marked = any(unit.cell and unit.cell.heading for cell in cells for unit in cell)
    # A single word such as "required" may be the fact of a parameter.
    return first if marked or len({_heading(cell) for cell in cells} - {""}) > 1 else None


def headings_of(table: Table) -> Cells:
    """Return the cells that head the columns of a table, none if it has no such line."""
    first = line_of_headings(table)
    return {} if first is None else table[first]


def heading_of(table: Table, column: int) -> str:
    """Return what a column is headed, "" if it is not."""
    return text_of(headings_of(table).get(column, ()))


def is_contrary(heading: str) -> bool:
    """Return whether a heading asks the opposite: "yes" below it means that the parameter is not required."""
    return re.fullmatch(CONTRARY, heading.strip(" :*?").lower()) is not None


def marks_of(table: Table, column: int) -> frozenset[str]:
    """Return the different texts of a column, in lower case."""
    first = line_of_headings(table)
    return frozenset(text_of(cells.get(column, ())).lower() for number, cells in table.items() if number != first)


def flag_of(text: str, marks: frozenset[str], *, contrary: bool) -> bool | None:
    """Return whether a cell says that a parameter is required, None if that is not clear.

    `marks` are the texts of its column: beside check marks, an x says no.

    >>> flag_of("Yes", frozenset(), contrary=False), flag_of("Yes", frozenset(), contrary=True)
    (True, False)
    >>> flag_of("optional", frozenset(), contrary=True), flag_of("only with image", frozenset(), contrary=False)
    (False, None)
    """
    text = text.strip(" .()[]\ufe0f").lower()
    if text in FLAGS:
        return FLAGS[text]
    if text in ("not required", "non-required"):
        return False
    if text == "x" and marks & (YES - {"x", "required", "mandatory"}):
        return contrary
    if text in YES:
        return not contrary
    if text in NO and marks - {""}:
        return contrary
    return None


def _heading(cell: Sequence[Unit]) -> str:
    """Return the fact that a heading names, which may have a button or a sign beside it."""
    keys = (column_of(text) for text in (text_of(cell), *(unit.text for unit in cell)))
    return next((key for key in keys if key), "")


def _are_names(texts: Sequence[str], sample: Mapping[str, Any]) -> bool:
    names = [text for text in texts if (found := NAME.match(text)) and text[found.end() :].strip() in ("", "*")]
    known = [text for text in names if text.strip("`* ") in sample]
    return len(texts) > 1 and len(names) * 5 >= len(texts) * 4 and len(known) * 2 >= len(texts)


def _kind_of(texts: Sequence[str], taken: set[str]) -> str:
    """Return what the cells of a column without a known heading show: types, or flags."""
    words = [only_words(text) for text in texts]
    typed = [head.type for head in words if head and head.type]
    if "type" not in taken and len(typed) * 5 >= len(texts) * 4 and any(word not in WEAK_TYPES for word in typed):
        return "type"
    flagged = [head for head in words if head and head.required is not None and not head.type]
    if "required" not in taken and len(flagged) * 5 >= len(texts) * 4:
        return "required"
    return ""
