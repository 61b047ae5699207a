"""A page that text recognition or a converter damaged is one finding; a page with many real changes is not taken for one."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from .aurora import PAGE, page_of, run, spec_of
from .page_model import Facts, Row, render
from .test_page_edits import messages

#: What text recognition takes for one another.
_CONFUSED = {
    "l": "1",
    "1": "l",
    "o": "0",
    "0": "o",
    "rn": "m",
    "m": "rn",
    "_": " ",
    "i": "l",
    "e": "c",
    "5": "S",
    "[": "I",
    "g": "q",
}
_SIGN = re.compile("|".join(map(re.escape, sorted(_CONFUSED, key=len, reverse=True))))


def damaged(rate: float, seed: int) -> str:
    chance = random.Random(seed)
    return _SIGN.sub(lambda found: _CONFUSED[found[0]] if chance.random() < rate else found[0], PAGE)


@pytest.mark.parametrize("seed", range(6))
def test_a_page_from_text_recognition(workspace: Path, seed: int) -> None:
    page_of(workspace).write_text(damaged(0.08, seed), encoding="utf-8")
    told = messages(workspace)
    assert len(told) == 1 and "not compared: " in told[0] and "Save the page as HTML" in told[0], told
    before = spec_of(workspace).read_bytes()
    done = run(workspace, "transcribe", str(page_of(workspace)), "--update")
    assert done.exit_code == 1 and "Nothing was updated" in done.output
    assert spec_of(workspace).read_bytes() == before


def test_one_odd_letter_is_told_as_what_it_seems(workspace: Path) -> None:
    page_of(workspace).write_text(PAGE.replace("samplesoptional", "sarnplesoptional"), encoding="utf-8")
    assert ["was renamed to `sarnples`" in message for message in messages(workspace)] == [True]


@pytest.mark.parametrize("seed", range(6))
def test_one_wrong_letter_in_a_hundred(workspace: Path, seed: int) -> None:
    """Any letter for any other: words that every page prints tell that names and values are wrong, too."""
    chance = random.Random(seed)
    letters = [
        chance.choice("abcdefghijklmnop") if sign.isalpha() and chance.random() < 0.015 else sign for sign in PAGE
    ]
    page_of(workspace).write_text("".join(letters), encoding="utf-8")
    told = messages(workspace)
    assert len(told) == 1 and "not compared: " in told[0], told
    before = spec_of(workspace).read_bytes()
    assert "Nothing was updated" in run(workspace, "transcribe", str(page_of(workspace)), "--update").output
    assert spec_of(workspace).read_bytes() == before


def test_statuses_that_run_together_are_read(workspace: Path) -> None:
    head, _, statuses = PAGE.partition("Common Error Codes")
    page = f"{head}Common Error Codes{' '.join(statuses.split())}\n"
    page_of(workspace).write_text(page, encoding="utf-8")
    assert messages(workspace) == []
    page_of(workspace).write_text(page.replace("401 Unauthorized ", "401 Who Are You "), encoding="utf-8")
    told = messages(workspace)
    assert len(told) == 1 and "its list of statuses not compared" in told[0], told


def test_what_cannot_be_read_leaves_the_rest_to_be_compared_and_updated(workspace: Path) -> None:
    page = PAGE.replace("~$0.006", "~$0.009 per banana").replace("Range: 10 - 40", "Range: 10 - 30")
    page_of(workspace).write_text(page, encoding="utf-8")
    told = messages(workspace)
    assert len(told) == 2, told
    assert any("its price not compared" in message for message in told)
    assert any("the maximum of `num_inference_steps` fell from 40 to 30" in message for message in told)
    done = run(workspace, "transcribe", str(page_of(workspace)), "--update")
    assert "its price can't be read in this form, and was left as it was" in done.output
    spec = spec_of(workspace).read_text(encoding="utf-8")
    assert "maximum: 30" in spec and "amount: 0.006" in spec
    again = run(workspace, "transcribe", str(page_of(workspace)), "--update")
    assert again.exit_code == 0 and spec_of(workspace).read_text(encoding="utf-8") == spec
    page_of(workspace).write_text(PAGE.replace("Range: 10 - 40", "Range: 10 - 30"), encoding="utf-8")
    assert messages(workspace) == []


def test_the_last_status_is_gone_or_the_page_is_cut_off(workspace: Path) -> None:
    whole = PAGE[: PAGE.index("\n\n504")]
    page_of(workspace).write_text(whole, encoding="utf-8")
    assert ["status 504 (Timeout) was removed" in message for message in messages(workspace)] == [True]
    for page in (whole[:-4], whole.removesuffix("Too many requests"), whole + "\n\n50"):
        page_of(workspace).write_text(page, encoding="utf-8")
        told = messages(workspace)
        assert len(told) == 1 and "the page is cut off in what it says of responses" in told[0], told


def test_many_real_changes_are_told_one_by_one(workspace: Path) -> None:
    """Names in another style, other values, and a sample that nobody can read are no damage."""
    facts = Facts()
    for row in facts.rows:
        row.name = re.sub(r"_(\w)", lambda found: found[1].upper(), row.name)
        row.default = row.default + 1 if row.kind == "integer" and row.default is not None else row.default
    facts.rows[3].values = ["jpeg", "avif", "jxl"]
    facts.rows.append(Row("tiling", "boolean", "Make the edges meet.", True))
    facts.statuses = {400: "Malformed", 402: "Payment Required", 500: "Broken"}
    page = render(facts)
    start, end = page.index(" 1# pip"), page.index("API Endpoint")
    page = page[:start] + 'resp, err := client.Post(url, "application/json", body)\nimport requests\n\n' + page[end:]
    page_of(workspace).write_text(page, encoding="utf-8")
    told = messages(workspace)
    assert len(told) > 8 and not any("not compared" in message for message in told), told
