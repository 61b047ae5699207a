"""Bad specs, one folder a case: `tests/cases/<theme>/<case>/` holds the files that differ from Acme's and `expected.txt`,
a line `file:line:column CODE` for every finding. An empty file `x.yaml.absent` takes Acme's x.yaml away."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.generator.conftest import REPOSITORY, Workspace

CASES = REPOSITORY / "tests" / "cases"
EVERY_CASE = sorted(path.parent for path in CASES.glob("*/*/expected.txt"))
#: These take a file too large to keep; test_document.py makes one.
MADE_ELSEWHERE = {"Y002"}


def apply(case: Path, workspace: Workspace) -> list[str]:
    shutil.copytree(case, workspace.root, dirs_exist_ok=True)
    for mark in workspace.root.rglob("*.absent"):
        mark.with_suffix("").unlink()
        mark.unlink()
    return (case / "expected.txt").read_text().splitlines()


@pytest.mark.parametrize("case", EVERY_CASE, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_every_finding_is_reported_at_its_place(case: Path, acme: Workspace) -> None:
    expected = apply(case, acme)
    found = sorted(acme.findings())
    assert [f"{finding.path}:{finding.line}:{finding.column} {finding.code}" for finding in found] == expected
    assert all(finding.message.endswith(".") and len(str(finding)) < 400 for finding in found)


def test_every_code_of_a_finding_has_a_case() -> None:
    in_code = {
        code
        for module in (REPOSITORY / "generator" / "pagewright").rglob("*.py")
        for code in re.findall(r'"([YSL][0-9]{3})"', module.read_text())
    }
    in_cases = {line.split()[1] for case in EVERY_CASE for line in (case / "expected.txt").read_text().splitlines()}
    assert in_code - MADE_ELSEWHERE == in_cases


def test_a_bad_spec_leaves_the_tree_alone_and_shows_everything(pressed: Workspace) -> None:
    before = pressed.tree()
    expected = apply(CASES / "shape" / "every-finding-at-once", pressed)
    done = pressed.run("generate")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [re.sub(r": ([YSL][0-9]{3}) .*", r" \1", line) for line in lines[: len(expected)]] == expected
    assert lines[-1] == "Nothing was written."
    assert pressed.tree() == before


def test_acme_itself_and_the_repository_have_no_findings(acme: Workspace, repository: Workspace) -> None:
    assert acme.findings() == []
    assert repository.findings() == []
