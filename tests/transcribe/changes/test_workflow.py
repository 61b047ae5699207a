"""The steps of docs/workflows/pages.yml, carried out with a local server and a `gh` that writes down what it is asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from pagewright.cli import main
from segmind_mock import Settings, serving
from tests.material import ROOT

from .aurora import PAGE, spec_of
from .edits import EDITS
from .test_fetch import Site, site, workspace

__all__ = ["site", "workspace"]

WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / "docs/workflows/pages.yml").read_text(encoding="utf-8"))
MODEL = "tinysd1.5-txt2img"
KEY = "any-key-will-do"
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["pages"]["steps"]
#: One issue, kept in a file: `create` and `edit` write its body, `list` and `view` show it.
GH = """\
#!/bin/bash
echo "$1 $2" >> "$ISSUES/calls"
case "$2" in
  list) test -f "$ISSUES/body" && echo 7 ;;
  view) cat "$ISSUES/body" ;;
  create) cp "$6" "$ISSUES/body" ;;
  edit) cp "$5" "$ISSUES/body" ;;
esac
exit 0
"""


def night(workspace: Path) -> list[str]:
    """Run the steps of one night, and return the calls of `gh`."""
    issues, programs = workspace.parent / "issues", workspace.parent / "bin"
    issues.mkdir(exist_ok=True)
    programs.mkdir(exist_ok=True)
    (programs / "gh").write_text(GH, encoding="utf-8")
    (programs / "gh").chmod(0o755)
    (issues / "calls").unlink(missing_ok=True)
    shutil.rmtree(workspace / ".report", ignore_errors=True)
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {**os.environ, "PATH": path, "ISSUES": str(issues), "PAGEWRIGHT_PAGES": "", "PYTHONPATH": ""}
    for step in STEPS:
        if "run" in step and step["name"] not in ("Install pagewright", "Run the contract suite"):
            script = ["bash", "-e", "-c", step["run"]]
            done = subprocess.run(
                script, cwd=workspace, env=variables, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 0, f"{step['name']}: {done.stdout}{done.stderr}"
    calls = issues / "calls"
    return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []


def commit(workspace: Path) -> None:
    (workspace / ".gitignore").write_text(".pages/\n.report/\n", encoding="utf-8")
    for arguments in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *arguments], cwd=workspace, check=True, timeout=60)


def test_one_issue_is_opened_kept_and_updated(workspace: Path, site: Site) -> None:
    commit(workspace)
    before = spec_of(workspace).read_bytes()
    assert night(workspace) == []
    changed = next(edit for edit in EDITS if edit.name == "a maximum falls")
    site.pages["/aurora"] = (200, changed.page.encode(), '"2"')
    assert night(workspace) == ["issue list", "issue create"]
    body = (workspace.parent / "issues/body").read_text(encoding="utf-8")
    assert "the maximum of `num_inference_steps` fell from 40 to 30" in body
    assert "## What it means to callers" in body and "version step: major" in body, body
    assert night(workspace) == ["issue list", "issue view"]
    site.pages["/aurora"] = (200, changed.page.replace("$0.006", "$0.009").encode(), '"3"')
    assert night(workspace) == ["issue list", "issue view", "issue edit"]
    assert "price rose" in (workspace.parent / "issues/body").read_text(encoding="utf-8")
    assert spec_of(workspace).read_bytes() == before
    site.pages["/aurora"] = (200, PAGE.encode(), '"4"')
    assert night(workspace) == []


@pytest.mark.parametrize("is_there", [True, False])
def test_the_contract_suite_runs_against_the_service(tmp_path: Path, is_there: bool) -> None:
    """A vendored suite, without pagewright, in an environment with the packages that the target needs."""
    step = next(step for step in STEPS if step.get("name") == "Run the contract suite")
    added = CliRunner().invoke(
        main, ["--root", str(ROOT), "vendor", "add", str(tmp_path / "drift"), "--target", "contract", "--model", MODEL]
    )
    assert added.exit_code == 0, added.output
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "pip").write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$PIP"\n', encoding="utf-8")
    (programs / "pip").chmod(0o755)
    (tmp_path / ".report").mkdir()
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "SEGMIND"))}
    with serving(Settings(keys=frozenset({KEY}))) as mock:
        variables = {
            **clean,
            "PATH": path,
            "PIP": str(tmp_path / "installed"),
            "CONTRACT": "drift",
            "SERVICE": mock.url if is_there else "http://127.0.0.1:9",
            "MAX_USD": "2",
            "SEGMIND_API_KEY": KEY,
        }
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    said = (tmp_path / ".report/contract.txt").read_text(encoding="utf-8")
    assert (tmp_path / ".report/contract.status").read_text(encoding="utf-8").strip() == (
        "0" if is_there else "11"
    ), said
    assert variables["SERVICE"] in said
    wanted = yaml.safe_load((ROOT / "templates/contract/target.yaml").read_text(encoding="utf-8"))["vendor"]["requires"]
    assert (tmp_path / "installed").read_text(encoding="utf-8").split("\n")[:-1] == ["install", "--quiet", *wanted]


def test_the_workflow_runs_at_night_and_spends_no_more_than_it_is_told() -> None:
    contract = next(step for step in STEPS if step.get("name") == "Run the contract suite")
    assert "--max-usd" in contract["run"] and contract["if"] == "env.CONTRACT != ''"
    assert WORKFLOW["permissions"] == {"contents": "read", "issues": "write"}
