"""Several providers in one workspace share templates and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.providers.conftest import INVENTED, REPOSITORY, Workspace, make_workspace

NAMES = ("segmind", "quillon", *INVENTED)


def test_another_provider_does_not_change_generated_files(workspace: Workspace, tmp_path: Path) -> None:
    alone = make_workspace(tmp_path / "alone", "segmind")
    alone.generate("segmind")
    kept = {path: content for path, content in workspace.tree("segmind").items() if not path.startswith(".cache/")}
    assert {path: content for path, content in alone.tree("segmind").items() if not path.startswith(".cache/")} == kept


@pytest.mark.parametrize("name", NAMES)
def test_nothing_generated_names_another_provider(workspace: Workspace, name: str) -> None:
    others = {other for other in NAMES if other != name}
    if name != "quillon":
        # Its pages and models are the real provider's.
        others -= {"quillon"}
    words = re.compile("|".join(sorted(others)), re.IGNORECASE)
    found = [path for path, content in workspace.tree(name).items() if words.search(content.decode("utf-8", "replace"))]
    assert not found
    assert not [path for path in workspace.tree(name) if words.search(path)]


def test_generated_files_of_the_renamed_copy_have_no_word_of_segmind(workspace: Workspace) -> None:
    words = re.compile(r"x-api-key|\bQUEUED\b|\bPROCESSING\b|\bCOMPLETED\b")
    tree = workspace.tree("quillon")
    found = {path: match[0] for path, content in tree.items() if (match := words.search(content.decode("utf-8")))}
    # For any provider, a header of this name holds a secret.
    assert found == {"python/quillon_mock/state/redaction.py": "x-api-key"}


def test_no_template_or_module_names_a_provider_or_a_model() -> None:
    models = [path.stem for path in (REPOSITORY / "specs").rglob("models/*.yaml")]
    assert "tinysd1.5-txt2img" in models
    words = re.compile("|".join(["segmind", *INVENTED, *map(re.escape, models)]).encode(), re.IGNORECASE)
    places = [path for folder in ("templates", "generator") for path in (REPOSITORY / folder).rglob("*")]
    files = [path for path in places if path.is_file() and "__pycache__" not in path.parts]
    named = [path for path in files if words.search(path.as_posix().encode()[len(str(REPOSITORY)) :])]
    assert not named
    assert not [path for path in files if words.search(path.read_bytes())]


def test_generated_files_are_up_to_date(workspace: Workspace) -> None:
    before = {name: workspace.tree(name) for name in NAMES}
    done = workspace.pagewright("generate", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {name: workspace.tree(name) for name in NAMES} == before
