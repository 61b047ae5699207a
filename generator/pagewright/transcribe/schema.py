"""A row of the page's table as a parameter's JSON Schema.

Where the row contradicts itself the schema is the reading that lets the page's own default pass, and an erratum says
what the page has instead. Lists get no errata: a default that is missing from its list is one of the values all the
same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..specs.pointers import parameter_pointer, tokens
from ..specs.spec import ABSENT
from ..specs.values import among, is_a, is_list
from ..specs.violations import number_in
from .pages.rows import ParameterRow
from .review import Notes

_NUMERIC = ("integer", "number")


def schema_of(row: ParameterRow, sample: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Return the JSON Schema of a row, and add its doubts and errata to `notes`."""
    pointer = parameter_pointer(row.name)
    for doubt in row.doubts:
        notes.review(doubt.offset, doubt.message, pointer)
    if not row.whole:
        notes.review(row.offset, f"{row.name}: the page ends in this row; there may be more to it", pointer)
    schema: dict[str, Any] = {"type": row.type}
    if row.format and row.type == "string":
        schema["format"] = row.format
    if row.description:
        schema["description"] = row.description
    _default(row, schema, sample, notes)
    _values(row, schema, notes)
    _bounds(row, schema, notes)
    if row.type in ("array", "object"):
        _inner(row, schema, sample, notes)
    return schema


def schema_of_value(name: str, value: Any, notes: Notes, offset: int) -> dict[str, Any]:
    """Return the JSON Schema of a parameter that only the sample shows, with the type of its value there."""
    notes.review(offset, f"{name}: known from the sample alone; its type is a guess", parameter_pointer(name))
    return {"type": _kind_of(value)}


def is_number_as_text(kind: str, value: Any) -> bool:
    """Return whether a sample sends a number as text.

    >>> is_number_as_text("integer", "14"), is_number_as_text("integer", 14), is_number_as_text("integer", "14.5")
    (True, False, False)
    """
    return kind in _NUMERIC and isinstance(value, str) and number_in(value, kind) is not None


def _inner(row: ParameterRow, schema: dict[str, Any], sample: Mapping[str, Any], notes: Notes) -> None:
    """Add what an array's items or an object's fields are. What is said of them is noted at the parameter itself."""
    if row.items:
        inside = Notes(notes.page, notes.page_name)
        fields: dict[str, Any] = {"type": "object"}
        if required := [item.name for item in row.items if item.required]:
            fields["required"] = required
        fields["properties"] = {item.name: schema_of(item, {}, inside) for item in row.items}
        sign = "[]" if row.type == "array" else ""
        for review in inside.reviews:
            message = f"{row.name}{sign}.{review.message}"
            notes.reviews.append(replace(review, message=message, pointer=parameter_pointer(row.name)))
        for erratum in inside.errata:
            name = tokens(erratum["at"])[2]
            notes.review(row.offset, f"{row.name}{sign}.{name}: {erratum['why']}", parameter_pointer(row.name))
        if row.type == "array":
            schema["items"] = fields
        else:
            schema |= fields
        return
    if row.type == "array" and row.item_type:
        schema["items"] = {"type": row.item_type, **({"format": row.item_format} if row.item_format else {})}
    elif row.type == "array" and (written := _items_sent(sample.get(row.name))):
        message = f"{row.name}: only the sample shows what its items are; if all are so, write items: {written}"
        notes.review(row.offset, message, parameter_pointer(row.name))


def _items_sent(sent: Any) -> str:
    """Return what the items of a list in the sample are, as YAML: text of one type each; "" if that is not clear."""
    items: list[Any] = list(sent) if is_list(sent) else []
    kinds = {_kind_of(item) for item in items}
    if kinds == {"object"}:
        names = [name for name in items[0] if len({_kind_of(item.get(name)) for item in items}) == 1]
        fields = [f"{name}: {{type: {_kind_of(items[0][name])}}}" for name in names]
        return f"{{type: object, required: [{', '.join(names)}], properties: {{{', '.join(fields)}}}}}"
    return f"{{type: {kinds.pop()}}}" if len(kinds) == 1 and None not in items else ""


def _kind_of(value: Any) -> str:
    """Return the JSON type of a value in a sample; null, which a sample sends for a text that is left out, is a string."""
    kinds = ("boolean", "integer", "number", "array", "object")
    return next((kind for kind in kinds if is_a(kind, value)), "string")


def _default(row: ParameterRow, schema: dict[str, Any], sample: Mapping[str, Any], notes: Notes) -> None:
    if row.default is ABSENT:
        return
    place = f"{parameter_pointer(row.name)}/default"
    if row.name == "seed" and row.default == sample.get(row.name) and row.default not in (-1, 0, None):
        why = "The sample's seed printed as a default; a service that drew every picture from one seed would be no use."
        notes.erratum(place, row.default, None, why, "inferred")
        return
    schema["default"] = row.default
    if row.required:
        notes.erratum(place, row.default, row.default, "A required parameter that carries a default.")
    if row.default is not None and not is_a(row.type, row.default):
        why = f"The default is not of the parameter's own type, {row.type}."
        notes.erratum(place, row.default, row.default, why)
        notes.review(row.offset, f"{row.name}: {why[0].lower()}{why[1:]}", parameter_pointer(row.name))


def _values(row: ParameterRow, schema: dict[str, Any], notes: Notes) -> None:
    if row.values is None:
        return
    pointer = parameter_pointer(row.name)
    shown: list[Any] = []
    for value in row.values:
        if value is None or isinstance(value, (list, dict)) or among(value, shown):
            notes.review(row.offset, f"{row.name}: {value!r} in its list twice, or no value at all; left out", pointer)
        else:
            shown.append(value)
    if any(not is_a(row.type, value) for value in shown):
        notes.review(row.offset, f"{row.name}: its list holds values that are not of its type, {row.type}", pointer)
    cut = not shown or (row.total is not None and row.total > len(shown)) or not row.whole
    fits = row.default is not ABSENT and row.default is not None and is_a(row.type, row.default)
    if fits and not among(row.default, shown):
        if shown and not cut:
            notes.review(
                row.offset, f"{row.name}: the default {row.default!r} is not in the list; it was added", pointer
            )
        shown.append(row.default)
    if shown:
        schema["x-known-values" if cut else "enum"] = shown
        if row.total is not None:
            schema["x-known-total"] = row.total
            if row.total < len(row.values):
                notes.review(row.offset, f"{row.name}: it shows more values than it says there are", pointer)
                schema["x-known-total"] = len(shown)


def _bounds(row: ParameterRow, schema: dict[str, Any], notes: Notes) -> None:
    """Add the bounds. A default outside its own range widens the range, since the page can't forbid what it sends."""
    low, high = row.minimum, row.maximum
    pointer = parameter_pointer(row.name)
    if low is None and high is None:
        return
    values = schema.get("enum", schema.get("x-known-values", []))
    if row.type not in _NUMERIC or any(not _within(low, value, high) for value in values):
        notes.review(row.offset, f"{row.name}: its range {low} to {high} fits neither its type nor its values", pointer)
        return
    if low is not None and high is not None and low > high:
        low, high = high, low
        for keyword, documented, used in (("minimum", high, low), ("maximum", low, high)):
            notes.erratum(
                f"{pointer}/{keyword}", documented, used, "The page prints the two bounds the wrong way round."
            )
        notes.review(row.offset, f"{row.name}: the lower bound is above the upper one", pointer)
    default = schema.get("default")
    for keyword, bound, side in (("minimum", low, -1), ("maximum", high, 1)):
        if bound is None:
            continue
        schema[keyword] = bound
        if isinstance(default, (int, float)) and is_a("number", default) and (default - bound) * side > 0:
            schema[keyword] = default
            why = "The page's own default is outside of the range that it prints."
            notes.erratum(f"{pointer}/{keyword}", bound, default, why)
            notes.review(row.offset, f"{row.name}: default {default} is outside of {keyword} {bound}", pointer)


def _within(low: float | None, value: Any, high: float | None) -> bool:
    if isinstance(value, (int, float)):
        return (low is None or low <= value) and (high is None or value <= high)
    return False
