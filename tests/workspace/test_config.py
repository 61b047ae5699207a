"""`pagewright.toml`: what it may say, and what is said where it can't."""

from __future__ import annotations

import tomllib

import pytest

from pagewright.publishing.manifest import LOCK_FILE
from pagewright.workspace import CONFIG, edit, find_workspace
from pagewright.workspace.config import Vendored, read_config
from pagewright.workspace.edit import add_vendored, remove_vendored

from .conftest import TINY, Repository

BAD = {
    'providers = "segmind"\n': "1: providers: expected a list of names, got 'segmind'",
    "\nspecs = 3\n": "2: specs: expected a folder, got 3",
    'specs = "../specs"\n': "1: specs: expected a folder inside the workspace, relative to it and with '/', got '../specs'",
    'generated = "/tmp"\n': "1: generated: expected a folder inside the workspace, relative to it and with '/', got '/tmp'",
    'template = ["*"]\n': "1: template: unknown key; did you mean 'templates'?",
    "vendored = 3\n": "1: vendored: expected [[vendored]] tables, got 3",
    "[[vendored]]\n": "1: vendored: an entry has no path",
    '[[vendored]]\npath = "a"\nname = "b"\n': "3: vendored.name: unknown key; known keys: path, target",
    '[[vendored]]\npath = "a"\n[[vendored]]\npath = "a"\n': "2: vendored.path: 'a' is there twice",
    "providers = [\n": "not valid TOML",
    'providers = ["nobody"]\n': "providers: 'nobody' is not installed; there are: segmind",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text.split()[0])
def test_a_wrong_setting_is_refused_with_its_line(empty: Repository, text: str) -> None:
    empty.write(CONFIG, text)
    status, printed = empty.run("lint")
    assert (status, printed.count("\n")) == (2, 1), printed
    assert BAD[text] in printed and CONFIG in printed


def test_a_table_of_pyproject_stands_for_the_whole_file(empty: Repository) -> None:
    empty.write("pyproject.toml", '[project]\nname = "shop"\n\n[tool.pagewright]\nspecs = "models/specs"\n')
    workspace = find_workspace(empty.root)
    assert workspace.specs == empty.root / "models/specs"
    empty.write("pyproject.toml", "[tool.pagewright]\nspecs = 3\n")
    assert "pyproject.toml:2: tool.pagewright.specs: expected a folder, got 3" in empty.run("lint")[1]


def test_a_pyproject_of_something_else_makes_no_workspace(empty: Repository) -> None:
    empty.write("pyproject.toml", "[tool.ruff]\nline-length = 100  # not of pagewright\n")
    assert empty.run("lint") == (
        2,
        f"pagewright: no {CONFIG} in {empty.root} or above. Make a workspace with `pagewright init`.\n",
    )


def test_entries_are_added_and_removed_below_what_people_wrote(empty: Repository) -> None:
    written = '# Ours.\nproviders = ["segmind"] # one\n\n[[vendored]] # the first\npath = "a"\n'
    empty.write(CONFIG, written)
    workspace = find_workspace(empty.root)
    assert add_vendored(workspace, Vendored("b/c", "contract"))
    assert not add_vendored(workspace, Vendored("b/c"))
    config = read_config(empty.root)
    assert config and config.vendored == (Vendored("a"), Vendored("b/c", "contract"))
    assert remove_vendored(workspace, "b/c")
    assert not remove_vendored(workspace, "b/c")
    assert empty.read(CONFIG).rstrip() == written.rstrip()


INLINE = {
    "one line": 'vendored = [{path = "a"}] # ours\n',
    "lines": 'vendored = [\n  {path = "a"}, # the first\n]\n',
    "empty": "vendored = []\n",
    "between keys": 'providers = ["segmind"]\nvendored = [{path = "a"}]\nspecs = "specs"\n',
}


@pytest.mark.parametrize("written", INLINE.values(), ids=INLINE)
def test_entries_join_a_list_that_people_wrote_in_brackets(empty: Repository, written: str) -> None:
    empty.write(CONFIG, written)
    workspace = find_workspace(empty.root)
    before = workspace.config.vendored
    assert add_vendored(workspace, Vendored("b/c", "contract"))
    config = read_config(empty.root)
    assert config and config.vendored == (*before, Vendored("b/c", "contract"))
    assert remove_vendored(workspace, "b/c")
    config = read_config(empty.root)
    assert config and config.vendored == before
    assert tomllib.loads(empty.read(CONFIG)).keys() <= tomllib.loads(written).keys()


def test_the_file_is_read_and_replaced_under_the_lock(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def watch(name: str) -> None:
        real = getattr(edit, name)

        def watched(*arguments: object) -> object:
            seen.append((repository.root / LOCK_FILE).exists())
            return real(*arguments)

        monkeypatch.setattr(edit, name, watched)

    watch("read_config")
    watch("_replace")
    assert add_vendored(find_workspace(repository.root), Vendored("a"))
    assert seen == [True, True]


def test_an_entry_in_pyproject_leaves_the_other_tables_alone(empty: Repository) -> None:
    empty.write("pyproject.toml", "[tool.pagewright]\n\n[tool.ruff]\nline-length = 88\n")
    empty.do("vendor", "add", "acme/pictures", "--model", TINY)
    data = tomllib.loads(empty.read("pyproject.toml"))["tool"]
    assert data == {"pagewright": {"vendored": [{"path": "acme/pictures"}]}, "ruff": {"line-length": 88}}


def test_init_writes_a_file_that_is_read_back_and_never_replaces_it(empty: Repository) -> None:
    assert "pagewright new PAGE" in empty.do("init")
    config = read_config(empty.root)
    assert config and (config.providers, config.vendored, config.generated) == (("segmind",), (), None)
    empty.write(CONFIG, "# ours\n")
    assert "is a workspace already" in empty.do("init")
    assert empty.read(CONFIG) == "# ours\n"


def test_a_lock_file_that_a_killed_run_left_is_removed_by_any_command(empty: Repository) -> None:
    empty.write(CONFIG, '[[vendored]]\npath = "acme/pictures"\n')
    left = [empty.root / LOCK_FILE, empty.root / "acme/pictures" / LOCK_FILE]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("4711\n")
    assert empty.run("lint")[0] == 0
    assert not any(path.exists() for path in left)
