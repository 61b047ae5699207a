"""Find the start of each row in the table of the newer pages: a name, `required` or `optional`, a type.

Whether line breaks were kept or lost when the page was saved, the two words and the type are there, and on one page the
gaps between them are all alike: so a description that says "an optional string" is told from a row. What stands before
the word is the name, but the end of the row above may stick to it (`Range: 0 - 1fps`, `falseseed`); then the sample's
keys, the type of the row above and the alphabetical order of the rows say where the name begins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from .page import Span

_HEAD = re.compile(
    r"(?P<flag>[Rr]equired|REQUIRED|[Oo]ptional|OPTIONAL)(?P<gap>\s*)"
    r"(?P<type>string|integer|number|boolean|array|object|file|float|int|bool|any)"
    r"(?P<of>\s?\((?P<format>uri|url|base64|byte|binary|date|date-time|email|uuid|float|double|int32|int64|file|image|"
    r"video|audio|string|integer|number|object)\)|\[\]|<[a-z]+>|(?<=array) of (?:string|integer|number|object|file|image|url)s?\b)?"
    r"(?:\s?(?:\||or|/)\s?(?:string|integer|number|boolean|array|object|null)\b)*"
)
_LINE_ENDS = re.compile(r"[ \t\u00a0]*(?:\n|\Z)")
_LONGEST_NAME = 100
_MOST_ROWS = 1000
_RUN = re.compile(r"(?:[A-Za-z0-9_.$-]|(?<=[A-Za-z0-9_])\[[0-9*in]?\](?=\.))*\Z")
_NAME = re.compile(r"[A-Za-z_$](?:[A-Za-z0-9_.$-]|(?<=[A-Za-z0-9_])\[[0-9*in]?\](?=\.))*\Z")
_NUMBER_END = re.compile(r"(?:\A|[^A-Za-z_])-?[0-9][0-9.]*(?:e[+-]?[0-9]+)?\Z")
_RANGE_END = re.compile(r"Range[\s\u00a0]*:[^\n]{0,60}\Z", re.IGNORECASE)
_MORE_END = re.compile(r"\+\s*[0-9]+\s*more\Z")
_MORE_BEGUN = re.compile(r"\+\s*[0-9]+\s*\Z")
#: What the last value of a row can end in, by the row's type.
_ENDS = {
    "boolean": re.compile(r"(?:\A|[^A-Za-z_])(?:true|false|null|None)+\Z"),
    "integer": re.compile(r"(?:\A|[^A-Za-z_])(?:-?[0-9][0-9.]*|null|None)\Z"),
    "string": re.compile(r"(?:\A|[^A-Za-z_])(?:null|None)\Z"),
}


@dataclass(frozen=True, slots=True)
class RowStart:
    """The start of a row: the offsets of its name and of what follows its type."""

    name: str
    at: int
    end: int
    required: bool
    type: str
    of: str
    format: str
    doubts: tuple[str, ...] = ()


@dataclass(slots=True)
class _Scan:
    """State while the starts are found one after the other."""

    text: str
    sample: Mapping[str, Any]
    flat: bool
    used: set[str] = field(default_factory=set[str])
    last: RowStart | None = None


def find_row_starts(text: str, span: Span, sample: Mapping[str, Any]) -> list[RowStart]:
    """Return the starts of rows between the offsets of `span`, in order."""
    found = list(islice(_HEAD.finditer(text, span.start, span.end), _MOST_ROWS))
    if not found:
        return []
    habit = _habit(text, found, span, sample)
    found = [head for head in found if _gaps(text, head) == habit]
    alone = [head for head in found if _LINE_ENDS.match(text, head.end())]
    if len(alone) * 5 >= len(found) * 4:
        # Where types stand at the end of lines, a word that goes on is the beginning of a description.
        found = alone
    lines = text.count("\n", span.start, span.end)
    scan = _Scan(text, sample, flat=lines < len(found))
    heads: list[RowStart] = []
    last_end = span.start
    for match in found:
        head = _named(scan, match, last_end)
        if head is None:
            continue
        heads.append(head)
        scan.used.add(head.name)
        scan.last = head
        last_end = match.end()
    return heads


def _gaps(text: str, head: re.Match[str]) -> tuple[str, str]:
    """Return the kinds of the gaps around the flag: none, blank, or a line break."""
    start = head.start()
    while start and text[start - 1].isspace():
        start -= 1
    return _kind_of(text[start : head.start()]), _kind_of(head["gap"])


def _kind_of(gap: str) -> str:
    return "\n" if "\n" in gap else " " if gap else ""


def _habit(text: str, found: list[re.Match[str]], span: Span, sample: Mapping[str, Any]) -> tuple[str, str]:
    """Return the most common gaps on this page; gaps after names in the sample count most."""
    votes: Counter[tuple[str, str]] = Counter()
    for head in found:
        run = _run_before(text, span.start, head.start())
        known = any(run.endswith(name) for name in sample)
        gaps = _gaps(text, head)
        votes[gaps] += (4 if known else 1) if gaps != (" ", " ") or known else 0
    return max(votes, key=lambda gaps: (votes[gaps], gaps != (" ", " ")))


def _run_before(text: str, start: int, end: int) -> str:
    """The run of characters of names that ends before `end`, white space between them left out."""
    while end > start and text[end - 1].isspace():
        end -= 1
    found = _RUN.search(text, max(start, end - _LONGEST_NAME), end)
    return found[0] if found else ""


def _named(scan: _Scan, match: re.Match[str], start: int) -> RowStart | None:
    run = _run_before(scan.text, start, match.start())
    at = match.start()
    while at > start and scan.text[at - 1].isspace():
        at -= 1
    readings: list[tuple[float, int, str]] = []
    for cut in range(len(run)):
        name = run[cut:]
        if _NAME.match(name) or (name in scan.sample and name not in scan.used):
            readings.append((_cost(scan, run[:cut], name, scan.text[start : at - len(name)]), cut, name))
    if not readings:
        return None
    readings.sort()
    cost, _, name = readings[0]
    doubts: list[str] = []
    if len(readings) > 1 and readings[1][0] < cost + 1.0 and name not in scan.sample:
        doubts.append("where the row above ends and this name begins is not marked")
    elif cost >= 3:
        doubts.append("the name is glued to the text before it, and nothing else bears it out")
    spaced = _gaps(scan.text, match) == (" ", " ")
    if spaced and name not in scan.sample:
        if not _follows(scan.last, name, match["flag"]) or not scan.flat:
            return None
        doubts.append("it may be the words of a description instead of a row")
    of, note = (match["of"] or ""), (match["format"] or "").lower()
    return RowStart(
        name,
        at - len(name),
        match.end(),
        match["flag"].lower() == "required",
        match["type"].lower(),
        of,
        note,
        tuple(doubts),
    )


def _cost(scan: _Scan, front: str, name: str, before: str) -> float:
    """Return how unlikely it is that the name begins here: 0 for a name that stands alone and in alphabetical order."""
    cost = 0.0
    if front:
        cost += _glue(scan, front, name, before)
    elif scan.flat and before[-1:].isspace() is False and before[-1:].isalpha():
        cost += 3
    if name in scan.sample:
        # Only the whole name tells `image_width` from `width`; a word of the sentence before it is no part of one.
        cost -= 0.5 if name in scan.used else 4.5 if front[-1:].isalpha() and scan.flat else 4
    elif not scan.flat and _begins_with_value(scan.last, name, before):
        cost += 1.5
    elif not scan.flat and not front:
        cost -= 1
    if name in scan.used:
        cost += 4
    if name[0] in "_.-$" and name not in scan.sample:
        cost += 4
    if not _follows(scan.last, name, "optional"):
        cost += 0.5
    return cost


def _glue(scan: _Scan, front: str, name: str, before: str) -> float:
    """Return how likely the row above ends in `front`, right before the name."""
    kind = scan.last.type if scan.last else ""
    kind = {"number": "integer", "float": "integer", "int": "integer", "bool": "boolean"}.get(kind, kind)
    ending = before[-80:]
    if _MORE_END.search(ending) or (_RANGE_END.search(ending) and _NUMBER_END.search(ending)):
        return -0.5
    ends = _ENDS.get(kind, _ENDS["string"])
    if scan.last is not None and ends.search(ending):
        # A value stands at the beginning of a line, or after a label.
        whole = ends.search(ending)
        lead = ending[: whole.start() + 1] if whole else ""
        return 0.0 if scan.flat or lead[-1:] in ('"', ":", "") or lead[-1:].isspace() else 2.0
    if scan.flat:
        return 2.0 if front[-1] in ".-" else 3.0 if front[-1].isdigit() else 4.0
    return 8.0


def _begins_with_value(last: RowStart | None, name: str, before: str) -> bool:
    """Return whether the name may be the row above's end and a shorter name: `nullmask`; `moreseed` after `+16 `."""
    words = ["null"] if last is not None else []
    if last is not None and last.type in ("boolean", "bool"):
        words += ["true", "false"]
    if _MORE_BEGUN.search(before[-12:]):
        words.append("more")
    rest = next((name[len(word) :] for word in words if name.startswith(word)), "")
    return rest[:1].isalpha()


def _follows(last: RowStart | None, name: str, flag: str) -> bool:
    """Return whether the name follows that of the row above in alphabetical order, as optional rows do."""
    return last is None or last.required or flag.lower() == "required" or last.name.casefold() < name.casefold()
