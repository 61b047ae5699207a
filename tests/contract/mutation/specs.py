"""Wrong specs: one fact of a model or of the platform is changed, before anything is generated from it.

A spec that only says less is not a mutant, because it is not wrong: without the sample that a page prints as a required
parameter's default, without a default that the spec shows nowhere else, without the longest length of a file, or without a
value of an open list.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from pagewright.specs.spec import Catalog

Change = Callable[[dict[str, Any]], None]

_BOUNDS = ("minimum", "maximum")
_MEDIA = ("image", "video", "audio", "text", "json", "model3d")
#: Roles of parameters that show in the answer. Without that of a text the spec only says less.
_OUTPUT_ROLES = ("format", "base64", "size_preset", "width", "height")


class SpecMutant(NamedTuple):
    """A mutant by name. `slug` is the model whose file is changed, "" for the platform's."""

    name: str
    slug: str
    data: dict[str, Any]


def spec_mutants(catalog: Catalog) -> Iterator[SpecMutant]:
    """Every mutant of every spec."""
    for model in catalog.models:
        for words, change in _model_changes(model.document.data):
            yield _mutant(f"{model.slug}: {words}", model.slug, model.document.data, change)
    if catalog.platform.data["name"] == "Lumen":
        # Its platform is Segmind's.
        return
    for words, change in _platform_changes(dict(catalog.platform.data)):
        yield _mutant(f"platform: {words}", "", dict(catalog.platform.data), change)


def _mutant(name: str, slug: str, data: dict[str, object], change: Change) -> SpecMutant:
    changed = copy.deepcopy(data)
    change(changed)
    assert changed != data, f"{name} changes nothing"
    return SpecMutant(name, slug, changed)


def _put(*path: str | int, value: object) -> Change:
    def change(data: dict[str, object]) -> None:
        place: Any = data
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value

    return change


def _drop(*path: str | int) -> Change:
    def change(data: dict[str, object]) -> None:
        place: Any = data
        for part in path[:-1]:
            place = place[part]
        del place[path[-1]]

    return change


def _model_changes(data: dict[str, Any]) -> Iterator[tuple[str, Change]]:
    for name, schema in data["input"]["properties"].items():
        at = ("input", "properties", name)
        is_length = name in (data["output"].get("duration"), data["output"].get("frames"))
        yield from _bounds(name, schema, at, has_maximum=not is_length)
        yield from _lists(name, schema, at)
        yield from _default(name, schema, at)
        # A spec without the default of base64 means the same.
        is_silent = name in (*data["input"]["required"], data["output"].get("base64"))
        if not is_silent and _shows_default(name, schema, data["example"]):
            yield f"{name} default is gone", _drop(*at, "default")
        yield from _type(name, schema, at)
        required = data["input"]["required"]
        if name in required:
            yield f"{name} is not required", _put("input", "required", value=[one for one in required if one != name])
        else:
            yield f"{name} is required", _put("input", "required", value=[*required, name])
    for call in ("sync", "async"):
        if call in data:
            yield f"{call} path is another", _put(call, "path", value=data[call]["path"] + "x")
            yield f"{call} method is PUT", _put(call, "method", value="PUT")
    if "price_usd" in data:
        yield "price is double", _put("price_usd", value=data["price_usd"] * 2)
        yield "price is gone", _drop("price_usd")
    elif "pricing" not in data:
        yield "price is there", _put("price_usd", value=0.02)
    yield from _output_changes(data["output"], data["input"]["properties"])


def _output_changes(output: dict[str, Any], properties: dict[str, object]) -> Iterator[tuple[str, Change]]:
    if {"width", "height"} <= output.keys():
        yield "output width and height are swapped", _put(
            "output", value={**output, "width": output["height"], "height": output["width"]}
        )
    for role in _OUTPUT_ROLES:
        if role in output:
            yield f"output {role} is gone", _drop("output", role)
    if "format" in output and "prompt" in properties:
        yield "output format is prompt", _put("output", "format", value="prompt")
    if "quality" in output:
        yield "output quality is width", _put("output", "quality", value=output["width"])
    if output["media"] == "image":
        return
    for media in _MEDIA:
        if media != output["media"]:
            yield f"output media is {media}", _put("output", value={"media": media})
    if "api_format" in output:
        for name in ("openai", "anthropic", "gemini"):
            if name != output["api_format"]:
                yield f"output api_format is {name}", _put("output", "api_format", value=name)
    for role in ("duration", "frames", "frame_rate"):
        if role in output and "seed" in properties:
            yield f"output {role} is seed", _put("output", role, value="seed")
    if "frames" in output and "frame_rate" in output:
        swapped = {**output, "frames": output["frame_rate"], "frame_rate": output["frames"]}
        yield "output frames and frame_rate are swapped", _put("output", value=swapped)
    if "schema" in output:
        yield from _schema_changes(output["schema"], ("output", "schema"))


def _schema_changes(schema: dict[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, Change]]:
    """The schema of a JSON answer: another type at each place, and one more key that is required."""
    words = "/".join(at[1:])
    other = "string" if schema["type"] != "string" else "integer"
    yield f"{words} is {other}", _put(*at, value={"type": other})
    if schema["type"] == "object":
        more = {**schema["properties"], "more": {"type": "string"}}
        required = [*schema.get("required", ()), "more"]
        yield f"{words} has one more key", _put(*at, value={**schema, "properties": more, "required": required})
        for name, inner in schema["properties"].items():
            yield from _schema_changes(inner, (*at, "properties", name))
    if schema["type"] == "array":
        yield from _schema_changes(schema["items"], (*at, "items"))


def _shows_default(name: str, schema: dict[str, Any], example: dict[str, object]) -> bool:
    """Return whether the spec shows a parameter's default elsewhere too: only then can its loss be noticed."""
    if "default" not in schema or name == "seed":
        return False
    shown = [*schema.get("enum", ()), *schema.get("x-known-values", ()), *(schema.get(bound) for bound in _BOUNDS)]
    return schema["default"] in shown or (name in example and example[name] == schema["default"])


def _bounds(
    name: str, schema: dict[str, Any], at: tuple[str, ...], *, has_maximum: bool = True
) -> Iterator[tuple[str, Change]]:
    if schema["type"] not in ("integer", "number") or "enum" in schema:
        return
    step: Any = schema.get("multipleOf", 1) if schema["type"] == "integer" else 0.05
    for bound in _BOUNDS:
        if bound not in schema:
            yield f"{name} has a {bound}", _put(*at, bound, value=-1 if bound == "minimum" else 10**6)
            continue
        for sign in (-1, 1):
            value: Any = float(Decimal(str(schema[bound])) + sign * Decimal(str(step)))
            value = int(value) if schema["type"] == "integer" else value
            yield f"{name} {bound} is {value}", _put(*at, bound, value=value)
        if bound == "minimum" or has_maximum:
            yield f"{name} has no {bound}", _drop(*at, bound)
    if "multipleOf" in schema:
        for value in (schema["multipleOf"] * 2, schema["multipleOf"] // 2):
            yield f"{name} multipleOf is {value}", _put(*at, "multipleOf", value=value)
        yield f"{name} has no multipleOf", _drop(*at, "multipleOf")


def _lists(name: str, schema: dict[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, Change]]:
    for keyword in ("enum", "x-known-values"):
        values = schema.get(keyword, [])
        for number, value in enumerate(values):
            others = [*values[:number], *values[number + 1 :]]
            if keyword == "enum":
                yield f"{name} {keyword} lacks {value}", _put(*at, keyword, value=others)
            other = f"{value}x" if isinstance(value, str) else value + 8
            changed = [*values[:number], other, *values[number + 1 :]]
            yield f"{name} {keyword} has {other} for {value}", _put(*at, keyword, value=changed)
        if values:
            more = "one-more" if isinstance(values[0], str) else max(values) * 2
            yield f"{name} {keyword} has {more}", _put(*at, keyword, value=[*values, more])
    if "enum" in schema:
        yield f"{name} has no enum", _drop(*at, "enum")


def _default(name: str, schema: dict[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, Change]]:
    if "default" not in schema:
        return
    value = schema["default"]
    values = schema.get("enum") or schema.get("x-known-values")
    if values:
        other: Any = next(one for one in values if one != value)
    elif isinstance(value, bool):
        other = not value
    elif isinstance(value, str):
        other = f"{value}x"
    else:
        step: Any = schema.get("multipleOf", 1) if schema["type"] == "integer" else 0.5
        other = value + step if value + step <= schema.get("maximum", value + step) else value - step
    yield f"{name} default is {str(other)[:30]!r}", _put(*at, "default", value=other)
    farther: Any = values[-1] if values else "" if isinstance(value, str) else schema.get("minimum", 0)
    if not isinstance(value, bool) and farther not in (value, other):
        yield f"{name} default is {str(farther)[:30]!r}", _put(*at, "default", value=farther)


def _type(name: str, schema: dict[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, Change]]:
    other = {"integer": "number", "number": "integer"}.get(schema["type"])
    if other and "enum" not in schema:
        yield f"{name} is {other}", _put(*at, "type", value=other)
        yield f"{name} is array", _put(*at, "type", value="array")


def _platform_changes(data: dict[str, Any]) -> Iterator[tuple[str, Change]]:
    for status, entry in data["statuses"].items():
        at = ("statuses", status)
        renumbered = {("418" if one == status else one): about for one, about in data["statuses"].items()}
        yield f"status {status} is 418", _put("statuses", value=renumbered)
        yield f"status {status} is gone", _drop(*at)
        yield f"status {status} has another title", _put(*at, "title", value="Something Else")
        other = "text/html" if "media_type" not in entry else "application/json"
        yield f"status {status} comes as {other}", _put(*at, "media_type", value=other)
    for key, header in data["headers"].items():
        yield f"header {key} is {header['name']}-x", _put("headers", key, "name", value=header["name"] + "-x")
        yield f"header {key} is gone", _drop("headers", key)
    if "queue" in data:
        yield from _queue_changes(data["queue"])
    image = "image/png" if data["sync"]["media_type"] != "image/png" else "image/jpeg"
    for key, value in (("path", "/v9/{slug}"), ("media_type", image)):
        yield f"sync {key} is {value}", _put("sync", key, value=value)
    for role, name in _ROLES.items():
        if role in data["roles"]:
            parent, _, old = data["roles"][role]["path"].rpartition("/")
            new = f"{name}s" if name == old else name
            yield f"role {role} is {parent}/{new}", _renamed(old, new, role, parent)
    yield from _body_changes(data["bodies"])
    for name, values in _ASSUMED.items():
        if name in data["assumptions"]:
            assumed = next(value for value in values if value != data["assumptions"][name]["value"])
            yield f"assumption {name} is {assumed}", _put("assumptions", name, "value", value=assumed)
    header = "authorization" if data["auth"]["header"] != "authorization" else "x-api-key"
    yield f"key header is {header}", _put("auth", "header", value=header)
    scheme = "Bearer" if data["auth"].get("scheme") != "Bearer" else "Token"
    yield f"key scheme is {scheme}", _put("auth", "scheme", value=scheme)


#: What a wrong spec calls the parts of bodies, by their roles.
_ROLES = {
    "base64": "picture",
    "error_text": "message",
    "request_id": "id",
    "state": "state",
    "output": "outputs",
    "files": "files",
    "file_url": "href",
    "file_type": "mime_type",
    "file_name": "name",
    "file_size": "bytes",
}
#: Values of assumptions; the first that the spec does not have is the wrong one.
_ASSUMED: dict[str, tuple[Any, ...]] = {
    "failed-charge": (True, False),
    "price": (0.02, 0.03),
    "rate-limit-reset": ("epoch-s", "iso-8601"),
    "retention-start": ("submit", "end"),
    "submit-status": (202, 203),
}


def _renamed(old: str, new: str, role: str, parent: str) -> Change:
    """The part in a role has another name, in all bodies."""

    def rename(schema: dict[str, Any]) -> None:
        parts = schema.get("properties", {})
        for part in parts.values():
            rename(part)
            rename(part.get("items", {}))
        if old in parts:
            schema["properties"] = {new if name == old else name: part for name, part in parts.items()}
            schema["required"] = [new if name == old else name for name in schema.get("required", ())]

    def change(data: dict[str, Any]) -> None:
        data["roles"][role]["path"] = f"{parent}/{new}"
        for body in data["bodies"].values():
            rename(body)

    return change


def _body_changes(bodies: dict[str, Any]) -> Iterator[tuple[str, Change]]:
    """Each part that every answer has, forgotten or of another type; and one that none has."""
    for body, schema in bodies.items():
        at = ("bodies", body)
        for name in schema["required"]:
            parts = {one: about for one, about in schema["properties"].items() if one != name}
            rest = [one for one in schema["required"] if one != name]
            yield f"{body} has no {name}", _put(*at, value={**schema, "properties": parts, "required": rest})
            yield f"{body} {name} is an integer", _put(*at, "properties", name, value={"type": "integer"})
        more = {**schema["properties"], "more": {"type": "string"}}
        required = [*schema["required"], "more"]
        yield f"{body} has one more part", _put(*at, value={**schema, "properties": more, "required": required})


def _queue_changes(queue: dict[str, Any]) -> Iterator[tuple[str, Change]]:
    acceptors = queue["acceptors"]
    at = ("queue", "acceptors")
    for number, acceptor in enumerate(acceptors):
        state, outcome = acceptor["value"], acceptor["outcome"]
        yield f"state {state} is {state}X", _put(*at, number, "value", value=f"{state}X")
        yield f"state {state} comes with 201", _put(*at, number, "http", value=201)
        other = "/state" if acceptor["path"] != "/state" else "/phase"
        yield f"state {state} is at {other}", _put(*at, number, "path", value=other)
        if sum(one["outcome"] == outcome for one in acceptors) > 1:
            yield f"state {state} is gone", _put(*at, value=[one for one in acceptors if one != acceptor])
    pending = [one for one in acceptors if one["outcome"] == "pending"]
    turned = [*pending[::-1], *(one for one in acceptors if one not in pending)]
    yield "pending states are the other way round", _put(*at, value=turned)
    swap = {"done": "failed", "failed": "done"}
    swapped = [{**one, "outcome": swap.get(one["outcome"], one["outcome"])} for one in acceptors]
    yield "done and failed are swapped", _put(*at, value=swapped)
    for key in ("submit_path", "status_path", "result_path"):
        yield f"{key} is another", _put("queue", key, value=f"/v9{queue[key]}")
    for seconds in (-1, 1):
        yield f"retention is {queue['retention_s'] + seconds}", _put(
            "queue", "retention_s", value=queue["retention_s"] + seconds
        )
    envelope = "input" if queue.get("parameters") != "/input" else "parameters"
    yield f"parameters are under {envelope}", _put("queue", "parameters", value=f"/{envelope}")
