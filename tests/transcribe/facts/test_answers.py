"""Facts that stand in elements of their own: whether it is required, bounds without a label, defaults in prose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.transcribe.invented import drafted, page, reviews_of

SAMPLE: dict[str, Any] = {"prompt": "a lamp", "steps": 20, "style": "soft"}
HEAD = page(sample=SAMPLE).split("Parameters")[0]


def html(*rows: str) -> str:
    """Return a page with rows of elements."""
    code = HEAD[HEAD.index("import requests") : HEAD.index("API Endpoint")]
    return (
        f"<!DOCTYPE html><html><body><main><h1>Acme Lantern</h1><p>~3.20s</p><p>~$0.004</p><pre>{code}</pre>"
        "<h2>API Endpoint</h2><p>POST</p><p>https://api.segmind.com/v1/acme-lantern</p><h2>Parameters</h2>"
        f"{''.join(rows)}<h2>Response Type</h2><p>Returns: Image</p><h2>Common Error Codes</h2>"
        "<div><b>400</b><h3>Bad Request</h3><p>It was so</p></div><div><b>504</b><h3>Timeout</h3><p>It was so</p></div></main></body></html>"
    )


def card(name: str, kind: str, *facts: str, flag: str = "optional", text: str = "What it is.") -> str:
    return (
        f"<div><div><code>{name}</code><span>{kind}</span><span>{flag}</span></div><p>{text}</p>"
        + "".join(f"<div>{fact}</div>" for fact in facts)
        + "</div>"
    )


def asked(name: str, kind: str, question: str, answer: str) -> str:
    return (
        f"<section><h3>{name}</h3><dl><dt>Type</dt><dd>{kind}</dd><dt>{question}</dt><dd>{answer}</dd>"
        "<dt>Description</dt><dd>What it is.</dd></dl></section>"
    )


PROMPT = card("prompt", "string", flag="required")
STYLE = card("style", "string")


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [("Required", "Yes", "No"), ("Mandatory?", "yes", "no"), ("Optional", "No", "Yes"), ("Required:", "true", "false")],
)
def test_a_flag_may_be_a_question_that_the_next_element_answers(question: str, yes: str, no: str) -> None:
    rows = [asked(name, kind, question, yes if name == "prompt" else no) for name, kind in KINDS]
    result = drafted(html(*rows))
    assert result.spec["input"]["required"] == ["prompt"]
    assert {prop["description"] for prop in result.spec["input"]["properties"].values()} == {"What it is."}
    assert result.reviews == []


KINDS = (("prompt", "string"), ("steps", "integer"), ("style", "string"))


@pytest.mark.parametrize(("label", "yes", "no"), [("required: ", "true", "false"), ("Optional? ", "no", "yes")])
def test_notes_with_a_fact_a_line(label: str, yes: str, no: str) -> None:
    rows = [
        f"{name}:\n  type: {kind}\n  {label}{yes if name == 'prompt' else no}\n  description: What it is.\n"
        for name, kind in KINDS
    ]
    result = drafted(f"{HEAD}Parameters\n\n{''.join(rows)}\nResponse Type\n\nReturns: Image\n")
    properties = result.spec["input"]["properties"]
    assert {name: prop["type"] for name, prop in properties.items()} == dict(KINDS)
    assert result.spec["input"]["required"] == ["prompt"]


@pytest.mark.parametrize(
    ("facts", "bounds"),
    [
        (["[ 8 .. 60 ]"], (8, 60)),
        (["&gt;= 8", "&lt;= 60"], (8, 60)),
        (["8 to 60"], (8, 60)),
        (["Between 8 and 60"], (8, 60)),
        (["Required range: 8 &lt;= x &lt;= 60"], (8, 60)),
        (["Possible values: &gt;= 8 and &lt;= 60"], (8, 60)),
        (["\u2265 -8"], (-8, None)),
        (["at most 60"], (None, 60)),
    ],
)
def test_bounds_in_an_element_of_their_own(facts: list[str], bounds: tuple[int | None, int | None]) -> None:
    result = drafted(html(PROMPT, card("steps", "integer", "Default: 20", *facts), STYLE))
    steps = result.spec["input"]["properties"]["steps"]
    assert (steps.get("minimum"), steps.get("maximum")) == bounds
    assert steps["default"] == 20
    assert result.reviews == []


def test_a_list_in_brackets_is_no_range_and_has_no_brackets() -> None:
    shown = "<span>[<code>5</code>, <code>10</code>]</span>"
    result = drafted(html(PROMPT, card("steps", "integer", f"<strong>Possible values: </strong>{shown}"), STYLE))
    assert result.spec["input"]["properties"]["steps"]["enum"] == [5, 10]


@pytest.mark.parametrize(
    "fact",
    [
        "<span>Default:</span><span></span>",
        "<i>Default value</i> : ",
        "Defaults to a soft pencil",
        "Default <b>:</b> <i></i>",
    ],
)
def test_a_default_that_can_not_be_told_is_reviewed(fact: str) -> None:
    result = drafted(html(PROMPT, card("style", "string", fact), card("steps", "integer")))
    assert any(message.startswith("style: ") and "default" in message for message in reviews_of(result))


def test_a_flag_after_the_default() -> None:
    style = "<div><b>style</b><i>string</i><span>Default:</span><span>soft</span><em>required</em><p>How.</p></div>"
    result = drafted(html(PROMPT, style, card("steps", "integer")))
    assert result.spec["input"]["required"] == ["prompt", "style"]
    assert result.spec["input"]["properties"]["style"]["default"] == "soft"


def test_a_name_that_can_be_broken_and_one_that_can_be_clicked() -> None:
    names = (("negative_<wbr>prompt", "string"), ("loop", "boolean"), ("cfg", "number"), ("key", "string"))
    rows = [
        f"<h3><button><code>{name}</code><div>{kind}</div><div>optional</div></button></h3><p>How.</p>"
        f"<p>Default</p><p>{'false' if kind == 'boolean' else 1}</p>"
        for name, kind in names
    ]
    found = drafted(html(*rows)).spec["input"]["properties"]
    assert [name for name in found if name not in SAMPLE] == ["negative_prompt", "loop", "cfg", "key"]
    assert found["loop"]["default"] is False


def test_a_row_in_the_list_of_another_one_is_reviewed() -> None:
    style = card("style", "string", "Allowed values:", "<b>soft</b>", "<b>hard</b>", "<b>Seed.</b>", "<b>optional</b>")
    result = drafted(html(PROMPT, style, card("steps", "integer")))
    assert any("may have run into it" in message for message in reviews_of(result))


def test_items_announced_right_after_a_default() -> None:
    rows = (
        "promptrequiredstringWhat to draw.\nstopoptionalarrayTexts that end it.\n[]Array items:stringstreamoptionalboolean"
        "In pieces\nfalsestyleoptionalstringHow\n"
    )
    properties = drafted(page(rows, sample={"prompt": "a", "stream": False})).spec["input"]["properties"]
    assert list(properties) == ["prompt", "stop", "stream", "style"]
    assert properties["stop"]["default"] == []
    assert properties["stop"]["items"] == {"type": "string"}


@pytest.mark.parametrize(
    "facts",
    [["<p>How to paint. Default: see the list below.</p>"], ["<p>Default: soft</p>", "<p>Default: hard</p>"]],
)
def test_a_default_that_may_be_a_sentence_or_is_not_the_only_one(facts: list[str]) -> None:
    result = drafted(html(PROMPT, card("style", "string", *facts), card("steps", "integer")))
    assert any("default" in message for message in reviews_of(result, "/input/properties/style"))


@pytest.mark.parametrize("heading", ["Advanced settings", "Optional", "Size and speed"])
def test_rows_below_a_later_heading(heading: str) -> None:
    later = f"<h2>{heading}</h2>{card('steps', 'integer', 'Default: 20')}{card('tile', 'integer', 'Default: 0')}"
    found = drafted(html(PROMPT, STYLE, later)).spec["input"]["properties"]
    assert list(found) == ["prompt", "style", "steps", "tile"]


def test_rows_below_a_later_heading_that_the_sample_does_not_send() -> None:
    later = f"<h2>Advanced</h2>{card('tile', 'integer')}"
    result = drafted(html(PROMPT, STYLE, card("steps", "integer"), later))
    assert any("'Advanced' looks like more parameters (tile" in message for message in reviews_of(result))


def test_a_time_in_words_is_reviewed() -> None:
    result = drafted(page(head="Takes 62.5 seconds on average\n~$0.004"))
    assert reviews_of(result, "/latency_s") == ["the time '62.5 seconds' was not read"]


def test_a_number_that_may_be_a_default_and_the_only_value_of_its_list() -> None:
    rows = "prompt\nrequiredstring\nWhat to draw.\nscale\noptionalinteger\nHow large\n44\nsteps\noptionalinteger\nSteps\n20\n"
    result = drafted(page(rows, sample={"prompt": "a", "scale": 2, "steps": 20}))
    assert any("44 may be 4" in message for message in reviews_of(result, "/input/properties/scale"))


def table(*rows: tuple[str, ...]) -> str:
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def test_a_default_beside_the_type_in_its_cell() -> None:
    rows = (("Parameter", "Type", "Description"), ("prompt", "string", "Required. What to draw."))
    found = drafted(
        html(table(*rows, ("steps", "integer (default: 20)", "How often."), ("style", 'string = "ink"', "How")))
    )
    properties = found.spec["input"]["properties"]
    assert (properties["steps"]["default"], properties["style"]["default"]) == (20, "ink")


def test_a_column_of_options_beside_that_of_names() -> None:
    rows = (
        ("Option", "Type", "Options", "Description"),
        ("prompt", "string", "", "What"),
        ("steps", "integer", "4, 8", "How"),
    )
    properties = drafted(html(table(*rows, ("style", "string", '"ink", "oil"', "How")))).spec["input"]["properties"]
    assert (properties["steps"]["enum"], properties["style"]["enum"]) == ([4, 8], ["ink", "oil"])


def test_a_line_of_the_table_that_describes_the_row_above() -> None:
    rows = (("Name", "Type", "Default"), ("prompt", "string", ""), ("How long it is",), ("steps", "integer", "20"))
    result = drafted(html(table(*rows, ("Number of steps, from the first",), ("style", "string", ""))))
    properties = result.spec["input"]["properties"]
    assert list(properties) == ["prompt", "steps", "style"]
    assert properties["steps"]["description"] == "Number of steps, from the first"


def test_signatures_and_flags_before_the_name() -> None:
    signed = "".join(
        f"<li><code>{name}: {kind}{value}</code> ({flag}) <p>What it is.</p></li>"
        for name, kind, value, flag in (
            ("prompt", "string", "", "required"),
            ("steps", "integer", " = 20", "optional"),
            ("style", "string", ' = "ink"', "optional"),
        )
    )
    led = "".join(
        f"<div><i>{'required' if name == 'prompt' else 'optional'}</i><code>{name}</code><b>{kind}</b><p>What it is.</p></div>"
        for name, kind in KINDS
    )
    properties = drafted(html(f"<ul>{signed}</ul>")).spec["input"]["properties"]
    assert (properties["steps"]["default"], properties["style"]["default"]) == (20, "ink")
    for rows in (signed, led):
        result = drafted(html(rows))
        assert result.spec["input"]["required"] == ["prompt"]
        assert result.reviews == []


@pytest.mark.parametrize("mark", ["{}. ", "{}) ", "\u25b8 ", "\u2022 ", "\u2192 "])
def test_rows_of_a_list_in_a_text(mark: str) -> None:
    rows = "".join(
        f"{mark.format(number)}{name} ({kind}, {'required' if name == 'prompt' else 'optional'}): What it is.\n"
        for number, (name, kind) in enumerate(KINDS, 1)
    )
    text = page(sample=SAMPLE)
    head, rest = text.split("Parameters\n")[0], text[text.index("Response Type") :]
    assert list(drafted(f"{head}Parameters\n\n{rows}\n{rest}").spec["input"]["properties"]) == [
        name for name, _ in KINDS
    ]


def test_a_rule_in_the_description_of_an_item_is_reviewed() -> None:
    rows = (
        "prompt\nrequiredstring\nWhat.\nareas\noptionalarray\nParts.\nArray items:\nx\nrequiredinteger\n"
        "From the left. Must be between 0 and 100.\nDefault: 5\nsteps\noptionalinteger\nSteps\nDefault: 20\n"
    )
    result = drafted(page(rows, sample={"prompt": "a", "areas": [{"x": 5}], "steps": 20}))
    assert any(message.startswith("areas[].x: a rule is only in") for message in reviews_of(result))
