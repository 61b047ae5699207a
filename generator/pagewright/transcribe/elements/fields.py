"""Rows read from units: names, flags, types, labels and values as the page's elements part them.

Used where a page's form keeps the borders of elements, and for texts whose layout the table's own reader does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...specs.spec import ABSENT
from ..forms.document import Unit
from ..pages.nesting import CONTAINERS, OPENS, note_item_type, open_row
from ..pages.page import Page
from ..pages.rows import ParameterRow
from .cells import read_cells
from .heads import UnitHead, chrome_of, find_unit_heads, only_words
from .parts import read_parts
from .vocabulary import FORMATS, NOT_PARAMETERS, PARAMETERS, TYPES, column_of

_MOST_ROWS = 1000
#: So many headings of columns, one after the other, are those of a table.
_FEWEST_HEADINGS = 4
_LONGEST_HEADING = 80


@dataclass(slots=True)
class Fields:
    """The rows, where their part of the page begins and ends, and whether the page goes on after it."""

    rows: list[ParameterRow]
    start: int
    end: int
    closed: bool


@dataclass(slots=True)
class _Section:
    """A part of the page: the units after a heading, up to the next one of its level."""

    start: int
    end: int
    heading: str
    level: int
    named: bool


def read_fields(page: Page, units: Sequence[Unit], sample: Mapping[str, Any]) -> Fields | None:
    """Return the rows of the part of the page that holds parameters, None if there is none."""
    chrome = chrome_of(units)
    best: tuple[float, Fields] | None = None
    for section in _sections(units):
        part = units[section.start : section.end]
        rows = _rows_in(page, part, sample, chrome)
        if not rows:
            continue
        score = sum(4 if row.name in sample else 1 for row in rows) + 3 * section.named
        if best is None or score > best[0]:
            last = units[section.end - 1]
            end = units[section.end].at if section.end < len(units) else last.at + len(last.text)
            # Of markup it can be told whether it is whole; a text is, if it goes on after the table.
            closed = section.end < len(units) or (page.form == "html" and page.whole)
            best = (score, Fields(rows[:_MOST_ROWS], units[section.start].at, end, closed))
    if best is None:
        return None
    _add_later(page, units, best[1], sample, chrome)
    first = best[1].rows[0]
    if not any(row.says_required for row in best[1].rows):
        first.doubt(
            "neither it nor any other parameter is said to be required or optional; all were taken for optional"
        )
    if page.form == "text" and _has_lost_columns(units):
        first.doubt(
            "the columns of its table can't be told apart in this form, so defaults, ranges and values may be missing; "
            "save the page as HTML"
        )
        best[1].closed = False
    if not best[1].closed:
        best[1].rows[-1].whole = False
    return best[1]


def _add_later(
    page: Page, units: Sequence[Unit], fields: Fields, sample: Mapping[str, Any], chrome: frozenset[str]
) -> None:
    """Add the rows below a later heading, such as "Advanced settings", if the sample sends one of them, or else a doubt."""
    start = next((index for index, unit in enumerate(units) if unit.at >= fields.end), len(units))
    known = {row.name for row in fields.rows}
    end = 0
    for section in _sections(units, every=True):
        if section.start <= start or section.start < end:
            continue
        rows = [
            row for row in _rows_in(page, units[section.start : section.end], sample, chrome) if row.name not in known
        ]
        if not rows:
            continue
        end = section.end
        if any(row.name in sample for row in rows):
            fields.rows += rows
            known |= {row.name for row in rows}
        else:
            fields.rows[-1].doubt(
                f"what stands below {section.heading[:40]!r} looks like more parameters ({rows[0].name}, …), but was not read"
            )


def _rows_in(page: Page, part: Sequence[Unit], sample: Mapping[str, Any], chrome: frozenset[str]) -> list[ParameterRow]:
    return read_cells(page, part, sample) or _rows(page, part, sample, chrome)


def _has_lost_columns(units: Sequence[Unit]) -> bool:
    """Return whether the headings of a table's columns stand in a text whose cells are no longer apart."""
    if any(unit.cell for unit in units):
        return False
    run: set[str] = set()
    for unit in units:
        keys = [column_of(word) for word in unit.text.split()] if len(unit.text) < _LONGEST_HEADING else [""]
        run = run | set(keys) if all(keys) else set()
        if {"name", "type"} <= run and len(run) >= _FEWEST_HEADINGS:
            return True
    return False


def _sections(units: Sequence[Unit], *, every: bool = False) -> list[_Section]:
    """Return the parts of the page that may hold parameters: those headed so, or else, or if `every` is, all with no other
    heading."""
    heads = [
        (index, unit.level or 9, unit.text)
        for index, unit in enumerate(units)
        if unit.kind == "heading" or (unit.kind == "" and len(unit.text) < 60 and _is_title(unit))
    ]
    sections: list[_Section] = []
    for place, (index, level, text) in enumerate(heads):
        later = (at for at, other, title in heads[place + 1 :] if _ends(level, other, title))
        is_named = PARAMETERS.match(text.strip(" :#")) is not None
        sections.append(_Section(index + 1, next(later, len(units)), text, level, is_named))
    named = [section for section in sections if section.named and section.end > section.start]
    others = [
        section for section in sections if not NOT_PARAMETERS.match(section.heading) and section.end > section.start
    ]
    first = heads[0][0] if heads else len(units)
    beginning = [_Section(0, first, "", 9, False)] if first else []
    if every:
        return others
    return named or [*beginning, *others] or ([_Section(0, len(units), "", 9, False)] if units else [])


def _is_title(unit: Unit) -> bool:
    """Return whether a line is the title of a section that begins or ends the parameters."""
    if unit.cell is not None:
        return False
    title = unit.text.strip(" :#*")
    return bool(
        re.fullmatch(
            r"(?:Parameters|Attributes|Request Body|Response Type|Common Error Codes|Status states|API Endpoint)",
            title,
            re.I,
        )
    )


def _ends(level: int, other: int, title: str) -> bool:
    closes = NOT_PARAMETERS.match(title) is not None and " " in title.strip()
    return other <= level or closes


def _rows(page: Page, units: Sequence[Unit], sample: Mapping[str, Any], chrome: frozenset[str]) -> list[ParameterRow]:
    heads = find_unit_heads(units, sample, chrome)
    flags = [only_words(units[head.first - 1].text) if head.first else None for head in heads]
    leads = [flag.required if flag and "type" not in flag.kinds else None for flag in flags]
    are_led = len(heads) > 1 and None not in leads and all(head.required is None for head in heads)
    rows: list[ParameterRow] = []
    for index, head in enumerate(heads):
        end = heads[index + 1].first - are_led if index + 1 < len(heads) else len(units)
        if are_led:
            head.required = leads[index]
        row = row_of(head, units[head.first].at)
        body = [unit for unit in units[head.end : end] if unit.text not in chrome or unit.kind == "control"]
        row.depth = head.path.count("/")
        if head.default:
            body.insert(0, Unit([f"Default: {head.default}"]))
        read_parts(row, head.rest, _own(row, body), sample.get(row.name, ABSENT))
        rows.append(row)
    return rows


def _own(row: ParameterRow, body: list[Unit]) -> list[Unit]:
    """Return the units of a row before those that open its inner rows."""
    for index, unit in enumerate(body):
        if row.type in CONTAINERS and unit.kind != "code" and OPENS.match(unit.text):
            rest = open_row(row, "\n".join(other.text for other in body[index:])).strip()
            if row.opens:
                return [*body[:index], *([Unit([rest])] if rest else [])]
    return body


def row_of(head: UnitHead, offset: int) -> ParameterRow:
    """Return the row that a head begins."""
    word = head.type or "string"
    inner = re.sub(r"[^a-z0-9]", "", head.of.lower().removeprefix("of"))
    kind = "array" if head.of.startswith(("[", "<")) and word != "enum" else TYPES[word]
    row = ParameterRow(head.name, kind, bool(head.required), offset, says_required=head.required is not None)
    note_item_type(row, word, head.of)
    if word == "enum" and inner in ("int", "float", "integer", "number"):
        row.type = TYPES[inner]
    if kind == "string":
        row.format = FORMATS.get(word) or FORMATS.get(inner)
    if not head.type:
        row.doubt("the page does not say its type")
    return row
