"""Find facts on a page that no reader used, so that nothing that looks like a fact is dropped without a review."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .labels import STEP
from .page import Page
from .rows import Doubt, ParameterRow

_VALUE = r"(?:\"[^\"]*\"|-?[0-9][0-9.]*|true\b|false\b|null\b)"
#: In a description: a label with a value after it, a count of values not shown, an amount of money.
_FACT = re.compile(
    rf"(?:(?<=[.\s])|\A|(?<=[a-z.]))[^\W\d_][\w ]{{2,24}}\s?[:=]\s?{_VALUE}|"
    rf"\b[A-Z][a-z]{{2,}} {_VALUE}(?=\s*\Z|[A-Z])|\+\s?[0-9]+ more\b|[$€£¥]\s?[0-9][0-9.,]*|{_VALUE}\s*\Z(?<=\")"
)
_EXAMPLE = re.compile(r"(?:e\.?g|examples?|such as|like|i\.e|notes?|ratios?)\.?\s*:?\s*\Z", re.IGNORECASE)
_VERSIONED = re.compile(r"(?:version|format|default|image|model|step|diffusion|up to|v)s?\s*\Z", re.IGNORECASE)
_AMOUNT = re.compile(r"(?:[$€£¥₹]\s*[0-9][0-9.,]*|\b[0-9][0-9.,]*\s*(?:USD|EUR|GBP|credits?)\b)[^\n]{0,30}")
_HEAD_LIKE = re.compile(
    r"(?:[Rr]equired|[Oo]ptional)[ \t]*\n[ \t]*(?:string|integer|number|boolean|array|object|file)\b[^\n]{0,20}$",
    re.MULTILINE,
)
_CODE_BEGINS = re.compile(
    r"^\s*[0-9]{0,3}\s*(?:import |const |from \w+ import|# pip|curl |POST\b|API Endpoint|Parameters|Attributes)", re.M
)
_STATUS_LINE = re.compile(r"^\W{0,4}([45][0-9]{2})\b(?![.,]?[0-9])", re.MULTILINE)
_STATUS_TITLE = re.compile(
    r"^[ \t]*(?:#+ )?[^\n]{0,30}\b(?:Error Codes?|Status Codes?|HTTP Response Codes)\b[^\n]{0,20}$", re.M | re.I
)
_MOST = 20


def in_rows(rows: list[ParameterRow]) -> None:
    """Add a doubt to each row whose description holds what looks like a fact."""
    for row in rows:
        for fragment in _fragments(row.description):
            # The rules that a description states are told by themselves.
            if not STEP.search(fragment):
                row.doubt(f"its description holds {fragment[:60]!r}, which no reader took for a fact")
        in_rows(row.items)


def _fragments(description: str) -> Iterator[str]:
    for found in _FACT.finditer(description):
        before = re.split(r"[:\"0-9]", found[0])[0]
        is_label = ":" in found[0].split('"')[0]
        if not _EXAMPLE.search(before) and (is_label or not _VERSIONED.search(before)):
            yield found[0].strip()
            return


def lost_rows(page: Page, start: int, end: int, rows: int) -> int:
    """Return how many rows seem to stand between two offsets that were not read as rows."""
    return max(0, len(_HEAD_LIKE.findall(page.text, start, end)) - rows)


def in_facts(page: Page, used: list[tuple[int, int]], statuses: set[int]) -> Iterator[Doubt]:
    """Yield a doubt for each amount of money above the sample, and each status in a list, that no reader used."""
    code = _CODE_BEGINS.search(page.text)
    head = page.text[: min(code.start() if code else 2000, 4000)]
    for found in list(_AMOUNT.finditer(head))[:_MOST]:
        if not any(start <= found.start() < end or found.start() <= start < found.end() for start, end in used):
            yield Doubt(
                found.start(), f"the page states {found[0].strip()[:60]!r}, which was not read as a price", "/price_usd"
            )
    title = _STATUS_TITLE.search(page.text)
    if title is None:
        return
    listed = [(found.start(), int(found[1])) for found in _STATUS_LINE.finditer(page.text, title.end())]
    if not statuses:
        yield Doubt(title.start(), "the page has a list of statuses, but none of it could be read", "/responses")
    for offset, status in [entry for entry in listed if entry[1] not in statuses][:_MOST]:
        yield Doubt(offset, f"the status {status} was not read", "/responses")
