"""The place of a fact on a documentation page: its section and row. A line number would be wrong after each edit above it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

#: Keywords of a parameter, as the labels of a page call them. Others have the same name there.
_LABELS = {
    "enum": "allowed values",
    "x-known-values": "known values",
    "multipleOf": "step",
    "minLength": "minimum length",
    "maxLength": "maximum length",
    "minItems": "minimum number of items",
    "maxItems": "maximum number of items",
    "exclusiveMinimum": "lower limit, itself excluded,",
    "exclusiveMaximum": "upper limit, itself excluded,",
}
#: Other facts by the beginning of their pointer.
_SECTIONS = {
    "/price_usd": "the price",
    "/output": "the response type",
    "/sync": "the response type",
    "/example": "the sample",
}
_LONGEST = 60


_NONE: Mapping[str, Any] = MappingProxyType({})


def place_on_page(pointer: str, parameters: Mapping[str, Mapping[str, Any]] = _NONE) -> str:
    """Return the section and row of a page that state the fact at `pointer` of a spec; "" if no row does.

    `parameters` are the schemas of parameters by name, for what a row says.

    >>> place_on_page("/input/properties/samples/maximum", {"samples": {"type": "integer", "maximum": 4}})
    'parameter samples, maximum 4'
    >>> place_on_page("/statuses/401/title")
    'row 401 of the error codes'
    """
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    if parts[:2] == ["input", "properties"] and len(parts) > 2:
        return f"parameter {parts[2]}" + (
            f", {_statement(parts[3], parameters.get(parts[2], _NONE))}" if len(parts) > 3 else ""
        )
    if parts[:1] == ["statuses"]:
        return f"row {parts[1]} of the error codes" if len(parts) > 1 else "the error codes"
    return _SECTIONS.get(f"/{parts[0]}" if parts else "", "")


def _statement(keyword: str, schema: Mapping[str, Any]) -> str:
    """Return what a row states, as `maximum 4`."""
    label = _LABELS.get(keyword, keyword)
    if keyword not in schema:
        return label
    stated = schema[keyword]
    text = json.dumps(stated)
    if isinstance(stated, list):
        text = text[1:-1]
    return f"{label} {text[:_LONGEST]}{'…' if len(text) > _LONGEST else ''}"
