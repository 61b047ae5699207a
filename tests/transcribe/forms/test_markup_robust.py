"""Markup that was damaged, is too large or too deep: a spec, a review or a refusal, and no traceback."""

from __future__ import annotations

import json
import random

import pytest

from pagewright.transcribe.forms.document import NotAModelPage
from tests.transcribe.forms.test_forms import CASES, page_of
from tests.transcribe.forms.test_robust import attempt

_ROWS = "".join(
    f"<div><code>{name}</code><b>optional</b><i>{kind}</i><p>Text</p><p>Default: <u>{value}</u></p></div>"
    for name, kind, value in (("steps", "integer", "4"), ("style", "string", '"soft"'))
)
SMALL = (
    '<!DOCTYPE html><meta charset="utf-8"><title>é | S</title><h1>Acme</h1><nav>x</nav><pre>import requests\n'
    'url = "https://api.segmind.com/v1/acme"\ndata = {"steps": 4}</pre><h2>Parameters</h2>'
    f'{_ROWS}<select name="style"><option>soft</option></select><h2>Response Type</h2>Returns: Image'
    '<script type="application/json">{"name": "steps", "type": "integer", "default": 5}</script>'
).encode()


def attempt_bytes(content: bytes) -> None:
    attempt(content)  # type: ignore[arg-type]


def test_a_small_page_cut_at_every_byte() -> None:
    for at in range(len(SMALL) + 1):
        attempt_bytes(SMALL[:at])


def test_a_small_page_with_one_bit_of_a_byte_flipped() -> None:
    chance = random.Random(7)
    for at in range(len(SMALL)):
        flipped = bytearray(SMALL)
        flipped[at] ^= 1 << chance.randrange(8)
        attempt_bytes(bytes(flipped))


@pytest.mark.parametrize(
    "name", ["mhtml-quoted-printable", "markdown-table", "rsc-only", "next-data-only", "text-utf16be"]
)
def test_other_forms_cut_at_many_places(name: str) -> None:
    content = page_of(CASES / name)
    for at in range(0, len(content), max(1, len(content) // 120)):
        attempt_bytes(content[:at])


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<b>",
        "<p><font size=1>",
        "<table><tr><td>",
        "<span>a</span>",
        "<script>",
        "<!--",
        "<",
        "&#x41;",
        "<a href=",
        "</p>",
    ],
)
def test_repeated_markup_is_read_in_time(unit: str) -> None:
    page = "<!DOCTYPE html><h1>Acme</h1>https://api.segmind.com/v1/acme<h2>Parameters</h2>"
    attempt(page + unit * (60_000 // len(unit)))
    with pytest.raises(NotAModelPage):
        attempt_or_raise(page + unit * (3_000_000 // len(unit)))


def attempt_or_raise(content: str) -> None:
    from pagewright.transcribe.draft import draft
    from tests.material import segmind

    draft(content, "acme.page", segmind())


def test_data_that_is_nested_deeply_is_left_alone() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    page = SMALL.decode().replace('{"name": "steps", "type": "integer", "default": 5}', deep)
    assert attempt(page) is not None
    with pytest.raises(NotAModelPage):
        attempt_or_raise(json.dumps({"a": 1})[:-1] + f', "b": {deep}}}')
    boundary = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    with pytest.raises(NotAModelPage):
        attempt_or_raise(f"MIME-Version: 1.0\n{boundary}")
