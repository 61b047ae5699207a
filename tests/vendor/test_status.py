"""What status and diff say, in every format."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pagewright import __version__
from tests.vendor.conftest import CORE, SKETCH, Shop


def change(shop: Shop) -> None:
    """One file is edited, one is missing, one is edited and behind, one is behind."""
    shop.edit("__init__.py", "A client", "My client")
    (shop.dest / "LICENSE").unlink()
    shop.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    shop.upstream_core("price:.2f", "price:.3f")
    shop.upstream(f"specs/acme/models/{SKETCH}.yaml", "What to draw.", "What to paint.")


def test_states_as_text(vendored: Shop) -> None:
    change(vendored)
    status, said = vendored.status()
    assert status == 1
    assert said.splitlines()[:5] == [
        "missing          DEST/LICENSE",
        "edited           DEST/__init__.py",
        "edited, behind   DEST/core.py",
        "behind           DEST/models/acme_sketch.py",
        "DEST: 1 missing, 2 edited, 2 behind of 4 files. It needs httpx2.",
    ]


def test_states_as_json(vendored: Shop) -> None:
    assert json.loads(vendored.status("--format", "json")[1]) == [
        {
            "package": "DEST",
            "state": "clean",
            "counts": {},
            "files": {},
            "models_gone": [],
            "requires": ["httpx2"],
            "changed": [],
        }
    ]
    change(vendored)
    status, said = vendored.status("--format", "json")
    assert (status, json.loads(said)) == (
        1,
        [
            {
                "package": "DEST",
                "state": "missing",
                "counts": {"missing": 1, "edited": 2, "behind": 2},
                "files": {
                    "LICENSE": ["missing"],
                    "__init__.py": ["edited"],
                    "core.py": ["edited", "behind"],
                    "models/acme_sketch.py": ["behind"],
                },
                "models_gone": [],
                "requires": ["httpx2"],
                "changed": [f"the spec of {SKETCH}", "templates"],
            }
        ],
    )


def test_states_as_annotations(vendored: Shop) -> None:
    assert vendored.status("--format", "github") == (0, "")
    change(vendored)
    lines = vendored.status("--format", "github")[1].splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("::error file=DEST/core.py,line=1,col=1,title=V001 edited-behind::the file was edited")


def behind(shop: Shop) -> str:
    """Return the line of status about a package that is behind."""
    return next(line for line in shop.status()[1].splitlines() if line.startswith("  behind: "))


def test_a_package_that_is_behind_names_what_has_changed(vendored: Shop) -> None:
    vendored.upstream(f"specs/acme/models/{SKETCH}.yaml", "What to draw.", "What to paint.")
    assert behind(vendored) == (
        f"  behind: the spec of {SKETCH} changed since it was written: `pagewright vendor update DEST`"
    )
    vendored.upstream_core("price:.2f", "price:.3f")
    assert f"the spec of {SKETCH}, templates changed" in behind(vendored)


def test_a_changed_platform_is_named(vendored: Shop) -> None:
    vendored.upstream("specs/acme/platform.yaml", "name: Acme", "name: Acme Studio")
    assert behind(vendored).startswith("  behind: the provider's platform.yaml changed since it was written")


def test_an_upgrade_of_pagewright_is_named_and_keeps_edits(vendored: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The specs stay, the templates and the generator are other ones, as after `pip install --upgrade`."""
    vendored.edit("__init__.py", "A client", "My client")
    monkeypatch.setattr("pagewright.vendor.record.__version__", "0.9.0")
    monkeypatch.setattr("pagewright.vendor.status.__version__", "0.9.0")
    monkeypatch.setattr("pagewright.vendor.package.generator_fingerprint", lambda: "another")
    vendored.upstream_core("price:.2f", "price:.3f")
    assert f"behind: templates, the generator ({__version__}, now 0.9.0) changed" in behind(vendored)
    assert vendored.update()[0] == 0
    assert "My client" in vendored.text("__init__.py") and "price:.3f" in vendored.text(CORE)
    assert vendored.status()[1].splitlines()[0] == "edited           DEST/__init__.py"


def test_a_record_without_fingerprints_of_its_own_says_what_it_can(vendored: Shop) -> None:
    record = json.loads(vendored.text("VENDORED.json"))
    del record["templates"], record["code"]
    (vendored.dest / "VENDORED.json").write_text(json.dumps(record))
    vendored.upstream_core("price:.2f", "price:.3f")
    assert f"behind: templates or the generator ({__version__}, with other code) changed" in behind(vendored)


def test_new_and_removed_files_are_behind(vendored: Shop) -> None:
    (vendored.root / "templates/shop/shop/core.py").rename(vendored.root / "templates/shop/shop/kernel.py")
    assert vendored.status()[1].splitlines()[:2] == [
        "behind           DEST/core.py",
        "behind           DEST/kernel.py",
    ]


def test_several_packages_at_once(vendored: Shop, tmp_path: Path) -> None:
    other = Shop(vendored.root, tmp_path / "other")
    other.add()
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    status, said = vendored.run("status", str(other.dest), str(vendored.dest))
    assert (status, "other: clean" in said, "DEST: 1 edited" in said) == (1, True, True)


def test_quiet_says_nothing_when_all_is_well(vendored: Shop) -> None:
    assert vendored.status("--quiet") == (0, "")
    assert vendored.update("--quiet") == (0, "")


def test_specs_that_change_no_byte_are_not_behind(vendored: Shop) -> None:
    with (vendored.root / f"specs/acme/models/{SKETCH}.yaml").open("a") as file:
        file.write("# a remark\n")
    assert vendored.status()[0] == 0


def test_a_diff_of_the_edits_can_be_applied(vendored: Shop, tmp_path: Path) -> None:
    assert vendored.run("diff", str(vendored.dest)) == (0, "No difference.\n")
    before = vendored.tree()
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    (vendored.dest / "LICENSE").write_text("Take it.")
    edited = vendored.tree()
    status, said = vendored.run("diff", str(vendored.dest))
    assert status == 1
    assert "-PAUSE = 0.5\n+PAUSE = 9\n" in said and "\\ No newline at end of file\n" in said
    for path, content in before.items():
        (vendored.dest / path).write_bytes(content)
    subprocess.run(["git", "apply", "-"], cwd=vendored.dest, input=said, text=True, check=True)
    assert vendored.tree() == edited


def test_a_diff_of_what_comes(vendored: Shop) -> None:
    vendored.edit(CORE, "price:.2f", "price:.4f")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    (vendored.root / "templates/shop/shop/new.py").write_text("NEW = 1\n")
    status, said = vendored.run("diff", str(vendored.dest), "--incoming")
    assert status == 1
    assert "-PAUSE = 0.5\n+PAUSE = 0.7\n" in said and "price:.2f" not in said
    assert "--- /dev/null\n+++ b/new.py\n" in said
    vendored.upstream_core("price:.2f", "price:.3f")
    assert "conflict: core.py: your edits and the new version change the same lines\n" in (
        vendored.run("diff", str(vendored.dest), "--incoming")[1]
    )


@pytest.mark.parametrize("command", ["status", "diff", "update"])
def test_help_names_the_exit_status_or_what_is_done(shop: Shop, command: str) -> None:
    status, said = shop.run(command, "--help")
    assert (status, "DEST" in said) == (0, True)
