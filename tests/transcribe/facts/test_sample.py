"""The page's own code: payloads and calls, whole or cut off, in three languages."""

from __future__ import annotations

import pytest

from pagewright.transcribe.pages.page import Page
from pagewright.transcribe.pages.sample import read_sample


@pytest.mark.parametrize(
    "code",
    [
        'data = {\n "prompt": "an owl",\n "n": 2,\n "fast": true\n}\n',
        "payload = {'prompt': 'an owl', 'n': 2, 'fast': True,}\n",
        'const data = { prompt: "an owl", n: 2, fast: true, };\n',
        '1data = {\n2 "prompt": "an owl",\n3 "n": 2,\n4 "fast": true\n5}\n',
        '1data = { 2 "prompt": "an owl", 3 "n": 2, 4 "fast": true 5} 6 7send(data)',
        '1data = {2 "prompt": "an owl",3 "fast": true,4 "n": 25}6',
        'segmind.run(\n "acme-paint", prompt="an owl", n=2, fast=True)\n',
        'curl -X POST https://acme.invalid -d \'{"prompt": "an owl", "n": 2, "fast": true}\'\n',
        ' 1curl -X POST https://acme.invalid \\\n 2  -d \'{\n 3    "prompt": "an owl",\n 4    "n": 2,\n 5    "fast": true\n 6  }\'\n',
        'fetch(url, { method: "POST", body: JSON.stringify({ prompt: "an owl", n: 2, fast: true }) })\n',
    ],
)
def test_a_payload_reads_the_same_in_every_language(code: str) -> None:
    sample = read_sample(Page(code))
    assert sample is not None
    assert sample.complete
    assert sample.values == {"prompt": "an owl", "n": 2, "fast": True}


def test_a_value_that_is_a_call_keeps_what_it_is_called_with() -> None:
    sample = read_sample(Page('data = {"image": to_base64("https://acme.invalid/owl.png"), "n": 1}\n'))
    assert sample is not None
    assert sample.values == {"image": "https://acme.invalid/owl.png", "n": 1}
    assert set(sample.calls) == {"image"}


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ('data = {"a": 1, "b": 2', {"a": 1}),
        ('data = {"a": 1, "b": "tw', {"a": 1}),
        ('data = {"a": 1, "b"', {"a": 1}),
        ('run("acme", a=1, b=', {"a": 1}),
    ],
)
def test_a_sample_that_is_cut_off_holds_what_is_surely_whole(code: str, values: dict[str, object]) -> None:
    sample = read_sample(Page(code))
    assert sample is not None
    assert not sample.complete
    assert sample.values == values


def test_two_samples_that_differ_are_noted() -> None:
    sample = read_sample(Page('data = {"a": 1}\n\npayload = {"a": 2}\n'))
    assert sample is not None
    assert sample.values == {"a": 1}
    assert "different values for a" in sample.doubts[0]


def test_the_numbers_of_lines_inside_of_lists() -> None:
    code = '10 data = { 11 "messages": [ 12 { 13 "role": "user", 14 "n": [1, 2] 15 }, 16 { 17 "role": "bot" 18 } 19 ], 20 "top": [ 21 3, 4 ] 22 }\n'
    sample = read_sample(Page(code.replace("[ 21 3, 4 ]", "[3, 4]")))
    assert sample is not None and sample.complete
    assert sample.values == {"messages": [{"role": "user", "n": [1, 2]}, {"role": "bot"}], "top": [3, 4]}


def test_a_typographic_minus_in_a_sample() -> None:
    sample = read_sample(Page('data = {"pitch": \u22121.5, "shift": [\u22127]}\n'))
    assert sample is not None
    assert sample.values == {"pitch": -1.5, "shift": [-7]}


def test_a_payload_right_behind_code_that_is_no_literal_is_read() -> None:
    sample = read_sample(Page('data = {...base}; payload = {"a": 2}\n'))
    assert sample is not None and sample.values == {"a": 2}
