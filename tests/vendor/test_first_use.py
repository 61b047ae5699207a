"""First use of a vendored package: its import path, missing parts, and the output of status and resolve."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main
from pagewright.publishing.manifest import LOCK_FILE
from pagewright.vendor.callers.own_edits import edited_files_with_calls
from pagewright.vendor.callers.renamed import renamed_keywords
from pagewright.vendor.import_name import import_name
from pagewright.vendor.record import read_record
from segmind_client._results.saving import FOLDER_PREFIX
from segmind_client.spec.catalog import get
from tests.killing import Killed
from tests.vendor.conftest import CORE, REPOSITORY, SKETCH, Shop

Killer = Callable[[int], AbstractContextManager[list[str]]]
MODEL = "tinysd1.5-txt2img"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of others with a client and its mock, without a command line."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / ".git").mkdir()
    command = ["vendor", "add", str(folder / "src/acme/clips"), "--model", MODEL, "--with", "mock"]
    result = CliRunner().invoke(main, ["--root", str(REPOSITORY), *command])
    assert result.exit_code == 0, result.output
    assert 'write pytest_plugins = ["acme.clips.mock.pytest_plugin"] into conftest.py' in result.output
    return folder


class TestTheImportPath:
    @pytest.mark.parametrize(
        ("top", "folder", "name"),
        [
            (".git", "acme/clips", "acme.clips"),
            (".git", "src/acme/clips", "acme.clips"),
            ("pyproject.toml", "lib/clips", "clips"),
            ("pagewright.toml", "my-app/acme/clips", "acme.clips"),
            (".git", "clips", "clips"),
        ],
    )
    def test_the_import_name_is_the_path_below_the_project(
        self, tmp_path: Path, top: str, folder: str, name: str
    ) -> None:
        (tmp_path / top).mkdir()
        assert import_name(tmp_path / folder) == name

    def test_a_folder_for_what_cannot_be_saved_has_the_name_of_the_package(self, repository: Path) -> None:
        code = "from acme.clips._results.saving import FOLDER_PREFIX; print(FOLDER_PREFIX)"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=repository / "src", capture_output=True, text=True, check=True
        )
        assert (done.stdout, FOLDER_PREFIX) == ("acme-clips-\n", "segmind-client-")

    def test_folders_above_that_are_no_packages_are_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "src/acme/shop").mkdir(parents=True)
        (tmp_path / "src/acme/shop/__init__.py").touch()
        (tmp_path / ".git").mkdir()
        monkeypatch.chdir(tmp_path)
        command = ["--root", str(REPOSITORY), "vendor", "add", "--model", MODEL]
        said = CliRunner().invoke(main, [*command, "src/acme/shop/clips"]).output
        assert " For mypy, add src/acme/__init__.py, or set explicit_package_bases. " in said
        assert "mypy" not in CliRunner().invoke(main, [*command, "clips"]).output

    def test_documents_of_a_package_show_its_import_name(self, repository: Path) -> None:
        texts = [path.read_text() for path in (repository / "src/acme/clips").rglob("*.md")]
        assert len(texts) == 2 and all("from acme.clips import SegmindClient" in text for text in texts)
        assert not any("segmind_client" in text or "segmind-client" in text for text in texts)
        assert any('pytest_plugins = ["acme.clips.mock.pytest_plugin"]' in text for text in texts)


def test_a_copy_without_a_command_line_says_how_to_add_it(repository: Path) -> None:
    command = [sys.executable, "-m", "acme.clips", "--help"]
    done = subprocess.run(command, cwd=repository / "src", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "python -m acme.clips: this copy of the client was vendored without the part cli, its command line. "
        "Add it: pagewright vendor update acme/clips --with cli,mock\n"
    )


def test_a_renamed_parameter_is_found_by_its_facts(repository: Path) -> None:
    folder = repository / "src/acme/clips"
    model = get(MODEL)
    guidance = model.parameters["guidance_scale"]
    parameters = {
        ("cfg" if name == "guidance_scale" else name): (
            each._replace(name="cfg", keyword="cfg") if name == "guidance_scale" else each
        )
        for name, each in model.parameters.items()
    }
    renamed = renamed_keywords(folder, read_record(folder), MODEL, model._replace(parameters=parameters))
    assert renamed == {guidance.keyword: "cfg"}
    assert renamed_keywords(folder, read_record(folder), MODEL, model) == {}


def test_own_calls_in_the_package_are_named(repository: Path) -> None:
    folder = repository / "src/acme/clips"
    record, names = read_record(folder), {"generate"}
    assert list(edited_files_with_calls(folder, record, names)) == []
    mine = folder / "mine.py"
    mine.write_text("def draw(client):\n    return client.model.generate(prompt='fog')\n")
    try:
        assert list(edited_files_with_calls(folder, record, names)) == [mine]
    finally:
        mine.unlink()


@pytest.mark.parametrize(
    ("base", "judged"),
    [("Tinysd1_5Txt2img", "could not be judged: self.generate is a call of the class itself"), ("object", "")],
)
def test_a_call_of_self_in_a_class_made_from_one_of_the_package(
    repository: Path, monkeypatch: pytest.MonkeyPatch, base: str, judged: str
) -> None:
    monkeypatch.chdir(repository)
    shop = repository / "src/shop.py"
    shop.write_text(
        "from acme.clips.resources.tinysd1_5_txt2img import Tinysd1_5Txt2img\n\n\n"
        f"class Mine({base}):\n    def draw(self):\n        return self.generate(promt='fog')\n"
    )
    try:
        said = CliRunner().invoke(main, ["--root", str(REPOSITORY), "vendor", "check-callers", "src"]).output
    finally:
        shop.unlink()
    assert (judged in said, "1 could not be judged" in said) == (True, bool(judged)), said


def test_an_interrupted_update_lists_no_file_as_edited(vendored: Shop, killed_at: Killer, tmp_path: Path) -> None:
    """Files that the update has written already are not edits of anybody."""
    vendored.upstream_core("price:.2f", "price:.4f")
    vendored.upstream(f"specs/acme/models/{SKETCH}.yaml", "What to draw.", "What to paint.")
    before = tmp_path / "before"
    shutil.copytree(vendored.dest, before)
    seen: set[bool] = set()
    for number in range(1000):
        shutil.rmtree(vendored.dest)
        shutil.copytree(before, vendored.dest)
        with killed_at(number):
            try:
                assert vendored.update()[0] == 0
                break
            except Killed:
                pass
        said = vendored.status()[1]
        seen.add("interrupted" in said)
        assert "edited" not in said and "missing" not in said, said
        assert not (vendored.dest / LOCK_FILE).exists(), "a leftover that version control would list"
    assert seen == {True, False}


def test_resolve_lists_what_the_file_does_not_take(vendored: Shop) -> None:
    vendored.edit(CORE, "PAUSE = 0.5", "PAUSE = 9")
    vendored.upstream_core("PAUSE = 0.5", "PAUSE = 0.7")
    vendored.upstream_core("price:.2f", "price:.4f")
    said = vendored.update()[1]
    assert "Nothing was changed but VENDORED.json, which notes this: 1 conflict." in said
    vendored.edit(CORE, "PAUSE = 9", "PAUSE = 0.7")
    status, said = vendored.run("resolve", str(vendored.dest / CORE))
    assert (
        status == 0 and "DEST/core.py does not have these changes of the new version; edit it if you need them:" in said
    )
    assert "price:.4f" in said and "PAUSE = 0.7" not in "".join(line for line in said.splitlines() if line[:1] in "+-")


def test_one_kept_file_stays_as_it_is(vendored: Shop) -> None:
    vendored.edit("__init__.py", "A client", "My client")
    vendored.upstream_core("price:.2f", "price:.4f")
    assert "1 file with your edits stays as it is: __init__.py." in vendored.update()[1]


def test_the_advice_of_status_is_a_command_that_works(vendored: Shop) -> None:
    vendored.edit("__init__.py", "A client", "My client")
    assert "`pagewright vendor diff DEST` shows it" in vendored.status()[1]
    assert vendored.run("diff", str(vendored.dest))[0] == 1
