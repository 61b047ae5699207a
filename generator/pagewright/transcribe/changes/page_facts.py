"""The facts of a page, or of a spec, as one flat record: a JSON value by JSON pointer.

A pointer is that of the fact in a model's spec where it has one. Facts about the provider are below `/platform`. A list
of values is under `values`, whichever keyword a spec keeps it in. Latency and the sample's free texts are not facts:
they differ with each capture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...specs.pointers import parameter_pointer, token, tokens
from ...specs.spec import ABSENT, Model
from ...specs.values import is_mapping, same
from ..pages.read_page import PageContent
from ..pages.rows import ParameterRow
from ..service import Service
from ..values.literals import CUT_OFF
from .rules import rule_facts
from .service_facts import service_facts

LISTS = ("enum", "x-known-values")
#: Stands for a default that is the sample's own text.
SAMPLE_TEXT = "prints-sample"
_LONG = 40
#: Keywords of what is inside of an array or an object that pages state.
_STATED = frozenset({"type", "format", "default", "minimum", "maximum", "x-known-total", *LISTS})


def facts_of_page(reading: PageContent, service: Service) -> dict[str, Any]:
    """Return the facts that a page states; those that it does not state are left out."""
    facts = reading.facts
    said: dict[str, Any] = {"/slug": facts.slug, "/title": facts.title}
    shown = {"sync": facts.sync_shown, "async": facts.async_shown}
    said |= {at: path for at, path in printed_paths(reading).items() if shown[tokens(at)[0]]}
    if facts.price_usd is not None:
        said["/price_usd"] = facts.price_usd
    if facts.pricing:
        said["/pricing"] = facts.pricing
    if facts.returns:
        said["/responses/returns"] = facts.returns
    said |= {f"/responses/statuses/{status}": title for status, title in facts.statuses.items()}
    if facts.states:
        said["/responses/states"] = facts.states
    texts = free_texts(reading)
    for row in reading.rows:
        said |= _row_facts(row, reading.sample.values.get(row.name, ABSENT), row.name in texts)
    for name, value in reading.sample.values.items():
        call = reading.sample.calls.get(name)
        if call and call.name == CUT_OFF:
            # A text that a print cut off at its margin is a long one.
            said[f"/example/{token(name)}"] = SAMPLE_TEXT
        elif call is None or call.argument is not None:
            said[f"/example/{token(name)}"] = SAMPLE_TEXT if name in texts else value
    return said | service_facts(reading, service) | rule_facts(reading)


def _row_facts(row: ParameterRow, sent: Any, is_text: bool) -> dict[str, Any]:
    at = parameter_pointer(row.name)
    said = {f"{at}/{key}": value for key, value in _stated(row).items()}
    if fields := fields_of_row(row):
        said[f"{at}/items"] = fields
    if row.default is not ABSENT:
        printed = is_text and row.required and isinstance(row.default, str) and row.default == sent
        said[f"{at}/{SAMPLE_TEXT if printed else 'default'}"] = True if printed else row.default
    return said


def _stated(row: ParameterRow) -> dict[str, Any]:
    """Return what a row states by keyword, but for its default."""
    optional = {
        "format": row.format,
        "minimum": row.minimum,
        "maximum": row.maximum,
        "values": row.values,
        "x-known-total": row.total,
    }
    said: dict[str, Any] = {"type": row.type, "required": row.required}
    return said | {key: value for key, value in optional.items() if value is not None}


def fields_of_row(row: ParameterRow, before: str = "") -> dict[str, dict[str, Any]]:
    """Return the facts of what is inside of an array or object, by dotted name; `[]` is an item without fields."""
    fields: dict[str, dict[str, Any]] = {}
    for item in row.items:
        default = {} if item.default is ABSENT else {"default": item.default}
        fields[f"{before}{item.name}"] = _stated(item) | default
        fields |= fields_of_row(item, f"{before}{item.name}.")
    return fields or ({f"{before}[]": {"type": row.item_type}} if row.type == "array" and row.item_type else {})


def _fields_of_schema(schema: Mapping[str, Any], before: str = "") -> dict[str, dict[str, Any]]:
    inner = schema.get("items") if is_mapping(schema.get("items")) else schema
    fields: dict[str, dict[str, Any]] = {}
    if is_mapping(inner) and is_mapping(inner.get("properties")):
        for name, field in inner["properties"].items():
            stated = {"values" if key in LISTS else key: value for key, value in field.items() if key in _STATED}
            fields[f"{before}{name}"] = stated | {"required": name in inner.get("required", ())}
            fields |= _fields_of_schema(field, f"{before}{name}.")
    elif is_mapping(inner) and inner is not schema and "type" in inner:
        fields[f"{before}[]"] = {"type": str(inner["type"])}
    return fields


def free_texts(reading: PageContent) -> set[str]:
    """Return the names of the parameters to which the sample sends a free text, such as a prompt."""
    rows = {row.name: row for row in reading.rows}
    return {name for name, value in reading.sample.values.items() if _is_text(value, rows.get(name))}


def _is_text(value: Any, row: ParameterRow | None) -> bool:
    if not isinstance(value, str):
        return False
    if row is None:
        return " " in value.strip() or len(value) > _LONG
    return row.type == "string" and row.values is None


def printed_paths(reading: PageContent) -> dict[str, str]:
    """Return the paths of a model's calls, printed or inferred."""
    paths = {"/sync/path": reading.facts.sync_path, "/async/path": reading.facts.async_path}
    return {at: path for at, path in paths.items() if path}


def facts_of_spec(model: Model) -> dict[str, Any]:
    """Return the facts of a spec, in the form of those of its pages."""
    data = model.document.data
    said: dict[str, Any] = {
        key: data[key[1:]] for key in ("/slug", "/title", "/price_usd", "/pricing") if key[1:] in data
    }
    for key in ("sync", "async"):
        if key in data:
            said[f"/{key}/path"] = data[key]["path"]
    responses: Mapping[str, Any] = data.get("responses", {})
    said |= {f"/responses/{key}": responses[key] for key in ("returns", "states") if key in responses}
    said |= {f"/responses/statuses/{status}": title for status, title in responses.get("statuses", {}).items()}
    for parameter in model.parameters:
        said[f"{parameter.pointer}/required"] = parameter.required
        for key, value in parameter.schema.items():
            if key not in ("description", "items", "properties", "required", "x-accepts", "x-accepts-text"):
                said[f"{parameter.pointer}/{'values' if key in LISTS else key}"] = value
        if fields := _fields_of_schema(parameter.schema):
            said[f"{parameter.pointer}/items"] = fields
    for name, value in model.example.items():
        sent = model.parameter(name)
        text = isinstance(value, str) and (
            sent.type == "string" and not (sent.enum or sent.known_values)
            if sent
            else " " in value.strip() or len(value) > _LONG
        )
        said[f"/example/{token(name)}"] = SAMPLE_TEXT if text else value
    return said


def line_of(reading: PageContent, at: str) -> int | None:
    """Return the line of the page that states the fact at `at`, if it is known."""
    parts = tokens(at)
    row = next((row for row in reading.rows if parts[:2] == ["input", "properties"] and row.name == parts[2]), None)
    if row:
        return reading.page.place(row.offset)[0]
    if parts[:1] == ["example"] and reading.sample.found:
        found = re.compile(rf"[\"']?{re.escape(parts[1])}[\"']?\s*[:=]").search(
            reading.page.code, reading.sample.offset
        )
        return reading.page.place(found.start() if found else reading.sample.offset)[0]
    return None


def is_same(one: Any, other: Any) -> bool:
    """Return whether two facts are the same. Lists of names that have no order are compared as sets."""
    return same(one, other)
