"""One invented model in every form in which people have a page: `tests/cases/transcribe-forms/`, a folder for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pagewright.transcribe.draft import Draft, draft
from pagewright.transcribe.forms.document import NotAModelPage
from pagewright.transcribe.forms.source import document_of
from tests.material import PAGES, absent, segmind

CASES = Path(__file__).parents[2] / "cases" / "transcribe-forms"
_FOLDERS = sorted(CASES.iterdir())
_KEYWORDS = {"default": "default", "minimum": "min", "maximum": "max", "x-known-total": "enum_total"}


def page_of(folder: Path) -> bytes:
    return next(path for path in folder.iterdir() if path.stem == "page").read_bytes()


def expected_of(folder: Path) -> dict[str, object]:
    expected: dict[str, Any] = json.loads((folder / "expected.json").read_text())
    return expected


def misread(result: Draft, expected: dict[str, Any]) -> list[tuple[str, str, object, object]]:
    """Return name, fact, and both values of each fact that `result` has otherwise than `expected`."""
    spec = result.spec
    facts = [("", "slug", expected["slug"], spec["slug"])]
    facts.append(("", "path", expected["endpoint"].partition("segmind.com")[2], spec["sync"]["path"]))
    facts.append(("", "title", expected["title"], spec["title"].removesuffix(" Serverless API")))
    properties, required = spec["input"]["properties"], spec["input"].get("required", [])
    for row in expected["params"]:
        name = row["name"]
        schema = dict(properties.get(name, {}))
        for erratum in spec.get("errata", []):
            if erratum["at"].startswith(f"/input/properties/{name}/"):
                schema[erratum["at"].rpartition("/")[2]] = erratum["documented"]
        facts.append((name, "type", row["type"].split()[0], schema.get("type")))
        facts.append((name, "format", "uri" in row["type"], schema.get("format") == "uri"))
        facts.append((name, "required", row["required"], name in required))
        facts += [(name, ours, row.get(theirs), schema.get(ours)) for ours, theirs in _KEYWORDS.items()]
        values = schema.get("enum", schema.get("x-known-values"))
        default = [row["default"]] if "default" in row and values else []
        shown = row.get("enum_shown")
        wanted = shown + [value for value in default if value not in shown] if shown else None
        facts.append((name, "values", wanted, values))
    names = {row["name"] for row in expected["params"]} | set(expected["sample"])
    facts += [(name, "invented", None, name) for name in properties if name not in names]
    if expected["sample_whole"]:
        short = {name: value for name, value in expected["sample"].items() if len(str(value)) < 20}
        facts += [(name, "example", value, spec["example"].get(name)) for name, value in short.items()]
    return [fact for fact in facts if fact[2] != fact[3] or isinstance(fact[2], bool) is not isinstance(fact[3], bool)]


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda folder: folder.name)
def test_every_form_of_a_page_gives_the_same_facts(folder: Path) -> None:
    result = draft(page_of(folder), "acme.page", segmind())
    assert misread(result, expected_of(folder)) == []
    assert result.complete


def test_every_form_says_what_it_is() -> None:
    for folder in _FOLDERS:
        assert len((folder / "README").read_text().splitlines()) == 1


def test_the_real_page_in_every_form() -> None:
    if PAGES is None or not (PAGES / "forms").is_dir():
        absent("the real page in many forms (PAGEWRIGHT_PAGES/forms)")
    pages = [path for path in sorted((PAGES / "forms").iterdir()) if path.suffix in (".txt", ".md", ".html", ".mhtml")]
    wrong = {}
    for page in pages:
        result = draft(page.read_bytes(), page.stem, segmind())
        facts = misread(result, expected_of_real(page))
        # A form that destroys facts says so.
        wrong[page.stem] = [] if not result.complete else [fact for fact in facts if not covered(result, fact[0])]
    assert pages and {name: facts for name, facts in wrong.items() if facts} == {}


def expected_of_real(page: Path) -> dict[str, object]:
    expected: dict[str, Any] = json.loads(page.with_suffix(".expected.json").read_text())
    return expected


def covered(result: Draft, name: str) -> bool:
    return any(name in review.message for review in result.reviews)


def test_a_review_names_the_place_in_the_file_as_it_was_saved() -> None:
    text = page_of(CASES / "text-mail2").decode()
    draft_of_mail = draft(text, "acme.page", segmind())
    review = next(review for review in draft_of_mail.reviews if "style" in review.message)
    line = text.split("\n")[review.line - 1]
    assert line[review.column - 1 :].startswith("style")


def test_elements_that_meet_are_apart_but_a_sentence_is_whole() -> None:
    document = document_of("<div><span>steps</span><span>integer</span><p>Use <b>10</b> or <i>20</i>.</p></div>" * 2)
    assert [unit.text for unit in document.units[:3]] == ["steps", "integer", "Use 10 or 20."]


_OPENAPI = {"openapi": "3.1.0", "info": {"title": "Acme", "version": "1"}, "paths": {}}
_LLMS = "# Acme\n\n> Models\n\n## Docs\n\n- [Lantern](https://a.b/l): draws\n- [Pen](https://a.b/p): writes\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (json.dumps(_OPENAPI), "OpenAPI"),
        ("openapi: 3.0.3\ninfo:\n  title: Acme\n", "OpenAPI"),
        (json.dumps({"swagger": "2.0"}), "OpenAPI"),
        (json.dumps([{"slug": "acme"}]), "JSON"),
        (_LLMS, "llms.txt"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        ("<!DOCTYPE html><html><body><div id=app></div></body></html>", "save the page from a browser"),
        (
            "<html><body><h1>Acme</h1><pre>curl https://api.segmind.com/v1/acme</pre></body></html>",
            "without a table of parameters",
        ),
        (
            "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/css\n\na\n",
            "MHTML",
        ),
        (b"bplist00\x00WebMainResource", "web archive"),
        ("", "empty"),
    ],
    ids=str,
)
def test_what_is_no_page_is_refused_by_name(content: str | bytes, reason: str) -> None:
    with pytest.raises(NotAModelPage, match=reason) as refused:
        draft(content, "acme.page", segmind())
    assert "\n" not in str(refused.value)
