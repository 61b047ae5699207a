"""Data for scripts inside a page: JSON islands, Next.js's page data and streamed React elements.

They are a second witness of what the page shows. Where the page shows no parameters, because a script would have drawn
them, they stand in for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from ...specs.values import is_list, is_mapping
from .document import Document, Unit, Witness
from .revived import revived
from .scripts import Script

_PUSH = re.compile(r"__next_f\.push\(\s*(?=\[)")
_ASSIGNED = re.compile(r"(?:window\.|self\.|globalThis\.)?__?[A-Za-z_]{3,60}\s*=\s*(?=[\[{])")
_RSC_ROW = re.compile(r"([0-9a-f]{1,8}):(?=[\[{\"])")
_MOST_NODES = 200_000
_DEEPEST = 60
_SHORTEST = 40
_NAMES = ("name", "key", "field", "parameter", "param", "id", "slug", "title")
_TYPES = ("type", "data_type", "dataType", "datatype", "kind", "valueType")
_KNOWN = re.compile(
    r"(?:string|str|integer|int|number|float|double|boolean|bool|array|list|object|dict|enum|file|image|video|audio|select|text)"
    r"(?:\[\]|\b.{0,20})\Z",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z_$][\w.$-]{0,99}\Z")
_SHOWS_TYPES = re.compile(r"(?:string|integer|number|boolean|array|object|str|int|float|bool)\b", re.IGNORECASE)
_KEYS = {
    "default": ("default", "default_value", "defaultValue", "initial"),
    "minimum": ("minimum", "min", "ge", "gte"),
    "maximum": ("maximum", "max", "le", "lte"),
    "values": ("enum", "options", "choices", "values", "allowed_values", "allowedValues"),
    "format": ("format",),
    "required": ("required", "is_required", "isRequired"),
    "description": ("description", "desc", "help", "details"),
}


def read_islands(document: Document, scripts: list[Script], draw: Callable[[str], list[Unit]]) -> None:
    """Add to `document` what the data in its scripts says of parameters; `draw` gives the units of HTML."""
    data = [found for script in scripts for found in _data_of(script)]
    data += _rows_of_stream("".join(piece for script in scripts for piece in _streamed(script.body)))
    described: list[dict[str, Any]] = []
    strings: list[str] = []
    trees: list[Any] = []
    for value in data:
        _collect(value, described, strings, trees)
    unique = {facts["name"]: facts for facts in reversed(described)}
    for facts in reversed(list(unique.values())):
        document.witnesses.append(Witness(facts["name"], "the page's data for scripts", facts.get("values"), facts))
    if _shows_parameters(document.units):
        return
    if trees and (units := _units_of_trees(trees, draw)) and _shows_parameters(units):
        document.units += units
    elif described:
        document.units += [unit for text in strings if (unit := _unit_of(text))]
        document.units.append(Unit(["Parameters"], "heading", 2, glued="line"))
        for facts in reversed(list(unique.values())):
            document.units += [Unit([text], path="data", glued="line") for text in unit_texts(facts)]
    else:
        return
    document.notes.append("the parameters are not shown on the page; they were read from its data for scripts")


def unit_texts(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts that a page would show of a parameter."""
    yield str(facts["name"])
    if "required" in facts:
        yield "optional" if facts["required"] in (False, None, "false", "0", 0) else "required"
    kind, format = str(facts["type"]), facts.get("format")
    yield f"{kind} ({format})" if format in ("uri", "url", "base64", "image") and "(" not in kind else kind
    if facts.get("description"):
        yield str(facts["description"])
    for key, label in (("default", "Default"), ("min", "Min"), ("minimum", "Min"), ("max", "Max"), ("maximum", "Max")):
        value = facts.get(key)
        if value is not None and (value != "" or key == "default"):
            is_text = isinstance(value, str) and str(facts["type"]).startswith(("str", "enum"))
            quoted = is_text and len(value) > 1 and value[0] == value[-1] == '"'
            yield f"{label}: {json.dumps(value) if not isinstance(value, str) or (is_text and not quoted) else value}"
    values = facts.get("values") or facts.get("enum") or facts.get("options")
    if isinstance(values, str) and values.startswith("["):
        try:
            values = json.loads(values)
        except ValueError:
            values = [values]
    if values:
        values = values if isinstance(values, list) else [value.strip() for value in str(values).split(",")]
        yield f"Allowed values: {', '.join(json.dumps(value, ensure_ascii=False) for value in values)}"


def _shows_parameters(units: list[Unit]) -> bool:
    return (
        sum(1 for unit in units if len(unit.text) < 60 and unit.kind != "code" and _SHOWS_TYPES.search(unit.text)) > 1
    )


def _unit_of(text: str) -> Unit | None:
    if "\n" in text and "://" in text:
        return Unit([text], "code", glued="line")
    return Unit([text], path="data", glued="line") if "://" in text and " " not in text and len(text) < 500 else None


def _data_of(script: Script) -> Iterator[Any]:
    attributes = script.attributes.lower()
    body = script.body
    if "json" in attributes and "importmap" not in attributes:
        yield from map(revived, _parsed(body.strip().removeprefix("<!--").removesuffix("-->")))
        return
    if _PUSH.search(body):
        return
    for assigned in list(_ASSIGNED.finditer(body))[:20]:
        try:
            yield json.JSONDecoder().raw_decode(body, assigned.end())[0]
        except (ValueError, RecursionError):
            continue


def _parsed(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        return


def _streamed(body: str) -> Iterator[str]:
    """Yield the pieces of a payload that a page receives while it is shown."""
    decoder = json.JSONDecoder()
    for push in _PUSH.finditer(body):
        try:
            piece = decoder.raw_decode(body, push.end())[0]
        except (ValueError, RecursionError):
            continue
        if is_list(piece) and len(piece) > 1 and isinstance(piece[1], str):
            yield piece[1]


def _rows_of_stream(stream: str) -> Iterator[Any]:
    """Yield the values of a payload: rows of an identifier, a colon and JSON."""
    decoder = json.JSONDecoder()
    at = 0
    while row := _RSC_ROW.search(stream, at):
        try:
            value, at = decoder.raw_decode(stream, row.end())
        except (ValueError, RecursionError):
            at = row.end()
            continue
        yield value


def _collect(root: Any, described: list[dict[str, Any]], strings: list[str], trees: list[Any]) -> None:
    """Go through data without recursion and keep parameters, texts and React elements."""
    pending: list[tuple[Any, str]] = [(root, "")]
    count = 0
    while pending and count < _MOST_NODES:
        value, around = pending.pop()
        count += 1
        if is_mapping(value):
            found = list(_parameters_of(value))
            described += [{**facts, "name": around + facts["name"]} for facts in found]
            pending += reversed(_inside(value, found, around))
        elif is_list(value):
            if len(value) == 4 and value[0] == "$" and is_mapping(value[3]):
                trees.append(value)
            pending += reversed([(item, around) for item in value])
        elif isinstance(value, str):
            strings.append(value)
            if len(value) > _SHORTEST and value[:1] in "{[":
                # SvelteKit and others keep an answer as they received it.
                pending += [(inner, around) for inner in _parsed(value)]


def _inside(value: Mapping[str, Any], found: list[dict[str, Any]], around: str) -> list[tuple[Any, str]]:
    """Return the values in a mapping, each with what stands before the names of parameters inside of it."""
    properties = value.get("properties")
    if found and is_mapping(properties):
        inner: list[tuple[Any, str]] = [(item, around) for key, item in value.items() if key != "properties"]
        for name, schema in properties.items():
            if is_mapping(schema):
                inner += [
                    (schema.get("items"), f"{around}{name}[]."),
                    ({"properties": schema.get("properties")}, f"{around}{name}."),
                ]
        return inner
    if len(found) == 1 and re.match(r"array|list|object|dict|.*\[\]", found[0]["type"], re.IGNORECASE):
        around = f"{around}{found[0]['name']}{'.' if found[0]['type'][:1] in 'oOdD' else '[].'}"
    return [(item, around) for item in value.values()]


def _parameters_of(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a parameter's facts, if `value` describes one, or those of a JSON Schema's properties."""
    properties = value.get("properties")
    if is_mapping(properties) and properties:
        required = value.get("required")
        for name, schema in properties.items():
            if is_mapping(schema) and isinstance(schema.get("type"), str) and _NAME.match(name):
                yield _facts(
                    name,
                    schema["type"],
                    {**schema, "required": name in required if is_list(required) else False},
                )
        return
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str) and _NAME.match(value[key])), None)
    kind = next((value[key] for key in _TYPES if isinstance(value.get(key), str) and _KNOWN.match(value[key])), None)
    schema = value.get("schema")
    if name and kind is None and is_mapping(schema) and isinstance(schema.get("type"), str):
        yield _facts(
            name, schema["type"], {**schema, **{key: value[key] for key in ("required", "description") if key in value}}
        )
    elif name and kind and len(value) > 2:
        yield _facts(name, kind, value)


def _facts(name: str, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": name, "type": kind}
    item = value.get("items")
    if kind == "array" and is_mapping(item) and item.get("type") in ("string", "integer", "number", "object"):
        facts["type"] = f"{item['type']}[]"
    for key, others in _KEYS.items():
        found = next((value[other] for other in others if other in value), None)
        if key == "values" and is_list(found):
            found = [item.get("value", item.get("label")) if is_mapping(item) else item for item in found]
        if found is not None and (key != "values" or is_list(found)):
            facts[key] = found
    return facts


def _units_of_trees(trees: list[Any], draw: Callable[[str], list[Unit]]) -> list[Unit]:
    """Return the units of React elements, drawn as the HTML that they stand for."""
    markup: list[str] = []
    _draw(trees[0], markup)
    return draw("".join(markup))


def _draw(root: Any, markup: list[str]) -> None:
    pending: list[tuple[Any, int]] = [(root, 0)]
    while pending and len(markup) < _MOST_NODES:
        value, depth = pending.pop()
        if isinstance(value, _Closing):
            markup.append(f"</{value}>")
        elif isinstance(value, str):
            markup.append("" if value.startswith("$") and len(value) < 12 else escape(value.removeprefix("$$")))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            markup.append(str(value))
        elif is_list(value) and depth < _DEEPEST:
            if len(value) == 4 and value[0] == "$" and is_mapping(value[3]):
                tag = value[1] if isinstance(value[1], str) and re.fullmatch("[a-z][a-z0-9]{0,12}", value[1]) else "div"
                markup.append(f"<{tag}>")
                pending.append((_Closing(tag), depth))
                pending.append((value[3].get("children"), depth + 1))
            else:
                pending += [(item, depth + 1) for item in reversed(value)]


class _Closing(str):
    """The end of an element that was begun."""
