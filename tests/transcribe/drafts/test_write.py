"""YAML that reads back as what was written, whatever a page puts into it."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pagewright.specs.document import read_document
from pagewright.transcribe.draft import Draft, draft
from pagewright.transcribe.review import Review
from pagewright.transcribe.write import to_yaml
from tests.material import segmind
from tests.transcribe.conftest import PAGES, Case

_NASTY = ["", " ", "no", "Yes", "null", "~", "9:16", "1e3", "0o7", ".5", "- a", "a: b", "a #b", "#a", "a:", "<<", "=", "*a", "&a",
          "!a", "%a", "@a", "`a`", "'a'", '"a"', "{a}", "[a]", "a, b", "\t", "a\nb", "\r", "\x7f", "\x85", "\u2028", "\u202e",
          "\ufeff", "😀", "2024-01-01", "0x1F", "1_000", "---", "...", "?", "what is it?", "a?b", "?a", "y", "N", "on"]  # fmt: skip
_TEXTS = st.one_of(st.sampled_from(_NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
_SCALARS = st.one_of(
    _TEXTS, st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)
_NAMES = _TEXTS.filter(lambda text: 0 < len(text) < 100)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_NAMES, inner, max_size=3)),
    max_leaves=6,
)


def read_back(text: str) -> object:
    document, findings = read_document("acme.yaml", text.encode())
    assert document is not None, findings
    assert findings == []
    return document.data


@settings(max_examples=300)
@given(st.dictionaries(_NAMES, _VALUES, max_size=4), _TEXTS)
def test_any_value_comes_back(example: dict[str, object], text: str) -> None:
    schema = {"type": "string", "description": text, "default": text, "enum": [text, 1, 0.5]}
    spec = {
        "title": text,
        "input": {"type": "object", "properties": {"p": schema}},
        "example": example,
        "errata": [{"at": "/example", "documented": example, "used": text}],
    }
    written = to_yaml(Draft(spec, [Review(1, 1, text, "/input/properties/p"), Review(1, 1, text)], False))
    assert read_back(written) == spec
    assert yaml.safe_load(written) == spec


@pytest.mark.parametrize("case", PAGES, ids=str)
def test_drafts_come_back_from_either_reader(case: Case) -> None:
    result = draft(case.text, "acme.page", segmind())
    text = to_yaml(result)
    assert read_back(text) == result.spec
    assert yaml.safe_load(text) == result.spec
    assert text.count("# review: ") == len(result.reviews) + (not result.complete)
