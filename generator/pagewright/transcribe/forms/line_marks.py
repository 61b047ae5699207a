"""Marks that a program puts at each line of a text, at its beginning or end: of quotes, numbers, names and times, boxes.

Each step takes one of them off and returns the text with anchors from its offsets to those before.
"""

from __future__ import annotations

import re
from itertools import pairwise

Anchors = list[tuple[int, int]]

_QUOTED_LINE = re.compile(r"[ \t]?(?:[>|][ \t]?)+")
#: A quoted line after the few words that a mail begins with.
_QUOTE_SOON = re.compile(r"(?:[^\n]{0,500}\n){0,20}?[ \t]?[>|]")
_NUMBER = re.compile(r"[ \t]{0,8}(?P<number>[0-9]{1,5})(?:[ \t]{0,2}[:|.)\u2502][ \t]?|\t|[ ]{1,2}|(?=\Z))")
#: The marks that stand before a line, by what kind of text they make of it.
_MARKS = (
    re.compile(r"\[?[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2})?(?: ?[AaPp][Mm])?\]?,?[ \t]+[^:\n]{1,40}:(?:[ \t]|\Z)"),
    re.compile(r"[ \t]{0,8}(?://|#|--|;|%)(?:[ \t]|\Z)"),
    re.compile(r"[ \t]{0,8}\*(?:[ \t]|\Z)"),
)
_BOXED = re.compile(
    r"[ \t]{0,8}[|\u2502\u2503\u2551](?P<inside>[^|\u2502\u2503\u2551]*?)[ \t]*[|\u2502\u2503\u2551][ \t]*\Z"
)
#: The address of a sample whose end is on the next line.
_CUT_ADDRESS = re.compile(r"[\"'`]https?://[^\s\"'`]{1,300}\n(?=[^\s\"'`]{1,300}[\"'`])")
_FEWEST = 5
_FEWEST_WRAPPED = 4
_NARROWEST, _WIDEST = 30, 200
_WORD = re.compile(r"\w")


def without_line_marks(text: str) -> tuple[str, list[Anchors]]:
    """Return a text without what stands at each of its lines, and the anchors of each step."""
    steps: list[Anchors] = []
    for step in (without_mail_quotes, _without_marks, _without_hard_wraps):
        text, anchors = step(text)
        if anchors:
            steps.insert(0, anchors)
    return text, steps


def without_mail_quotes(text: str) -> tuple[str, Anchors]:
    """Take the marks off a text of which nearly every line is quoted."""
    if not _QUOTE_SOON.match(text):
        return text, []
    lines = text.split("\n")
    filled = [line for line in lines if line.strip()]
    quoted = sum(1 for line in filled if line.lstrip()[:1] in ">|")
    if quoted < _FEWEST or quoted * 10 < len(filled) * 8 or any(line.rstrip().endswith("|") for line in filled[:20]):
        return text, []
    marks = [_QUOTED_LINE.match(line) for line in lines]
    return _cut(lines, [(mark.end() if mark else 0, len(line)) for mark, line in zip(marks, lines, strict=True)])


def _without_marks(text: str) -> tuple[str, Anchors]:
    """Take off what begins nine of ten lines: their numbers, who wrote them and when, the marks of a comment, a box."""
    first = [line for line in text[:2000].split("\n")[:-1] if line.strip()][1:_FEWEST]
    if len(first) < _FEWEST - 1:
        return text, []
    for pattern in (_NUMBER, _BOXED, *_MARKS):
        if sum(1 for line in first if pattern.match(line)) < len(first) - 1:
            continue
        lines = text.split("\n")
        marks = [pattern.match(line) for line in lines]
        filled = [mark for mark, line in zip(marks, lines, strict=True) if line.strip()]
        found = [mark for mark in filled if mark]
        if len(found) * 10 < len(filled) * 9 or (pattern is _NUMBER and not _are_counted(found)):
            continue
        if pattern is _BOXED:
            return _cut(
                lines,
                [mark.span("inside") if mark else (0, len(line)) for mark, line in zip(marks, lines, strict=True)],
            )
        return _cut(lines, [(mark.end() if mark else 0, len(line)) for mark, line in zip(marks, lines, strict=True)])
    return text, []


def _are_counted(marks: list[re.Match[str]]) -> bool:
    """Return whether the numbers of lines rise by one from each to the next."""
    numbers = [int(mark["number"]) for mark in marks]
    rising = sum(1 for number, after in pairwise(numbers) if after == number + 1)
    return rising * 10 >= (len(numbers) - 1) * 9


def _without_hard_wraps(text: str) -> tuple[str, Anchors]:
    """Join the lines that a terminal broke at its width, also inside of words."""
    lines = text.split("\n")
    width = max(map(len, lines))
    if not _NARROWEST <= width <= _WIDEST:
        return text, []
    address = _CUT_ADDRESS.search(text) if "://" in text else None
    at = text.count("\n", 0, address.end()) - 1 if address else -1
    full = {number for number, line in enumerate(lines[:-1]) if len(line) == width}
    if at not in full and not _are_broken(lines, full, width):
        full = {at} if address else set[int]()
    return _cut(lines, [(0, len(line)) for line in lines], full) if full else (text, [])


def _are_broken(lines: list[str], full: set[int], width: int) -> bool:
    """Return whether the lines that are as long as any, `full`, are broken there: in words, and others are not nearly as long."""
    words = [number for number in full if _WORD.match(lines[number][-1]) and _WORD.match(lines[number + 1][:1] or " ")]
    nearly = sum(1 for line in lines if width - 4 < len(line) < width)
    return len(full) >= _FEWEST_WRAPPED and len(words) * 2 >= _FEWEST_WRAPPED and nearly * 2 <= len(full)


def _cut(lines: list[str], spans: list[tuple[int, int]], joined: set[int] | None = None) -> tuple[str, Anchors]:
    """Return what is inside of a span of each line, without the line breaks after those that are `joined`."""
    parts: list[str] = []
    anchors: Anchors = []
    start = length = 0
    for number, (line, (begin, end)) in enumerate(zip(lines, spans, strict=True)):
        anchors.append((length, start + begin))
        parts.append(line[begin:end])
        length += end - begin
        if number + 1 < len(lines) and (joined is None or number not in joined):
            parts.append("\n")
            length += 1
        start += len(line) + 1
    return "".join(parts), anchors
