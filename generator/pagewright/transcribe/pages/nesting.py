"""Rows that describe the items of an array or the fields of an object, put into the row that they belong to.

A page marks them by a line such as "Array items:" below the array's description, by names such as `messages[].role`, or
by elements inside the array's own. Where the markup is lost, the sample says which names are inside and which are not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...specs.values import is_list, is_mapping
from .rows import ParameterRow

CONTAINERS = ("array", "object")
_TYPE = r"(?P<type>string|integer|number|boolean|object|file|image|video|audio|url|uri|str|int|float|bool)s?\b"
_FORMAT = r"(?:\s?\((?P<format>uri|url|base64|byte|binary|image|video|audio|file)\))?"
#: The line that opens the rows of an array or object, and the type of an item that may follow it.
OPENS = re.compile(
    r"(?:(?:^|(?<=[\s.!?)\]\"]))Array items?[ \t]*:|^[ \t]*(?:(?:Array )?items?|(?:Array |Each )?item(?: has| propert(?:y|ies)| fields| schema)?|"
    r"(?:Object |Nested |Child )?(?:properties|fields|attributes|parameters))[ \t]*:?[ \t]*$)"
    rf"\s*(?:(?<=[\s:]){_TYPE}{_FORMAT})?",
    re.MULTILINE | re.IGNORECASE,
)
#: A name that says where it belongs: `messages[].role`, `messages.role`.
_WITH_PARENT = re.compile(r"(?P<parent>.+?)(?:\[[0-9*in]?\])?\.(?P<name>[A-Za-z_$][A-Za-z0-9_$-]*)\Z")
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_MEDIA = ("file", "image", "video", "audio", "url", "uri")


@dataclass(slots=True)
class _Open:
    """A row that others may belong to; `inner` are the names that the sample sends inside it."""

    row: ParameterRow
    inner: set[str]
    values: list[Any]


def open_row(row: ParameterRow, text: str) -> str:
    """Return the text of an array's or object's row up to the line that opens its inner rows, and note that it does."""
    if row.type not in CONTAINERS:
        return text
    found = next((found for found in OPENS.finditer(text) if _opens(found, text)), None)
    if found is None:
        return text
    row.opens = True
    if found["type"]:
        set_item(row, found["type"].lower(), (found["format"] or "").lower())
    rest = " ".join(text[found.end() :].split())
    return f"{text[: found.start()].rstrip()}\n{rest}\n" if rest else text[: found.start()]


def _opens(found: re.Match[str], text: str) -> bool:
    """Return whether a line opens inner rows: nothing follows it but a type, or its words say that there are some."""
    return bool(found["type"]) or not text[found.end() :].strip() or found[0].lower().lstrip().startswith("array item")


def note_item_type(row: ParameterRow, word: str, of: str) -> None:
    """Note the type of an array's items if the row's type has it: `string[]`, `array<string>`, `array of files`."""
    if row.type != "array":
        return
    inner = re.sub(r"[^a-z0-9]", "", of.lower().removeprefix(" ").removeprefix("of"))
    if word not in ("array", "list"):
        set_item(row, word, inner)
    elif found := re.fullmatch(_TYPE, inner):
        set_item(row, found["type"])


def set_item(row: ParameterRow, word: str, form: str = "") -> None:
    """Note the type of an array's items, as a page prints it."""
    row.item_type = "string" if word in _MEDIA else _TYPES.get(word, word)
    if row.item_type == "string":
        medium = form if form in _MEDIA else word if word in _MEDIA else ""
        row.item_format = "base64" if form in ("base64", "byte") else "uri" if medium else None


def nest(rows: Sequence[ParameterRow], sample: Mapping[str, Any]) -> list[ParameterRow]:
    """Return the rows of the table's own level; the others are inside the rows that they belong to."""
    top: list[ParameterRow] = []
    stack: list[_Open] = []
    for index, row in enumerate(rows):
        if parent := _named_parent(row, top, sample):
            parent.items.append(row)
            continue
        while stack and not _belongs(row, stack, sample, rows[index + 1 :]):
            stack.pop()
        values = _inside(stack[-1].values if stack else [sample], row.name)
        (stack[-1].row.items if stack else top).append(row)
        if row.type in CONTAINERS:
            stack.append(_Open(row, _names(values), values))
    for row in top:
        _close(row)
    return top


def _belongs(
    row: ParameterRow, stack: Sequence[_Open], sample: Mapping[str, Any], following: Sequence[ParameterRow]
) -> bool:
    """Return whether a row belongs to the innermost open one."""
    parent = stack[-1]
    if row.depth != parent.row.depth:
        return row.depth > parent.row.depth
    outer = set[str]().union(*(each.inner for each in stack[:-1]), sample)
    if row.name in parent.inner:
        if not parent.row.opens and row.name in outer:
            return False
        return row.name not in outer or row.name not in {item.name for item in parent.row.items}
    if row.name in outer or not parent.row.opens:
        return False
    held = {item.name for item in parent.row.items}
    if row.name in held:
        return False
    # The sample does not know it: it is inside if more rows that are inside follow, and no other row is before them.
    for other in following:
        if other.name in parent.inner and other.name not in held:
            return True
        if other.name in outer:
            break
    is_inside = not parent.inner or not parent.inner <= held
    where = f"the items of {parent.row.name!r}" if parent.row.type == "array" else repr(parent.row.name)
    row.doubt(f"whether it belongs to {where} is not marked; it was taken to be {'inside' if is_inside else 'outside'}")
    return is_inside


def _named_parent(row: ParameterRow, top: Sequence[ParameterRow], sample: Mapping[str, Any]) -> ParameterRow | None:
    """Return the row that the name of another one names, and take it off that name."""
    found = _WITH_PARENT.match(row.name) if row.name not in sample else None
    if found is None:
        return None
    level: Sequence[ParameterRow] = top
    parent: ParameterRow | None = None
    for part in re.sub(r"\[[^\]]*\]", "", found["parent"]).split("."):
        parent = next((each for each in level if each.name == part and each.type in CONTAINERS), None)
        if parent is None:
            return None
        level = parent.items
    row.name = found["name"]
    return parent


def _close(row: ParameterRow) -> None:
    for item in row.items:
        _close(item)
    names = [item.name for item in row.items]
    for name in sorted({name for name in names if names.count(name) > 1}):
        row.doubt(f"{name!r} is among its items twice; the first one counts")
    row.items = [item for index, item in enumerate(row.items) if item.name not in names[:index]]
    if row.opens and not row.items and not row.item_type:
        row.doubt("the page announces the parts of it, but none could be read")


def _inside(values: Sequence[Any], name: str) -> list[Any]:
    """Return what the sample sends under a name in any of `values`, the items of lists one by one."""
    found = [value[name] for value in values if is_mapping(value) and name in value]
    return [inner for value in found for inner in (value if is_list(value) else [value])]


def _names(values: Sequence[Any]) -> set[str]:
    return {str(key) for value in values if is_mapping(value) for key in value}
