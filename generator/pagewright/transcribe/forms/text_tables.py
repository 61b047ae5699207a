"""Tables in plain text: cells between tabs, in columns of spaces, or in a grid of lines, as browsers and converters write them.

Only a table whose heading names what its columns hold is one: other lines with gaps in them are not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..elements.vocabulary import NOT_PARAMETERS, column_of

_GAP = re.compile(r"\t| {2,}")
_GAP_INSIDE = re.compile(r"[A-Za-z](?:\t| {2,})[ \t]*[A-Za-z]")
_RULE = re.compile(r"[ \t]*[-=]{2,}(?:[ \t]+[-=]{2,})+[ \t]*\Z")
_BORDER = re.compile(r"[ \t]*[-=]{5,}[ \t]*\Z")
_GRID = re.compile(r"[ \t]*\+(?:[-=:]{2,}\+)+[ \t]*\Z")
_TITLE = re.compile(
    r"[ \t]*(?:Parameters|Attributes|Request Body|Response Type|Common Error Codes|Status states|API Endpoint|Returns\b.*)[ \t]*\Z",
    re.IGNORECASE,
)
_FEWEST_COLUMNS = 3
_MOST_LINES = 4000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a cell on one line: its text and where that begins, as line and column from 0."""

    text: str
    line: int
    column: int


@dataclass(slots=True)
class TextTable:
    """A table from line `start` to before line `end`; each row has a list of pieces for each column, the first row heads it.

    Its texts may be `wrapped` to the width of their columns. It is `tight` if cells have several lines and nothing parts the
    rows, so that a line may belong to either of two.
    """

    start: int
    end: int
    rows: list[list[list[Piece]]] = field(default_factory=lambda: list[list[list[Piece]]]())
    wrapped: bool = True
    tight: bool = False


def may_have_tables(text: str) -> bool:
    """Return whether a text has what a table in it must have, to spare the search in most of them."""
    return (
        _GAP_INSIDE.search(text) is not None
        or "\n+-" in text
        or "  +-" in text
        or "ype," in text
        or "ype;" in text
        or '"Type"' in text
        or '"type"' in text
    )


def find_text_tables(lines: Sequence[str]) -> Iterator[TextTable]:
    """Yield the tables among the lines of a text, in order."""
    number = 0
    while number < min(len(lines), _MOST_LINES):
        line = lines[number]
        table: TextTable | None = None
        if _GRID.match(line):
            table = _grid(lines, number)
        elif (sign := _separator(line)) and (table := _separated(lines, number, sign)):
            pass
        elif _GAP_INSIDE.search(line):
            cells = _cells(line, number)
            if _heads(cells):
                table = _tabbed(lines, number) if "\t" in line.strip() else _aligned(lines, number, cells)
        if table is not None and len(table.rows) > 1:
            yield table
            number = table.end
        else:
            number += 1


def _cells(line: str, number: int) -> list[Piece]:
    """Return the texts of a line between tabs or wide gaps."""
    cells: list[Piece] = []
    at = 0
    for gap in [*_GAP.finditer(line), None]:
        end = gap.start() if gap else len(line)
        if text := line[at:end].strip():
            cells.append(Piece(text, number, line.index(text, at)))
        at = gap.end() if gap else end
    return cells


def _heads(cells: Sequence[Piece]) -> bool:
    """Return whether cells head a table of parameters: most of them name a fact, and the first one the name."""
    if len(cells) < _FEWEST_COLUMNS:
        return False
    keys = [column_of(cell.text) for cell in cells]
    return "name" in keys[:2] and len([key for key in keys if key]) * 4 >= len(keys) * 3


def _separator(line: str) -> str:
    """Return the sign between the headings of a table as a spreadsheet saves it, "" if a line has none."""
    return next(
        (
            sign
            for sign in ",;"
            if line.count(sign) >= _FEWEST_COLUMNS - 1
            and _heads([Piece(text.strip(' "'), 0, 0) for text in line.split(sign) if text.strip(' "')])
        ),
        "",
    )


def _separated(lines: Sequence[str], start: int, sign: str) -> TextTable | None:
    """Read a table with a sign between two cells, in which a cell that holds it, or a line break, is quoted."""
    end = start
    while end < len(lines) and lines[end].strip():
        end += 1
    # Its reader counts the lines that it has read, so a cell's line is that of its row's end.
    reader = csv.reader((f"{line}\n" for line in lines[start:end]), delimiter=sign)
    table = TextTable(start, start + 1)
    width = 0
    try:
        for cells in reader:
            number = start + reader.line_num - 1
            width = width or len(cells)
            if len(cells) != width:
                break
            table.rows.append([[Piece(text.strip(), number, 0)] if text.strip() else [] for text in cells])
            table.end = number + 1
    except csv.Error:
        return None
    table.wrapped = False
    return table if len(table.rows) > 1 else None


def _tabbed(lines: Sequence[str], start: int) -> TextTable:
    """Read a table with a tab between two cells; what has none goes on with the last cell."""
    width = lines[start].count("\t") + 1
    table = TextTable(start, start + 1, wrapped=False)
    for number in range(start, len(lines)):
        line = lines[number]
        if line.count("\t") >= min(2, width - 1):
            row: list[list[Piece]] = []
            at = 0
            for index, text in enumerate(line.split("\t", width - 1)):
                row.append([Piece(text.strip(), number, at + len(text) - len(text.lstrip()))] if text.strip() else [])
                at += len(text) + 1
                if index + 1 == width:
                    break
            table.rows.append([*row, *([] for _ in range(width - len(row)))])
        elif _ends_table(lines, number):
            break
        elif line.strip():
            table.rows[-1][-1].append(Piece(line.strip(), number, len(line) - len(line.lstrip())))
        table.end = number + 1
    return table


def _aligned(lines: Sequence[str], start: int, cells: Sequence[Piece]) -> TextTable:
    """Read a table in columns of spaces: a line with a name begins a row, others go on with it."""
    after = start + 1
    starts = [cell.column for cell in cells]
    if after < len(lines) and _RULE.match(lines[after]):
        starts = [found.start() for found in re.finditer(r"[-=]{2,}", lines[after])]
        after += 1
    table = TextTable(start, after, [_sliced(lines[start], start, starts)])
    is_parted = blank = False
    several = False
    for number in range(after, len(lines)):
        line = lines[number]
        if _BORDER.match(line) or _RULE.match(line):
            table.end = number + 1
            if len(table.rows) > 1:
                break
            continue
        if _ends_table(lines, number) or (blank and line[: starts[0]].strip()):
            break
        if line.strip():
            row = _sliced(line, number, starts)
            if row[0] and any(row[1:]):
                is_parted = is_parted or (blank and len(table.rows) > 1)
                table.rows.append(row)
            elif len(table.rows) > 1 and not (row[0] and blank):
                several = True
                for cell, more in zip(table.rows[-1], row, strict=True):
                    cell.extend(more)
            elif row[0]:
                break
            table.end = number + 1
        blank = not line.strip()
    table.tight = several and not is_parted
    table.wrapped = not table.tight
    return table


def _sliced(line: str, number: int, starts: Sequence[int]) -> list[list[Piece]]:
    """Return the pieces of a line in columns that begin at `starts`."""
    row: list[list[Piece]] = []
    for begin, end in zip(starts, [*starts[1:], len(line)], strict=True):
        text = line[begin:end] if begin else line[:end]
        row.append([Piece(text.strip(), number, begin + len(text) - len(text.lstrip()))] if text.strip() else [])
    return row


def _grid(lines: Sequence[str], start: int) -> TextTable | None:
    """Read a table in a grid of `+---+` and `|`."""
    borders = [found.start() for found in re.finditer(r"\+", lines[start])]
    table = TextTable(start, start + 1)
    row: list[list[Piece]] = [[] for _ in borders[1:]]
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if _GRID.match(line):
            if any(row):
                table.rows.append(row)
            row = [[] for _ in borders[1:]]
        elif line.lstrip()[:1] == "|":
            for cell, begin, end in zip(row, borders, borders[1:], strict=False):
                text = line[begin + 1 : end]
                if text.strip():
                    cell.append(Piece(text.strip(), number, begin + 1 + len(text) - len(text.lstrip())))
        else:
            break
        table.end = number + 1
    heading = [Piece(" ".join(piece.text for piece in cell), start, 0) for cell in table.rows[0]] if table.rows else []
    return table if _heads(heading) else None


def _ends_table(lines: Sequence[str], number: int) -> bool:
    """Return whether a line is the title of another part of the page."""
    line = lines[number].strip()
    if _TITLE.match(line):
        return True
    before = lines[number - 1].strip() if number else ""
    return not before and len(line) < 60 and NOT_PARAMETERS.match(line) is not None and ":" not in line
