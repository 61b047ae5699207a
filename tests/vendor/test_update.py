"""Three versions of each file become one, for all files or for none; nothing of an edit is lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.vendor.conftest import CORE, PAINT, SKETCH, Shop

MODEL = "models/acme_sketch.py"


def fresh(shop: Shop, tmp_path: Path, *arguments: str) -> dict[str, bytes]:
    """What a new package would hold."""
    other = Shop(shop.root, tmp_path / "fresh")
    other.add(*arguments)
    tree = other.tree()
    shutil.rmtree(other.dest)
    return tree


def test_without_edits_an_update_is_a_fresh_package(vendored: Shop, tmp_path: Path) -> None:
    assert vendored.update() == (0, "Up to date: 4 files.\n")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    assert vendored.update() == (0, "changed  DEST/core.py\n1 of 4 files changed.\n")
    assert vendored.tree() == fresh(vendored, tmp_path)


def test_edits_beside_what_comes_are_merged(vendored: Shop) -> None:
    vendored.edit(CORE, 'return f"{price:.2f}"', 'return f"{price:.3f}"')
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    assert vendored.update() == (0, "merged   DEST/core.py\n1 of 4 files changed.\n")
    assert "PAUSE = 0.7" in vendored.text(CORE) and ":.3f" in vendored.text(CORE)
    assert vendored.status() == (1, (
        "edited           DEST/core.py\nDEST: 1 edited of 4 files. It needs httpx2.\n"
        "  edited: the file was edited: an update will keep that, `pagewright vendor diff DEST` shows it\n"
    ))  # fmt: skip
    assert vendored.update() == (0, "1 file with your edits stays as it is: core.py.\nUp to date: 4 files.\n")


def test_a_conflict_changes_nothing_and_loses_nothing(vendored: Shop) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    vendored.upstream(f"specs/acme/models/{SKETCH}.yaml", "What to draw.", "What to paint.")
    before = vendored.tree()
    status, said = vendored.update()
    assert status == 1
    assert said.startswith(
        "conflict DEST/core.py: your edits and the new version change the same lines\nNothing was changed but VENDORED.json, which notes this: 1 conflict."
    )
    after = vendored.tree()
    assert b"PAUSE = 0.7" in after.pop("core.py.new")
    assert {path for path in before if before[path] != after[path]} == {"VENDORED.json"}
    assert "conflict         DEST/core.py.new\n" in vendored.status()[1]
    (vendored.dest / "core.py.new").unlink()
    assert "conflict" not in vendored.status()[1]
    assert vendored.update()[0] == 1
    assert vendored.tree().keys() == {*before, "core.py.new"}


def test_taking_what_came_resolves_a_conflict(vendored: Shop) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    vendored.update()
    vendored.edit(CORE, "PAUSE = 9", "PAUSE = 0.7")
    assert vendored.update()[0] == 0
    assert "core.py.new" not in vendored.tree()
    assert vendored.status()[0] == 0


@pytest.mark.parametrize("named", ["core.py", "DEST/core.py"])
@pytest.mark.parametrize(("side", "pause", "clean"), [("--ours", "PAUSE = 9", 1), ("--theirs", "PAUSE = 0.7", 0)])
def test_a_conflict_can_be_decided(vendored: Shop, side: str, pause: str, clean: int, named: str) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    vendored.upstream(f"specs/acme/models/{SKETCH}.yaml", "What to draw.", "What to paint.")
    vendored.update()
    assert vendored.update(side, named.replace("DEST", str(vendored.dest)))[0] == 0
    assert pause in vendored.text(CORE)
    assert "What to paint." in vendored.text(MODEL)
    assert "core.py.new" not in vendored.tree()
    assert vendored.status()[0] == clean


def test_there_is_nothing_to_decide_on_a_file_that_is_not_ours(vendored: Shop) -> None:
    assert vendored.update("--ours", "nope.py") == (2, "pagewright: nope.py is not a file of this package.\n")


def test_a_file_beside_that_was_edited_stays(vendored: Shop) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    vendored.update()
    vendored.edit("core.py.new", "PAUSE = 0.7", "PAUSE = 0.7  # my note")
    assert vendored.update()[0] == 1
    assert "# my note" in vendored.text("core.py.new")
    assert "PAUSE = 0.7\n" in vendored.text("core.py.new2")
    assert vendored.update("--theirs", CORE)[0] == 0
    assert "# my note" in vendored.text("core.py.new")
    assert "core.py.new2" not in vendored.tree()


def test_a_merge_that_would_be_no_python_is_a_conflict(vendored: Shop) -> None:
    """Each side alone is Python: one makes a function a plain block, the other returns from its middle."""
    vendored.edit(CORE, "def order(what: str) -> str:", "if ATTEMPTS:")
    vendored.edit(CORE, "what.split()\n    least", '"x".split()\n    least')
    vendored.edit(CORE, 'return " ".join(words[:most])', "print(words)")
    vendored.upstream_core('raise ValueError("nothing was ordered")', 'return ""')
    before = vendored.text(CORE)
    status, said = vendored.update()
    assert (status, "your edits and the new version together are not valid Python" in said) == (1, True)
    assert vendored.text(CORE) == before


def test_a_missing_file_is_restored(vendored: Shop, tmp_path: Path) -> None:
    (vendored.dest / CORE).unlink()
    assert "missing          DEST/core.py" in vendored.status()[1]
    assert vendored.update() == (0, "restored DEST/core.py\n1 of 4 files changed.\n")
    assert vendored.tree() == fresh(vendored, tmp_path)


def test_files_come_and_go(vendored: Shop, tmp_path: Path) -> None:
    (vendored.root / "templates/shop/shop/core.py").unlink()
    (vendored.root / "templates/shop/shop/extra").mkdir()
    (vendored.root / "templates/shop/shop/extra/new.py").write_text("NEW = 1\n")
    assert vendored.update() == (0, "deleted  DEST/core.py\nadded    DEST/extra/new.py\n2 of 4 files changed.\n")
    assert vendored.tree() == fresh(vendored, tmp_path)


def test_an_edited_file_that_is_to_go_is_kept_until_decided(vendored: Shop) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    (vendored.root / "templates/shop/shop/core.py").unlink()
    status, said = vendored.update()
    assert (status, "you edited it, and the new version has it no more" in said) == (1, True)
    assert vendored.update("--ours", CORE)[0] == 0
    assert "PAUSE = 9" in vendored.text(CORE)
    assert vendored.status() == (0, "DEST: clean, 3 files. It needs httpx2.\n")


def test_edits_move_with_a_renamed_file(vendored: Shop) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    folder = vendored.root / "templates/shop/shop"
    (folder / "core.py").rename(folder / "kernel.py")
    vendored.upstream("templates/shop/shop/kernel.py", "price:.2f", "price:.4f")
    assert vendored.update() == (
        0,
        "deleted  DEST/core.py\nrenamed  DEST/kernel.py (with your edits of core.py)\n2 of 4 files changed.\n",
    )
    assert "PAUSE = 9" in vendored.text("kernel.py") and "price:.4f" in vendored.text("kernel.py")


def test_a_file_of_yours_where_a_new_one_goes(vendored: Shop) -> None:
    (vendored.dest / "new.py").write_text("MINE = 1\n")
    (vendored.root / "templates/shop/shop/new.py").write_text("NEW = 1\n")
    status, said = vendored.update()
    assert (status, "a file of yours stands where a new one goes" in said) == (1, True)
    assert vendored.text("new.py") == "MINE = 1\n" and vendored.text("new.py.new").endswith("\nNEW = 1\n")


def test_models_and_parts_are_added_and_removed(vendored: Shop, tmp_path: Path) -> None:
    assert vendored.update("--model", f"{SKETCH},{PAINT}", "--with", "cli")[0] == 0
    assert vendored.tree() == fresh(vendored, tmp_path, "--model", SKETCH, "--model", PAINT, "--with", "cli")
    status, said = vendored.update("--model", PAINT, "--with", "none")
    assert status == 0
    assert said.startswith(f"DEST: without {SKETCH} from now on.\n")
    assert vendored.tree() == fresh(vendored, tmp_path, "--model", PAINT)


def test_a_model_that_no_spec_describes_any_more_goes(shop: Shop, tmp_path: Path) -> None:
    shop.add("--model", f"{SKETCH},{PAINT}")
    (shop.root / f"specs/acme/models/{PAINT}.yaml").unlink()
    assert f"no spec describes {PAINT} any more" in shop.status()[1]
    status, said = shop.update()
    assert (status, f"without {PAINT} from now on: no spec describes it any more" in said) == (0, True)
    assert shop.tree() == fresh(shop, tmp_path)


def test_the_last_model_is_not_taken_out(shop: Shop) -> None:
    shop.add("--model", PAINT)
    before = shop.tree()
    (shop.root / f"specs/acme/models/{PAINT}.yaml").unlink()
    status, said = shop.update()
    assert (status, "no model is left" in said) == (2, True)
    assert shop.tree() == before


def test_windows_line_ends_are_no_edit_and_stay(vendored: Shop) -> None:
    for path in ("core.py", "__init__.py"):
        (vendored.dest / path).write_bytes((vendored.dest / path).read_bytes().replace(b"\n", b"\r\n"))
    assert vendored.status()[0] == 0
    vendored.edit(CORE, "price:.2f", "price:.3f")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    assert vendored.update()[0] == 0
    content = (vendored.dest / CORE).read_bytes()
    assert b"PAUSE = 0.7\n" in content and b"price:.3f" in content


@pytest.mark.parametrize("damage", [None, b"nonsense"])
def test_the_archive_is_made_again(vendored: Shop, damage: bytes | None) -> None:
    archive = vendored.dest / "VENDORED.base.tar.xz"
    before = archive.read_bytes()
    archive.unlink() if damage is None else archive.write_bytes(damage)
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    assert ("missing          DEST/VENDORED.base.tar.xz" in vendored.status()[1]) is (damage is None)
    assert vendored.update()[0] == 0
    assert archive.read_bytes() == before
    assert "PAUSE = 9" in vendored.text(CORE)


@pytest.mark.parametrize("damage", [None, b"", b"nonsense", b"\xfd7zXZ\x00"])
def test_without_its_archive_an_update_still_loses_nothing(vendored: Shop, damage: bytes | None) -> None:
    archive = vendored.dest / "VENDORED.base.tar.xz"
    archive.unlink() if damage is None else archive.write_bytes(damage)
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    vendored.upstream(f"specs/acme/models/{SKETCH}.yaml", "What to draw.", "What to paint.")
    assert vendored.update()[0] == 0  # core.py itself did not change
    assert "PAUSE = 9" in vendored.text(CORE)
    archive.unlink()
    vendored.upstream_core("price:.2f", "price:.4f")
    status, said = vendored.update()
    assert (status, "VENDORED.base.tar.xz does not tell from what" in said) == (1, True)
    assert "PAUSE = 9" in vendored.text(CORE)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 2}', "<<<<<<< ours\n"])
def test_an_unreadable_record(vendored: Shop, content: str) -> None:
    (vendored.dest / "VENDORED.json").write_text(content)
    for command in ("status", "update", "diff"):
        status, said = vendored.run(command, str(vendored.dest))
        assert (status, "unreadable" in said, said.count("\n")) == (1, True, 1)


@pytest.mark.parametrize("path", ["../precious.txt", "/etc/hosts", "a/../../x", "", "a//b", "..\\\\x"])
def test_a_record_that_names_files_outside(vendored: Shop, path: str) -> None:
    record = json.loads(vendored.text("VENDORED.json"))
    record["files"][path] = "0" * 64
    (vendored.dest / "VENDORED.json").write_text(json.dumps(record))
    assert "is not a path of a file in the package" in vendored.update()[1]


def test_where_nothing_is_vendored(shop: Shop) -> None:
    for command in ("status", "update", "diff"):
        status, said = shop.run(command, str(shop.dest))
        assert (status, said) == (2, "pagewright: DEST holds no VENDORED.json. Make it with `pagewright vendor add`.\n")
    assert not shop.dest.exists()


def without_headers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vendor the package as it was written before files had headers."""
    with monkeypatch.context() as patch:
        patch.setattr("pagewright.rendering.render.with_header", lambda path, text, sentence: text)
        shop.add()
    assert not any(b"Generated by" in content for content in shop.tree().values())


def test_a_package_without_headers_gets_them(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_headers(shop, monkeypatch)
    assert shop.update() == (
        0,
        "changed  DEST/__init__.py\nchanged  DEST/core.py\nchanged  DEST/models/acme_sketch.py\n3 of 4 files changed.\n",
    )
    assert shop.tree() == fresh(shop, tmp_path)
    assert shop.status()[0] == 0


def test_an_edit_of_the_first_line_is_kept_below_a_new_header(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    without_headers(shop, monkeypatch)
    shop.edit(CORE, '"""The part that does not vary."""', '"""Our words."""')
    status, said = shop.update()
    assert status == 0 and "merged   DEST/core.py" in said
    assert shop.text(CORE).splitlines()[:5] == [
        "# Generated by Pagewright from templates/shop/shop/core.py. Run `pagewright vendor update` to update it.",
        "# ruff: noqa: PGH004",
        "# ruff: noqa",
        "# mypy: ignore-errors",
        '"""Our words."""',
    ]
