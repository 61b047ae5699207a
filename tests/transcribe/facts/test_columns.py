"""Tables whose headings say little: what a cell says counts, and what nobody can read is reviewed."""

from __future__ import annotations

import pytest

from pagewright.transcribe.draft import Draft, draft
from tests.material import segmind

_ROWS = (
    ("prompt", True, "string", "What to draw, in words."),
    ("steps", False, "integer", "How often it is gone over. Default: 20 Range: 1 - 50"),
    ("style", False, "string", 'Kind of drawing. Default: "ink"'),
    ("upscale", False, "boolean", "Makes the drawing larger. Default: false"),
)


def page(headings: list[str], cells: list[list[str]]) -> bytes:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
    return f"""<!DOCTYPE html><html><head><title>Acme Etching</title></head><body><main>
<h1>Acme Etching</h1><pre><code>import requests
url = "https://api.segmind.com/v1/acme-etching"
data = {{"prompt": "a mill", "steps": 20, "style": "ink", "upscale": False}}
response = requests.post(url, json=data)</code></pre>
<h2>API Endpoint</h2><code>https://api.segmind.com/v1/acme-etching</code>
<h2>Parameters</h2><table>{f"<thead><tr>{head}</tr></thead>" if headings else ""}<tbody>{body}</tbody></table>
<h2>Response Type</h2><p>Returns: Image</p></main></body></html>""".encode()


def table(headings: list[str], yes: str = "required", no: str = "optional") -> Draft:
    cells = [[name, yes if required else no, kind, text] for name, required, kind, text in _ROWS]
    return draft(page(headings, cells), "acme-etching", segmind())


def required(result: Draft) -> list[str]:
    names: list[str] = result.spec["input"].get("required", [])
    return names


def reviews(result: Draft) -> list[str]:
    return [review.message for review in result.reviews]


@pytest.mark.parametrize("heading", ["", "&nbsp;", "Flags", "Notes", "Info", "Whatever", "Needed?", "Optional", "Type"])
def test_the_words_in_cells_count_whatever_the_heading(heading: str) -> None:
    result = table(["Name", heading, "Type", "Description"])
    assert required(result) == ["prompt"]
    assert result.spec["input"]["properties"]["steps"]["default"] == 20
    assert not [message for message in reviews(result) if "column" in message or "required" in message]


@pytest.mark.parametrize("headings", [["", "", "", ""], [], ["Setting", "", "Kind", "Hints"]])
def test_columns_are_known_by_their_cells(headings: list[str]) -> None:
    result = table(headings)
    properties = result.spec["input"]["properties"]
    assert required(result) == ["prompt"]
    assert {name: schema["type"] for name, schema in properties.items()} == {name: kind for name, _, kind, _ in _ROWS}
    assert (properties["steps"]["minimum"], properties["steps"]["maximum"]) == (1, 50)
    assert properties["upscale"]["default"] is False


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("Yes", "No"),
        ("✓", ""),
        ("✓", "✗"),
        ("✓", "x"),
        ("true", "false"),
        ("•", ""),
        ("●", "○"),
        ("Yes", "-"),
        ("1", "0"),
    ],
)
def test_a_column_headed_optional_says_the_opposite(yes: str, no: str) -> None:
    assert required(table(["Name", "Required", "Type", "Description"], yes, no)) == ["prompt"]
    assert required(table(["Name", "Optional", "Type", "Description"], no, yes)) == ["prompt"]


@pytest.mark.parametrize("heading", ["", "Flag"])
@pytest.mark.parametrize(("yes", "no"), [("Yes", "No"), ("✓", ""), ("true", "false")])
def test_marks_below_an_unknown_heading_are_reviewed(heading: str, yes: str, no: str) -> None:
    found = reviews(table(["Name", heading, "Type", "Description"], yes, no))
    assert any("was not read" in message and repr(yes) in message for message in found)
    assert any("all were taken for optional" in message for message in found)


def test_a_column_of_icons_is_reviewed() -> None:
    found = reviews(table(["Name", "Required", "Type", "Description"], "<svg></svg>", ""))
    assert any("'Required' shows no text" in message for message in found)


def test_a_condition_is_reviewed() -> None:
    found = reviews(table(["Name", "Required", "Type", "Description"], "Yes, without image", "No"))
    assert "prompt: whether it is required is not clear: 'Yes, without image'" in found


def test_a_fact_below_an_unknown_heading_is_reviewed() -> None:
    cells = [[name, kind, value] for (name, _, kind, _), value in zip(_ROWS, ("", "20", "ink", "off"), strict=True)]
    found = reviews(draft(page(["Name", "Type", "Fallback"], cells), "acme-etching", segmind()))
    assert any("the column headed 'Fallback' was not read: '20', 'ink', 'off'" in message for message in found)


def test_a_description_may_begin_with_the_flag() -> None:
    cells = [[name, kind, f"{'Required' if needed else 'Optional'}. {text}"] for name, needed, kind, text in _ROWS]
    result = draft(page(["Name", "Type", "Description"], cells), "acme-etching", segmind())
    assert required(result) == ["prompt"]
    assert result.spec["input"]["properties"]["prompt"]["description"] == "What to draw, in words."


def test_two_columns_of_texts_are_both_read() -> None:
    cells = [[name, kind, text, "required" if needed else "optional"] for name, needed, kind, text in _ROWS]
    result = draft(page(["Name", "Type", "Description", "Notes"], cells), "acme-etching", segmind())
    assert required(result) == ["prompt"]
    assert result.spec["input"]["properties"]["steps"]["maximum"] == 50
