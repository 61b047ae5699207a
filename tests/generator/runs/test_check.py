"""`--check` says whether `generated/` is exactly what specs and templates give, which file is not, and how."""

from __future__ import annotations

import shutil

import pytest

from tests.generator.conftest import PAINT, SKETCH, Workspace

NOTE = "notes/models/acme_sketch.txt"


def check(workspace: Workspace) -> dict[str, tuple[str, str]]:
    before = workspace.tree() if workspace.generated.exists() else None
    result = workspace.press(check=True)
    assert before == (workspace.tree() if workspace.generated.exists() else None)
    return {difference.path: (difference.kind, difference.diff) for difference in result.differences}


def test_check_finds_no_difference_in_a_fresh_tree(pressed: Workspace) -> None:
    assert check(pressed) == {}


def test_everything_is_missing_where_nothing_was_generated(acme: Workspace) -> None:
    assert {kind for kind, _ in check(acme).values()} == {"missing"}
    assert not acme.generated.exists()


def test_an_edited_file_is_named_and_its_difference_shown(pressed: Workspace) -> None:
    pressed.replace(f"generated/acme/{NOTE}", "What to draw.", "What to paint.")
    found = check(pressed)
    assert found.keys() == {NOTE}
    assert "  -prompt: What to paint." in found[NOTE][1]
    assert "  +prompt: What to draw." in found[NOTE][1]


def test_check_reports_other_line_ends(pressed: Workspace) -> None:
    path = pressed.generated / NOTE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check(pressed) == {NOTE: ("changed", "  (its lines end in CR LF instead of LF)")}


@pytest.mark.parametrize("path", ["stray.txt", "notes/models/acme_old.txt", ".hidden", "notes/.hidden/deep.txt", "x~"])
def test_an_added_file_is_named(pressed: Workspace, path: str) -> None:
    pressed.write(f"generated/acme/{path}", "mine")
    assert check(pressed) == {path: ("extra", "")}


@pytest.mark.parametrize("path", [NOTE, "MANIFEST.json", "notes/always/copied.txt"])
def test_a_deleted_file_is_named(pressed: Workspace, path: str) -> None:
    (pressed.generated / path).unlink()
    assert check(pressed) == {path: ("missing", "")}


def test_a_spec_that_changed_without_a_run(pressed: Workspace) -> None:
    pressed.replace(SKETCH, "Acme Sketch", "Acme Scribble")
    found = check(pressed)
    assert found.keys() == {NOTE, "MANIFEST.json"}
    assert "Scribble" in found[NOTE][1]


def test_a_spec_in_which_only_a_comment_changed(pressed: Workspace) -> None:
    pressed.write(SKETCH, (pressed.root / SKETCH).read_text() + "# a remark\n")
    assert check(pressed).keys() == {"MANIFEST.json"}


@pytest.mark.parametrize(
    "template", ["_partials/line.jinja", "notes/models/{model}.txt.jinja", "notes/always/copied.txt"]
)
def test_a_template_that_changed_without_a_run(pressed: Workspace, template: str) -> None:
    path = f"templates/{template}"
    pressed.write(path, "NEW " + (pressed.root / path).read_text())
    found = check(pressed)
    touched = {path for path in found if path != "MANIFEST.json"}
    expected = {"notes/always/copied.txt"} if "copied" in template else {NOTE, "notes/models/acme_paint_1_5.txt"}
    if template.startswith("_partials"):
        expected = set()  # what stands outside a macro is not printed; the hash of the inputs tells all the same
    assert touched == expected
    assert "MANIFEST.json" in found


def test_a_model_that_was_added_or_removed_without_a_run(pressed: Workspace) -> None:
    (pressed.root / PAINT).rename(pressed.root / "kept.yaml")
    assert check(pressed)["notes/models/acme_paint_1_5.txt"][0] == "extra"
    (pressed.root / "kept.yaml").rename(pressed.root / PAINT)
    text = (pressed.root / SKETCH).read_text().replace("acme-sketch", "acme-new")
    pressed.write("specs/acme/models/acme-new.yaml", text)
    assert check(pressed)["notes/models/acme_new.txt"][0] == "missing"


def test_check_reports_links_in_place_of_files(pressed: Workspace) -> None:
    outside = pressed.root / "outside"
    shutil.copytree(pressed.generated / "notes", outside)
    shutil.rmtree(pressed.generated / "notes" / "models")
    (pressed.generated / "notes" / "models").symlink_to(outside / "models")
    (pressed.generated / "notes" / "index.json").unlink()
    (pressed.generated / "notes" / "index.json").symlink_to(outside / "index.json")
    found = check(pressed)
    assert found["notes/index.json"] == ("link", "")
    assert found["notes/models"] == ("link", "")


def test_the_command_names_file_and_difference_and_exits_with_1(pressed: Workspace) -> None:
    pressed.replace(f"generated/acme/{NOTE}", "What to draw.", "What to paint.")
    done = pressed.run("generate", "--check")
    assert done.returncode == 1
    assert f"generated/acme/{NOTE}: is not what the specs and templates give" in done.stderr
    assert "  +prompt: What to draw." in done.stderr
    assert "\x1b" not in done.stderr
    assert "\x1b[31m" in pressed.run("--color", "always", "generate", "--check").stderr
