"""The older pages' table, headed Attributes: `stepsint ( default: 30 )`, a description, then `min : 10,` `max : 70`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...specs.spec import ABSENT
from ...specs.values import is_list, is_mapping
from ..values.digits import Unreadable
from ..values.printed_values import one
from .page import Page, Span
from .rows import ParameterRow

_HEAD = re.compile(
    r"^[ \t\u00a0]*(?P<words>[A-Za-z_$][\w.$-]{0,120}?(?::[a-z]+)?)[ \t\u00a0]*(?P<mark>\*)?"
    r"[ \t\u00a0]*(?:\([ \t\u00a0]*default[ \t\u00a0]*:[ \t\u00a0]?(?P<default>[^\n]*?)[ \t\u00a0]*\))?"
    r"[ \t\u00a0]*(?P<pricing>Affects Pricing)?[ \t\u00a0]*(?:$|(?<=[ \t\u00a0])[(A][^\n]*\Z)",
    re.MULTILINE,
)
#: The same where the lines were lost: only a mark or a default, or a name that the sample knows, makes it a row.
_FLAT_HEAD = re.compile(
    r"(?P<words>[A-Za-z_$][\w.$-]{0,120}?(?:enum(?::(?:str|int|float))?|string|str|integer|int|float|number|boolean|bool|"
    r"image|video|audio|file|url|[Aa]rray|[Ll]ist|[Oo]bject|dict))(?:\s*(?P<mark>\*)|\s*\(\s*default\s*:\s?(?P<default>.*?)\s*\)"
    r"(?=\s|[A-Z]|\Z)|(?=\s+[A-Z\"'])|(?<=[a-z])(?=[A-Z]))(?P<pricing>\s*Affects Pricing)?",
)
_TYPES = {
    "enum:str": "string",
    "enum:int": "integer",
    "enum:float": "number",
    "enum": "string",
    "string": "string",
    "str": "string",
    "integer": "integer",
    "int": "integer",
    "float": "number",
    "number": "number",
    "boolean": "boolean",
    "bool": "boolean",
    "image": "string",
    "video": "string",
    "audio": "string",
    "file": "string",
    "url": "string",
    "array": "array",
    "list": "array",
    "object": "object",
    "dict": "object",
}
_MEDIA = frozenset({"image", "video", "audio", "file", "url"})
_BOUND = re.compile(
    r"\b(min|max)[ \t\u00a0]*:[ \t\u00a0]*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)[ \t\u00a0]*(?=,|$|\s|[A-Za-z])", re.MULTILINE
)
_BOUND_LINE = re.compile(rf"^[ \t\u00a0]*{_BOUND.pattern},?[ \t\u00a0]*$", re.MULTILINE)
_ALLOWED = re.compile(r"^[ \t\u00a0]*Allowed values[ \t\u00a0]*(?:\((\d+) total\)[ \t]*)?:", re.MULTILINE)


def read_attributes(page: Page, span: Span, sample: Mapping[str, Any]) -> list[ParameterRow]:
    """Return the rows between the offsets of `span`, in order. Rows of an item's fields are inside the item's row."""
    inner = _inner_names(sample)
    flat = page.text.count("\n", span.start, span.end) < 4
    heads: list[tuple[re.Match[str], str, str]] = []
    for head in (_FLAT_HEAD if flat else _HEAD).finditer(page.text, span.start, span.end):
        split = _split(head["words"], sample, inner)
        if split and _is_row(
            page.text, head, split, heads, {*sample, *(name for names in inner.values() for name in names)}, flat
        ):
            heads.append((head, *split))
    rows: list[ParameterRow] = []
    for index, (head, name, word) in enumerate(heads):
        last = index + 1 == len(heads)
        end = span.end if last else heads[index + 1][0].start()
        row = _row(page.text, head, name, word, end, flat, sample.get(name, ABSENT))
        row.whole = not last or span.closed
        parent = next((other for other in rows if name in inner.get(other.name, ()) and other.type == "array"), None)
        if parent is not None and name not in sample:
            parent.items.append(row)
        else:
            rows.append(row)
    return rows


def _is_row(
    text: str,
    head: re.Match[str],
    split: tuple[str, str],
    heads: list[tuple[re.Match[str], str, str]],
    known: set[str],
    flat: bool,
) -> bool:
    """Return whether this is a row and not a description of one word that ends like a type (`Hint`, `A blueprint`)."""
    if head["mark"] or head["default"] is not None or split[0] in known:
        return split[0] not in {name for _, name, _ in heads} or not flat
    if flat:
        return False
    above = text[heads[-1][0].end() : head.start()] if heads else ""
    return not heads or above.strip() != ""


def _split(words: str, sample: Mapping[str, Any], inner: Mapping[str, set[str]]) -> tuple[str, str] | None:
    """Name and type word of a glued pair; the sample's own names win."""
    words = words.strip()
    pairs = [(words[: -len(word)], word) for word in _TYPES if words.lower().endswith(word)]
    pairs = [(name, word) for name, word in pairs if name and name[-1] not in ":_.-"]
    nested = {name for names in inner.values() for name in names}
    for known in (sample, nested):
        for name, word in pairs:
            if name in known:
                return name, word
    return max(pairs, key=lambda pair: len(pair[1])) if pairs else None


def _row(text: str, head: re.Match[str], name: str, word: str, end: int, flat: bool, sent: Any) -> ParameterRow:
    kind = _TYPES[word]
    row = ParameterRow(name, kind, bool(head["mark"]), head.start("words"), "uri" if word in _MEDIA else None)
    if head["default"] is not None:
        _read_default(row, head["default"], word, sent)
    block = text[head.end() : end]
    paragraphs = [part for part in re.split(r"\n\s*\n", block) if part.strip()]
    if flat:
        row.description = " ".join(re.split(r"\s*(?:min|max)\s*:\s*-?[0-9]|Allowed values\s*:", block)[0].split())
    elif paragraphs and not _BOUND_LINE.match(paragraphs[0].strip()) and not _ALLOWED.match(paragraphs[0].strip()):
        row.description = " ".join(_ALLOWED.split(_BOUND_LINE.split(paragraphs[0])[0])[0].split())
    _read_bounds(row, (_BOUND if flat else _BOUND_LINE).findall(block))
    allowed = re.search(r"Allowed values\s*:", block) if flat else _ALLOWED.search(block)
    if allowed or word.startswith("enum"):
        shown = "" if flat or not allowed else _ALLOWED.split(block)[-1]
        _read_list(row, shown)
    return row


def _read_default(row: ParameterRow, text: str, word: str, sent: Any) -> None:
    try:
        row.default = one(text, row.type)
    except Unreadable:
        row.doubt(f"the default {text[:60]!r} is not of type {row.type}")
        if word.startswith("enum"):
            row.default = text
    if row.type == "string" and isinstance(row.default, str) and str(sent) == row.default and not isinstance(sent, str):
        row.default = sent


def _read_bounds(row: ParameterRow, bounds: list[tuple[str, str]]) -> None:
    """Read the bounds. Pages often misprint the upper bound as a second `min`."""
    for index, (side, figure) in enumerate(bounds[:2]):
        try:
            value = one(figure.rstrip("."), row.type if row.type in ("integer", "number") else "number")
        except Unreadable:
            row.doubt(f"the bound {figure!r} is not a number")
            continue
        if side == "max" or (index and row.minimum is not None and row.maximum is None):
            row.maximum = value
        else:
            row.minimum = value
    if len(bounds) not in (0, 2):
        row.doubt("it has one bound" if len(bounds) == 1 else "it has more than two bounds; the first two count")


def _read_list(row: ParameterRow, text: str) -> None:
    """Read the values below the label, one a line or separated by commas. Most pages left them out."""
    row.values = []
    for part in re.split(r"[,\n]", text.strip("\n").split("\n\n")[0]):
        try:
            value = one(part, row.type) if part.strip() else None
        except Unreadable:
            row.doubt(f"{part.strip()[:60]!r} is not of type {row.type}")
            continue
        if value is not None:
            row.values.append(value)


def _inner_names(sample: Mapping[str, Any]) -> dict[str, set[str]]:
    """For each value of the sample that is a list of objects, the names in those objects."""
    return {
        name: {str(key) for item in value if is_mapping(item) for key in item}
        for name, value in sample.items()
        if is_list(value)
    }
