"""Warnings about a page that could be read but looks wrong: the checks that need the page, not only the spec."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ..specs.pointers import parameter_pointer
from .pages.read_page import PageContent
from .pages.rows import Doubt, ParameterRow

_NUMBER = r"(-?[0-9]+(?:\.[0-9]+)?)"
#: Rules that a description spells out, and the keywords that they would be in a table.
_PROSE = (
    (
        re.compile(rf"\b(?:multiples? of|divisible by|steps? of|step(?:[ -]size)?\s*:)\s+{_NUMBER}", re.IGNORECASE),
        ("multipleOf",),
    ),
    (re.compile(rf"\b(?:between|from)\s+{_NUMBER}\s+(?:and|to)\s+{_NUMBER}", re.IGNORECASE), ("minimum", "maximum")),
    (re.compile(rf"\brange\s*:?\s*{_NUMBER}\s*(?:-|–|to)\s*{_NUMBER}", re.IGNORECASE), ("minimum", "maximum")),
    (re.compile(rf"\b(?:max(?:imum)?|at most|up to)(?:\s+of)?\s+{_NUMBER}\b", re.IGNORECASE), ("maximum",)),
    (re.compile(rf"\b(?:min(?:imum)?|at least)(?:\s+of)?\s+{_NUMBER}\b", re.IGNORECASE), ("minimum",)),
    (re.compile(r"\b(?:can|may|must) only be\b", re.IGNORECASE), ("values",)),
)
#: What a text is counted in, after a figure.
_OF_TEXT = re.compile(r"\s*(?:characters?|chars?|letters?|signs?)\b", re.IGNORECASE)
_IMAGE = re.compile(r"\b(?:reference|input|source|init(?:ial)?|original) (?:image|picture|photo)\b", re.IGNORECASE)
#: A file, and the ways in which it is sent.
_FILE = re.compile(r"\b(?:images?|pictures?|photos?|videos?|audio|sounds?|masks?|files?)\b", re.IGNORECASE)
_URL = re.compile(r"\b(?:URLs?|URIs?)\b", re.IGNORECASE)
_BASE64 = re.compile(r"\bbase-?64\b", re.IGNORECASE)
_PARAMETER = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
_VERSION = re.compile(r"[ -]v?([0-9]+(?:\.[0-9]+)?)\b")


def suspicions(reading: PageContent) -> Iterator[Doubt]:
    """Each oddity, at its place on the page; `pointer` says which parameter it is about."""
    yield from _another_model(reading)
    takes_image = any(row.format or row.item_format or _ways(row) for row in reading.rows)
    names = {row.name for row in reading.rows}
    for row in reading.rows:
        for message in (*_prose(row), *_files(row), *_strangers(row, names, takes_image), *_slipped(row), *_cut(row)):
            yield Doubt(row.offset, f"{row.name}: {message}", parameter_pointer(row.name))
        for item in row.items:
            for message in _prose(item):
                yield Doubt(item.offset, f"{row.name}[].{item.name}: {message}", parameter_pointer(row.name))


def _prose(row: ParameterRow) -> Iterator[str]:
    table = {"minimum": row.minimum, "maximum": row.maximum, "values": row.values}
    for pattern, keywords in _PROSE:
        found = pattern.search(row.description)
        if found and any(table.get(keyword) is None for keyword in keywords):
            yield f"a rule is only in its description: {found[0]!r}; {_as_keywords(row, found, keywords)}"


def _as_keywords(row: ParameterRow, found: re.Match[str], keywords: tuple[str, ...]) -> str:
    """Return what to write for a rule, so that a person need not look it up."""
    figures = [float(figure) for figure in found.groups()]
    own = {"integer": "", "number": "", "string": "Length", "array": "Items"}.get(row.type)
    if own is None or not figures or (row.type == "string" and not _OF_TEXT.match(row.description, found.end())):
        return "if it holds, write it into the schema, with an erratum that has `documented: null`"
    words = [keyword.replace("imum", own) if own else keyword for keyword in keywords]
    written = ", ".join(f"{word}: {figure:g}" for word, figure in zip(words, figures, strict=True))
    return f"if it holds, write {written}"


def _ways(row: ParameterRow) -> list[str]:
    """Return the ways in which a text that is a file may be sent, as its description says; none if it says nothing of files."""
    if row.type not in ("string", "array") or not _FILE.search(row.description):
        return []
    return [way for way, pattern in (("url", _URL), ("base64", _BASE64)) if pattern.search(row.description)]


def _files(row: ParameterRow) -> Iterator[str]:
    """Report a file of which only the description says how it is sent."""
    ways = _ways(row)
    known = row.format or row.item_format
    both = f"x-accepts: [{', '.join(ways)}]"
    if known and len(ways) > 1:
        yield f"its description speaks of {' and '.join(ways)}; if it takes both, write {both}"
    elif ways and not known:
        written = f"format: {'uri' if 'url' in ways else 'base64'}{f', {both}' if len(ways) > 1 else ''}"
        where = "into its `items`, with type: string" if row.type == "array" else "into its schema"
        yield f"its description speaks of a file; if it takes one, write {written} {where}"


def _strangers(row: ParameterRow, names: set[str], takes_image: bool) -> Iterator[str]:
    mention = _IMAGE.search(row.description)
    if mention and not takes_image:
        spoken = mention[0].lower()
        article = "an" if spoken[0] in "aeiou" else "a"
        yield f"its description speaks of {article} {spoken}, and no parameter takes a file; is one missing?"
    known = {str(value) for value in row.values or ()} | names
    for word in dict.fromkeys(_PARAMETER.findall(row.description)):
        if word not in known:
            yield f"its description speaks of {word!r}, which is not a parameter"


def _slipped(row: ParameterRow) -> Iterator[str]:
    """Report neighbouring values where a letter seems to have moved from the end of one to the front of the next."""
    values = [value for value in row.values or () if isinstance(value, str)]
    for left, right in pairwise(values):
        if len(left) > 2 and len(right) > 2:
            fixed_left, fixed_right = left + right[0], right[1:]
            if fixed_right.startswith(fixed_left) or (fixed_right in values and fixed_left not in values):
                yield f"{left!r} and {right!r} look like {fixed_left!r} and {fixed_right!r} with one slipped letter"


def _cut(row: ParameterRow) -> Iterator[str]:
    if row.values and row.total is not None and row.total > len(row.values):
        yield f"the page shows {len(row.values)} of {row.total} values; others pass with a warning"


def _another_model(reading: PageContent) -> Iterator[Doubt]:
    """Report an introduction that names another version of the model than the title does."""
    title = reading.facts.title
    version = _VERSION.search(title)
    if not version:
        return
    family = title[: version.start()].strip()
    pattern = re.compile(re.escape(family) + _VERSION.pattern, re.IGNORECASE)
    for found in pattern.finditer(reading.page.text):
        if found[1] != version[1]:
            message = f"the page speaks of {found[0]!r}, the title of {family} {version[1]}"
            yield Doubt(found.start(), message, "/summary")
            return
