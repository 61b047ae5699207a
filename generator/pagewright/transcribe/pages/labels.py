"""Values with their labels: `Default: 5Range: 1 - 10`, `Allowed values (26 total): "a""b"+24 more`.

Each label stands once at most and in this order; what it names ends where the next one begins, though a text in quotes
may hold the words of a label itself.
"""

from __future__ import annotations

import re
from typing import Any

from ...specs.spec import ABSENT
from ...specs.values import among
from ..values.digits import Unreadable
from ..values.printed_values import is_printed, one, read_values
from .rows import ParameterRow

_BOUND = r"(-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|-?(?:∞|Infinity|inf|undefined|null|None))"
RANGE = re.compile(rf"Range\s*:\s*{_BOUND}(?:\s*(?:-|–|—|to|\.\.)\s*{_BOUND})", re.IGNORECASE)
HALF_RANGE = re.compile(rf"Range\s*:\s*(?:(≥|>=|min(?:imum)?:?)|(≤|<=|max(?:imum)?:?))\s*{_BOUND}", re.IGNORECASE)
_CUT_RANGE = re.compile(rf"Range\s*:?\s*(?:{_BOUND}\s*-?\s*-?)?\Z", re.IGNORECASE)
_DEFAULT = re.compile(r"Default\s*:\s*", re.IGNORECASE)
_ALLOWED = re.compile(r"Allowed\svalues?\s*(?:\((\d{1,6})\s*total\))?\s*:?", re.IGNORECASE)
LABEL = re.compile(r"Default\s*:|Allowed\svalues?\b\s*[:(]|Range\s*:\s*[-0-9]", re.IGNORECASE)
#: A label with the beginning of a value, which a description's words about defaults and values seldom have.
_WITH_VALUE = re.compile(
    r'Default\s*:\s*(?=["0-9\[{-]|true|false|null|None)|Allowed\svalues\s*(?:\(\d+\s*total\)\s*)?:', re.IGNORECASE
)
#: A step has no place of its own on the pages that are known, so what it says is left to a person.
STEP = re.compile(r"\s*Step(?:[ -]?size|s)?\s*[:=]\s*(?P<step>[0-9]*\.?[0-9]+)\s*\Z", re.IGNORECASE)
#: What may follow a value where the page breaks off: the beginning of another label, row or part.
BEGUN = re.compile(r"\s*(?:[A-Za-z_$][\w.$-]*(?:\s+\w*){0,2}|\+\s*\d*\s*[a-z]*|Allowed[\s\w()]*|Range[\s:\d.-]*)?\Z")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PROSE = re.compile(r"[A-Za-z]{2,} +[A-Za-z]")
LOOSELY = "its values could not be told apart from the text around them"
#: Labels without a colon, at the beginning of a line or after another one's value.
_NO_COLON = (
    (re.compile(r'^([ \t]*Default)[ \t]+(?=["\[{\d-]|true\b|false\b|null\b)', re.MULTILINE | re.IGNORECASE), r"\1: "),
    (re.compile(r'(?:^|(?<=[\s\d"a-z\]]))(Range)[ \t]+(?=-?\.?\d)', re.MULTILINE), r"\1: "),
    (re.compile(r"\b(Default|Range|Allowed values)[ \t]*=[ \t]*(?=[\"\[{\d.-]|true\b|false\b|null\b)"), r"\1: "),
    (re.compile(r"^([ \t]*Allowed values(?: \(\d+ total\))?)[ \t]*$", re.MULTILINE | re.IGNORECASE), r"\1:"),
)


_BETWEEN = re.compile(rf"^[ \t]*Between[ \t]+{_BOUND}[ \t]+and[ \t]+{_BOUND}[ \t]*$", re.MULTILINE | re.IGNORECASE)


class NoReading(Exception):
    """The text can't be read in this way."""


def has_labels(text: str, rows: int) -> bool:
    """Return whether a table of `rows` rows labels its defaults and lists: most rows then have a label."""
    return len(_WITH_VALUE.findall(text)) * 4 >= rows if rows else False


def may_lack_colons(text: str) -> bool:
    """Return whether a table that has labels with colons may have others."""
    return " = " in text or "etween " in text


def with_colons(text: str) -> str:
    """Return a row's text with the colons that its labels lack.

    >>> with_colons("How strong\\nDefault 0.5Range 0.1 - 1")
    'How strong\\nDefault: 0.5Range: 0.1 - 1'
    """
    for pattern, label in _NO_COLON:
        text = pattern.sub(label, text)
    return text if "Range" in text else _BETWEEN.sub(r"Range: \1 - \2", text)


def read_labelled(row: ParameterRow, text: str, sent: Any, cut: bool) -> None:
    """`Default: …`, `Range: …`, `Allowed values: …`, each of them once at most, up to the end of the text."""
    default = _DEFAULT.match(text)
    at = 0
    if default:
        at = _default(row, text, default.end(), sent, cut)
    at = _skip(text, at)
    at = read_range(row, text, at, cut)
    allowed = _ALLOWED.match(text, at)
    if allowed and row.values is None:
        _list(row, text[allowed.end() :], allowed[1], sent, cut)
        return
    if step := STEP.match(text, at):
        doubt_step(row, step)
    elif text[at:].strip() and not (cut and BEGUN.match(text, at)):
        raise NoReading


def doubt_step(row: ParameterRow, step: re.Match[str]) -> None:
    """Leave a labelled step to a person."""
    row.doubt(f"the page says {step[0].strip()!r}; if each value is a multiple of it, write multipleOf: {step['step']}")


def _default(row: ParameterRow, text: str, at: int, sent: Any, cut: bool) -> int:
    """Read the default that begins at `at`, and all that follows it, up to the next label or the end of the text."""
    ends = [label.start() for label in re.finditer(r"Range\s*:|Allowed\s+values", text[at:], re.IGNORECASE)]
    for end in [*ends, len(text) - at]:
        shown = text[at : at + end].strip()
        if not shown:
            continue
        if shown[0] == '"' and not (len(shown) > 1 and shown[-1] == '"'):
            continue
        # A text that runs over a label or a line's end must have no other quotes in it.
        if shown[0] == '"' and ("\n" in shown or LABEL.search(shown)) and not _QUOTED.fullmatch(shown):
            continue
        if row.type not in ("string", "array", "object") and shown[0] == '"' and shown.count('"') != 2:
            continue
        if not _is_plain(row, shown) and not is_printed(f'"{shown}"', sent):
            continue
        try:
            row.default = one(shown, row.type)
        except Unreadable:
            continue
        if at + end < len(text):
            rest = ParameterRow(row.name, row.type, row.required, row.offset, default=row.default, whole=row.whole)
            try:
                read_labelled(rest, text[at + end :], sent, cut)
            except (NoReading, Unreadable):
                row.default = ABSENT
                continue
            row.take_values(rest)
        return len(text)
    if not text[at:].strip() and not cut:
        return at
    if cut:
        return _cut_default(row, text, at)
    raise NoReading


def _is_plain(row: ParameterRow, shown: str) -> bool:
    """Return whether it may be a default: strings without quotes only if they are one word."""
    return shown[:1] == '"' or row.type != "string" or not (_PROSE.search(shown) or "\n" in shown)


def _cut_default(row: ParameterRow, text: str, at: int) -> int:
    """Read the default in a block that the end of the page cuts off: as much of it as is certainly a value."""
    quoted = re.compile(r'"(?:[^"\\]|\\.)*"').match(text, at)
    bare = re.compile(r"-?[0-9][0-9.]*|true|false|null").match(text, at)
    found = quoted or bare
    if found is None:
        return len(text)
    try:
        row.default = one(found[0].rstrip("."), row.type)
    except Unreadable:
        return len(text)
    return found.end()


def read_range(row: ParameterRow, text: str, at: int, cut: bool) -> int:
    found = RANGE.match(text, at)
    if found:
        row.minimum, row.maximum = (_bound(bound, row.type) for bound in found.groups())
        return _skip(text, found.end())
    half = HALF_RANGE.match(text, at)
    if half:
        bound = _bound(half[3], row.type)
        row.minimum, row.maximum = (bound, None) if half[1] else (None, bound)
        return _skip(text, half.end())
    if cut and (part := _CUT_RANGE.match(text, at)):
        if part[1]:
            row.minimum = _bound(part[1], row.type)
        return len(text)
    return at


def _bound(text: str, kind: str) -> Any:
    try:
        return one(text, kind if kind in ("integer", "number") else "number")
    except Unreadable:
        return None


def _list(row: ParameterRow, text: str, total: str | None, sent: Any, cut: bool) -> None:
    """Read the list after its label; it is empty if the page shows no values."""
    row.total = int(total) if total else None
    ranged = RANGE.search(text)
    if ranged and not text[ranged.end() :].strip():
        read_range(row, text, ranged.start(), cut)
        text = text[: ranged.start()]
    witnesses = [value for value in (row.default, sent) if value is not ABSENT]
    found = read_values(text, row.type, witnesses, cut=cut)
    row.values = found.values
    if not found.values:
        row.doubt("the page leaves its list of allowed values empty")
    _agree(row, sent)
    if found.more:
        counted = len(found.values) + found.more
        row.total = row.total or counted
        if row.total != counted:
            row.doubt(f"it says {row.total} values in all, but shows {len(found.values)} and {found.more} more")
    elif row.total and row.total != len(found.values) and row.whole:
        row.doubt(f"it says {row.total} values in all, but shows {len(found.values)}")
    for doubt in found.doubts:
        row.doubt(doubt)


def _agree(row: ParameterRow, sent: Any) -> None:
    """Decide the type of a number that is the default of a string: a string, unless list or sample have a number."""
    if row.type != "string" or not isinstance(row.default, str):
        return
    try:
        number = one(row.default, "number")
    except Unreadable:
        return
    if among(number, row.values or []) or (among(number, [sent]) and row.default not in (row.values or [])):
        row.default = number


def read_loosely(row: ParameterRow, block: str, sent: Any, labelled: bool) -> None:
    """Read each label on its own, with a doubt for the reviewer, if nothing else works."""
    row.doubt(LOOSELY)
    label = LABEL.search(block) if labelled else None
    if label is None:
        return
    row.description = " ".join(block[: label.start()].split())
    for found in _DEFAULT.finditer(block):
        shown = block[found.end() :].partition("\n")[0]
        shown = re.split(r"Range\s*:|Allowed\s+values", shown)[0]
        try:
            row.default = one(shown, row.type) if shown.strip() and _is_plain(row, shown.strip()) else ABSENT
        except Unreadable:
            continue
        break
    ranged = RANGE.search(block)
    if ranged:
        read_range(row, block, ranged.start(), False)
    allowed = re.search(r"Allowed\s+values\s*(?:\((\d+)\s*total\))?\s*:", block)
    if allowed:
        try:
            _list(row, block[allowed.end() :].strip().partition("\n")[0], allowed[1], sent, True)
        except Unreadable:
            row.values = []


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
