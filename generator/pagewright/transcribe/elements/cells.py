"""Tables whose columns are headed: each row is a parameter, each cell a fact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ...specs.spec import ABSENT
from ..forms.document import Unit
from ..pages.page import Page
from ..pages.rows import ParameterRow
from .heads import UnitHead, head_at
from .parts import Parts, fill, read_parts
from .vocabulary import FORMATS, NAME, NO, NOTHING, TYPES, YES, column_of

_Table = dict[int, dict[int, list[Unit]]]


def read_cells(page: Page, units: Sequence[Unit], sample: Mapping[str, Any]) -> list[ParameterRow]:
    """Return the rows of the tables among `units` that have a column of names and one of facts."""
    tables: dict[int, _Table] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for unit in units:
        if unit.cell:
            tables[unit.cell.table][unit.cell.row][unit.cell.column].append(unit)
    rows: list[ParameterRow] = []
    for table in tables.values():
        first = min(table)
        columns = {column: column_of(cell[0].text) for column, cell in table[first].items() if len(cell) == 1}
        known = set(columns.values()) - {""}
        if "name" not in known or not known & {"type", "description", "default", "required"}:
            continue
        for number, cells in table.items():
            if number == first:
                continue
            if row := _row(columns, cells, sample):
                rows.append(row)
            elif rows and (said := " ".join(unit.text for cell in cells.values() for unit in cell)):
                rows[-1].doubt(f"the line of the table after it has no name: {said[:60]!r}")
    return rows


def _row(columns: Mapping[int, str], cells: Mapping[int, list[Unit]], sample: Mapping[str, Any]) -> ParameterRow | None:
    by_key = {columns.get(column, ""): cell for column, cell in cells.items()}
    named = by_key.get("name")
    if not named or not NAME.match(named[0].text):
        return None
    head = head_at(named, 0, frozenset()) or UnitHead(0, NAME.match(named[0].text)["name"])  # type: ignore[index]
    row = ParameterRow(head.name, TYPES.get(head.type, "string"), bool(head.required), named[0].at)
    _type(row, by_key.get("type", []), head)
    flag = " ".join(unit.text for unit in by_key.get("required", [])).strip().lower()
    if "required" in by_key:
        _flag(row, flag)
    parts = Parts()
    parts.description = []
    read_parts(row, head.rest, [*named[head.end :], *by_key.get("description", [])], sample.get(row.name, ABSENT))
    for key in ("default", "range", "minimum", "maximum", "values"):
        runs = [run.strip() for unit in by_key.get(key, []) for run in unit.runs if run.strip()]
        if runs and " ".join(runs).lower() not in NOTHING:
            parts.labelled[key] = runs if key == "values" else [" ".join(runs)]
    described = row.description
    fill(row, parts, sample.get(row.name, ABSENT))
    row.description = described
    for column, cell in cells.items():
        if not columns.get(column) and any(sign.isdigit() or sign in "\"'" for unit in cell for sign in unit.text):
            row.doubt(f"a column without a known heading says {' '.join(unit.text for unit in cell)[:60]!r}")
    return row


def _type(row: ParameterRow, cell: Sequence[Unit], head: UnitHead) -> None:
    if cell:
        named = Unit([f"x {' '.join(unit.text for unit in cell)}"])
        found = head_at([named], 0, frozenset())
        if found and found.type:
            head.type, head.of = found.type, found.of
            if found.required is not None:
                row.required = found.required
        else:
            row.doubt(f"its type {named.text[2:60]!r} is not known; it was taken for a string")
    elif not head.type:
        row.doubt("the page does not say its type")
    word = head.type or "string"
    row.type = "array" if head.of.startswith(("[", "<")) and word != "enum" else TYPES[word]
    if row.type == "string":
        row.format = FORMATS.get(word) or FORMATS.get(head.of.strip("()<> ").lower())


def _flag(row: ParameterRow, flag: str) -> None:
    if flag in YES or flag.startswith(("yes", "required")):
        row.required = True
    elif not (flag in NO or flag.startswith(("no", "optional"))):
        row.doubt(f"whether it is required is not clear: {flag[:60]!r}")
