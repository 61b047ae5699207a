"""The layouts of code on a page, on invented pages."""

from __future__ import annotations

import pytest

from tests.samples.extract import payload, samples

SPACED = """\
Acme Paint 1.5 Serverless API

~2.50s
 1import acme
 2
 3picture = {
 4    "prompt": "A lighthouse",
 5    "steps": 12,
 6}
 7for _ in range(3):
 8    if picture:
 9        acme.draw(picture)
10    print("drawn")
11

Parameters

stepsoptional
Default: 12Range: 1 - 20

  1. 1
    POST /v2/acme-paint
"""
SPACED_CODE = """\
import acme

picture = {
    "prompt": "A lighthouse",
    "steps": 12,
}
for _ in range(3):
    if picture:
        acme.draw(picture)
    print("drawn")

"""

COMPACT = """\
A model that paints.
1import acme
2
3if acme.ready():
4 print(acme.draw("1 boat", 1)) 1import acme
2
3if acme.ready():
4 print(acme.draw("1 boat", 1))API Endpoint
https://api.acme.example/v1/paintParameters
1Range: 1 - 4samplesoptionalinteger
2
"""

FLATTENED = """\
POST
javascript
1 2 3 4 5 6 7 8 9 10 11 12 const post = require('post'); const data = { "prompt": "It's { fog }; a, b", "seed": 3 }; \
(async function() { try { const found = await post(data, { headers: { 'x-key': "k" } }); \
console.log(found); } catch (error) { console.error(error); } })();
RESPONSE
"""
FLATTENED_LINES = [
    "const post = require('post');",
    "const data = {",
    """"prompt": "It's { fog }; a, b",""",
    '"seed": 3',
    "};",
    "(async function() {",
    "try {",
    """const found = await post(data, { headers: { 'x-key': "k" } });""",
    "console.log(found);",
    "} catch (error) {",
    "console.error(error);",
    "}",
    "})();",
]


def test_a_numbered_listing_keeps_blanks_and_indentation() -> None:
    assert samples(SPACED) == [SPACED_CODE]


def test_a_listing_that_is_printed_twice_is_one_sample() -> None:
    assert samples(COMPACT) == ['import acme\n\nif acme.ready():\n print(acme.draw("1 boat", 1))\n']


def test_a_listing_may_begin_behind_prose() -> None:
    assert samples("POST /v2/acme-paint · submit + poll 1# a comment\n2import acme\n3acme.draw()") == [
        "# a comment\nimport acme\nacme.draw()\n"
    ]


def test_two_different_listings_are_two_samples() -> None:
    first, second = "1import acme\n2a = 1\n3b = 2\n", "1import acme\n2a = 1\n3b = 3\n"
    assert samples(f"{first}\nResponse\n{second}") == ["import acme\na = 1\nb = 2\n", "import acme\na = 1\nb = 3\n"]


@pytest.mark.parametrize("text", ["", "1Range: 1 - 4\n2", "  1. 1\n    POST\n  2. 2\n", "512\n1024", "1\n2\n4"])
def test_other_numbers_are_no_listing(text: str) -> None:
    assert samples(text) == []


def test_a_flattened_listing_gets_its_lines_back() -> None:
    with pytest.raises(ValueError, match="12 lines were flattened, which cannot have been these 13"):
        samples(FLATTENED)
    [sample] = samples(FLATTENED.replace(" 12 const", " 12 13 const"))
    assert sample.splitlines() == FLATTENED_LINES
    assert " ".join(FLATTENED_LINES) in FLATTENED


@pytest.mark.parametrize(
    ("sample", "content"),
    [
        ('data = {\n "a": false,\n "b": 1.0\n}\n', {"a": False, "b": 1.0}),
        ('const data = {\n"a": [1, null]\n};\nsend(data);', {"a": [1, None]}),
        ('x = {}\npayload = {\n    "a": False,\n}\n', {"a": False}),
    ],
)
def test_the_payload_is_read_without_running_anything(sample: str, content: dict[str, object]) -> None:
    assert payload(sample) == content


def test_a_sample_without_a_payload_is_refused() -> None:
    with pytest.raises(ValueError, match="has no `data"):
        payload("print(1)\n")
