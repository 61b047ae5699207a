"""Rows of an array's items belong to the array, in text and in markup, and items keep their type."""

from __future__ import annotations

from typing import Any

import pytest

from pagewright.transcribe.draft import Draft
from tests.transcribe.invented import drafted, page, reviews_of, row

ROLE = row("role", "string", 'Who wrote it.\n\nAllowed values :\n"system""user"', "required")
CONTENT = row("content", "string", "What was written.", "required")
TEMPERATURE = row("temperature", "number", "How free.\n\nDefault: 1Range: 0 - 2")
MESSAGES = row("messages", "array", "The chat so far.\n\nArray items:", "required").rstrip() + "\n"
SAMPLE: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}], "temperature": 0.5}


def chat(*rows: str, sample: dict[str, object] | None = None) -> str:
    return page(*rows, title="Acme Parrot Chat", slug="acme-parrot", returns="Text/JSON", sample=sample or SAMPLE)


def properties(result: Draft) -> dict[str, Any]:
    found: dict[str, Any] = result.spec["input"]["properties"]
    return found


def test_rows_below_array_items_belong_to_the_array() -> None:
    result = drafted(chat(MESSAGES, ROLE, CONTENT, TEMPERATURE))
    assert result.reviews == []
    assert result.spec["input"]["required"] == ["messages"]
    assert list(properties(result)) == ["messages", "temperature"]
    assert properties(result)["messages"] == {
        "type": "array",
        "description": "The chat so far.",
        "items": {
            "type": "object",
            "required": ["role", "content"],
            "properties": {
                "role": {"type": "string", "description": "Who wrote it.", "enum": ["system", "user"]},
                "content": {"type": "string", "description": "What was written."},
            },
        },
    }


def test_rows_of_items_are_found_without_line_breaks() -> None:
    rows = (MESSAGES + ROLE + CONTENT + TEMPERATURE).replace("\n\n", " ").replace("\n", "")
    result = drafted(chat(rows + "\n"))
    assert list(properties(result)) == ["messages", "temperature"]
    assert list(properties(result)["messages"]["items"]["properties"]) == ["role", "content"]


@pytest.mark.parametrize("line", ["Array items:", "Array Items", "Items:", "Each item has:", "Item properties:"])
def test_lines_that_announce_the_items_of_an_array(line: str) -> None:
    result = drafted(chat(MESSAGES.replace("Array items:", line), ROLE, CONTENT, TEMPERATURE))
    assert list(properties(result)["messages"]["items"]["properties"]) == ["role", "content"]
    assert "items" not in properties(result)["messages"]["description"].lower()


def test_items_in_items_and_fields_of_an_object() -> None:
    sample = {
        "messages": [{"role": "user", "parts": [{"text": "Hello", "weight": 1}]}],
        "style": {"tone": "dry"},
        "temperature": 0.5,
    }
    parts = row("parts", "array", "What was written.\n\nArray items:", "required").rstrip() + "\n"
    style = row("style", "object", "How it is written.\n\nProperties:").rstrip() + "\n"
    rows = (
        MESSAGES,
        ROLE,
        parts,
        row("text", "string"),
        row("weight", "integer"),
        style,
        row("tone", "string"),
        TEMPERATURE,
    )
    result = drafted(chat(*rows, sample=sample))
    found = properties(result)
    assert list(found) == ["messages", "style", "temperature"]
    inner = found["messages"]["items"]["properties"]
    assert list(inner) == ["role", "parts"]
    assert list(inner["parts"]["items"]["properties"]) == ["text", "weight"]
    assert list(found["style"]["properties"]) == ["tone"]
    assert result.reviews == []


def test_a_name_that_the_items_and_the_model_share() -> None:
    sample = {"shots": [{"prompt": "a lamp", "duration": 2}], "duration": 9, "prompt": "a room"}
    shots = row("shots", "array", "The shots.\n\nArray items:", "required").rstrip() + "\n"
    rows = (
        shots,
        row("prompt", "string"),
        row("duration", "integer"),
        row("duration", "integer"),
        row("prompt", "string"),
    )
    result = drafted(page(*rows, title="Acme Reel Text to Video", slug="acme-reel", returns="Video", sample=sample))
    assert list(properties(result)) == ["shots", "duration", "prompt"]
    assert list(properties(result)["shots"]["items"]["properties"]) == ["prompt", "duration"]


def test_a_row_that_the_sample_does_not_know() -> None:
    """Between two rows of the items it is one of them; after the last it may be either, and a review says so."""
    rows = (MESSAGES, ROLE, row("name", "string"), CONTENT, row("seed", "integer"), TEMPERATURE)
    result = drafted(chat(*rows))
    assert list(properties(result)) == ["messages", "seed", "temperature"]
    assert list(properties(result)["messages"]["items"]["properties"]) == ["role", "name", "content"]
    assert reviews_of(result) == [
        "seed: whether it belongs to the items of 'messages' is not marked; it was taken to be outside"
    ]


def test_items_that_the_sample_does_not_send() -> None:
    rows = (MESSAGES, ROLE, CONTENT, TEMPERATURE)
    result = drafted(chat(*rows, sample={"temperature": 1}))
    assert list(properties(result)) == ["messages", "temperature"]
    assert any("messages[].role: whether it belongs" in message for message in reviews_of(result))


def test_doubts_about_items_are_at_the_array() -> None:
    strange = row("role", "string", "Who wrote it.\n\nFoo: 12", "required")
    result = drafted(chat(MESSAGES, strange, CONTENT, TEMPERATURE))
    assert reviews_of(result, "/input/properties/messages") == [
        "messages[].role: its description holds 'Foo: 12', which no reader took for a fact"
    ]


@pytest.mark.parametrize("name", ["messages[].role", "messages[0].role", "messages.role"])
def test_names_that_say_where_they_belong(name: str) -> None:
    rows = (row("messages", "array", "The chat.", "required"), row(name, "string", flag="required"), TEMPERATURE)
    result = drafted(chat(*rows))
    assert list(properties(result)) == ["messages", "temperature"]
    assert properties(result)["messages"]["items"]["required"] == ["role"]


@pytest.mark.parametrize(
    ("kind", "items"),
    [
        ("string[]", {"type": "string"}),
        ("integer[]", {"type": "integer"}),
        ("array<string>", {"type": "string"}),
        ("array of strings", {"type": "string"}),
        ("array (string)", {"type": "string"}),
        ("array (uri)", {"type": "string", "format": "uri"}),
        ("array\n\nThe stops.\n\nArray items:\nstring (uri)", {"type": "string", "format": "uri"}),
        ("array\n\nThe stops.\n\nArray items: number", {"type": "number"}),
        ("array", None),
    ],
)
def test_an_array_keeps_the_type_of_its_items(kind: str, items: dict[str, str] | None) -> None:
    result = drafted(page(row("prompt", "string", flag="required"), row("stop", kind, "")))
    assert properties(result)["stop"]["type"] == "array"
    assert properties(result)["stop"].get("items") == items
    assert result.reviews == []


def test_items_that_are_announced_but_not_there() -> None:
    result = drafted(chat(MESSAGES, TEMPERATURE))
    assert "messages: the page announces the parts of it, but none could be read" in reviews_of(result)


HTML = """<!doctype html><title>x</title><h1>Acme Parrot Chat Serverless API</h1><p>Answers.</p>
<pre>url = "https://api.segmind.com/v1/acme-parrot"
data = {"messages": [{"role": "user", "content": "Hello"}], "temperature": 0.5}</pre><h2>Parameters</h2>
<section><div><b>messages</b><i>required</i></div><div>array</div><p>The chat so far.</p>%s</section>
<section><div><b>temperature</b><i>optional</i></div><div>number</div><p>How free.</p><span>Default: 1</span></section>
<h2>Response Type</h2><p>Returns: Text/JSON</p><h2>Common Error Codes</h2><p>504</p><p>Timeout</p><p>Too slow.</p>"""
FIELD = "<section><div><b>{0}</b><i>required</i></div><div>string</div><p>About {0}.</p></section>"


@pytest.mark.parametrize(
    "items",
    [
        "<div><p>Array items:</p>{}</div>",
        "<div>{}</div>",
        "<details><summary>Array items:</summary><div>{}</div></details>",
        "<ul><li>{}</li></ul>",
    ],
    ids=["marked", "nested", "details", "list"],
)
def test_rows_inside_the_element_of_the_array(items: str) -> None:
    inside = "".join(FIELD.format(name) for name in ("role", "content", "name"))
    result = drafted(HTML % items.format(inside))
    assert list(properties(result)) == ["messages", "temperature"]
    assert list(properties(result)["messages"]["items"]["properties"]) == ["role", "content", "name"]
    assert properties(result)["messages"]["description"] == "The chat so far."


def test_columns_of_a_table_with_dotted_names() -> None:
    cells = [("messages", "array", "yes"), ("messages[].role", "string", "yes"), ("messages[].content", "string", "no")]
    rows = "".join(f"<tr><td>{name}</td><td>{kind}</td><td>{flag}</td></tr>" for name, kind, flag in cells)
    table = f"<table><tr><th>Name</th><th>Type</th><th>Required</th></tr>{rows}</table>"
    start, end = HTML.index("<section>"), HTML.index("<h2>Response")
    result = drafted(HTML[:start] + table + HTML[end:])
    assert properties(result)["messages"]["items"]["required"] == ["role"]
    assert list(properties(result)["messages"]["items"]["properties"]) == ["role", "content"]


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        (["forge", "spark"], "items: {type: string}"),
        ([1, 2], "items: {type: integer}"),
        ([{"role": "user", "n": 1}, {"role": "it"}], "items: {type: object, required: [role], properties: {role: {type: string}}}"),
        ([1, "a"], None),
        ([], None),
    ],
)  # fmt: skip
def test_items_that_only_the_sample_shows_are_left_to_a_person(sent: list[Any], written: str | None) -> None:
    result = drafted(page(row("loras", "array"), sample={"loras": sent}))
    assert "items" not in properties(result)["loras"]
    said = [review for review in reviews_of(result) if "only the sample shows what its items are" in review]
    assert len(said) == (written is not None)
    assert written is None or said[0].endswith(f"write {written}")
