"""Commands in a workspace that die at any operation on files, and runs side by side."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from pagewright.workspace.config import read_config
from tests.killing import Killed, killed_at

from .conftest import LANTERN, TINY, Repository


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file but lock files, caches and the parts of interrupted writes, which the next run overwrites."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".") and "__pycache__" not in path.parts
    }


def paths(repository: Repository) -> list[str]:
    config = read_config(repository.root)
    assert config is not None
    return [entry.path for entry in config.vendored]


def killed_everywhere(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], stride: int
) -> int:
    """Run `command`, killed at every `stride`-th operation, and once more to its end; the result is always the same.

    Return the number of operations.
    """
    before = repository.root.parent / "before"
    shutil.copytree(repository.root, before)
    status = repository.run(*command)[0]
    wanted, entries = tree(repository.root), paths(repository)
    for number in range(0, 10_000, stride):
        for child in repository.root.iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()
        shutil.copytree(before, repository.root, dirs_exist_ok=True)
        with killed_at(number, monkeypatch), suppress(Killed):
            repository.run(*command)
            return number
        # Killed after its last step, the command has nothing left to do, and says so.
        done = (tree(repository.root), paths(repository)) == (wanted, entries)
        assert repository.run(*command)[0] == status or done, number
        assert (tree(repository.root), paths(repository)) == (wanted, entries), number
    raise AssertionError("the command has no end")


def test_vendor_add_killed_anywhere_is_completed_by_the_next_run(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("vendor", "add", "acme/pictures", "--model", TINY)
    assert killed_everywhere(repository, monkeypatch, command, 61) > 100


def test_init_killed_anywhere_leaves_no_half_of_a_file(empty: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(100):
        with killed_at(number, monkeypatch), suppress(Killed):
            empty.run("init")
            break
        config = empty.root / "pagewright.toml"
        assert not config.exists() or config.read_text().endswith('# path = "acme/pictures"\n')
        config.unlink(missing_ok=True)
    assert number >= 2


def test_transcribe_killed_anywhere_leaves_the_old_or_the_new_spec(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = repository.root / f"specs/segmind/models/{LANTERN}.yaml"
    repository.run("transcribe", f"{LANTERN}.txt", "--write")
    wanted = spec.read_text()
    for number in range(100):
        shutil.rmtree(repository.root / "specs")
        with killed_at(number, monkeypatch), suppress(Killed):
            repository.run("transcribe", f"{LANTERN}.txt", "--write")
            break
        assert not spec.exists() or spec.read_text() == wanted
        repository.run("transcribe", f"{LANTERN}.txt", "--write")
        assert spec.read_text() == wanted
    assert number > 3


def test_two_runs_side_by_side_lose_no_entry(repository: Repository) -> None:
    command = [sys.executable, "-m", "pagewright", "vendor", "add", "--model", TINY]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    runs = [
        subprocess.Popen([*command, f"acme/{name}"], cwd=repository.root, env=environment, stdout=subprocess.DEVNULL)
        for name in ("one", "two", "three")
    ]
    assert [run.wait(timeout=120) for run in runs] == [0, 0, 0]
    assert sorted(paths(repository)) == ["acme/one", "acme/three", "acme/two"]
    assert repository.do("vendor", "status").count(": clean, ") == 3
