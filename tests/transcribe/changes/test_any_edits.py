"""`transcribe PAGE --update` after any combination of edits of a page, without the command around it, which would be slow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from pagewright.findings import Finding
from pagewright.specs.document import read_document
from pagewright.specs.lint import lint
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog, Model, model_from
from pagewright.transcribe.changes.record import PageRecord, read_record
from pagewright.transcribe.check_spec import compare_with_pages
from pagewright.transcribe.merging.updated_spec import PageUpdate, Updated
from pagewright.transcribe.page_files import read_source
from pagewright.transcribe.pages.read_page import PageContent, read_page
from pagewright.transcribe.service import Service, service_of
from pagewright.transcribe.update_from_page import NotUpdated, update_from_page
from pagewright.workspace.find import find_provider, open_workspace

from .any_edits import edited_facts, styled
from .aurora import NAME, PAGE, make_workspace, page_of
from .page_model import Facts, Row, render

_COMMENT = re.compile(r"# (?!review:|yaml-language)(.*)")
_TOP = re.compile(r"(?:^#.*\n)*^([a-z_0-9]+):", re.MULTILINE)
_NAME = re.compile(r"(?:^    #.*\n)*^    ([a-z_0-9]+):", re.MULTILINE)


@dataclass(frozen=True)
class Spec:
    """A spec with the record of its page, and what is needed to update and to check it."""

    catalog: Catalog
    model: Model
    text: str
    record: PageRecord | None

    @property
    def service(self) -> Service:
        return replace(service_of(self.catalog.platform), known_slug=NAME)

    def update(self, reading: PageContent) -> Updated:
        platform = self.catalog.platform
        return PageUpdate(self.model, platform, self.service, self.text, NAME, reading, self.record, {}).run()

    def with_text(self, text: str) -> Spec:
        document, findings = read_document(self.model.document.path, text.encode())
        assert document is not None and not findings, findings
        return replace(self, model=model_from(document), text=text)

    def check(self, reading: PageContent) -> list[Finding]:
        readings, platform = {NAME: reading}, self.catalog.platform
        return list(compare_with_pages(self.model, platform, readings, self.service, lambda _: self.record))

    def lint(self) -> list[Finding]:
        path = self.model.document.path
        return [finding for finding in lint(self.catalog.platform, [self.model]) if finding.path.endswith(path)]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspace(tmp_path_factory.mktemp("aurora") / "workspace")


@pytest.fixture(scope="module")
def original(workspace: Path) -> Spec:
    provider = find_provider(open_workspace(workspace), "segmind")
    catalog = load(provider).catalog
    assert catalog is not None
    model = next(model for model in catalog.models if model.slug == NAME)
    text = provider.slugs[NAME].read_text(encoding="utf-8")
    return Spec(catalog, model, text, read_record(provider, NAME))


def test_the_page_model_renders_the_page_of_aurora() -> None:
    assert render(Facts()) == PAGE


@given(facts=edited_facts(), data=st.data())
@settings(max_examples=100)
def test_an_update_after_any_edits_has_all_facts(original: Spec, facts: Facts, data: st.DataObject) -> None:
    original = original.with_text(data.draw(styled(original.text)))
    reading = read_page(render(facts), original.service)
    told = original.check(reading)
    updated = original.update(reading)
    for change in updated.changes:
        note(change.message)
    assert bool(told) == bool(updated.changes), told
    spec = replace(original.with_text(updated.text), record=updated.record)
    assert spec.lint() == []
    assert spec.check(reading) == []
    assert_has_the_facts(spec.model.document.data, facts)
    assert_keeps_what_people_wrote(original.text, spec.text)
    assert_changes_no_more(original.text, spec.text, facts)
    again = spec.update(reading)
    assert (again.changes, again.text, again.record) == ([], spec.text, spec.record)


@given(facts=edited_facts(), part=st.floats(0.1, 0.9))
@settings(max_examples=10)
def test_a_page_that_is_cut_off_updates_nothing(workspace: Path, facts: Facts, part: float) -> None:
    page = render(facts)
    start, end = page.index("Parameters\n"), page.index("Response Type")
    page_of(workspace).write_text(page[: start + int((end - start) * part)], encoding="utf-8")
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    with pytest.raises(NotUpdated, match="cut off"):
        update_from_page(find_provider(open_workspace(workspace), "segmind"), read_source(page_of(workspace)))
    assert {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()} == before


def assert_has_the_facts(spec: Mapping[str, Any], facts: Facts) -> None:
    properties: dict[str, Any] = spec["input"]["properties"]
    assert properties.keys() == {row.name for row in facts.rows}
    assert set(spec["input"].get("required", [])) == {row.name for row in facts.rows if row.required}
    for row in facts.rows:
        schema = {key: value for key, value in properties[row.name].items() if key != "description"}
        for keyword in {"enum", "x-known-values"} & schema.keys():
            schema[keyword] = set(schema[keyword])
        assert schema == _expected(row), row.name
    # The prompt of the sample is a free text.
    prompt = {facts.rows[0].name: ""}
    assert spec["example"] | prompt == facts.sent | prompt
    assert spec["pricing"][0]["amount"] == float(facts.price)
    assert spec["responses"]["returns"] == facts.returns
    assert spec["responses"]["states"] == list(facts.states)
    assert spec["responses"]["statuses"] == {str(status): title for status, title in facts.statuses.items()}
    assert spec["sync"]["path"] == facts.path


def _expected(row: Row) -> dict[str, object]:
    schema: dict[str, Any] = {"type": row.kind}
    if row.default is not None:
        schema["default"] = row.default
    if row.low is not None:
        schema |= {"minimum": row.low, "maximum": row.high}
    if row.id == "width":
        figures = [int(word) for word in row.text.split() if word.isdigit()]
        keywords = ("minimum", "maximum", "multipleOf")[3 - len(figures) :] if figures else ()
        schema |= dict(zip(keywords, figures, strict=True))
    if row.values:
        # noir is Kim's.
        kept = {*row.values, "noir"} if row.id == "style" else {*row.values}
        keyword = "x-known-values" if row.total else "enum"
        schema[keyword] = kept
        schema |= {"x-known-total": row.total} if row.total else {}
    return schema


def assert_keeps_what_people_wrote(before: str, after: str) -> None:
    for comment in _COMMENT.findall(before):
        assert comment.strip() in after, comment
    was, now = _parts(before, _TOP), _parts(after, _TOP)
    for there, here in ((was, now), (_parts(was["input"], _NAME), _parts(now["input"], _NAME))):
        assert [key for key in there if key in here] == [key for key in here if key in there]


def assert_changes_no_more(before: str, after: str, facts: Facts) -> None:
    """Compare the lines of what was not edited."""
    was, now = _parts(before, _TOP), _parts(after, _TOP)
    first = Facts()
    may_change = (
        {"input", "output", "example", "errata"} if (facts.rows, facts.sent) != (first.rows, first.sent) else set[str]()
    )
    for key, names in (("pricing", ["price"]), ("responses", ["returns", "states", "statuses"]), ("sync", ["path"])):
        if any(getattr(facts, name) != getattr(first, name) for name in names):
            may_change.add(key)
    assert {key for key in was.keys() | now.keys() if was.get(key) != now.get(key)} <= may_change
    old, new = (_parts(part["input"], _NAME) for part in (was, now))
    for row in facts.rows:
        there = first.row(row.id)
        if there is not None and there.facts == row.facts and row.name == there.name:
            assert new[row.name] == old[row.name]


def _parts(text: str, head: re.Pattern[str]) -> dict[str, str]:
    """Return the lines of each key with the comments above it, without the reviews."""
    text = text.replace("\r\n", "\n")
    lines = "".join(line for line in text.splitlines(True) if "# review:" not in line)
    found = list(head.finditer(lines))
    ends = [*(match.start() for match in found[1:]), len(lines)]
    return {match[1]: lines[match.start() : end].rstrip() for match, end in zip(found, ends, strict=True)}
