"""From bytes to a tree: nobody's work is lost, nothing outside is touched, and a crash is repaired."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pagewright.publishing.difference import hand_edits
from pagewright.publishing.manifest import CACHE, NAME, STAGING, BadManifest, Manifest, ManifestEntry, read_manifest
from pagewright.publishing.publish import UnsafePath, inside, publish, vouchers
from pagewright.specs import cache
from pagewright.workspace import digest
from tests.generator.conftest import PAINT, SKETCH, Workspace
from tests.killing import Killed, killed_at

NOTE = "notes/models/acme_sketch.txt"


def change_everything(workspace: Workspace) -> None:
    """The next run adds, changes and deletes files."""
    sketch = (workspace.root / SKETCH).read_text()
    workspace.write("specs/acme/models/acme-new.yaml", sketch.replace("acme-sketch", "acme-new"))
    workspace.write(SKETCH, sketch.replace("Acme Sketch", "Acme Scribble"))
    (workspace.root / PAINT).unlink()
    workspace.replace("specs/acme/platform.yaml", "name: Acme", "name: Acme & Sons")


def test_a_run_killed_at_any_operation_is_repaired_by_the_next(
    pressed: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    shutil.copytree(pressed.generated, before)
    change_everything(pressed)
    seen: set[str] = set()
    for number in range(1000):
        shutil.rmtree(pressed.generated)
        shutil.copytree(before, pressed.generated)
        with killed_at(number, monkeypatch) as operations:
            try:
                pressed.press()
                break
            except Killed:
                seen.add(operations[number])
        result = pressed.press()
        assert not result.differences, (number, operations, result.differences)
        assert pressed.press(check=True).differences == [], (number, operations)
    assert seen == {"write", "replace", "unlink", "mkdir", "rmdir"}
    assert number > 15


def test_runs_killed_one_after_the_other_while_the_specs_change_report_no_edits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the level of publish: version 1 is there, 2 is killed at n, 3 is killed at m, then 4 must go through."""

    def version(number: int) -> dict[str, bytes]:
        return {"a.txt": b"a%d" % number, f"only/{number}.txt": b"x", "b.txt": b"b%d" % number}

    def press(folder: Path, wanted: dict[str, bytes]) -> None:
        old = read_manifest(folder / NAME) or Manifest()
        unwanted = old.files.keys() - wanted.keys()
        assert hand_edits(folder, [old, *vouchers(folder)], wanted, unwanted) == []
        entries = {path: ManifestEntry(digest(content), "", "t", None) for path, content in wanted.items()}
        publish(folder, wanted, unwanted, Manifest("", entries))

    def finishes(number: int, folder: Path, wanted: dict[str, bytes]) -> bool:
        with killed_at(number, monkeypatch):
            try:
                press(folder, wanted)
            except Killed:
                return False
        return True

    start = tmp_path / "start"
    start.mkdir()
    press(start, version(1))
    folder = tmp_path / "tree"
    first = second = 0
    while True:
        shutil.copytree(start, folder)
        over = finishes(first, folder, version(2))
        second_over = finishes(second, folder, version(3))
        press(folder, version(4))
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert found >= {*version(4), NAME} and not (folder / STAGING).exists()
        assert all((folder / path).read_bytes() == content for path, content in version(4).items())
        shutil.rmtree(folder)
        if over:
            break
        first, second = (first + 1, 0) if second_over else (first, second + 1)
    assert first > 10


def test_a_hand_edit_is_kept_and_reported_until_forced(pressed: Workspace) -> None:
    pressed.replace(f"generated/acme/{NOTE}", "What to draw.", "My own words.")
    pressed.replace(SKETCH, "Acme Sketch", "Acme Scribble")
    before = pressed.tree()
    result = pressed.press()
    assert [(difference.path, difference.kind) for difference in result.differences] == [(NOTE, "edited")]
    assert "  -prompt: My own words." in result.differences[0].diff
    assert pressed.tree() == before
    pressed.press(force=True)
    assert pressed.press(check=True).differences == []


def test_an_edit_of_a_file_that_is_to_go_is_kept_too(pressed: Workspace) -> None:
    pressed.write("generated/acme/notes/models/acme_paint_1_5.txt", "My own words.\n")
    (pressed.root / PAINT).unlink()
    result = pressed.press()
    assert [difference.path for difference in result.differences] == ["notes/models/acme_paint_1_5.txt"]
    assert (pressed.generated / "notes/models/acme_paint_1_5.txt").read_text() == "My own words.\n"


def test_an_edit_that_is_what_would_be_written_is_no_edit(pressed: Workspace) -> None:
    pressed.replace(SKETCH, "What to draw.", "What to paint.")
    pressed.replace(f"generated/acme/{NOTE}", "What to draw.", "What to paint.")
    assert pressed.press().differences == []
    assert pressed.press(check=True).differences == []


def test_a_file_that_stands_where_a_new_one_goes_is_not_ours(pressed: Workspace) -> None:
    pressed.write("generated/acme/notes/models/acme_new.txt", "somebody's")
    pressed.write(
        "specs/acme/models/acme-new.yaml", (pressed.root / SKETCH).read_text().replace("acme-sketch", "acme-new")
    )
    assert [difference.path for difference in pressed.press().differences] == ["notes/models/acme_new.txt"]


def test_a_removed_model_takes_its_files_along_and_nothing_else(pressed: Workspace) -> None:
    pressed.write("generated/acme/notes/models/mine.txt", "mine")
    (pressed.root / PAINT).unlink()
    result = pressed.press()
    deleted = {change.path for change in result.changes if change.kind == "deleted"}
    assert deleted == {"notes/models/acme_paint_1_5.txt", "notes/types/acme_paint_1_5.py"}
    assert (pressed.generated / "notes/models/mine.txt").read_text() == "mine"


def test_folders_left_empty_go_with_their_files(pressed: Workspace) -> None:
    (pressed.generated / "notes/always/__pycache__").mkdir()
    (pressed.root / "templates/notes/always/copied.txt").unlink()
    pressed.press()
    assert not (pressed.generated / "notes/always").exists()


def test_a_deleted_file_comes_back(pressed: Workspace) -> None:
    (pressed.generated / NOTE).unlink()
    assert [(change.path, change.kind) for change in pressed.press().changes] == [(NOTE, "added")]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"version": 2, "inputs": "", "files": {}}', b"<<<<<<< ours\n", b"\xff"]
)
def test_an_unreadable_manifest_stops_a_run_until_forced(pressed: Workspace, content: bytes) -> None:
    (pressed.generated / NAME).write_bytes(content)
    with pytest.raises(BadManifest, match=r"generated/acme/MANIFEST.json: unreadable .* --force"):
        pressed.press()
    pressed.press(force=True)
    assert pressed.press(check=True).differences == []


def test_links_that_lead_outside_are_refused(pressed: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(pressed.generated / "notes/models", outside)
    before = {path.name: path.read_bytes() for path in outside.iterdir()}
    shutil.rmtree(pressed.generated / "notes/models")
    (pressed.generated / "notes/models").symlink_to(outside)
    pressed.replace(SKETCH, "Acme Sketch", "Acme Scribble")
    for force in (False, True):
        with pytest.raises(UnsafePath, match="notes/models/acme_"):
            pressed.press(force=force)
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before


def test_a_link_for_the_whole_tree_is_refused(acme: Workspace, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    acme.generated.parent.mkdir()
    acme.generated.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafePath, match="is a link"):
        acme.press()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_for_the_staging_folder_is_taken_away_not_followed(pressed: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "precious").write_text("x")
    (pressed.generated / STAGING).symlink_to(outside)
    pressed.press()
    assert [path.name for path in outside.iterdir()] == ["precious"]
    assert not (pressed.generated / STAGING).exists()


def test_links_in_our_own_folders_are_taken_away_not_followed(
    acme: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_WORTH_IT", 0)
    precious = tmp_path / "precious"
    precious.write_text("x")
    names = [f"{STAGING}/0.new", f"{STAGING}/manifest.part", f"{CACHE}/.gitignore", f"{CACHE}/specs.json.{os.getpid()}"]
    for place in (acme.generated / name for name in names):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(precious)
    assert acme.press().changes
    assert precious.read_text() == "x"
    assert acme.press(check=True).differences == []


def test_a_link_to_a_folder_whose_name_begins_alike_leads_outside(pressed: Workspace) -> None:
    beside = pressed.root / f"{pressed.generated.name}-of-somebody"
    beside.mkdir()
    (pressed.generated / "notes/theirs").symlink_to(beside)
    with pytest.raises(UnsafePath):
        inside(pressed.generated, "notes/theirs/x.txt")


def test_a_link_in_the_place_of_a_file_may_lead_to_the_tree_alone(pressed: Workspace) -> None:
    (pressed.root / "precious.txt").write_text("x")
    (pressed.generated / "notes/out.txt").symlink_to(pressed.root / "precious.txt")
    (pressed.generated / "notes/in.txt").symlink_to(pressed.generated / NAME)
    with pytest.raises(UnsafePath):
        inside(pressed.generated, "notes/out.txt")
    assert inside(pressed.generated, "notes/in.txt") == pressed.generated / "notes/in.txt"


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/x", "", NAME, f"{STAGING}/x", f"{CACHE}/x", "notes"])
def test_paths_outside_of_the_tree_are_refused(pressed: Workspace, path: str) -> None:
    with pytest.raises(UnsafePath):
        inside(pressed.generated, path)


def test_a_manifest_that_owns_files_outside_deletes_none(pressed: Workspace) -> None:
    precious = pressed.root / "precious.txt"
    precious.write_text("x")
    manifest = (pressed.generated / NAME).read_text()
    (pressed.generated / NAME).write_text(manifest.replace("notes/always/copied.txt", "../precious.txt"))
    for force in (False, True):
        with pytest.raises(UnsafePath):
            pressed.press(force=force)
    assert precious.read_text() == "x"


def test_a_leftover_staging_folder_is_reported_and_cleared(pressed: Workspace) -> None:
    pressed.write(f"generated/acme/{STAGING}/0.new", "half")
    assert [difference.kind for difference in pressed.press(check=True).differences] == ["leftover"]
    assert pressed.press().repaired
    assert pressed.press(check=True).differences == []
