"""What other repositories use to keep an eye on their copy: a pre-commit hook and an Action."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from pagewright.cli import main
from pagewright.vendor.status import CLEAN, STATES

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
SCRIPTS = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]


def check_command(words: list[str]) -> None:
    """The words name a command with options that there are."""
    assert words[0].rpartition("/")[2] == "pagewright"
    options = [word for word in words if word.startswith("--")]
    commands = [word for word in words[1:3] if not word.startswith("-")]
    shown = CliRunner().invoke(main, [*commands, "--help"])
    assert shown.exit_code == 0, shown.output
    assert commands and f"{' '.join(commands)} [OPTIONS]" in shown.output
    assert all(option in shown.output for option in options)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_calls_a_command_that_exists(hook: dict[str, Any]) -> None:
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert hook["language"] == "python" and hook["pass_filenames"] is False
    check_command(shlex.split(hook["entry"]))


def test_an_installed_generator_has_the_versions_that_decide_about_bytes() -> None:
    """Else a hook, or any `pip install`, would format with whatever is newest, and refuse to."""
    lock = dict(re.findall(r"^([a-z0-9-]+)==([^\s\\;]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    pins = dict(entry.split("==") for entry in needed if "==" in entry)
    assert pins == {name: lock[name] for name in ("datamodel-code-generator", "jinja2", "orjson", "ruff")}
    assert not any("additional_dependencies" in hook for hook in HOOKS), "the wheel asks for them itself"


def test_the_action_is_well_formed() -> None:
    assert {"name", "description", "inputs", "runs"} <= ACTION.keys()
    assert ACTION["runs"]["using"] == "composite"
    assert all(entry["description"] for entry in ACTION["inputs"].values())
    for step in ACTION["runs"]["steps"]:
        assert ("uses" in step) != ("run" in step)
        assert "uses" in step or step["shell"] == "bash"
    named = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert named == ACTION["inputs"].keys()


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_action_s_scripts(script: str) -> None:
    assert "${{" not in script, "an expression in a script is code of whoever wrote its value"
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    for line in script.splitlines():
        if "bin/pagewright" in line:
            check_command([word for word in shlex.split(line) if not word.startswith("$PACKAGES")])


def test_the_action_runs_what_it_says(tmp_path: Path) -> None:
    """Its last steps, with a `pagewright` that says how it was called."""
    program = tmp_path / "pagewright" / "bin" / "pagewright"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    environment = {"RUNNER_TEMP": str(tmp_path), "PACKAGES": "a/b c", "CALLERS": "src", "PATH": "/usr/bin:/bin"}
    said = [
        subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script], env=environment, capture_output=True, text=True
        ).stdout
        for script in SCRIPTS
        if "pip" not in script
    ]
    assert said == [
        "vendor status --format github a/b c\n",
        "vendor check-callers --format github --package a/b --package c src\n",
    ]


def test_the_workflow_and_the_command_of_the_page_on_vendoring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As they stand there, in a repository as the page has it: they find the package and what is wrong."""
    theirs = tmp_path / "theirs"
    page = (ROOT / "docs" / "vendoring.md").read_text()
    inputs = yaml.safe_load(page.rpartition("```yaml\n")[2].partition("```")[0])["steps"][1]["with"]
    for folder in inputs["callers"].split():
        (theirs / folder).mkdir(parents=True)
    (theirs / "src/shop.py").write_text(
        'from acme.vendored.pictures import run\n\nrun("tinysd1.5-txt2img", prompt="fog", samples=9)\n'
    )
    monkeypatch.chdir(theirs)
    (added,) = re.findall(r"^    pagewright (vendor add .*)$", page, re.MULTILINE)
    (checked,) = re.findall(r"^    pagewright (vendor check-callers .*)$", page, re.MULTILINE)
    for command, status in ((added, 0), (checked, 1)):
        done = CliRunner().invoke(main, ["--root", str(ROOT), *shlex.split(command)])
        assert done.exit_code == status, done.output
    assert "src/shop.py:3:48: C004" in done.output
    program = tmp_path / "pagewright" / "bin" / "pagewright"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pagewright --root "{ROOT}" "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ,
        "RUNNER_TEMP": str(tmp_path),
        "PACKAGES": inputs["packages"],
        "CALLERS": inputs["callers"],
        "PYTHONPATH": str(ROOT),
    }
    for script, status, says in zip(SCRIPTS[-2:], (0, 1), ("", "::error file=src/shop.py,line=3,col=48"), strict=True):
        ran = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        assert (ran.returncode, says in ran.stdout) == (status, True), ran.stdout + ran.stderr


def test_the_page_on_vendoring_says_what_there_is() -> None:
    page = (ROOT / "docs" / "vendoring.md").read_text()
    commands = re.findall(r"^    (pagewright vendor .*)$", page, re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        check_command(shlex.split(command))
    assert set(re.findall(r"^\| `(\w+)` \| ", page, re.MULTILINE)) >= {*STATES, CLEAN, "cli", "mock", "pydantic"}
    assert all(hook["id"] in page for hook in HOOKS)
    for option in ("--ours", "--theirs", "--incoming", "--package"):
        assert option in page
    inputs = yaml.safe_load(page.rpartition("```yaml\n")[2].partition("```")[0])["steps"][1]["with"]
    assert inputs.keys() <= ACTION["inputs"].keys()
