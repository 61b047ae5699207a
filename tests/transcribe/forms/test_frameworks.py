"""Pages whose table a script draws: the data that frameworks leave for it, in notations of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any

import pytest

from tests.transcribe.invented import drafted, page

PARAMETERS: list[dict[str, Any]] = [
    {"name": "prompt", "type": "string", "required": True, "description": "What to draw."},
    {"name": "steps", "type": "integer", "required": False, "default": 20, "min": 1, "max": 50},
    {"name": "style", "type": "string", "required": False, "default": "", "enum": ["", "soft", "hard edge"]},
    {"name": "stops", "type": "array", "required": False, "items": {"type": "string"}},
    {
        "name": "areas",
        "type": "array",
        "required": False,
        "items": [{"name": "x", "type": "integer", "required": True, "description": "From the left."}],
    },
]
SAMPLE: dict[str, Any] = {"prompt": "a lamp", "steps": 25, "style": "soft", "areas": [{"x": 5}]}


def shell(data: str) -> str:
    """Return a page as a server sends it, with data where the script will draw."""
    text = page(sample=SAMPLE)
    code = text[text.index("import requests") : text.index("API Endpoint")]
    return (
        f"<!DOCTYPE html><html><body><main><h1>Acme Lantern</h1><p>~3.20s</p><p>~$0.004</p><pre>{code}</pre>"
        f"<p>POST</p><p>https://api.segmind.com/v1/acme-lantern</p></main>{data}</body></html>"
    )


def places(value: Any) -> list[Any]:
    """Write each value once, as Nuxt does, and refer to it by its place."""
    made: list[Any] = []

    def add(part: Any) -> int:
        made.append(None)
        at = len(made) - 1
        if isinstance(part, dict):
            made[at] = {key: add(inner) for key, inner in part.items()}
        elif isinstance(part, list):
            made[at] = [add(inner) for inner in part]
        else:
            made[at] = part
        return at

    add(value)
    return made


def kinds(value: Any) -> list[Any]:
    """Write a kind before each value, as Astro does."""
    if isinstance(value, list):
        return [1, [kinds(inner) for inner in value]]
    return [0, {key: kinds(inner) for key, inner in value.items()} if isinstance(value, dict) else value]


def nuxt(data: Any) -> str:
    return (
        f'<script type="application/json" id="__NUXT_DATA__">{json.dumps(places({"data": {"model": data}}))}</script>'
    )


def sveltekit(data: Any) -> str:
    answer = json.dumps({"status": 200, "body": json.dumps({"model": data})})
    return f'<script type="application/json" data-sveltekit-fetched>{answer}</script>'


def astro(data: Any) -> str:
    properties = escape(json.dumps({"rows": kinds(data)}))
    return f'<astro-island uid="x" component-url="/rows.js" props="{properties}" client="load"></astro-island>'


def inertia(data: Any) -> str:
    return f"<div id=app data-page='{escape(json.dumps({'props': {'rows': data}}), quote=True)}'></div>"


def next_data(data: Any) -> str:
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"rows": data}})}</script>'


@pytest.mark.parametrize("write", [nuxt, sveltekit, astro, inertia, next_data])
def test_data_that_a_framework_leaves_for_its_script(write: Callable[[Any], str]) -> None:
    result = drafted(shell(write(PARAMETERS)))
    properties = result.spec["input"]["properties"]
    assert list(properties) == ["prompt", "steps", "style", "stops", "areas"]
    assert result.spec["input"]["required"] == ["prompt"]
    assert (properties["steps"]["default"], properties["steps"]["maximum"]) == (20, 50)
    assert (properties["style"]["default"], properties["style"]["enum"]) == ("", ["", "soft", "hard edge"])
    assert properties["stops"]["items"] == {"type": "string"}
    assert list(properties["areas"]["items"]["properties"]) == ["x"]


def test_the_fields_of_a_schema_in_a_schema_are_inside_of_it() -> None:
    areas = {"type": "array", "items": {"type": "object", "properties": {"tag": {"type": "string", "title": "Tag"}}}}
    style = {"type": "string", "title": "Style"}
    schema = {"type": "object", "required": ["prompt"], "properties": {"prompt": style, "style": style, "areas": areas}}
    properties = drafted(shell(next_data(schema))).spec["input"]["properties"]
    assert [name for name in properties if name not in ("steps",)] == ["prompt", "style", "areas"]
    assert list(properties["areas"]["items"]["properties"]) == ["tag"]


def test_what_a_component_draws_in_its_shadow_is_read() -> None:
    rows = "".join(
        f"<param-row><template shadowrootmode=open><div><b>{name}</b><i>{kind}</i><u>{flag}</u></div>"
        "<p>What it is.</p></template></param-row>"
        for name, kind, flag in (("prompt", "string", "required"), ("steps", "integer", "optional"))
    )
    drawn = f"<h2>Parameters</h2>{rows}<h2>Response Type</h2><p>Returns: Image</p>"
    assert list(drafted(shell(drawn)).spec["input"]["properties"])[:2] == ["prompt", "steps"]
