"""Plain text: what a browser copies, what a converter or a mail program makes of a page."""

from __future__ import annotations

import re
from collections import Counter
from itertools import accumulate

from .document import Cell, Document, Unit
from .folding import fold, without_invisible
from .line_marks import without_line_marks
from .text_tables import TextTable, find_text_tables
from .translated import in_english

_TIGHT = "the cells of the table have several lines, and nothing parts its rows: make sure that each value is at its own parameter"
#: The address and the number at the edge of a printed sheet.
_SHEET = re.compile(
    r"^[ \t\x0c]*(?:(?:file|https?)://\S+[ \t]+)?(?P<at>[0-9]{1,3})/(?P<of>[0-9]{1,3})[ \t]*$", re.MULTILINE
)
#: The words of a screen reader before a heading.
_SPOKEN = re.compile(r"^[ \t]*heading,?[ \t]+level[ \t]+[1-6],?[ \t]+(?=\S)", re.MULTILINE | re.IGNORECASE)
_MARGIN = re.compile(r"(?:file|https?)://\S+|©.*|[^\n]*All rights reserved\.?")
_FEWEST_SHEETS = 2
#: Halves of characters and controls, which no page shows and no spec can hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff]")


def read_plain(source: str, form: str = "text") -> Document:
    """Return the document of a text."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    text, cuts = without_line_marks(source)
    text, words, language = in_english(text)
    text, visible = without_invisible(text)
    raw = _UNPRINTABLE.sub("\ufffd", _without_margins(text))
    if "eading" in raw:
        raw = _SPOKEN.sub(lambda found: " " * len(found[0]), raw)
    document = Document(form, fold(raw), source, raw, steps=[step for step in (visible, words, *cuts) if step])
    if language:
        document.language = language
        document.notes.append(
            f"the page is in {language}: compare its values with the English page, they may have been translated, too"
        )
    if len(visible) > 1 + source.startswith("\ufeff"):
        document.notes.append("invisible characters were left out")
    return document


def units_of_text(text: str, notes: list[str]) -> list[Unit]:
    """Return a unit for each line of a text that is not blank, and for each cell of its tables; add to `notes` what is not sure."""
    units: list[Unit] = []
    lines = text.split("\n")
    tables = {table.start: table for table in find_text_tables(lines)}
    at = end = 0
    for number, line in enumerate(lines):
        if table := tables.get(number):
            end = table.end
            if table.tight:
                notes.append(_TIGHT)
            units += _units_of_table(table, len(units), lines, at)
        stripped = line.strip()
        if stripped and number >= end:
            units.append(Unit([stripped], at=at + line.index(stripped[0]), path="line"))
        at += len(line) + 1
    return units


def _units_of_table(table: TextTable, ident: int, lines: list[str], at: int) -> list[Unit]:
    """Return the units of the cells of a table, whose first line begins at offset `at`."""
    starts = [at, *accumulate((len(line) + 1 for line in lines[table.start : table.end]), initial=at)][1:]
    units: list[Unit] = []
    for number, row in enumerate(table.rows):
        for column, pieces in enumerate(row):
            cell = Cell(ident, number, column, number == 0)
            places = [starts[piece.line - table.start] + piece.column for piece in pieces]
            texts = [piece.text for piece in pieces]
            if table.wrapped and texts:
                places, texts = places[:1], [" ".join(texts)]
            units += [Unit([text], at=place, path="cell", cell=cell) for place, text in zip(places, texts, strict=True)]
    return units


def _without_margins(text: str) -> str:
    """Blank what a print has at the top and at the bottom of each of its sheets: the address, the number of the sheet, a line
    that is on all of them."""
    numbers = list(_SHEET.finditer(text))
    if len(numbers) < _FEWEST_SHEETS or len({found["of"] for found in numbers}) > 1:
        return text
    lines = text.split("\n")
    often = Counter(line.strip() for line in lines)
    return "\n".join(
        (
            " " * len(line)
            if _SHEET.fullmatch(line) or (often[line.strip()] >= _FEWEST_SHEETS and _MARGIN.fullmatch(line.strip()))
            else line
        )
        for line in lines
    )
