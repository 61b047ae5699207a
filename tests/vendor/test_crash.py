"""Killed at any operation on files: the tree is the old one, the new one, or one that the next run makes the new."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pagewright.publishing.manifest import LOCK_FILE
from pagewright.publishing.publish import UnsafePath
from pagewright.vendor.transaction import STAGING, DamagedPlan, Write, apply, repair
from tests.killing import Killed
from tests.vendor.conftest import CORE, PAINT, SKETCH, Shop

Killer = Callable[[int], AbstractContextManager[list[str]]]


def change_everything(shop: Shop) -> None:
    """The next update merges, changes, adds, deletes, renames and restores files."""
    shop.edit(CORE, "price:.2f", "price:.3f")
    shop.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    shop.upstream(f"specs/acme/models/{SKETCH}.yaml", "What to draw.", "What to paint.")
    shop.edit("cli.py", "A command line", "My command line")
    folder = shop.root / "templates/shop/shop"
    (folder / "cli.py").write_text('"""A command line."""\n\nfrom .core import order\n\nRUN = order\n')
    (folder / "sub").mkdir()
    (folder / "sub/new.py").write_text("NEW = 1\n")
    (shop.dest / "LICENSE").unlink()


def test_an_update_killed_at_any_operation_is_repaired_by_the_next(
    shop: Shop, killed_at: Killer, tmp_path: Path
) -> None:
    shop.add("--model", f"{SKETCH},{PAINT}", "--with", "cli")
    change_everything(shop)
    before = tmp_path / "before"
    shutil.copytree(shop.dest, before)
    arguments = ("--model", SKETCH, "--with", "cli")
    assert shop.update(*arguments)[0] == 0
    wanted = shop.tree()
    old = shop.tree(before)
    seen: set[str] = set()
    states: set[str] = set()
    for number in range(1000):
        shutil.rmtree(shop.dest)
        shutil.copytree(before, shop.dest)
        with killed_at(number) as operations:
            try:
                status, said = shop.update(*arguments)
                break
            except Killed:
                seen.add(operations[number])
        now = {path: content for path, content in shop.tree().items() if not path.startswith((STAGING, LOCK_FILE))}
        interrupted = (shop.dest / STAGING).exists()
        states.add("old" if now == old else "new" if now == wanted else "between")
        assert interrupted or now in (old, wanted), (number, operations)
        if interrupted:
            assert "interrupted" in shop.status()[1]
        status, said = shop.update(*arguments)
        assert status == 0, (number, said)
        assert ("An earlier run was interrupted" in said) == interrupted, (number, said)
        assert shop.tree() == wanted, (number, operations)
    assert seen == {"write", "replace", "unlink", "mkdir", "rmdir"}
    assert states == {"old", "between", "new"}
    assert number > 25


def test_an_add_killed_at_any_operation_is_repaired_by_the_next(shop: Shop, killed_at: Killer) -> None:
    shop.add()
    wanted = shop.tree()
    for number in range(1000):
        shutil.rmtree(shop.dest.parents[1])
        with killed_at(number):
            try:
                shop.add()
                break
            except Killed:
                pass
        if shop.run("add", str(shop.dest), "--model", SKETCH)[0] == 2:
            assert shop.update()[0] == 0  # it got as far as being there
        assert shop.tree() == wanted, number
    assert number > 10


def test_a_conflict_killed_at_any_operation_loses_nothing(vendored: Shop, killed_at: Killer, tmp_path: Path) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    before = tmp_path / "before"
    shutil.copytree(vendored.dest, before)
    assert vendored.update()[0] == 1
    wanted = vendored.tree()
    for number in range(1000):
        shutil.rmtree(vendored.dest)
        shutil.copytree(before, vendored.dest)
        with killed_at(number):
            try:
                vendored.update()
                break
            except Killed:
                pass
        assert "PAUSE = 9" in vendored.text(CORE)
        assert vendored.update()[0] == 1
        assert vendored.tree() == wanted, number
    assert number > 3


def test_a_run_killed_while_it_repairs_is_repaired_too(tmp_path: Path, killed_at: Killer) -> None:
    def writes() -> list[Write]:
        return [Write("a", b"new"), Write("deep/b", b"new"), Write("c", None), Write("d", b"new")]

    def start() -> None:
        shutil.rmtree(tmp_path / "p", ignore_errors=True)
        (tmp_path / "p").mkdir()
        for name in ("a", "c", "d"):
            (tmp_path / "p" / name).write_bytes(b"old")

    def dies(number: int, run: Callable[[], object]) -> bool:
        with killed_at(number):
            try:
                run()
            except Killed:
                return True
        return False

    folder = tmp_path / "p"
    first = 0
    while True:
        start()
        if not dies(first, lambda: apply(folder, writes())):
            break
        for second in range(100):
            if not dies(second, lambda: repair(folder)):
                break
        repair(folder)
        now = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert now in (
            {"a": b"old", "c": b"old", "d": b"old"},
            {"a": b"new", "deep/b": b"new", "d": b"new"},
        ), first
        first += 1
    assert first > 12


def test_an_edit_made_after_the_kill_is_not_written_over(tmp_path: Path, killed_at: Killer) -> None:
    folder = tmp_path / "p"
    outcomes: set[tuple[str, ...]] = set()
    for number in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in ("a", "b"):
            (folder / name).write_bytes(b"old")
        with killed_at(number):
            try:
                apply(folder, [Write("a", b"new"), Write("b", None)])
                break
            except Killed:
                pass
        for name in ("a", "b"):
            (folder / name).write_bytes(b"edited " + name.encode())
        repair(folder)
        assert ((folder / "a").read_bytes(), (folder / "b").read_bytes()) == (b"edited a", b"edited b")
        outcomes.add(tuple(sorted(path.name for path in folder.iterdir())))
    assert outcomes == {("a", "b"), ("a", "a.new", "b")}


@pytest.mark.parametrize("plan", ["", "{", "{}", "[1]", '[{"path": "x"}]'])
def test_a_damaged_plan_is_reported(tmp_path: Path, plan: str) -> None:
    (tmp_path / STAGING).mkdir()
    (tmp_path / STAGING / "plan.json").write_text(plan)
    if plan == "{}":
        assert repair(tmp_path)
        return
    with pytest.raises(DamagedPlan, match="Restore the folder"):
        repair(tmp_path)


def test_a_plan_that_leads_outside_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    (folder / STAGING).mkdir(parents=True)
    (folder / STAGING / "0.new").write_text("x")
    (folder / STAGING / "plan.json").write_text('[{"path": "../out", "before": null, "after": "x"}]')
    with pytest.raises(UnsafePath):
        repair(folder)
    assert not (tmp_path / "out").exists()


def test_a_link_in_the_package_is_not_followed(vendored: Shop, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    shutil.copy(vendored.dest / CORE, outside)
    before = outside.read_bytes()
    (vendored.dest / CORE).unlink()
    (vendored.dest / CORE).symlink_to(outside)
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    status, said = vendored.update()
    assert (status, said.count("\n")) == (1, 1)
    assert outside.read_bytes() == before
    assert not (vendored.dest / STAGING).exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS], ids=errno.errorcode.get)
@pytest.mark.parametrize("name", ["mkdir", "replace"])
def test_a_full_disk_gives_one_line_and_the_next_run_succeeds(
    vendored: Shop, monkeypatch: pytest.MonkeyPatch, code: int, name: str
) -> None:
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")

    def refuse(path: str, *_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(os, name, refuse)
        status, said = vendored.update()
    assert (status, said.count("\n")) == (3, 1), said
    assert os.strerror(code) in said
    assert vendored.update()[0] == 0
    assert vendored.status()[0] == 0
