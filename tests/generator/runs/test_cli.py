"""The command: what it says, and the status it leaves with."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright import __version__, generate
from pagewright.cli import main
from tests.generator.conftest import REPOSITORY, SKETCH, Workspace


def run(workspace: Workspace, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["--root", str(workspace.root), *arguments])
    return result.exit_code, result.output


def test_generate_says_what_it_wrote_and_then_that_there_is_nothing_to_do(acme: Workspace) -> None:
    status, said = run(acme, "generate")
    assert status == 0
    assert "added    generated/acme/notes/index.json\n" in said
    assert said.endswith("6 of 6 files written for 2 models.\n")
    assert run(acme, "generate") == (0, "Nothing to do: 6 files are up to date.\n")
    assert run(acme, "generate", "--check") == (0, "generated/acme/ is up to date: 6 files.\n")
    assert run(acme, "--quiet", "generate") == (0, "")


def test_lint_in_three_formats(acme: Workspace) -> None:
    assert run(acme, "lint") == (0, "No findings in 3 specs.\n")
    assert run(acme, "lint", "--format", "json") == (0, "[]\n")
    acme.replace(SKETCH, "title: Acme Sketch", "title: 5")
    assert run(acme, "lint") == (1, f"{SKETCH}:2:8: S004 wrong-value: 5 is not of type string.\n1 finding.\n")
    status, said = run(acme, "lint", "--format", "json")
    assert (status, [finding["code"] for finding in json.loads(said)]) == (1, ["S004"])
    assert run(acme, "lint", "--format", "github") == (
        1,
        f"::error file={SKETCH},line=2,col=8,title=S004 wrong-value::5 is not of type string.\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [["generate", "--model", "nope"], ["generate", "--target", "nope"], ["generate", "--check", "--force"],
     ["generate", "--check", "--model", "acme-sketch"], ["paint"], ["--root", "/nowhere", "lint"], ["lint", "--format", "x"]],
)  # fmt: skip
def test_wrong_usage_is_status_2(acme: Workspace, arguments: list[str]) -> None:
    status, said = run(acme, *arguments)
    assert status == 2
    assert "Traceback" not in said


def test_outside_a_workspace(tmp_path: Path) -> None:
    assert run(Workspace(tmp_path), "generate")[0] == 2


def test_the_workspace_is_found_from_a_folder_inside(acme: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(acme.root / "specs" / "acme" / "models")
    assert CliRunner().invoke(main, ["lint"]).output == "No findings in 3 specs.\n"


def test_a_broken_template_is_named_with_its_line(acme: Workspace) -> None:
    acme.write("templates/notes/index.json.jinja", '{"a": 1}\n\n{{ platform.nothing|json }}\n')
    status, said = run(acme, "generate")
    assert status == 1
    assert re.fullmatch(r"pagewright: templates/notes/index.json.jinja:3: .*nothing.*\n", said)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS], ids=errno.errorcode.get)
def test_a_folder_that_cannot_be_written_gives_one_line_and_the_next_run_succeeds(
    pressed: Workspace, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    pressed.replace(SKETCH, "Acme Sketch", "Acme Scribble")

    def refuse(path: Path, content: bytes) -> None:
        raise OSError(code, os.strerror(code), str(path))

    with monkeypatch.context() as patch:
        patch.setattr("pagewright.publishing.publish.write_own", refuse)
        status, said = run(pressed, "generate")
    assert (status, said.count("\n")) == (3, 1)
    assert os.strerror(code) in said
    assert run(pressed, "generate")[0] == 0
    assert run(pressed, "generate", "--check")[0] == 0


@pytest.mark.parametrize(
    ("error", "status", "says"), [(KeyboardInterrupt, 130, "interrupted"), (ZeroDivisionError, 3, "internal error")]
)
def test_interrupted_and_internal_errors(
    acme: Workspace, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], status: int, says: str
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(generate, "generate", stop)
    found, said = run(acme, "generate")
    assert (found, said.count("\n")) == (status, 1)
    assert says in said


def test_a_pipe_that_closes_is_no_internal_error(acme: Workspace) -> None:
    shell = f"{sys.executable} -m pagewright --root {acme.root} generate | true"
    done = subprocess.run(["sh", "-c", shell], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert "internal error" not in done.stderr and "disk" not in done.stderr


def test_version_and_help() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"pagewright, version {__version__}\n"
    assert "Exit status: 0 done, 1 findings" in CliRunner().invoke(main, ["--help"]).output
