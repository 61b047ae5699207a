"""Tables in text: columns between tabs, in spaces, in a grid; and Markdown as pandoc and html2text write it."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any, Literal

import pytest

from pagewright.transcribe.draft import Draft
from tests.transcribe.invented import PROMPT, drafted, page

SAMPLE: dict[str, Any] = {"prompt": "a lamp", "steps": 20, "style": "ink"}
TABS = """\
Name\tType\tRequired\tDefault\tDescription
prompt\tstring\tYes\t\tWhat to draw.
steps\tinteger\tNo\t20\tHow many steps
Min: 1
Max: 50
style\tstring\tNo\t"ink"\tLook of it
Allowed values (4 total): "ink" "oil" +2 more
"""
SPACES = """\
  -----------------------------------------------------------
  Name     Type      Required   Default   Description
  -------- --------- ---------- --------- -------------------
  prompt   string    Yes                  What to draw.

  steps    integer   No         20        How many
                                          steps
                                          Min: 1
                                          Max: 50

  style    string    No         "ink"     Look of it Allowed
                                          values (4 total):
                                          "ink" "oil" +2 more
  -----------------------------------------------------------
"""
GRID = """\
+--------+---------+----------+---------+-----------------------------------------------+
| Name   | Type    | Required | Default | Description                                   |
+========+=========+==========+=========+===============================================+
| prompt | string  | Yes      |         | What to draw.                                 |
+--------+---------+----------+---------+-----------------------------------------------+
| steps  | integer | No       | 20      | How many steps                                |
|        |         |          |         | Min: 1                                        |
|        |         |          |         | Max: 50                                       |
+--------+---------+----------+---------+-----------------------------------------------+
| style  | string  | No       | "ink"   | Look of it                                    |
|        |         |          |         | Allowed values (4 total): "ink" "oil" +2 more |
+--------+---------+----------+---------+-----------------------------------------------+
"""
DEFINITIONS = """\
`prompt` *string* **required**
:   What to draw.

`steps` *integer* **optional**
:   How many steps

    * Default: `20`
    * Range: 1 - 50

`style` *string* **optional**
:   Look of it

    * Default: `"ink"`
    * Allowed values (4 total): `"ink"`, `"oil"` +2 more
"""
ITEMS = """\
  * **prompt** _(string, required)_

What to draw.

  * **steps** _(integer, optional)_

How many steps

Default: 20

Range: 1 - 50

  * **style** _(string, optional)_

Look of it

Default: "ink"

Allowed values (4 total) :

    * "ink"
    * "oil"
    * +2 more
"""
GLUED_ITEMS = """\
- **prompt** *(string, required)*What to draw.
- **steps** *(integer, optional)*How many stepsDefault: 20Range: 1 - 50
- **style** *(string, optional)*Look of itDefault: "ink"Allowed values (4 total) :
  - "ink"
  - "oil"
  - +2 more
"""
DIVISIONS = """\
:::: border-b
::: {.flex .gap-2}
`prompt`{.font-mono}[required]{.badge}
:::

::: text-xs
string
:::

What to draw.
::::

:::: border-b
::: {.flex .gap-2}
`steps`{.font-mono}[optional]{.badge}
:::

::: text-xs
integer
:::

How many steps

Default: `20`

Range: 1 - 50
::::

:::: border-b
::: {.flex .gap-2}
`style`{.font-mono}[optional]{.badge}
:::

::: text-xs
string
:::

Look of it

Default: `"ink"`

Allowed values (4 total):

[\\"ink\\"]{.chip}[\\"oil\\"]{.chip}+2 more
::::
"""
MARKDOWN = "# Acme Lantern\n\n```\n{code}\n```\n\n## API Endpoint\n\n`{url}`\n\n## Parameters\n\n{rows}\n## Response Type\n\nReturns: Image\n"
URL = "https://api.segmind.com/v1/acme-lantern"
CODE = f'url = "{URL}"\ndata = {{"prompt": "a lamp", "steps": 20, "style": "ink"}}\nrequests.post(url, json=data)'


def text(rows: str) -> Draft:
    return drafted(page(PROMPT, sample=SAMPLE).replace(PROMPT, f"{rows}\n"))


def markdown(rows: str) -> Draft:
    return drafted(MARKDOWN.format(code=f"import requests\n{CODE}", url=URL, rows=rows))


@pytest.mark.parametrize(
    "result",
    [text(TABS), text(SPACES), text(GRID), *map(markdown, (SPACES, GRID, DEFINITIONS, ITEMS, GLUED_ITEMS, DIVISIONS))],
    ids=["tabs", "spaces", "grid", "md-spaces", "md-grid", "md-definitions", "md-items", "md-glued", "md-divisions"],
)
def test_a_table_in_text_is_read_as_in_html(result: Draft) -> None:
    properties = result.spec["input"]["properties"]
    assert result.spec["input"]["required"] == ["prompt"]
    assert list(properties) == ["prompt", "steps", "style"]
    steps = {key: properties["steps"].get(key) for key in ("type", "default", "minimum", "maximum")}
    assert steps == {"type": "integer", "default": 20, "minimum": 1, "maximum": 50}
    assert (properties["style"]["default"], properties["style"]["x-known-values"]) == ("ink", ["ink", "oil"])
    assert properties["style"]["x-known-total"] == 4
    assert result.complete
    assert result.spec["example"] == SAMPLE


def test_lines_that_may_belong_to_two_rows_get_a_review() -> None:
    rows = """\
Name    Type     Required  Description
prompt  string   Yes       What to draw.
steps   integer  No        How many
                           steps
style   string   No        Look of it
"""
    messages = [review.message for review in text(rows).reviews]
    assert any("nothing parts its rows" in message for message in messages)


def test_lines_with_gaps_are_no_table() -> None:
    rows = PROMPT + "seedoptional\ninteger\n\nFirst   second   third\n\nDefault: 5\n"
    assert list(drafted(page(rows, sample={"prompt": "a"})).spec["input"]["properties"]) == ["prompt", "seed"]


def test_a_prompt_with_angle_brackets_is_no_link() -> None:
    row = '`prompt` *string* **required**\n:   What to draw.\n\n    * Default: "a lamp <lora:glow:0.7>"\n'
    assert markdown(row).spec["input"]["properties"]["prompt"]["default"] == "a lamp <lora:glow:0.7>"


@pytest.mark.parametrize(("printed", "plain"), [("textCopyrequired", "text"), ("text *required", "text")])
def test_what_sticks_to_a_name_is_no_part_of_it(printed: str, plain: str) -> None:
    names = ("text", "voice", "speed", "pitch")
    rows = "".join(f"{printed.replace(plain, name)}\nstring\n\nWhat it is.\n\n" for name in names)
    result = drafted(page(rows, sample={"text": "a", "voice": "b"}))
    assert list(result.spec["input"]["properties"]) == list(names)
    assert result.spec["input"]["required"] == list(names)


def test_a_mail_that_begins_with_a_few_words() -> None:
    quoted = "\n".join(f"> {line}" for line in page(PROMPT).split("\n"))
    result = drafted(f"Hi Kim,\n\nsee below.\nIs this the model?\n\n{quoted}\n")
    assert list(result.spec["input"]["properties"]) == ["prompt"]
    assert result.spec["title"] == "Acme Lantern Text to Image"


def test_misread_words_make_a_page_incomplete() -> None:
    rows = PROMPT + "seedoptiona1\ninteger\n\nWhere chance begins.\n\nDcfault: 5Range: 1 - 9\n\n"
    result = drafted(page(rows, sample={"prompt": "a", "seed": 5}))
    assert "seed" in result.spec["input"]["properties"]
    assert not result.complete
    assert any("letters were misread (" in review.message for review in result.reviews)


def test_a_page_on_sheets_of_paper() -> None:
    text = page(PROMPT, "seedoptional\n@integer\n\nWhere chance begins.\n\nDefault: 5\n\n", sample={"prompt": "a"})
    edge = "\n© Acme\nfile:///tmp/page.html\n{}/2\n\x0c"
    result = drafted(text.replace("@", edge.format(1)) + edge.format(2))
    assert result.spec["input"]["properties"]["seed"]["default"] == 5
    assert result.spec["input"]["properties"]["seed"]["type"] == "integer"


@pytest.mark.parametrize("sign", [",", ";"])
@pytest.mark.parametrize("quotes", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_table_as_a_spreadsheet_saves_it(sign: str, quotes: Literal[0, 1]) -> None:
    table = StringIO()
    csv.writer(table, delimiter=sign, quoting=quotes).writerows(
        [
            ["Name", "Type", "Required", "Default", "Range", "Allowed values", "Description"],
            ["prompt", "string", "Yes", "", "", "", "What to draw, and how;\nin a few words"],
            ["steps", "integer", "No", "20", "1 - 50", "", "How often"],
            ["style", "string", "No", '"fog, rain"', "", '"soft", "fog, rain"', "How"],
        ]
    )
    head, _, rest = page(sample={"prompt": "a lamp", "steps": 25}).partition("Parameters\n")
    text = f"{head}Parameters\n\n{table.getvalue()}\nResponse Type{rest.partition('Response Type')[2]}"
    result = drafted(text)
    properties = result.spec["input"]["properties"]
    assert result.spec["input"]["required"] == ["prompt"]
    assert (properties["steps"]["default"], properties["steps"]["maximum"]) == (20, 50)
    assert (properties["style"]["default"], properties["style"]["enum"]) == ("fog, rain", ["soft", "fog, rain"])
    assert result.reviews == []


def test_a_table_drawn_with_lines() -> None:
    table = (
        "\u250c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u252c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u252c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2510\n"
        "\u2502Name    \u2502Type     \u2502Default  \u2502\n"
        "\u251c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u253c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u253c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2524\n"
        "\u2502prompt  \u2502string   \u2502         \u2502\n"
        "\u251c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u253c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u253c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2524\n"
        "\u2502steps   \u2502integer  \u250220       \u2502\n"
        "\u2514\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2534\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2534\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2518\n"
    )
    head, _, rest = page(sample={"prompt": "a lamp", "steps": 25}).partition("Parameters\n")
    text = f"{head}Parameters\n\n{table}\nResponse Type{rest.partition('Response Type')[2]}"
    assert drafted(text).spec["input"]["properties"]["steps"] == {"type": "integer", "default": 20}
