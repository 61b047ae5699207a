"""`transcribe PAGE --update`: new facts come in, and what people made of a spec stays."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pagewright.publishing import publish
from tests.material import ROOT
from tests.material import page_of as real_page

from .aurora import PAGE, copy_of, lint_findings, page_of, run, spec_of
from .edits import EDITS
from .test_page_edits import difference, messages

NINE = (
    "a parameter is renamed in table and sample",
    "a minimum rises",
    "a value is new",
    "a list has more values in all",
    "a rule in a description changes",
    "the price rises",
    "a state is new",
    "results are kept longer",
    "a banner announces the end of the model",
)


def edited(*names: str) -> str:
    page = PAGE
    for edit in EDITS:
        if edit.name in names:
            page = edit.make(page)
    return page


def record_of(workspace: Path) -> Path:
    return workspace / "pages/segmind/acme-aurora.json"


def update(workspace: Path, page: str = "") -> str:
    if page:
        page_of(workspace).write_text(page, encoding="utf-8")
    return run(workspace, "transcribe", str(page_of(workspace)), "--update").output


def test_nine_edits_at_once_lose_nothing_of_a_persons_work(workspace: Path) -> None:
    before = spec_of(workspace).read_text(encoding="utf-8")
    output = update(workspace, edited(*NINE))
    after = spec_of(workspace).read_text(encoding="utf-8")
    changed = difference(before, after)
    assert 0 < len(changed) <= 40, "\n".join(changed)
    assert len(re.findall(r"^\S+acme-aurora\.txt: ", output, re.MULTILINE)) == len(NINE), output
    for text in re.findall(r"#.*|(?:summary|why|description): .*|What the sky shows;|keep it short\.", before):
        assert text in after, text
    assert "x-known-values: [natural, vivid, pastel, noir]" in after
    assert messages(workspace) == []
    assert lint_findings(workspace) == []
    assert "nothing was written" in update(workspace)
    assert spec_of(workspace).read_text(encoding="utf-8") == after


def test_a_record_holds_facts_and_no_prose(workspace: Path) -> None:
    text = record_of(workspace).read_text(encoding="utf-8")
    assert '"/input/properties/guidance/maximum": 15' in text
    for prose in ("green lights", "How closely", "northern lights", "requests per minute"):
        assert prose not in text


def test_an_erratum_expires_when_the_page_says_what_is_used(workspace: Path) -> None:
    page = PAGE.replace('"pastel"+3 more', '"pastel""noir"+2 more')
    assert "new value of `style`: 'noir'" in update(workspace, page)
    text = spec_of(workspace).read_text(encoding="utf-8")
    assert "noir works, too" not in text.partition("errata:")[2]
    assert (
        "# review: a comment about what is gone from the page said: /input/properties/style/x-known-values: Kim measured"
        in text
    )


def test_what_a_person_made_of_a_fact_stays_and_is_reviewed(workspace: Path) -> None:
    """The person lets four steps through without an erratum, and then the page changes the same bound."""
    text = spec_of(workspace).read_text(encoding="utf-8").replace("minimum: 10", "minimum: 4")
    spec_of(workspace).write_text(text, encoding="utf-8")
    output = update(workspace, edited("a range moves"))
    text = spec_of(workspace).read_text(encoding="utf-8")
    assert "minimum: 4" in text and "maximum: 80" in text
    assert "says 20 for the minimum of num_inference_steps now; the spec's own value was kept" in output
    assert messages(workspace) == []


def test_a_value_that_a_person_added_stays_in_a_list_that_changes(workspace: Path) -> None:
    update(workspace, PAGE.replace('"pastel"+3', '"dawn"+3'))
    assert "x-known-values: [natural, vivid, dawn, noir]" in spec_of(workspace).read_text(encoding="utf-8")
    assert messages(workspace) == []


def test_without_a_record_the_spec_tells_what_the_page_said(workspace: Path) -> None:
    record_of(workspace).unlink()
    # No spec has a place for a rule in prose, so it is told of once.
    rule = "You can send up to 60 requests per minute."
    assert f"new rule: {rule}" in update(workspace) and record_of(workspace).is_file()
    record_of(workspace).unlink()
    assert "stays as it is" in update(workspace, PAGE.replace(rule, ""))
    record_of(workspace).unlink()
    assert "the maximum of `num_inference_steps` fell from 40 to 30" in update(workspace, edited("a maximum falls"))
    assert messages(workspace) == []


def test_an_installed_model_brings_its_record_along(tmp_path: Path) -> None:
    """A workspace without specs of its own: nothing is new on the page but its price, so nothing else is told, or merged."""
    (tmp_path / "pagewright.toml").write_text("", encoding="utf-8")
    page = tmp_path / "tinysd1.5-txt2img.spaced.txt"
    page.write_text(real_page("tinysd1.5-txt2img.spaced").replace("$0.006", "$0.009"), encoding="utf-8")
    told = run(tmp_path, "transcribe", "--check", str(page)).output
    assert "price rose from 0.006 to 0.009" in told and told.endswith("\n1 finding.\n")
    done = run(tmp_path, "transcribe", str(page), "--update")
    assert done.output.splitlines()[0].endswith("price rose from 0.006 to 0.009 USD per image"), done.output
    own = tmp_path / "specs/segmind/models/tinysd1.5-txt2img.yaml"
    installed = ROOT / "specs/segmind/models/tinysd1.5-txt2img.yaml"
    assert len(difference(installed.read_text(encoding="utf-8"), own.read_text(encoding="utf-8"))) == 2
    assert (tmp_path / "pages/segmind/tinysd1.5-txt2img.spaced.json").is_file()


def test_a_record_that_is_broken_is_named(workspace: Path) -> None:
    record_of(workspace).write_text("{", encoding="utf-8")
    done = run(workspace, "transcribe", str(page_of(workspace)), "--update")
    assert done.exit_code != 0 and "pages/segmind/acme-aurora.json" in done.output
    assert any("it can't be read as JSON" in told for told in messages(workspace))


@pytest.mark.parametrize("killed_at", [1, 2])
def test_killed_between_two_writes_it_is_old_or_new_and_the_next_run_completes_it(
    workspace: Path, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    whole = copy_of(original, tmp_path / "whole")
    update(whole, edited(*NINE))
    writes, write_own = 0, publish.write_own

    def write(path: Path, content: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == killed_at:
            path.write_bytes(content[: len(content) // 2])
            raise KeyboardInterrupt
        write_own(path, content)

    old = spec_of(workspace).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(publish, "write_own", write)
        update(workspace, edited(*NINE))
    assert spec_of(workspace).read_bytes() == (old if killed_at == 1 else spec_of(whole).read_bytes())
    update(workspace)
    assert spec_of(workspace).read_bytes() == spec_of(whole).read_bytes()
    assert record_of(workspace).read_bytes() == record_of(whole).read_bytes()


def test_a_page_of_another_model_updates_nothing(workspace: Path) -> None:
    old = spec_of(workspace).read_bytes()
    assert "the page documents 'acme-borealis' now" in update(workspace, PAGE.replace("acme-aurora", "acme-borealis"))
    assert spec_of(workspace).read_bytes() == old


def test_a_page_that_no_spec_names(workspace: Path) -> None:
    page = workspace / "other.txt"
    shutil.copy(page_of(workspace), page)
    assert "is taken for page 'acme-aurora'" in run(workspace, "transcribe", str(page), "--update").output
    done = run(workspace, "transcribe", "--check", str(page))
    assert done.exit_code == 0 and "is taken for page acme-aurora" in done.output
    page.write_text(PAGE.replace("acme-aurora", "acme-borealis"), encoding="utf-8")
    done = run(workspace, "transcribe", "--check", str(page))
    assert done.exit_code == 2 and "No spec names the page" in done.output


def test_a_single_page_is_checked_without_the_others(workspace: Path) -> None:
    page_of(workspace).write_text(edited("the price rises"), encoding="utf-8")
    done = run(workspace, "transcribe", "--check", str(page_of(workspace)))
    assert done.exit_code == 1
    assert done.output.endswith("\n1 finding.\n") and "price rose from 0.006 to 0.009 USD per image" in done.output


def test_two_pages_that_part_are_reviewed_and_the_value_stays(tmp_path: Path) -> None:
    """The real model with two pages: one of them changes a bound that the other still states."""
    slug = "stable-diffusion-3.5-large-txt2img"
    spec = tmp_path / f"specs/segmind/models/{slug}.yaml"
    spec.parent.mkdir(parents=True)
    (tmp_path / "pagewright.toml").write_text("", encoding="utf-8")
    shutil.copy(ROOT / f"specs/segmind/models/{slug}.yaml", spec)
    shutil.copytree(ROOT / "pages", tmp_path / "pages")
    page = tmp_path / f"{slug}.spaced.txt"
    page.write_text(real_page(f"{slug}.spaced").replace("Range: 10 - 70", "Range: 10 - 50"), encoding="utf-8")
    done = run(tmp_path, "transcribe", str(page), "--update")
    assert done.exit_code == 1
    assert f"says 50 for the maximum of steps now; page {slug}.attributes still says 70" in done.output
    assert "maximum: 70" in spec.read_text(encoding="utf-8")
    other = tmp_path / f"{slug}.attributes.txt"
    other.write_text(real_page(f"{slug}.attributes").replace("max : 70", "max : 50"), encoding="utf-8")
    done = run(tmp_path, "transcribe", str(other), "--update")
    text = spec.read_text(encoding="utf-8")
    assert "maximum: 50" in text and "documented: 50" not in text
    assert run(tmp_path, "transcribe", "--check", str(page), str(other)).exit_code == 0
