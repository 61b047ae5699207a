"""Pages that were damaged: cut, joined, with lines lost or doubled, or never pages at all. No traceback but a refusal, no
hang, and nothing in the spec of a cut page that the whole one doesn't say unless a review covers it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagewright.specs.document import read_document
from pagewright.transcribe.draft import Draft, draft
from pagewright.transcribe.pages.page import NotAModelPage
from pagewright.transcribe.write import to_yaml
from tests.material import segmind
from tests.transcribe.conftest import PAGES, WHOLE, Case

_SETTINGS = settings(max_examples=250)
_CASES = st.sampled_from(PAGES)


def attempt(text: str) -> Draft | None:
    """A draft that can be written and read back, or a refusal."""
    try:
        result = draft(text, "acme.page", segmind())
    except NotAModelPage as refusal:
        assert str(refusal)
        return None
    document, findings = read_document("acme.yaml", to_yaml(result).encode())
    assert document is not None
    assert findings == []
    assert document.data == result.spec
    return result


def facts(spec: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Each fact of a spec with its pointer; `responses` by its parts, of which a cut page may show fewer."""
    for key in ("slug", "title", "price_usd", "latency_s"):
        yield f"/{key}", spec.get(key)
    yield "/sync/path", spec["sync"]["path"]
    for status, title in spec.get("responses", {}).get("statuses", {}).items():
        yield f"/responses/statuses/{status}", title
    for name, schema in spec["input"]["properties"].items():
        yield f"/input/properties/{name}/required", name in spec["input"].get("required", [])
        for key, value in schema.items():
            yield f"/input/properties/{name}/{key}", value
    for name, value in spec["example"].items():
        yield f"/example/{name}", value


def is_covered(result: Draft, pointer: str) -> bool:
    return any(not review.pointer or f"{pointer}/".startswith(f"{review.pointer}/") for review in result.reviews)


def check_cut(case: Case, at: int) -> None:
    whole = dict(facts(draft(case.text, "acme.page", segmind()).spec))
    part = attempt(case.text[:at])
    if part is not None:
        wrong = [pointer for pointer, value in facts(part.spec) if pointer not in whole or whole[pointer] != value]
        assert [pointer for pointer in wrong if not is_covered(part, pointer)] == []


@_SETTINGS
@given(st.sampled_from(WHOLE), st.floats(0, 1))
def test_a_page_cut_anywhere_says_nothing_new_without_a_review(case: Case, share: float) -> None:
    check_cut(case, int(share * len(case.text)))


@pytest.mark.parametrize(
    "name", ["compact-glued-default", "lines-labels-glued-range", "old-js-numbered-second-minimum"]
)
def test_a_row_reads_the_same_at_every_position_in_the_table(name: str) -> None:
    case = next(case for case in WHOLE if case.name == name)
    table = max(case.text.rfind("Parameters\n"), case.text.rfind("Attributes\n"))
    for at in range(table, len(case.text), 2):
        check_cut(case, at)


@_SETTINGS
@given(_CASES, st.floats(0, 1), st.booleans())
def test_a_line_lost_or_doubled(case: Case, share: float, doubled: bool) -> None:
    lines = case.text.split("\n")
    index = int(share * (len(lines) - 1))
    lines[index : index + 1] = [lines[index]] * 2 if doubled else []
    attempt("\n".join(lines))


@_SETTINGS
@given(_CASES, _CASES, st.sampled_from(["", "\n", " "]))
def test_two_pages_in_one_file_give_a_draft_or_a_refusal(one: Case, other: Case, between: str) -> None:
    attempt(one.text + between + other.text)


@_SETTINGS
@given(st.binary(min_size=0, max_size=2000), _CASES, st.floats(0, 1), st.booleans())
def test_random_bytes_give_a_draft_or_a_refusal(content: bytes, case: Case, share: float, in_page: bool) -> None:
    noise = content.decode("utf-8", "replace") if len(content) % 2 else content.decode("latin-1")
    at = int(share * len(case.text)) if in_page else 0
    attempt(case.text[:at] + noise + (case.text[at:] if in_page else ""))


@pytest.mark.parametrize(
    "unit",
    [
        "optionalstring ",
        "1",
        '"',
        "data = {",
        "a" * 50 + "requiredstring\n",
        "[",
        "Default: ",
        "/v1/a",
        " \n",
        "0",
        "x\n",
        "https://a.b/v1/c ",
        "Attributes\n",
        "é",
    ],
)
def test_repeated_text_is_read_in_time(unit: str) -> None:
    """Reading time grows no faster than the text, up to the longest page and to ten megabytes."""
    page = "import requests\nurl = 'https://api.segmind.com/v1/acme'\nParameters\npromptrequired\nstring\n\nText\n\n"
    attempt(page + unit * (190_000 // len(unit)))
    with pytest.raises(NotAModelPage):
        draft(page + unit * (10_000_000 // len(unit)), "acme.page", segmind())
