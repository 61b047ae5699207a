"""Read the part of a row after its type on the newer pages: description, default, range, list of values.

With labels (`Default: 5Range: 1 - 10`, `Allowed values :`) or without, the order is the same and the values stand last.
So a block is read from each place where they may begin, the first one first, and the first reading that accounts for
everything up to the block's end holds: a description may speak of defaults and ranges, but then it goes on.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from ...specs.spec import ABSENT
from ...specs.values import among
from ..values.digits import Unreadable
from .labels import BEGUN, LABEL, LOOSELY, NoReading, read_labelled, read_loosely
from .rows import ParameterRow
from .unlabelled import read_unlabelled

#: Parts of a row, in lines where a description should stand: a type alone, a value below other lines, a label.
_ROW_PART = re.compile(
    r"^[ \t\u00a0]*(?:string|integer|number|boolean|array|object)(?: \([a-z0-9]+\))?[ \t\u00a0]*$|"
    r"^[ \t\u00a0]*[\w.$-]*(?:required|optional)[ \t\u00a0]*(?:string|integer|number|boolean|array|object)?[ \t\u00a0]*$|"
    r"(?<=\n)[ \t\u00a0]*(?:\".*\"|-?[0-9][0-9.]*|true|false|null)[ \t\u00a0]*$|"
    r"(?<=\n)[ \t\u00a0]*(?:Default[ \t\u00a0]*:|Range[ \t\u00a0]*:|Allowed values)",
    re.MULTILINE,
)
_HOLDS_MORE = "its description holds what looks like values or another row"
_LONGEST = 20_000
#: Values that begin further from the block's end than this would be more than a page shows.
_MOST_STARTS = 300
#: After which signs a value may end, where the page breaks off.
_BORDER = re.compile(r'\n|"|\]|\}|(?<=[0-9])(?=[A-Za-z])|(?<=true)|(?<=false)|(?<=null)')


def read_block(row: ParameterRow, block: str, sent: Any, *, labelled: bool) -> None:
    """Fills in what `block` says of `row`; `sent` is the value that the sample sends, or ABSENT."""
    if len(block) > _LONGEST:
        row.doubt("its text is longer than a parameter's can be; the rest of it was left out")
        block = block[:_LONGEST]
    start = _read_whole(row, block, sent, labelled)
    if start is None and not row.whole:
        start = _read_cut(row, block, sent, labelled)
    speaks = LABEL.search(block) if labelled else _unread(block)
    row.description = " ".join(block[:start].split())
    if start is None and speaks and row.whole:
        read_loosely(row, block, sent, labelled)
    elif _unread(block[:start]):
        row.doubt(_HOLDS_MORE)


def is_unread(row: ParameterRow) -> bool:
    """Return whether part of what the page says of a row seems not to be understood."""
    signs = (_HOLDS_MORE, LOOSELY, "no reader took", "more rows seem")
    return any(sign in doubt.message for doubt in row.doubts for sign in signs)


def _unread(description: str) -> bool:
    """Return whether a description holds lines that look like parts of a row."""
    return _ROW_PART.search(description.strip()) is not None


def _read_whole(row: ParameterRow, block: str, sent: Any, labelled: bool) -> int | None:
    """Read the end of the block into `row` and return the offset where its values begin; None if it can't be read.

    Where lines were kept, the first reading holds. Where they were lost, a description may run into the values, and the
    reading that the sample and the values' own order bear out best is taken.
    """
    best: tuple[float, int, ParameterRow] | None = None
    lined = "\n" in block.rstrip()
    for start in deque(_starts(block, row.type, labelled), _MOST_STARTS):
        found = ParameterRow(row.name, row.type, row.required, row.offset)
        try:
            (read_labelled if labelled else read_unlabelled)(found, block[start:].strip(), sent, False)
        except (NoReading, Unreadable):
            continue
        score = _borne_out(found, sent) - (0 if start == 0 or block[start - 1].isspace() else 0.5)
        # A description may end in quotes, but more likely the reading left out the beginning of the list.
        score -= 3 if block[:start].rstrip().endswith('"') else 0
        if best is None or score > best[0]:
            best = (score, start, found)
        if lined or labelled:
            break
    if best is None:
        return None
    score, start, found = best
    if not lined and not labelled and score < 1 and block[:start].strip():
        found.doubt("where its description ends and its values begin is not marked")
    row.take_values(found)
    return start


def _borne_out(row: ParameterRow, sent: Any) -> float:
    """Return a score for this reading of a row: higher if its list repeats the default or holds the sample's value."""
    values = row.values or []
    agrees = sent is not ABSENT and (among(sent, [row.default, *values]) or str(sent) == str(row.default))
    facts = (row.default is not ABSENT) / 2 + (row.minimum is not None)
    return (3 if among(row.default, values) else 0) + (2 if agrees else 0) + facts - len(row.doubts)


def _starts(block: str, kind: str, labelled: bool) -> Iterator[int]:
    """Yield the offsets where the values may begin: at the start of a line, or anywhere if the block has no lines."""
    lined = "\n" in block.rstrip()
    if labelled:
        for label in LABEL.finditer(block):
            at = label.start()
            if not lined or not block[:at].strip() or block[:at].rstrip(" \t\u00a0").endswith("\n"):
                yield at
        return
    at = 0
    for line in re.finditer(r"[^\n]*\n?", block):
        at = line.start()
        # What follows the type on its own line is the description, where lines were kept.
        if line[0].strip() and (at or not lined or _is_valueish(line[0])):
            yield at
    if not lined and "\n" not in block.lstrip():
        yield from _inner_starts(block, kind)


def _is_valueish(line: str) -> bool:
    return re.match(r'\s*(?:["\[{0-9-]|true\b|false\b|null\b|Range\s*:)', line) is not None


def _inner_starts(block: str, kind: str) -> Iterator[int]:
    """Yield the offsets inside a line where values may begin, for pages that lost their line breaks."""
    if kind in ("integer", "number"):
        pattern = r"(?<=\s)-?[0-9.]+(?=\s|\Z|Range)|(?<=\s)Range\s*:|(?<![0-9.])-?[0-9]|Range\s*:"
    elif kind == "boolean":
        pattern = r"(?<=\s)(?:true|false|null)(?=\s|\Z)|(?:true|false|null)(?=(?:true|false)*\Z)"
    else:
        pattern = r'"|[\[{]|\bnull\s*\Z|null\Z'
    seen: set[int] = set()
    for found in re.finditer(pattern, block):
        if found.start() not in seen:
            seen.add(found.start())
            yield found.start()


def _read_cut(row: ParameterRow, block: str, sent: Any, labelled: bool) -> int | None:
    """Read the block in which the page ends: what follows the last whole value may be half of anything. Of all
    readings the one with the most facts holds."""
    best: tuple[int, int, ParameterRow] | None = None
    for start in deque(_starts(block, row.type, labelled), _MOST_STARTS):
        for end in _ends(block, start):
            found = ParameterRow(row.name, row.type, row.required, row.offset)
            try:
                (read_labelled if labelled else read_unlabelled)(found, block[start:end].strip(), sent, True)
            except (NoReading, Unreadable):
                continue
            facts = sum((found.default is not ABSENT, found.values is not None, found.minimum is not None))
            if best is None or facts > best[0]:
                best = (facts, start, found)
            break
    if best is None or not (best[0] or labelled):
        return None
    row.take_values(best[2])
    return best[1]


def _ends(block: str, start: int) -> Iterator[int]:
    """Yield the offsets where the values may end, last one first: those where another part or row can begin."""
    yield len(block)
    places = [start + found.end() for found in _BORDER.finditer(block[start:])]
    yield from (place for place in places[:-9:-1] if BEGUN.match(block, place))
