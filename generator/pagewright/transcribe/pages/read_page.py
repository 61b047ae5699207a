"""Read a whole page into plain data: its facts, its sample and the rows of its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...specs.spec import ABSENT
from ..elements.fields import read_fields
from ..forms.source import document_of
from ..service import Service
from . import leftovers
from .attributes import read_attributes
from .block import is_unread
from .facts import PageFacts, read_facts
from .nesting import nest
from .page import NotAModelPage, Page
from .rows import ParameterRow
from .sample import Sample, read_sample
from .table import read_table
from .witnesses import hear_witnesses


@dataclass(frozen=True, slots=True)
class PageContent:
    """`complete` is False if the page ends before its table does, or has none."""

    page: Page
    facts: PageFacts
    sample: Sample
    rows: list[ParameterRow]
    complete: bool


def read_page(content: bytes | str, service: Service) -> PageContent:
    """Read a saved page of `service`, in any form.

    Raises:
        NotAModelPage: With what it seems to be instead.
    """
    if not content.strip():
        raise NotAModelPage("the page is empty")
    page = Page(document_of(content))
    if not page.text.strip():
        raise NotAModelPage("it shows nothing until a script runs; save the page from a browser and pass that file")
    sample = read_sample(page, service.envelope)
    rows, complete = _rows(page, sample.values if sample else {})
    if page.form == "html" and not rows:
        raise NotAModelPage(
            "this is HTML without a table of parameters, which a script may draw; save the page from a browser (Save as, "
            "HTML or MHTML) and pass that file"
        )
    hear_witnesses(page, rows)
    facts = read_facts(page, sample, service)
    if not rows and not (sample and sample.values) and not page.shows_code(service.sdk):
        raise NotAModelPage("it names a model, but shows neither parameters nor a sample")
    return PageContent(page, facts, sample or Sample(), rows, complete)


def _rows(page: Page, values: Mapping[str, Any]) -> tuple[list[ParameterRow], bool]:
    """Read the rows: of a text by its layout, of other forms by the borders of their elements.

    A page that leaves doubts is read the other way as well; the reading with more facts and fewer doubts counts.
    """
    rows: list[ParameterRow] = []
    complete = False
    if page.form == "text":
        rows, complete = _rows_of_text(page, values)
        if rows and not any(is_unread(row) for row in rows) and not page.has_cells:
            return rows, complete
    fields = read_fields(page, page.units, values)
    if fields is not None:
        others = _unique(nest(fields.rows, values))
        leftovers.in_rows(others)
        lost = leftovers.lost_rows(page, fields.start, fields.end, len(fields.rows)) if page.form == "text" else 0
        if lost:
            others[-1].doubt(f"{lost} more rows seem to be in the table, but their names could not be read")
            fields.closed = False
        if not rows or _worth(others, values) > _worth(rows, values):
            return others, fields.closed
    return (rows, complete) if page.form == "text" else _rows_of_text(page, values)


def _worth(rows: list[ParameterRow], values: Mapping[str, Any]) -> float:
    """Return a score for a reading: the facts that it has, less its doubts."""
    worth = 0.0
    for row in rows:
        facts = (row.default is not ABSENT, row.minimum is not None, row.maximum is not None, bool(row.values))
        worth += 1 + sum(facts) + 2 * (row.name in values) - 1.5 * len(row.doubts)
    return worth


def _rows_of_text(page: Page, values: Mapping[str, Any]) -> tuple[list[ParameterRow], bool]:
    span = page.table()
    if span is None:
        return [], False
    readers = (read_attributes, read_table) if span.old else (read_table, read_attributes)
    rows = readers[0](page, span, values) or readers[1](page, span, values)
    lost = leftovers.lost_rows(page, span.start, span.end, len(rows))
    unique = _unique(nest(rows, values))
    if rows and lost:
        unique[-1].doubt(f"{lost} more rows seem to be in the table, but their names could not be read")
    leftovers.in_rows(unique)
    return unique, span.closed and bool(rows) and not lost


def _unique(rows: list[ParameterRow]) -> list[ParameterRow]:
    unique: dict[str, ParameterRow] = {}
    for row in rows:
        if row.name in unique:
            unique[row.name].doubt("the table has it twice; the first row counts", row.offset)
            unique[row.name].doubts += row.doubts
        else:
            unique[row.name] = row
    return list(unique.values())
