"""`transcribe --write` killed at any operation on files: nothing is there, all of it, or the next run makes it so."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pagewright.cli import main
from pagewright.generate import generate
from pagewright.publishing.manifest import LOCK_FILE
from pagewright.workspace import find_provider, open_workspace
from tests.killing import Killed, killed_at
from tests.material import ROOT
from tests.transcribe.drafts.test_command import PAGE

SPEC = "specs/segmind/models/acme-lantern.yaml"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The real specs, with templates that are small."""
    root = tmp_path / "clone"
    shutil.copytree(ROOT / "specs", root / "specs")
    shutil.copytree(ROOT / "tests/generator/acme/templates", root / "templates")
    (tmp_path / "acme-lantern.spaced.txt").write_text(PAGE, encoding="utf-8")
    generate(find_provider(open_workspace(root)))
    return root


def write(root: Path) -> Result:
    return CliRunner().invoke(
        main, ["--root", str(root), "transcribe", str(root.parent / "acme-lantern.spaced.txt"), "--write"]
    )


def tree(root: Path) -> dict[str, bytes]:
    """Every file with its content, except for the lock file that a killed run leaves."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != LOCK_FILE)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_a_write_killed_at_any_operation_is_completed_by_the_next(
    clone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    shutil.copytree(clone, before)
    assert write(clone).exit_code == 0
    wanted, old = tree(clone), tree(before)
    states: set[str] = set()
    for number in range(1000):
        shutil.rmtree(clone)
        shutil.copytree(before, clone)
        with killed_at(number, monkeypatch) as operations:
            try:
                done = write(clone)
                break
            except Killed:
                pass
        now = tree(clone)
        state = "old" if now == old else "new" if now == wanted else "between"
        states.add(state)
        done = write(clone)
        assert tree(clone) == wanted, (number, operations)
        if state == "between":
            assert done.exit_code == 0 and "An earlier run was interrupted" in done.output, (number, done.output)
    # The very first operation leaves a file, whose name with a dot in front makes it no spec.
    assert states == {"between", "new"}
    assert number > 10


def test_a_spec_that_is_there_and_generated_stays_a_spec_that_is_there(clone: Path) -> None:
    assert write(clone).exit_code == 0
    before = tree(clone)
    done = write(clone)
    assert (done.exit_code, "exists and stays as it is" in done.stdout) == (0, True)
    assert tree(clone) == before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS], ids=errno.errorcode.get)
@pytest.mark.parametrize("name", ["replace", "mkdir"])
def test_a_full_disk_gives_one_line_and_the_next_run_succeeds(
    clone: Path, monkeypatch: pytest.MonkeyPatch, code: int, name: str
) -> None:
    def refuse(path: object, *_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(path))

    before = tree(clone)
    with monkeypatch.context() as patch:
        patch.setattr(os, name, refuse)
        done = write(clone)
    assert (done.exit_code, done.output.count("\n")) == (3, 1), done.output
    assert os.strerror(code) in done.output
    assert {
        path: content for path, content in tree(clone).items() if not path.startswith("generated/segmind/.staging")
    } == before
    assert write(clone).exit_code == 0
    assert (clone / SPEC).is_file()
