"""Tables whose columns are headed: each row is a parameter, each cell a fact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...specs.spec import ABSENT
from ..forms.document import Unit
from ..pages.nesting import note_item_type
from ..pages.page import Page
from ..pages.rows import ParameterRow
from .columns import Table, columns_of, flag_of, heading_of, is_contrary, line_of_headings, marks_of, text_of
from .heads import UnitHead, head_at, leading_flag, only_words
from .parts import Parts, fill, read_parts
from .vocabulary import FORMATS, LABEL, NAME, NOTHING, TYPES

#: A text of so many words is a description, also below a heading that nobody knows.
_WORDS_OF_PROSE = 4
_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a table: the key of the fact that each holds, or "" if its cells have to be read one by one."""

    keys: Mapping[int, str]
    marks: Mapping[int, frozenset[str]]
    contrary: frozenset[int]
    unread: dict[int, list[str]]

    def cells(self, cells: Mapping[int, list[Unit]], *keys: str) -> list[tuple[int, list[Unit]]]:
        """Return the cells of a row in the columns that hold one of `keys`."""
        return [(column, cell) for column, cell in cells.items() if self.keys.get(column, "") in keys]


def read_cells(page: Page, units: Sequence[Unit], sample: Mapping[str, Any]) -> list[ParameterRow]:
    """Return the rows of the tables among `units` that have a column of names and one of facts."""
    tables: dict[int, dict[int, dict[int, list[Unit]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for unit in units:
        if unit.cell:
            tables[unit.cell.table][unit.cell.row][unit.cell.column].append(unit)
    return [row for table in tables.values() for row in _rows(table, sample)]


def _rows(table: dict[int, dict[int, list[Unit]]], sample: Mapping[str, Any]) -> list[ParameterRow]:
    first = line_of_headings(table)
    keys = columns_of(table, sample)
    known = set(keys.values())
    if "name" not in known or not known & {"type", "description", "default", "required"}:
        return []
    flags = [column for column, key in keys.items() if key == "required"]
    columns = _Columns(
        keys,
        {column: marks_of(table, column) for column in flags},
        frozenset(column for column in flags if is_contrary(heading_of(table, column))),
        {},
    )
    rows: list[ParameterRow] = []
    for number, cells in table.items():
        if number == first:
            continue
        if row := _row(columns, cells, sample):
            rows.append(row)
        elif rows and len(cells) == 1 and len(text_of(next(iter(cells.values()))).split()) > 1:
            rows[-1].description = f"{rows[-1].description} {text_of(next(iter(cells.values())))}".strip()
        elif rows and (said := " ".join(text_of(cell) for cell in cells.values())):
            rows[-1].doubt(f"the line of the table after it has no name: {said[:60]!r}")
    _complain(table, columns, rows)
    return rows


def _complain(table: Table, columns: _Columns, rows: Sequence[ParameterRow]) -> None:
    """Add a doubt about each column that shows what nobody read, and about one whose marks are not texts."""
    if not rows:
        return
    for column, texts in columns.unread.items():
        heading = heading_of(table, column)
        named = f"headed {heading[:40]!r}" if heading else "without a heading"
        more = ", …" if len(texts) > _MOST_SHOWN else ""
        rows[0].doubt(f"the column {named} was not read: {', '.join(map(repr, texts[:_MOST_SHOWN]))}{more}")
    for column, marks in columns.marks.items():
        if not any(marks):
            rows[0].doubt(
                f"the column {heading_of(table, column)[:40]!r} shows no text, so which parameters are required is not known"
            )


def _row(columns: _Columns, cells: Mapping[int, list[Unit]], sample: Mapping[str, Any]) -> ParameterRow | None:
    named = next((cell for _, cell in columns.cells(cells, "name")), None)
    found = NAME.match(named[0].text) if named else None
    if not named or not found:
        return None
    head = head_at(named, 0, frozenset()) or UnitHead(0, found["name"])
    if len(named[0].text[found.end() :].split()) > 1 and (not head.kinds or head.rest):
        # A sentence, maybe in a line of its own below the row that it describes.
        return None
    row = ParameterRow(head.name, TYPES.get(head.type, "string"), bool(head.required), named[0].at)
    row.says_required = head.required is not None
    body = list(named[head.end :])
    rest = _read_flags(row, columns, cells, body)
    types = [unit for _, cell in columns.cells(cells, "type") for unit in cell]
    if beside := _type(row, types or _types_in(columns, cells), head):
        body.append(Unit([beside]))
    parts = Parts()
    read_parts(row, " ".join(filter(None, [head.rest, rest])), body, sample.get(row.name, ABSENT))
    for key in ("default", "range", "minimum", "maximum", "values"):
        runs = [
            run.strip() for _, cell in columns.cells(cells, key) for unit in cell for run in unit.runs if run.strip()
        ]
        if runs and " ".join(runs).lower() not in NOTHING:
            parts.labelled[key] = runs if key == "values" else [" ".join(runs)]
    described = row.description
    fill(row, parts, sample.get(row.name, ABSENT))
    row.description = described
    return row


def _read_flags(row: ParameterRow, columns: _Columns, cells: Mapping[int, list[Unit]], body: list[Unit]) -> str:
    """Read whether the parameter is required, from its column or from any other cell; what describes it goes to `body`.

    Return the rest of a text that began with a flag.
    """
    for column, cell in columns.cells(cells, "required"):
        _take_flag(row, columns, column, text_of(cell))
    for column in columns.marks.keys() - cells.keys():
        _take_flag(row, columns, column, "")
    rests: list[str] = []
    for column, cell in columns.cells(cells, "", "description"):
        text = text_of(cell)
        words = only_words(text)
        if words and (words.required is not None or not columns.keys.get(column)):
            _agree(row, words.required)
            continue
        if not columns.keys.get(column) and not _describes(text):
            if text.lower() not in NOTHING:
                columns.unread.setdefault(column, []).append(text[:40])
            continue
        flag, rest = leading_flag(cell[0].text) if cell else (None, "")
        if flag is None:
            body.extend(cell)
            continue
        _agree(row, flag)
        rests.append(rest)
        body.extend(cell[1:])
    return " ".join(filter(None, rests))


def _describes(text: str) -> bool:
    return len(text.split()) >= _WORDS_OF_PROSE or LABEL.match(text) is not None


def _types_in(columns: _Columns, cells: Mapping[int, list[Unit]]) -> list[Unit]:
    """Return the cell without a known heading that shows a type, if there is one."""
    typed = [cell for _, cell in columns.cells(cells, "") if (words := only_words(text_of(cell))) and words.type]
    return typed[0] if typed else []


def _agree(row: ParameterRow, flag: bool | None) -> None:
    """Take a flag; two that contradict each other are a doubt."""
    if flag is None:
        return
    if row.says_required and row.required != flag:
        row.doubt("its line says both that it is required and that it is optional")
    row.required, row.says_required = row.required or flag, True


def _take_flag(row: ParameterRow, columns: _Columns, column: int, text: str) -> None:
    flag = flag_of(text, columns.marks[column], contrary=column in columns.contrary)
    if flag is None and text:
        row.doubt(f"whether it is required is not clear: {text[:60]!r}")
        flag = (text.lower().startswith(("yes", "required")) and column not in columns.contrary) or None
    _agree(row, flag)


def _type(row: ParameterRow, cell: Sequence[Unit], head: UnitHead) -> str:
    """Read the type from its cell, or else from the name's, and return what the cell says beside it."""
    beside = ""
    if cell:
        named = Unit([f"x {text_of(cell)}"])
        found = head_at([named], 0, frozenset())
        if found and found.type:
            head.type, head.of = found.type, found.of
            _agree(row, found.required)
            beside = found.rest.strip(" ()[],;")
            beside = f"Default: {found.default}" if found.default else beside
        else:
            row.doubt(f"its type {named.text[2:60]!r} is not known; it was taken for a string")
    elif not head.type:
        row.doubt("the page does not say its type")
    word = head.type or "string"
    row.type = "array" if head.of.startswith(("[", "<")) and word != "enum" else TYPES[word]
    note_item_type(row, word, head.of)
    if row.type == "string":
        row.format = FORMATS.get(word) or FORMATS.get(head.of.strip("()<> ").lower())
    return beside
