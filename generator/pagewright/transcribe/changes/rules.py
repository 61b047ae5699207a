"""Rules that a page states in prose, and announcements that something on it is deprecated.

Neither is kept as text: a record holds the figures of a rule under a key that does not change when the figures do.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...specs.pointers import parameter_pointer, token
from ..pages.read_page import PageContent
from ..pages.rows import ParameterRow

_NUMBER = r"(-?[0-9]+(?:\.[0-9]+)?)(?![0-9]|\.[0-9])"
#: What a description says in other words than the table, by keyword; the groups are the keywords' values.
_KEYWORDS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        re.compile(rf"\b(?:multiples? of|divisible by|(?:steps?|increments?) of)\s+{_NUMBER}", re.IGNORECASE),
        ("multipleOf",),
    ),
    (
        re.compile(rf"\b(?:between|from|range\s*:?)\s+{_NUMBER}\s*(?:and|to|-|–)\s*{_NUMBER}", re.IGNORECASE),
        ("minimum", "maximum"),
    ),
    (
        re.compile(
            rf"\b(?:max(?:imum)?(?:\s+(?:of|is|value))?|at most|up to|no more than|less than or equal to|not exceed)\s*:?\s+{_NUMBER}\b",
            re.IGNORECASE,
        ),
        ("maximum",),
    ),
    (
        re.compile(
            rf"\b(?:min(?:imum)?(?:\s+(?:of|is|value))?|at least|no less than|greater than or equal to)\s*:?\s+{_NUMBER}\b",
            re.IGNORECASE,
        ),
        ("minimum",),
    ),
)
_NUMERIC = ("integer", "number")
#: What is measured so is not the value of a parameter that is a number.
_OTHER_UNIT = re.compile(
    r"[0-9][0-9,.]*[ \t]*(?:requests?|calls?|characters?|chars?|tokens?|words?|[KMG]i?B|credits?|jobs?)\b",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"\b(?:up to|at most|at least|max(?:imum|\.)?|min(?:imum|\.)?|limit(?:s|ed)?|no more than|must|only|cannot|can't|exceed\w*|"
    r"allowed|per (?:second|minute|hour|day|month|request|account|key)|rate|requires?|ignored|not supported|mandatory)\b",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"\b[0-9][0-9,.]*[ \t]*(?:k|m)?[ \t]*(?:requests?|calls?|images?|pictures?|videos?|files?|seconds?|minutes?|hours?|days?|s|ms|[KMG]i?B|"
    r"characters?|chars?|tokens?|words?|pixels?|px|megapixels?|credits?|concurrent\w*|jobs?|rpm|rps|fps|%)(?![A-Za-z])",
    re.IGNORECASE,
)
_MODAL = re.compile(
    r"\b(?:must|only|cannot|can't|can not|required (?:if|when|for|with)|ignored|not supported|not allowed|has no effect|no effect|mutually "
    r"exclusive|requires?|needs? to be|should not|may not|at most|at least|not both|either|together with)\b",
    re.IGNORECASE,
)
_DEPRECATED = re.compile(
    r"\b(?:deprecat\w+|sunset(?:s|ting|ted)?\b|end[- ]of[- ](?:life|service|support)|EOL\b|discontinu\w+|retir(?:ed|ing|ement|es?)\b|"
    r"no longer (?:be )?(?:available|supported|maintained|offered|recommended|works?)|"
    r"will (?:soon )?be (?:removed|shut down|turned off|switched off|disabled|unavailable|replaced)|shut(?:ting)? down|phas(?:ed|ing) out|withdrawn|"
    r"decommission\w*|obsolete|superseded|legacy (?:model|endpoint|parameter|version|api)|(?:please )?migrate to|going away|stops? working)",
    re.IGNORECASE,
)
#: Each announcement has one of these, which are found faster.
_STEMS = (
    "deprecat",
    "sunset",
    "end of",
    "end-of",
    "eol",
    "discontinu",
    "retir",
    "no longer",
    "will",
    "shut",
    "phas",
    "withdrawn",
    "decommission",
    "obsolete",
    "superseded",
    "legacy",
    "migrate",
    "going",
    "stop",
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'`(])|\n+")
#: A banner is one announcement, however many sentences it has.
_BANNER_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'`(][^\n]{400})|\n+")
#: A description may run into the prose that follows the table, without a full stop.
_IN_DESCRIPTION = re.compile(
    r"(?<=[.!?])\s+(?=[A-Z0-9\"'`(])|(?<=[a-z0-9)\"]) (?=(?:An?|The|Each|Every|You|Your|All|Note|This|These|If|When|Only|Must|Up|At|No|"
    r"Prompts?|Requests?|Images?|Users?|Accounts?|Free|Paid) [a-z0-9])"
)
_FIGURE = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
#: Facts that have readers of their own.
_READ_ELSEWHERE = re.compile(
    r"[$€£]\s?[0-9]|served (?:as|with) HTTP|returns HTTP|retained|[0-9]s deadline|status states|credit usage|x-remaining-credits|cookie",
    re.IGNORECASE,
)
_LONGEST = 400
_MOST = 200


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the page that is a rule or an announcement, with the pointer of its fact and its figures."""

    at: str
    figures: list[str]
    text: str
    offset: int


def keyword_rules(row: ParameterRow) -> dict[str, float]:
    """Return the rules of a number that its description states, by keyword of JSON Schema.

    >>> keyword_rules(ParameterRow("n", "integer", False, 0, description="Between 512 and 2048 in multiples of 8"))
    {'multipleOf': 8, 'minimum': 512, 'maximum': 2048}
    """
    found: dict[str, float] = {}
    if row.type not in _NUMERIC:
        return found
    for pattern, keywords in _KEYWORDS:
        match = next((m for m in pattern.finditer(row.description) if not _has_other_unit(m)), None)
        if match:
            for keyword, figure in zip(keywords, match.groups(), strict=True):
                value = float(figure)
                found.setdefault(keyword, int(value) if value.is_integer() else value)
    return found


def _has_other_unit(match: re.Match[str]) -> bool:
    """Return whether the last figure of a rule is one of something else than the parameter's value."""
    return _OTHER_UNIT.match(match.string, match.start(match.lastindex or 0)) is not None


def rules_of(reading: PageContent) -> Iterator[Sentence]:
    """Yield the rules in prose: of each parameter, and of the page outside of its code and its table."""
    names = {row.name for row in reading.rows}
    for row in reading.rows:
        numeric = row.type in _NUMERIC
        for sentence in _IN_DESCRIPTION.split(row.description):
            if _DEPRECATED.search(sentence) or not sentence.strip():
                continue
            stated = (
                numeric
                and not _OTHER_UNIT.search(sentence)
                and any(pattern.search(sentence) for pattern, _ in _KEYWORDS)
            )
            if not stated and _is_rule(sentence, names - {row.name}):
                yield _sentence(f"{parameter_pointer(row.name)}/rules", sentence, row.offset)
    for sentence, offset in _prose(reading):
        if _is_rule(sentence, names) and not _DEPRECATED.search(sentence) and not _READ_ELSEWHERE.search(sentence):
            yield _sentence("/rules", sentence, offset)


def deprecations_of(reading: PageContent) -> Iterator[Sentence]:
    """Yield the sentences by which the page announces that the model, or a parameter, is deprecated."""
    text = " ".join(reading.page.text.lower().split())
    if not any(stem in text for stem in _STEMS):
        return
    for row in reading.rows:
        for sentence in _SENTENCE_END.split(row.description):
            if _DEPRECATED.search(sentence):
                yield _sentence(f"{parameter_pointer(row.name)}/deprecated", sentence, row.offset, figures=True)
    for sentence, offset in _prose(reading, _BANNER_END):
        if _DEPRECATED.search(sentence):
            yield _sentence("/deprecated", sentence, offset, figures=True)


def _is_rule(sentence: str, names: set[str]) -> bool:
    """Return whether a sentence is a rule: a figure with a word of limits, or parameters with a modal verb."""
    if len(sentence) > _LONGEST:
        return False
    if _MEASURED.search(sentence) and _LIMIT.search(sentence):
        return True
    return bool(_MODAL.search(sentence)) and any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", sentence) for name in names
    )


def _prose(reading: PageContent, border: re.Pattern[str] = _SENTENCE_END) -> Iterator[tuple[str, int]]:
    """Yield the sentences outside of code and table, with their offsets."""
    text = reading.page.text
    table = reading.page.table() if reading.rows else None
    rows = [row.offset for row in reading.rows]
    inside = (table.start, table.end) if table else (min(rows, default=0), max(rows, default=0))
    position, count = 0, 0
    for part in border.split(text):
        offset = text.find(part, position) if part else position
        position = offset + len(part)
        in_table = inside[0] <= offset < inside[1]
        if not part.strip() or in_table or _looks_like_code(part) or count >= _MOST:
            continue
        yield part.strip(), offset
        count += 1


def _looks_like_code(line: str) -> bool:
    return re.match(
        r"\s*[0-9]{0,4}\s*(?:[#}{\]\[)(]|//|import |from |const |let |var |print\(|[\w.]+\s*=[^=]|[\"'][\w-]+[\"']\s*:|\w+=)",
        line,
    ) is not None or (sum(sign in "{}[]();=<>\"'" for sign in line) > len(line) / 8 and len(line) > 12)


def _sentence(at: str, text: str, offset: int, *, figures: bool = False) -> Sentence:
    """Return a sentence with its key, which holds no figures unless `figures`, no punctuation, and no case."""
    text = " ".join(text.split()).strip("•-*⚠️ ")
    key = text if figures else _FIGURE.sub("#", text)
    words = " ".join(re.findall(r"[a-z#0-9_]+", key.lower()))
    name = hashlib.sha256(words.encode()).hexdigest()[:12]
    return Sentence(f"{at}/{token(name)}", _FIGURE.findall(text), text, offset)


def rule_facts(reading: PageContent) -> dict[str, Any]:
    """Return rules and announcements as facts: their figures by pointer, true where they have none."""
    said: dict[str, Any] = {}
    for row in reading.rows:
        said |= {f"{parameter_pointer(row.name)}/prose/{key}": value for key, value in keyword_rules(row).items()}
    for sentence in (*rules_of(reading), *deprecations_of(reading)):
        said[sentence.at] = sentence.figures or True
    return said
