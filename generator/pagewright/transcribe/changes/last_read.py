"""The record made from a page: its facts, and hashes of its doubts and headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..pages.read_page import PageContent
from ..review import Review
from .page_facts import free_texts
from .record import PageRecord, hashed

_HEADING = re.compile(r"^[ \t#*]*([A-Z][A-Za-z0-9'’&/,() -]{2,70}?)[ \t:*]*$", re.MULTILINE)
#: Signs that a tool or a word processor put into the sample.
_TYPOGRAPHIC = "which code seldom does"
_DIFFERING = re.compile(r"samples send different values for (.*?);")


def record_of(page: str, reading: PageContent, said: Mapping[str, Any], reviews: Iterable[Review]) -> PageRecord:
    """Return the record of a page that was read, and of whose draft `reviews` were left to a person."""
    doubts = hashed(doubt for _, doubt in doubts_of(reading))
    kept = hashed(f"{review.pointer} {review.message}" for review in reviews)
    return PageRecord(page, said, doubts, hashed(headings_of(reading)), hashed(endings_of(reading)), kept)


def doubts_of(reading: PageContent) -> Iterator[tuple[int, str]]:
    """Yield what the reader of a page is unsure of, except what a page may leave out since its slug implies it."""
    texts = free_texts(reading)
    for doubt in reading.sample.doubts:
        differing = _DIFFERING.search(doubt)
        if _TYPOGRAPHIC in doubt:
            continue
        if not differing or not set(differing[1].split(", ")) <= texts:
            yield reading.sample.offset, doubt
    for unsure in (*reading.facts.doubts, *(unsure for row in reading.rows for unsure in row.doubts)):
        if not unsure.pointer:
            yield unsure.offset, unsure.message


def endings_of(reading: PageContent) -> list[str]:
    """Return what the page says of each status, after its title."""
    text = reading.page.text
    listed = text.rfind("Common Error Codes")
    found: list[str] = []
    for status, title in reading.facts.statuses.items():
        entry = re.compile(rf"(?:\b{status}\s+)?{re.escape(title)}\s+([^\n]+)").search(text, max(listed, 0))
        if entry:
            found.append(entry[1])
    return found


def headings_of(reading: PageContent) -> list[str]:
    """Return the headings of the page's prose: short lines with a longer paragraph after them."""
    text = reading.page.text
    table = reading.page.table()
    found: list[str] = []
    for match in _HEADING.finditer(text):
        if (table and table.start <= match.start() < table.end) or match[1].startswith(reading.facts.title):
            continue
        after = text[match.end() : match.end() + 400].lstrip()
        paragraph = after.partition("\n")[0]
        if (
            len(paragraph) >= 60
            and " " in match[1] + paragraph
            and not match[1].lower().startswith(("we use", "accept"))
        ):
            found.append(match[1])
    return found
