"""A run as a whole: what it makes, what it leaves alone, and what it need not even load."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pagewright.generate import UnknownChoice
from tests.generator.conftest import PAINT, REPOSITORY, SKETCH, Workspace

HEAVY = ("jinja2", "ruff", "jsonschema", "datamodel_code_generator", "yaml", "referencing")
#: Where two clones of one commit may differ without anybody noticing.
ELSEWHERE = [
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Chatham", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0", "COLUMNS": "40"},
]


def loaded_by(workspace: Workspace) -> set[str]:
    """The packages that a run on one processor, which makes types itself, has imported in the end."""
    code = (
        "import json, os, sys\nos.cpu_count = lambda: 1\nfrom pagewright.cli import main\n"
        f"try: main(['--quiet', '--root', {str(workspace.root)!r}, 'generate'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_a_run_with_nothing_to_do_loads_nothing_heavy(acme: Workspace) -> None:
    assert loaded_by(acme) >= set(HEAVY)  # or the names above would prove nothing
    assert not loaded_by(acme) & set(HEAVY)


@pytest.mark.parametrize("whose", ["acme", "repository"])
def test_two_clones_in_other_places_give_the_same_bytes(
    whose: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    original: Workspace = request.getfixturevalue(whose)
    commit = tmp_path / "commit"  # so that a file that is edited meanwhile is the same for both clones
    for name in ("specs", "templates"):
        shutil.copytree(original.root / name, commit / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    trees = []
    for number, environment in enumerate(ELSEWHERE):
        clone = Workspace(tmp_path / ("x" * number * 20 + "clone"))
        # The files come into being in the opposite order.
        for path in sorted(commit.rglob("*"), reverse=bool(number)):
            if path.is_file():
                (clone.root / path.relative_to(commit)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, clone.root / path.relative_to(commit))
        done = clone.run("generate", **environment)
        assert done.returncode == 0, done.stderr
        trees.append(clone.tree())
    assert trees[0] == trees[1]
    assert all(str(tmp_path).encode() not in content for content in trees[0].values())


def test_a_second_run_writes_nothing(pressed: Workspace) -> None:
    times = {path: path.stat().st_mtime_ns for path in pressed.generated.rglob("*")}
    result = pressed.press()
    assert not result.changes and result.files == 6
    assert {path: path.stat().st_mtime_ns for path in pressed.generated.rglob("*")} == times


def test_only_what_a_change_concerns_is_written(pressed: Workspace) -> None:
    pressed.replace(SKETCH, "Acme Sketch", "Acme Scribble")
    assert [change.path for change in pressed.press().changes] == ["notes/models/acme_sketch.txt"]
    assert pressed.press(check=True).differences == []


def add_a_model(workspace: Workspace, slug: str) -> None:
    workspace.write(
        f"specs/acme/models/{slug}.yaml", (workspace.root / SKETCH).read_text().replace("acme-sketch", slug)
    )


def test_model_limits_a_run_to_its_files_and_those_that_list_it(pressed: Workspace) -> None:
    add_a_model(pressed, "acme-one")
    add_a_model(pressed, "acme-two")
    pressed.replace(PAINT, "Acme Paint", "Acme Painting")
    pressed.press(models=["acme-one"])
    tree = pressed.tree()
    assert "notes/models/acme_one.txt" in tree and "notes/models/acme_two.txt" not in tree
    assert b"Painting" not in tree["notes/models/acme_paint_1_5.txt"]
    assert json.loads(tree["notes/index.json"])["models"] == ["acme-one", "acme-paint-1.5", "acme-sketch"]
    assert pressed.press(check=True).differences
    pressed.press()
    assert pressed.press(check=True).differences == []


def test_model_leaves_files_of_removed_models_to_a_whole_run(pressed: Workspace) -> None:
    (pressed.root / PAINT).unlink()
    pressed.press(models=["acme-sketch"])
    assert "notes/models/acme_paint_1_5.txt" in pressed.tree()
    pressed.press()
    assert "notes/models/acme_paint_1_5.txt" not in pressed.tree()
    assert pressed.press(check=True).differences == []


def add_a_target(workspace: Workspace) -> None:
    workspace.write("templates/second/target.yaml", "summary: Another.\n")
    workspace.write("templates/second/{model}.txt.jinja", "{{ model.title|md }}\n")


def test_a_run_for_a_target_writes_its_files_only(pressed: Workspace) -> None:
    add_a_target(pressed)
    pressed.replace(SKETCH, "Acme Sketch", "Acme Scribble")
    pressed.press(targets=["second"])
    tree = pressed.tree()
    assert tree["second/acme_sketch.txt"] == b"Acme Scribble\n"
    assert b"Scribble" not in tree["notes/models/acme_sketch.txt"]
    pressed.press()
    assert pressed.press(check=True).differences == []


@pytest.mark.parametrize("choice", [{"models": ["acme-sketch"]}, {"targets": ["second"]}])
def test_force_with_a_choice_deletes_nothing(pressed: Workspace, choice: dict[str, list[str]]) -> None:
    add_a_target(pressed)
    pressed.press()
    before = pressed.tree()
    pressed.press(force=True, **choice)
    assert pressed.tree() == before
    assert pressed.press(check=True).differences == []


def test_an_edit_that_the_choice_leaves_out_stands_in_nobodys_way(pressed: Workspace) -> None:
    pressed.write("generated/acme/notes/models/acme_paint_1_5.txt", "mine\n")
    pressed.replace(SKETCH, "Acme Sketch", "Acme Scribble")
    assert pressed.press(models=["acme-sketch"]).differences == []
    assert pressed.tree()["notes/models/acme_paint_1_5.txt"] == b"mine\n"
    assert [difference.path for difference in pressed.press().differences] == ["notes/models/acme_paint_1_5.txt"]


def test_unknown_models_and_targets_are_refused(pressed: Workspace) -> None:
    with pytest.raises(UnknownChoice, match=r"no model 'acme'; there are: acme-paint-1.5, acme-sketch"):
        pressed.press(models=["acme"])
    with pytest.raises(UnknownChoice, match=r"no target 'note'; there are: notes"):
        pressed.press(targets=["note"])


@pytest.mark.parametrize("name", [".swp", ".ruff_cache/x", "x~", "__pycache__/x.pyc"])
def test_what_editors_and_tools_leave_is_no_input(pressed: Workspace, name: str) -> None:
    pressed.write(f"templates/notes/{name}", "x")
    pressed.write(f"specs/acme/models/{name}", "x") if "/" not in name else None
    assert pressed.press().changes == []
    assert pressed.press(check=True).differences == []


def test_a_provider_without_models_is_a_finding(acme: Workspace) -> None:
    shutil.rmtree(acme.root / "specs/acme/models")
    assert [(finding.path, finding.code) for finding in acme.press().findings] == [("specs/acme/models", "S001")]
    assert not acme.generated.exists()
