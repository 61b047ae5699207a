"""Edits of a page, each with the message of `--check` and the result of `--update`, as docs/page-changes.md lists them."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tests.material import ROOT

from .aurora import copy_of, lint_findings, page_of, run, spec_of
from .edits import EDITS, PageEdit

TABLE = ROOT / "docs/page-changes.md"
BEGIN = "| edit | what `--check` says | what `--update` does |\n|---|---|---|\n"


def messages(workspace: Path) -> list[str]:
    """Return what the alarm says about the page, without places and codes."""
    done = run(workspace, "transcribe", "--check", "--pages", str(workspace))
    findings = [line for line in done.output.splitlines() if ": P0" in line and not line.startswith("note:")]
    assert done.exit_code == bool(findings), done.output
    assert not findings or done.output.splitlines()[len(findings)].startswith(f"{len(findings)} finding"), done.output
    return [line.split(": ", 2)[2] for line in findings]


def difference(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_each_edit_of_the_page_is_reported_and_merged(edit: PageEdit, original: Path, tmp_path: Path) -> None:
    workspace = copy_of(original, tmp_path / "workspace")
    page_of(workspace).write_text(edit.page, encoding="utf-8")
    told = messages(workspace)
    assert len(told) == len(edit.told), told
    for words in edit.told:
        assert any(words in message for message in told), told
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    done = run(workspace, "transcribe", str(page_of(workspace)), "--update")
    after = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    if not edit.told or "not compared" in edit.told[0]:
        assert before == after
    else:
        assert lint_findings(workspace) == []
        assert messages(workspace) == []
        again = run(workspace, "transcribe", str(page_of(workspace)), "--update")
        assert "nothing was written" in again.output
        assert {path: path.read_bytes() for path in after} == after
    row = row_of(
        edit, told, before[spec_of(workspace)].decode(), spec_of(workspace).read_text(encoding="utf-8"), done.output
    )
    assert row in TABLE.read_text(encoding="utf-8"), f"Put this row into {TABLE.relative_to(ROOT)}:\n{row}"


def row_of(edit: PageEdit, told: list[str], before: str, after: str, output: str) -> str:
    """Return the row of the documentation's table about an edit."""
    says = (
        "; ".join(message.partition(" (page ")[0].removeprefix("acme-aurora: ").rstrip(".") for message in told) or "–"
    )
    changed = difference(before, after)
    reviews = sum(line.startswith("+") and "# review:" in line for line in changed)
    lines = len(changed) - reviews
    if not told:
        does = "nothing"
    elif "Nothing was updated" in output:
        does = "nothing, and says why"
    else:
        parts = [f"changes {lines} line{'s' * (lines != 1)}"] if lines else []
        parts += [f"adds {reviews} review{'s' * (reviews != 1)}"] if reviews else []
        does = " and ".join(parts)
    return f"| {edit.name} | {says.replace('|', '/')} | {does} |\n"


def test_the_table_has_a_row_for_each_edit_and_no_other() -> None:
    rows = TABLE.read_text(encoding="utf-8").partition(BEGIN)[2].splitlines()
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [edit.name for edit in EDITS]
    assert len(EDITS) >= 50
