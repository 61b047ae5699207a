"""A conflict ends: by `vendor resolve`, which takes a file as the merge of both sides, also with conflict markers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pagewright.vendor.markers import DIFF3, MARKERS, has_markers, marked_conflict, with_markers
from tests.killing import Killed
from tests.vendor.conftest import CORE, SKETCH, Shop

Killer = Callable[[int], AbstractContextManager[list[str]]]
SPEC = f"specs/acme/models/{SKETCH}.yaml"
MERGED = "PAUSE = 0.7  # ours is 9"


@pytest.fixture
def conflict(vendored: Shop) -> Shop:
    """Both sides change PAUSE; the new version also changes a line of core.py that was not edited, and another file."""
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    vendored.upstream_core("price:.2f", "price:.4f")
    vendored.upstream(SPEC, "What to draw.", "What to paint.")
    return vendored


def resolve(shop: Shop, *files: str) -> tuple[int, str]:
    return shop.run("resolve", *(str(shop.dest / file) for file in files))


def take_theirs_with_an_edit(shop: Shop) -> None:
    shutil.copy(shop.dest / "core.py.new", shop.dest / CORE)
    shop.edit(CORE, "PAUSE = 0.7", MERGED)


def test_a_merged_file_that_is_resolved_is_no_conflict_any_more(conflict: Shop) -> None:
    assert conflict.update()[0] == 1
    take_theirs_with_an_edit(conflict)
    merged = conflict.text(CORE)
    status, said = conflict.update()
    assert (
        status,
        f"`pagewright vendor resolve {conflict.dest}/FILE`".replace(str(conflict.dest), "DEST") in said,
    ) == (1, True)
    assert resolve(conflict, CORE) == (
        0,
        "resolved DEST/core.py\nNo conflict is left in DEST. `pagewright vendor update DEST` brings it up to date.\n",
    )
    assert "core.py.new" not in conflict.tree()
    assert "conflict" not in conflict.status()[1]
    status, said = conflict.update()
    assert status == 0, said
    assert conflict.text(CORE) == merged
    assert "What to paint." in conflict.text("models/acme_sketch.py")
    assert "merges" not in json.loads(conflict.text("VENDORED.json"))
    assert conflict.update()[0] == 0
    assert "behind" not in conflict.status()[1]


def test_later_versions_are_merged_with_the_resolved_one(conflict: Shop) -> None:
    conflict.update()
    take_theirs_with_an_edit(conflict)
    resolve(conflict, CORE)
    conflict.edit(CORE, "ATTEMPTS", "TRIES")  # an edit after the file was resolved
    conflict.upstream_core("price:.4f", "price:.5f")
    status, said = conflict.update()
    assert status == 0, said
    assert MERGED in conflict.text(CORE) and "TRIES" in conflict.text(CORE) and "price:.5f" in conflict.text(CORE)


def test_a_resolved_file_can_be_in_conflict_with_a_later_version(conflict: Shop) -> None:
    conflict.update()
    take_theirs_with_an_edit(conflict)
    resolve(conflict, CORE)
    conflict.upstream_core("PAUSE = 0.7", "PAUSE = 0.8")
    assert conflict.update()[0] == 1
    conflict.edit(CORE, MERGED, "PAUSE = 0.8")
    assert resolve(conflict, CORE)[0] == 0
    assert conflict.update()[0] == 0


def test_what_is_resolved_stays_resolved_while_another_file_is_in_conflict(conflict: Shop) -> None:
    conflict.edit("models/acme_sketch.py", "What to draw.", "What to scribble.")
    assert conflict.update()[0] == 1
    take_theirs_with_an_edit(conflict)
    status, said = resolve(conflict, CORE)
    assert (status, "1 conflict left in DEST: models/acme_sketch.py." in said) == (0, True)
    status, said = conflict.update()
    assert (status, "conflict DEST/models/acme_sketch.py" in said, "conflict DEST/core.py" in said) == (1, True, False)
    assert resolve(conflict, "models/acme_sketch.py")[0] == 0
    assert conflict.update()[0] == 0
    assert "What to scribble." in conflict.text("models/acme_sketch.py") and MERGED in conflict.text(CORE)


@pytest.mark.parametrize("where", ["inside", "outside", "absolute", "beside", "from a folder in the package"])
def test_a_file_may_be_named_from_anywhere(conflict: Shop, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    conflict.update()
    take_theirs_with_an_edit(conflict)
    places = {
        "inside": (conflict.dest, CORE),
        "outside": (conflict.dest.parents[2], "pkg/vendored/shop/core.py"),
        "absolute": (conflict.root, str(conflict.dest / CORE)),
        "beside": (conflict.dest, "core.py.new"),
        "from a folder in the package": (conflict.dest / "models", "../core.py"),
    }
    here, name = places[where]
    monkeypatch.chdir(here)
    status, said = conflict.run("resolve", name)
    assert status == 0, said
    assert conflict.update()[0] == 0
    assert MERGED in conflict.text(CORE)


def test_a_link_to_the_package_is_followed(conflict: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conflict.update()
    (tmp_path / "link").symlink_to(conflict.dest)
    monkeypatch.chdir(tmp_path)
    assert conflict.run("resolve", "link/core.py")[0] == 0
    assert conflict.update()[0] == 0


def test_a_file_that_the_new_version_deletes(vendored: Shop) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    (vendored.root / "templates/shop/shop/core.py").unlink()
    assert vendored.update()[0] == 1
    assert "conflict         DEST/core.py\n" in vendored.status()[1].replace(
        "conflict, edited, behind", "conflict        "
    )
    assert resolve(vendored, CORE)[0] == 0
    assert vendored.update()[0] == 0
    assert "PAUSE = 9" in vendored.text(CORE)
    assert vendored.status() == (0, "DEST: clean, 3 files. It needs httpx2.\n")


def test_a_file_that_both_delete(vendored: Shop) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    (vendored.root / "templates/shop/shop/core.py").unlink()
    vendored.update()
    (vendored.dest / CORE).unlink()
    assert resolve(vendored, CORE)[0] == 0
    assert vendored.update()[0] == 0
    assert vendored.status() == (0, "DEST: clean, 3 files. It needs httpx2.\n")


@pytest.mark.parametrize("style", ["beside", "markers"])
def test_a_renamed_file_moves_once_it_is_resolved(vendored: Shop, style: str) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    folder = vendored.root / "templates/shop/shop"
    (folder / "core.py").rename(folder / "kernel.py")
    vendored.upstream("templates/shop/shop/kernel.py", "PAUSE = 0.5", "PAUSE = 0.7")
    status, said = vendored.update(f"--merge={style}")
    assert (status, "it is kernel.py now" in said) == (1, True)
    if style == "beside":
        take_theirs_with_an_edit(vendored)
    else:
        (vendored.dest / CORE).write_text(merged_by_hand(vendored.text(CORE)))
    assert resolve(vendored, CORE)[0] == 0
    assert vendored.text(CORE).count(MERGED) == 1
    status, said = vendored.update()
    assert (status, "renamed  DEST/kernel.py (with your edits of core.py)" in said) == (0, True), said
    assert MERGED in vendored.text("kernel.py")
    assert not {"core.py", "core.py.new"} & vendored.tree().keys()


def test_a_file_of_yours_where_a_new_one_goes(vendored: Shop) -> None:
    (vendored.dest / "new.py").write_text("MINE = 1\n")
    (vendored.root / "templates/shop/shop/new.py").write_text("NEW = 1\n")
    assert vendored.update()[0] == 1
    (vendored.dest / "new.py").write_text("MINE = NEW = 1\n")
    assert resolve(vendored, "new.py")[0] == 0
    assert vendored.update()[0] == 0
    assert vendored.text("new.py") == "MINE = NEW = 1\n"
    assert "edited           DEST/new.py" in vendored.status()[1]


def test_an_edited_new_file_beside_a_resolved_one_stays(conflict: Shop) -> None:
    conflict.update()
    take_theirs_with_an_edit(conflict)
    conflict.edit("core.py.new", "PAUSE = 0.7", "PAUSE = 0.7  # my note")
    assert resolve(conflict, CORE)[0] == 0
    assert "# my note" in conflict.text("core.py.new")
    assert "conflict" not in conflict.status()[1]
    assert conflict.update()[0] == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<<<<<<< ours\nPAUSE = 9\n=======\nPAUSE = 0.7\n>>>>>>> theirs\n", "has conflict markers in it. Merge"),
        (b'"""Text.\n=======\n"""\n', "has conflict markers in it. Merge"),
        (b'"""Text.\r\n>>>>>>> theirs\r\n"""\r\n', "has conflict markers in it. Merge"),
        (b"PAUSE = 9\ndef f(:\n", "is not valid Python: line 2: invalid syntax. Fix it first."),
        (b"\xff\xfe", "is not valid Python"),
        (None, "is missing. Restore it from version control, or take the new version with"),
    ],
)
def test_what_is_no_merge_is_refused(conflict: Shop, content: bytes | None, says: str) -> None:
    conflict.update()
    (conflict.dest / CORE).unlink()
    if content is not None:
        (conflict.dest / CORE).write_bytes(content)
    before = conflict.tree()
    status, said = resolve(conflict, CORE)
    assert (status, f"DEST/core.py {says}" in said, said.endswith("Nothing was resolved.\n")) == (1, True, True), said
    assert conflict.tree() == before


def test_one_file_that_is_refused_leaves_all_unresolved(conflict: Shop) -> None:
    conflict.edit("models/acme_sketch.py", "What to draw.", "What to scribble.")
    conflict.update()
    (conflict.dest / CORE).write_text("def f(:\n")
    before = conflict.tree()
    assert resolve(conflict, "models/acme_sketch.py", CORE)[0] == 1
    assert conflict.tree() == before


def test_wrong_usage(conflict: Shop, tmp_path: Path) -> None:
    assert resolve(conflict, CORE) == (
        2,
        "pagewright: DEST/core.py is not in conflict. `pagewright vendor update` finds out what is.\n",
    )
    conflict.update()
    assert resolve(conflict, "__init__.py") == (
        2,
        "pagewright: DEST/__init__.py is not in conflict. In conflict: core.py.\n",
    )
    status, said = conflict.run("resolve", str(tmp_path / "a.py"))
    assert (status, "is in no vendored package: no folder above it has a VENDORED.json." in said) == (2, True)
    status, said = conflict.run("resolve", str(conflict.dest))
    assert (status, said) == (2, "pagewright: DEST is a package. Name the files that you have merged: core.py.\n")
    assert conflict.run("resolve")[0] == 2
    assert conflict.update("--merge=mark")[0] == 2


def test_resolving_twice_is_no_error(conflict: Shop) -> None:
    conflict.update()
    assert resolve(conflict, CORE)[0] == 0
    before = conflict.tree()
    assert resolve(conflict, CORE)[0] == 0
    assert conflict.tree() == before


def test_a_resolution_does_not_need_the_specs(conflict: Shop) -> None:
    """The record holds the new version, so specs and generator may have moved on."""
    conflict.update()
    take_theirs_with_an_edit(conflict)
    shutil.rmtree(conflict.root / "specs")
    assert resolve(conflict, CORE)[0] == 0


def test_resolving_killed_at_any_operation_is_old_or_new(conflict: Shop, killed_at: Killer, tmp_path: Path) -> None:
    conflict.update()
    take_theirs_with_an_edit(conflict)
    before = tmp_path / "before"
    shutil.copytree(conflict.dest, before)
    assert resolve(conflict, CORE)[0] == 0
    wanted = conflict.tree()
    for number in range(100):
        shutil.rmtree(conflict.dest)
        shutil.copytree(before, conflict.dest)
        with killed_at(number):
            try:
                resolve(conflict, CORE)
                break
            except Killed:
                pass
        assert MERGED in conflict.text(CORE)
        status, said = resolve(conflict, CORE)
        assert status == 0, (number, said)
        assert conflict.tree() == wanted, number
    assert number > 5


def test_markers_killed_at_any_operation_are_old_or_new(conflict: Shop, killed_at: Killer, tmp_path: Path) -> None:
    before = tmp_path / "before"
    shutil.copytree(conflict.dest, before)
    assert conflict.update("--merge=markers")[0] == 1
    wanted = conflict.tree()
    old = conflict.text(CORE), (before / CORE).read_text()
    for number in range(100):
        shutil.rmtree(conflict.dest)
        shutil.copytree(before, conflict.dest)
        with killed_at(number):
            try:
                conflict.update("--merge=markers")
                break
            except Killed:
                pass
        assert conflict.text(CORE) in old, number
        assert conflict.update("--merge=markers")[0] == 1
        assert conflict.tree() == wanted, number
    assert number > 5


def merged_by_hand(text: str) -> str:
    """Replace each conflict by one line."""
    start, rest = text.split("<<<<<<< ours\n", 1)
    return start + MERGED + "\n" + rest.split(">>>>>>> theirs\n", 1)[1]


def test_markers_are_those_of_git_merge_file(conflict: Shop, tmp_path: Path) -> None:
    base, ours = tmp_path / "base", tmp_path / "ours"
    ours.write_text(conflict.text(CORE))
    base.write_text(conflict.text(CORE).replace("PAUSE = 9", "PAUSE = 0.5"))
    theirs = tmp_path / "new"
    theirs.write_text(base.read_text().replace("PAUSE = 0.5", "PAUSE = 0.7").replace("price:.2f", "price:.4f"))
    command = ["git", "merge-file", "-p", "-L", "ours", "-L", "base", "-L", "theirs", str(ours), str(base), str(theirs)]
    wanted = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    wanted_diff3 = subprocess.run(
        [*command[:3], "--diff3", *command[3:]], capture_output=True, text=True, check=False
    ).stdout
    assert "<<<<<<< ours\nPAUSE = 9\n=======\nPAUSE = 0.7\n>>>>>>> theirs\n" in wanted
    contents = base.read_bytes(), ours.read_bytes(), theirs.read_bytes()
    assert with_markers(*contents, MARKERS) == wanted.encode()
    assert with_markers(*contents, DIFF3) == wanted_diff3.encode()
    status, said = conflict.update("--merge=markers")
    assert (
        status,
        "Nothing else was changed but VENDORED.json, which notes this: 1 conflict. Merge the lines between the conflict markers"
        in said,
    ) == (
        1,
        True,
    )
    assert conflict.text(CORE) == wanted
    assert "core.py.new" not in conflict.tree()


def test_markers_until_resolved(conflict: Shop) -> None:
    conflict.update("--merge=markers")
    assert "conflict, edited, behind DEST/core.py\n" in conflict.status()[1]
    marked = conflict.text(CORE)
    for style in ("beside", "markers"):
        status, said = conflict.update(f"--merge={style}")
        assert (status, "conflict DEST/core.py: there are conflict markers in it" in said) == (1, True)
        assert conflict.text(CORE) == marked and "core.py.new" not in conflict.tree()
    assert resolve(conflict, CORE)[0] == 1
    status, said = conflict.update("--ours", CORE)
    assert (status, "core.py has conflict markers in it. Take them out" in said) == (2, True)
    (conflict.dest / CORE).write_text(merged_by_hand(marked))
    merged = conflict.text(CORE)
    for style in ("beside", "markers"):
        assert conflict.update(f"--merge={style}")[0] == 1  # the merge is not written over
        assert conflict.text(CORE) == merged
    assert resolve(conflict, CORE)[0] == 0
    assert "conflict" not in conflict.status()[1]
    assert conflict.update()[0] == 0
    assert conflict.text(CORE) == merged
    assert "What to paint." in conflict.text("models/acme_sketch.py")


def test_markers_can_be_given_up(conflict: Shop) -> None:
    ours = conflict.text(CORE)
    conflict.update("--merge=markers")
    (conflict.dest / CORE).write_text(ours)  # as by `git checkout`
    assert "conflict" not in conflict.status()[1]
    assert conflict.update()[0] == 1
    assert "core.py.new" in conflict.tree()
    conflict.update("--merge=markers")
    assert "core.py.new" not in conflict.tree()
    assert conflict.update("--theirs", CORE)[0] == 0
    assert conflict.status()[0] == 0


def test_markers_keep_windows_line_ends(conflict: Shop) -> None:
    (conflict.dest / CORE).write_bytes((conflict.dest / CORE).read_bytes().replace(b"\n", b"\r\n"))
    conflict.update("--merge=markers")
    content = (conflict.dest / CORE).read_bytes()
    assert b"<<<<<<< ours\r\nPAUSE = 9\r\n=======\r\n" in content
    assert content.count(b"\n") == content.count(b"\r\n")


def test_markers_without_a_base_hold_both_files(conflict: Shop) -> None:
    (conflict.dest / "VENDORED.base.tar.xz").unlink()
    assert conflict.update("--merge=markers")[0] == 1
    assert "<<<<<<< ours\n" in conflict.text(CORE) and "PAUSE = 9" in conflict.text(CORE)
    assert "PAUSE = 0.7" in conflict.text(CORE)


def test_sides_that_fit_line_by_line_but_not_together_get_markers() -> None:
    base = b"a\nb\nc\nd\n"
    assert marked_conflict(base, b"A\nb\nc\nd\n", b"a\nb\nc\nD\n") == (
        b"<<<<<<< ours\nA\nb\nc\nd\n=======\na\nb\nc\nD\n>>>>>>> theirs\n"
    )
    assert marked_conflict(base, b"\0", base) is None


@pytest.mark.parametrize(("content", "marked"), [(b"Title\n=======\n", False), (b"Title\n=======\n=======\n", True)])
def test_a_heading_that_both_versions_have_is_no_marker(content: bytes, marked: bool) -> None:
    assert has_markers(content, b"Title\n=======\n", None) is marked


def test_ours_lists_what_it_does_not_take(conflict: Shop) -> None:
    conflict.edit(CORE, "price:.2f", "price:.4f")  # the same as the new version
    status, said = conflict.update("--ours", CORE)
    assert status == 0
    assert "DEST/core.py: these changes of the new version were not taken:\n--- a/core.py\n+++ b/core.py\n" in said
    assert "\n-PAUSE = 0.5\n+PAUSE = 0.7\n" in said and "-    return f" not in said
    status, said = conflict.update("--ours", CORE)
    assert (status, "not taken" in said) == (0, False)


def test_ours_says_that_a_file_is_deleted_by_the_new_version(vendored: Shop) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    (vendored.root / "templates/shop/shop/core.py").unlink()
    status, said = vendored.update("--ours", CORE)
    assert (status, "DEST/core.py: the new version deletes this file; yours stays.\n" in said) == (0, True)


def test_a_record_with_a_damaged_conflict_is_reported(conflict: Shop) -> None:
    conflict.update()
    for damage in ({"incoming": "xx", "state": "conflict"}, {"incoming": None}, {"incoming": 5, "state": "x"}):
        record = json.loads(conflict.text("VENDORED.json"))
        record["merges"][CORE] = damage
        (conflict.dest / "VENDORED.json").write_text(json.dumps(record))
        status, said = conflict.status()
        assert (status, "unreadable" in said, said.count(os.linesep)) == (1, True, 1), said
