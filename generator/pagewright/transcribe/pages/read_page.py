"""Read a whole page into plain data: its facts, its sample and the rows of its table."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..service import Service
from .attributes import read_attributes
from .facts import PageFacts, read_facts
from .page import NotAModelPage, Page
from .rows import ParameterRow
from .sample import Sample, read_sample
from .table import read_table

MAX_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class PageContent:
    """`complete` is False if the page ends before its table does, or has none."""

    page: Page
    facts: PageFacts
    sample: Sample
    rows: list[ParameterRow]
    complete: bool


def text_of(path: Path, *, pipe: bool = False) -> str:
    """Return the text of a saved page; with `pipe`, `path` may be a pipe. Of a page that is too long, return enough to see that
    it is.

    Raises:
        NotAModelPage: `path` is not a file; it may be a device that never ends.
        OSError: It can't be read.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or (pipe and stat.S_ISFIFO(mode))):
        raise NotAModelPage("it is not a file")
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(MAX_CHARACTERS + 1)


def read_page(text: str, service: Service) -> PageContent:
    """Read the text of a page of `service`.

    Raises:
        NotAModelPage: With what it seems to be instead.
    """
    if not text.strip():
        raise NotAModelPage("the page is empty")
    if len(text) > MAX_CHARACTERS:
        raise NotAModelPage(f"over {MAX_CHARACTERS} characters are more than a documentation page has")
    page = Page(text)
    if page.is_html():
        raise NotAModelPage("this is HTML; save what the browser shows, as text")
    sample = read_sample(page, service.envelope)
    facts = read_facts(page, sample, service)
    rows, complete = _rows(page, sample.values if sample else {})
    if not rows and not (sample and sample.values) and not page.shows_code(service.sdk):
        raise NotAModelPage("it names a model, but shows neither parameters nor a sample")
    return PageContent(page, facts, sample or Sample(), rows, complete)


def _rows(page: Page, values: Mapping[str, Any]) -> tuple[list[ParameterRow], bool]:
    span = page.table()
    if span is None:
        return [], False
    readers = (read_attributes, read_table) if span.old else (read_table, read_attributes)
    rows = readers[0](page, span, values) or readers[1](page, span, values)
    unique: dict[str, ParameterRow] = {}
    for row in rows:
        if row.name in unique:
            unique[row.name].doubt("the table has it twice; the first row counts", row.offset)
        else:
            unique[row.name] = row
    return list(unique.values()), span.closed and bool(rows)
