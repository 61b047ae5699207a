"""Rows of a page whose line breaks were lost: where the text above ends and the name begins."""

from __future__ import annotations

from typing import Any

import pytest

from tests.transcribe.invented import PROMPT, drafted, page, reviews_of

SAMPLE: dict[str, Any] = {"prompt": "a lamp", "bpm": 92, "items": [{"path": "a", "scale": 0.5}]}


def names(rows: str, sample: dict[str, Any] = SAMPLE) -> list[str]:
    return list(drafted(page(rows, sample=sample)).spec["input"]["properties"])


@pytest.mark.parametrize(
    "text",
    ["The text to read. At most 500 characters.", "Words to sing, one line each", "What to say (in English)."],
)
def test_a_name_that_the_sample_knows_ends_the_sentence_before_it(text: str) -> None:
    rows = f"promptrequiredstringWhat to draw.\nvoicerequiredstring{text}bpmoptionalintegerBeats\n92Range: 40 - 240"
    assert names(rows) == ["prompt", "voice", "bpm"]


def test_a_sentence_that_ends_in_a_full_stop_is_no_part_of_a_name() -> None:
    rows = "promptrequiredstringWhat to draw.\nvoicerequiredstringThe voice of it.tonerequiredstringHow it sounds\n"
    assert names(rows) == ["prompt", "voice", "tone"]


def test_the_default_of_a_boolean_is_no_part_of_a_name() -> None:
    rows = "promptrequiredstringWhat to draw.base64optionalbooleanAs text\nfalsefeatheroptionalintegerSoft edge\n0Range: 0 - 64"
    result = drafted(page(rows, sample={"prompt": "a", "base64": False}))
    assert list(result.spec["input"]["properties"]) == ["prompt", "base64", "feather"]
    assert result.spec["input"]["properties"]["base64"]["default"] is False


def test_a_range_that_is_open_at_one_side() -> None:
    rows = "prompt\nrequiredstring\nWhat to draw.\nbpm\noptionalinteger\nBeats\n92\nRange: \u2265 40\nsteps\noptionalinteger\nSteps\n20\nRange: \u2264 50\n"
    properties = drafted(page(rows, sample={"prompt": "a", "bpm": 92})).spec["input"]["properties"]
    assert (properties["bpm"]["default"], properties["bpm"]["minimum"]) == (92, 40)
    assert (properties["steps"]["default"], properties["steps"]["maximum"]) == (20, 50)
    assert "maximum" not in properties["bpm"] and "minimum" not in properties["steps"]


def test_a_table_that_lacks_most_of_what_the_sample_sends() -> None:
    result = drafted(page(PROMPT, sample={"prompt": "a", "steps": 4, "seed": 5, "width": 512}))
    assert not result.complete
    assert any("rows seem to be missing" in message for message in reviews_of(result))
    assert list(result.spec["input"]["properties"]) == ["prompt", "steps", "seed", "width"]


@pytest.mark.parametrize("word", ["Copy", "\nCopy", "\nCopied!"])
def test_a_button_after_each_name_on_its_line_or_below(word: str) -> None:
    rows = "".join(
        f"{name}{word}\n{flag}{kind}\nWhat it is.\n{default}"
        for name, flag, kind, default in (
            ("prompt", "required", "string", ""),
            ("base64", "optional", "boolean", "false\n"),
            ("bpm", "optional", "integer", "92\nRange: 40 - 240"),
            ("steps", "optional", "integer", "20\n"),
        )
    )
    assert names(rows) == ["prompt", "base64", "bpm", "steps", *SAMPLE][:4]


def test_flags_and_types_in_capitals() -> None:
    rows = "prompt\nREQUIRED\nSTRING\nWhat.\nbpm\nOPTIONAL\nINTEGER\nBeats\nDefault: 92Range: 40 - 240\nsteps\nOPTIONAL\nNUMBER\nHow\n"
    properties = drafted(page(rows, sample={"prompt": "a", "bpm": 92})).spec["input"]["properties"]
    assert {name: prop["type"] for name, prop in properties.items()} == {
        "prompt": "string",
        "bpm": "integer",
        "steps": "number",
    }
