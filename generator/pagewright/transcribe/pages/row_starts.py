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
from string import ascii_letters, digits

from ..values.misread import pattern_of
from .page import Span

_FLAGS = {word: pattern_of(word) for word in ("required", "optional")}
_TYPES = {word: pattern_of(word) for word in ("string", "integer", "number", "boolean")}
_HEAD = re.compile(
    rf"(?P<flag>[Rr]equired|REQUIRED|[Oo]ptional|OPTIONAL|{'|'.join(_FLAGS.values())})(?P<gap>\s*)"
    rf"(?P<type>string|integer|number|boolean|array|object|file|float|int|bool|any|STRING|INTEGER|NUMBER|BOOLEAN|ARRAY|OBJECT|FILE|FLOAT|{'|'.join(_TYPES.values())})"
    r"(?P<of>\s?\((?P<format>uri|url|base64|byte|binary|date|date-time|email|uuid|float|double|int32|int64|file|image|"
    r"video|audio|string|integer|number|object)\)|\[\]|<[a-z]+>|(?<=array) of (?:string|integer|number|object|file|image|url)s?\b)?"
    r"(?:\s?(?:\||or|/)\s?(?:string|integer|number|boolean|array|object|null)\b)*"
)
_BUTTON = re.compile(r"(?<=[a-z0-9_])\s{0,2}(?:Copy|Copied!?|Link|Share|Edit|Info)\Z")
_LINE_ENDS = re.compile(r"[ \t\u00a0]*(?:\n|\Z)")
_LONGEST_NAME = 100
_MOST_ROWS = 1000
_RUN = re.compile(r"(?:[A-Za-z0-9_.$-]|(?<=[A-Za-z0-9_])\[[0-9*in]?\](?=\.))*\Z")
_RUN_SIGNS = f"{ascii_letters}{digits}_.$-[]*"
_NAME = re.compile(r"[A-Za-z_$](?:[A-Za-z0-9_.$-]|(?<=[A-Za-z0-9_])\[[0-9*in]?\](?=\.))*\Z")
_NUMBER_END = re.compile(r"(?:\A|[^A-Za-z_])-?[0-9][0-9.]*(?:e[+-]?[0-9]+)?\Z")
_RANGE_END = re.compile(r"Range[\s\u00a0]*:[^\n]{0,60}\Z", re.IGNORECASE)
_MORE_END = re.compile(r"\+\s*[0-9]+\s*more\Z")
_ITEMS_END = re.compile(r"Array items?\s*:\s*(?:string|integer|number|boolean|object|file)(?:\s?\([a-z0-9]+\))?\Z")
_MORE_BEGUN = re.compile(r"\+\s*[0-9]+\s*\Z")
#: What the last value of a row can end in, by the row's type.
_ENDS = {
    "boolean": re.compile(r"(?:\A|[^A-Za-z_])(?:true|false|null|None)+\Z"),
    "integer": re.compile(r"(?:\A|[^A-Za-z_])(?:-?[0-9][0-9.]*|null|None)\Z"),
    "string": re.compile(r"(?:\A|[^A-Za-z_])(?:null|None)\Z"),
}


#: The last characters of all these: of `more`, numbers, `true`, `false`, `null` and `None`.
_VALUE_ENDS = frozenset(f"{digits}.el")


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
    sample: Mapping[str, None]
    flat: bool
    #: The word on a button that follows every name.
    button: str = ""
    used: set[str] = field(default_factory=set[str])
    last: RowStart | None = None


def find_row_starts(text: str, span: Span, sample: Mapping[str, None]) -> list[RowStart]:
    """Return the starts of rows between the offsets of `span`, in order. `sample` has the names that the page's sample sends."""
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
    scan = _Scan(text, sample, flat=lines < len(found), button=_button(text, found))
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
    while start and (text[start - 1].isspace() or text[start - 1] == "*"):
        start -= 1
    before = text[start : head.start()]
    # "prompt *required" is a name with a mark that touches it.
    return _kind_of(before.replace("*", "").strip(" ") if "*" in before else before), _kind_of(head["gap"])


def _kind_of(gap: str) -> str:
    return "\n" if "\n" in gap else " " if gap else ""


def _habit(text: str, found: list[re.Match[str]], span: Span, sample: Mapping[str, None]) -> tuple[str, str]:
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
    before = text[max(start, end - _LONGEST_NAME) : end]
    found = _RUN.search(text, end - len(before) + len(before.rstrip(_RUN_SIGNS)), end)
    return found[0] if found else ""


def _named(scan: _Scan, match: re.Match[str], start: int) -> RowStart | None:
    at = match.start()
    while at > start and (scan.text[at - 1].isspace() or scan.text[at - 1] == "*"):
        at -= 1
    if scan.button and scan.text.endswith(scan.button, start, at):
        at -= len(scan.button)
    run = _run_before(scan.text, start, at)
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
    flag, kind = _as_printed(match["flag"], _FLAGS), _as_printed(match["type"], _TYPES)
    if (flag, kind) != (match["flag"].lower(), match["type"].lower()):
        doubts.append(f"{match['flag']!r} and {match['type']!r} were read as {flag} and {kind}")
    of, note = (match["of"] or ""), (match["format"] or "").lower()
    return RowStart(
        name,
        at - len(name),
        match.end(),
        flag == "required",
        kind,
        of,
        note,
        tuple(doubts),
    )


def _as_printed(word: str, patterns: Mapping[str, str]) -> str:
    """Return the word that was printed, where text recognition may have misread its letters."""
    word = word.lower()
    if word in patterns:
        return word
    return next((plain for plain, pattern in patterns.items() if re.fullmatch(pattern, word)), word)


def _button(text: str, found: list[re.Match[str]]) -> str:
    """Return the word on a button that sticks to every name, "" if there is none."""
    before = [text[max(0, head.start() - 20) : head.start()].rstrip() for head in found]
    words = {word[0] for ending in before if (word := _BUTTON.search(ending))}
    return words.pop() if len(words) == 1 and len(found) > 2 and all(map(_BUTTON.search, before)) else ""


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
    elif _begins_with_value(scan.last, name, before):
        cost += 1.5
    elif not scan.flat and not front:
        cost -= 1
    if not front and "." in name and not _is_known_parent(scan, name):
        cost += 4
    if not scan.flat and not front and name not in scan.sample and _is_in_sentence(before):
        cost += 4
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
    if front[-1] in "grnte" and _ITEMS_END.search(ending):
        return -0.5
    if front[-1] in _VALUE_ENDS:
        if _MORE_END.search(ending) or (_RANGE_END.search(ending) and _NUMBER_END.search(ending)):
            return -0.5
        value = _ENDS.get(kind, _ENDS["string"]).search(ending) if scan.last is not None else None
        if value is not None:
            # A value stands at the beginning of a line, or after a label.
            lead = ending[value.start()]
            return 0.0 if scan.flat or lead in '":' or lead.isspace() else 2.0
    if front[-1] == "." and front[-2:-1].isalpha() and not _is_known_parent(scan, front):
        # The end of a sentence.
        return 1.0
    if name in scan.sample and _is_in_sentence(before.removesuffix(front)):
        return 2.0
    if scan.flat:
        return 2.0 if front[-1] in ".-" else 3.0 if front[-1].isdigit() else 4.0
    return 8.0


def _is_known_parent(scan: _Scan, name: str) -> bool:
    """Return whether a name such as `messages.role` begins with that of a row or of a value that the sample sends."""
    parent = re.split(r"[.\[]", name)[0]
    return parent in scan.used or parent in scan.sample


def _is_in_sentence(before: str) -> bool:
    """Return whether words stand on the same line before a name."""
    line = before[before.rfind("\n") + 1 :]
    return line[-1:] in (" ", "\t") and re.search(r"[A-Za-z]{2,}[ ,.]+\Z", line) is not None


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
