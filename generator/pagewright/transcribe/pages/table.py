"""The newer pages' table: each row from its start to the next one, whether line breaks and labels were kept or lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...specs.spec import ABSENT
from ...specs.values import is_list, is_mapping
from .block import read_block
from .labels import has_labels, may_lack_colons, with_colons
from .nesting import note_item_type, open_row
from .page import Page, Span
from .row_starts import RowStart, find_row_starts
from .rows import ParameterRow

_TYPES = {"float": "number", "int": "integer", "bool": "boolean", "file": "string", "any": "string"}
_FORMATS = {
    "uri": "uri",
    "url": "uri",
    "file": "uri",
    "image": "uri",
    "video": "uri",
    "audio": "uri",
    "base64": "base64",
    "byte": "base64",
}


def read_table(page: Page, span: Span, sample: Mapping[str, Any]) -> list[ParameterRow]:
    """The rows between the offsets of `span`, in order."""
    heads = find_row_starts(page.text, span, _names_in(sample))
    text = page.text[span.start : span.end]
    labelled = has_labels(text, len(heads))
    without_colons = (not labelled or may_lack_colons(text)) and has_labels(with_colons(text), len(heads))
    rows: list[ParameterRow] = []
    for index, head in enumerate(heads):
        last = index + 1 == len(heads)
        end = span.end if last else heads[index + 1].at
        row = _row(head, whole=not last or span.closed)
        block = open_row(row, page.text[head.end : end])
        if without_colons:
            block = with_colons(block)
        read_block(row, block, sample.get(row.name, ABSENT), labelled=labelled or without_colons)
        rows.append(row)
    return rows


def _names_in(value: Any) -> dict[str, None]:
    """Return the names of the values that a sample sends, those inside of arrays and objects included."""
    names: dict[str, None] = {}
    if is_mapping(value):
        names |= dict.fromkeys(str(name) for name in value)
        value = list(value.values())
    for item in value if is_list(value) else []:
        names |= _names_in(item)
    return names


def _row(head: RowStart, *, whole: bool) -> ParameterRow:
    kind = "array" if head.of.startswith(("[", "<")) else _TYPES.get(head.type, head.type)
    row = ParameterRow(head.name, kind, head.required, head.at, whole=whole)
    note_item_type(row, head.type, head.of)
    if kind == "string":
        row.format = "uri" if head.type == "file" else _FORMATS.get(head.format)
    for doubt in head.doubts:
        row.doubt(doubt)
    return row
