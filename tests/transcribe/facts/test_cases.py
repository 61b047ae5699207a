"""Invented models in every layout: each fact that a page shows, none that it doesn't."""

from __future__ import annotations

import pytest

from pagewright.transcribe.draft import Draft, draft
from pagewright.transcribe.pages.page import NotAModelPage
from tests.material import segmind
from tests.transcribe.conftest import CASES, PAGES, REFUSED, WHOLE, Case

_KEYWORDS = {"default": "default", "minimum": "min", "maximum": "max", "x-known-total": "enum_total"}


def documented(result: Draft, name: str) -> dict[str, object]:
    """A parameter's schema, with what the page says where the draft uses something else."""
    schema = dict(result.spec["input"]["properties"][name])
    for erratum in result.spec.get("errata", []):
        if erratum["at"].startswith(f"/input/properties/{name}/"):
            schema[erratum["at"].rpartition("/")[2]] = erratum["documented"]
    return schema


@pytest.mark.parametrize("case", PAGES, ids=str)
def test_facts_around_the_table_are_read(case: Case) -> None:
    spec = draft(case.text, "acme.page", segmind()).spec
    assert spec["slug"] == case.expected["slug"]
    assert case.expected["endpoint"] == f"https://api.segmind.com{spec['sync']['path']}"
    assert spec["title"].removesuffix(" Serverless API") == case.expected["title"]
    if case.expected["sample_whole"]:
        assert {**case.expected["sample"], **spec["example"]} == case.expected["sample"]
        assert spec["example"].keys() == case.expected["sample"].keys()


@pytest.mark.parametrize("case", PAGES, ids=str)
def test_every_fact_of_every_row(case: Case) -> None:
    result = draft(case.text, "acme.page", segmind())
    required = result.spec["input"].get("required", [])
    for row in case.expected["params"]:
        name = row["name"]
        schema = documented(result, name)
        assert schema["type"] == row["type"].split()[0], name
        assert (name in required) == row["required"], name
        found = {theirs: schema[ours] for ours, theirs in _KEYWORDS.items() if ours in schema}
        assert found == {key: row[key] for key in _KEYWORDS.values() if key in row}, name
        values = schema.get("enum", schema.get("x-known-values"))
        if not row.get("enum_unlisted"):
            shown = row.get("enum_shown")
            added = [] if shown is None or row.get("default") in (None, *shown) else [row["default"]]
            assert values == (shown + added if shown else None), name


@pytest.mark.parametrize("case", PAGES, ids=str)
def test_a_page_that_is_cut_off_never_looks_whole(case: Case) -> None:
    result = draft(case.text, "acme.page", segmind())
    assert result.complete == case.expected["complete"]
    assert result.complete or any(not review.pointer for review in result.reviews)
    names = [row["name"] for row in case.expected["params"]]
    assert [name for name in result.spec["input"]["properties"] if name in names] == names
    assert not result.complete or len(result.spec["input"]["properties"]) == len(names)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_is_no_model_page_is_refused_with_a_reason(case: Case) -> None:
    with pytest.raises(NotAModelPage) as refused:
        draft(case.text, "acme.page", segmind())
    assert len(str(refused.value)) > 10


@pytest.mark.parametrize("name", ["compact-default-outside", "spaced-v1-mixed-list", "flat-page", "old-js-empty-lists"])
def test_facts_that_are_not_sure_are_reviewed(name: str) -> None:
    case = next(case for case in WHOLE if case.name == name)
    result = draft(case.text, "acme.page", segmind())
    lines = case.text.replace("\r\n", "\n").split("\n")
    assert all(1 <= review.line <= len(lines) and review.column >= 1 for review in result.reviews)
    assert result.reviews or name == "old-js-empty-lists"


def test_every_case_says_why() -> None:
    for folder in CASES.iterdir():
        assert len((folder / "README").read_text().splitlines()) == 1
