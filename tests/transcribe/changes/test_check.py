"""The alarm for drift: the real pages and the specs made from them say the same, and no change of either goes unnoticed."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main
from pagewright.findings import Finding
from pagewright.specs.document import Document
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog, Model, model_from
from pagewright.transcribe.changes.page_facts import SAMPLE_TEXT, facts_of_page, facts_of_spec
from pagewright.transcribe.check_spec import compare_with_pages
from pagewright.transcribe.check_workspace import check_specs
from pagewright.transcribe.pages.page import NotAModelPage
from pagewright.transcribe.pages.read_page import PageContent, read_page
from pagewright.workspace import find_provider, open_workspace
from tests.material import ROOT, page_of, pages, segmind


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    loaded = load(find_provider(open_workspace(ROOT))).catalog
    assert loaded
    return loaded


@pytest.fixture(scope="module")
def readings(catalog: Catalog) -> dict[str, PageContent]:
    return {page: read_page(page_of(page), segmind()) for model in catalog.models for page in model.pages}


def findings_of(model: Model, readings: dict[str, PageContent]) -> list[Finding]:
    platform = load(find_provider(open_workspace(ROOT))).platform
    assert platform
    return list(compare_with_pages(model, platform, {page: readings[page] for page in model.pages}, segmind()))


def check_folder(folder: Path) -> list[Finding]:
    return check_specs([find_provider(open_workspace(ROOT))], folder).findings


def test_every_spec_says_what_its_pages_say(catalog: Catalog, readings: dict[str, PageContent]) -> None:
    assert readings
    assert check_folder(pages()) == []


def test_the_check_command_finds_no_difference_in_the_real_pages(readings: dict[str, PageContent]) -> None:
    done = CliRunner().invoke(main, ["--root", str(ROOT), "transcribe", "--check", "--pages", str(pages())])
    assert (done.exit_code, done.output) == (0, "4 specs say what their 5 pages say, but for their errata.\n")


def test_what_is_no_file_among_the_pages_is_not_opened(catalog: Catalog, tmp_path: Path) -> None:
    """A pipe would be waited for, a device might have no end."""
    first, *others = [page for model in catalog.models for page in model.pages]
    os.mkfifo(tmp_path / f"{first}.txt")
    for page in others:
        (tmp_path / f"{page}.txt").symlink_to("/dev/zero")
    found = [(finding.code, "it is not a file" in finding.message) for finding in check_folder(tmp_path)]
    assert found == [("P002", True)] * (1 + len(others))


def test_a_silent_page_agrees_until_it_speaks_or_nobody_does(
    catalog: Catalog, readings: dict[str, PageContent]
) -> None:
    """The older page of 3.5 Large has no 403; the newer one has."""
    model = next(model for model in catalog.models if len(model.pages) > 1)
    newer, older = model.pages
    assert 403 in readings[newer].facts.statuses and 403 not in readings[older].facts.statuses

    def told(page: str, statuses: dict[int, str]) -> list[str]:
        facts = replace(readings[page].facts, statuses=statuses)
        changed = {**readings, page: replace(readings[page], facts=facts)}
        return [finding.message for finding in findings_of(model, changed) if "403" in finding.message]

    (said,) = told(older, {**readings[older].facts.statuses, 403: "Prohibited"})
    assert "status 403 changed from 'Forbidden' to 'Prohibited'" in said
    newest = {status: title for status, title in readings[newer].facts.statuses.items() if status != 403}
    assert len(told(newer, newest)) == 2  # no page documents it any more


def other(value: object) -> object:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"{value}2" if value else "x"
    if isinstance(value, list):
        return value[:-1]
    return "something"


def mutated(model: Model, at: str) -> Model:
    """The model with one fact changed."""
    data = copy.deepcopy(model.document.data)
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:]]
    if path[:2] == ["input", "properties"] and last == "required":
        required = data["input"].setdefault("required", [])
        if path[2] in required:
            required.remove(path[2])
        else:
            required.append(path[2])
    else:
        place = data
        for part in path:
            place = place[part]
        if last == "values":
            last = "enum" if "enum" in place else "x-known-values"
        place[last] = other(place[last])
    document = Document(model.document.path, data, model.document.values, model.document.keys)
    return model_from(document)


def test_every_fact_of_every_spec_is_watched(catalog: Catalog, readings: dict[str, PageContent]) -> None:
    facts = 0
    for model in catalog.models:
        for at in facts_of_spec(model):
            if facts_of_spec(model)[at] == SAMPLE_TEXT or at == "/input/properties/prompt/default":
                continue
            facts += 1
            assert findings_of(mutated(model, at), readings), f"{model.slug}: nobody noticed a change of {at}"
    assert facts > 250


def test_a_fact_that_the_spec_lacks_or_makes_up_is_noticed(catalog: Catalog, readings: dict[str, PageContent]) -> None:
    for model in catalog.models:
        for parameter in model.parameters:
            data = copy.deepcopy(model.document.data)
            del data["input"]["properties"][parameter.name]
            document = replace(model.document, data=data)
            assert findings_of(model_from(document), readings), f"{model.slug}: {parameter.name} is gone"
        data = copy.deepcopy(model.document.data)
        data["input"]["properties"]["invented"] = {"type": "string"}
        assert findings_of(model_from(replace(model.document, data=data)), readings)


def numbers_of(text: str, reading: PageContent) -> Iterator[re.Match[str]]:
    """Each number of a page that is a fact: in its head but for the latency, in its payloads but for prompts, in its table and its list
    of statuses."""
    table = reading.page.table()
    assert table
    payloads = [found.span() for found in re.finditer(r"(?:data|payload)\s*=\s*\{.*?\n?\s*\d*\}", text, re.DOTALL)]
    head = text.find("import ")
    prompts = [found.span() for found in re.finditer(r"prompt\"?[:=] ?\".*", text)]
    for number in re.finditer(r"(?<![\w.])-?[0-9]+(?:\.[0-9]+)?(?![\w.])|(?<=[a-z\"])[0-9]+(?=Range|\n)", text):
        at = number.start()
        line = text[text.rfind("\n", 0, at) + 1 : at]
        if any(start <= at < end for start, end in prompts):
            continue
        if (
            table.start <= at < table.end
            or (any(start < at < end for start, end in payloads) and line.strip() and not line.strip().isdigit())
            or (at < head and re.match(r"~\$\s*\Z", line))
        ):
            yield number


def test_every_number_of_every_page_is_watched(catalog: Catalog, readings: dict[str, PageContent]) -> None:
    """Each number that is a fact is changed in turn. A description's numbers count where an erratum rests on them."""
    tried, unnoticed = 0, []
    for model in catalog.models:
        for page in model.pages:
            text, reading = page_of(page), readings[page]
            for number in numbers_of(text, reading):
                digits = number[0]
                changed = digits[:-1] + str((int(digits[-1]) + 1) % 10)
                mutant = text[: number.start()] + changed + text[number.end() :]
                tried += 1
                try:
                    noticed = bool(findings_of(model, {**readings, page: read_page(mutant, segmind())}))
                except NotAModelPage:
                    noticed = True
                if not noticed:
                    line = text.count("\n", 0, number.start()) + 1
                    unnoticed.append(f"{page}:{line}: {digits} -> {changed}")
    assert tried > 150
    assert unnoticed == []


def test_what_a_page_says_is_found_where_it_is_said(readings: dict[str, PageContent]) -> None:
    said = facts_of_page(readings["stable-diffusion-3.5-turbo-txt2img.compact"], segmind())
    assert said["/input/properties/steps/minimum"] == 10
    assert said["/input/properties/steps/default"] == 4
    assert said["/example/seed"] == 98552302
    assert "/price_usd" not in said


def test_a_page_that_is_missing_or_no_page(catalog: Catalog, tmp_path: Path) -> None:
    missing = check_folder(tmp_path)
    assert {finding.code for finding in missing} == {"P001"}
    assert len(missing) == sum(len(model.pages) for model in catalog.models)
    for model in catalog.models:
        for page in model.pages:
            (tmp_path / f"{page}.txt").write_text("<!doctype html>", encoding="utf-8")
    assert {finding.code for finding in check_folder(tmp_path)} == {"P002"}
