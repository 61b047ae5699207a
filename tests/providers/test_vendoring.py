"""A package of each invented provider in another repository: written, checked, edited, updated and used."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.providers.conftest import INVENTED, Workspace

#: A call with the vendored client, and what it prints.
CALLS = {
    "zephyr": ("Zephyr", "zephyr_gust.generate(text='fog', width=256, height=256)", "image/png 256 256"),
    "borealis": (
        "Borealis",
        "acme_paint_2.submit(prompt='fog', width=64, height=96).download(interval=0.01)",
        "image/webp 64 96",
    ),
}
CODE = """
from shop.{name} import {prefix}Client
from shop.{name}.mock import Pace, Settings, serving
with serving(Settings(pace=Pace("polls", 2))) as mock, {prefix}Client("a-key", mock.url) as client:
    image = client.{call}
    print(image.media_type, image.width, image.height)
import sys
print([module for module in sys.modules if module.startswith(("{name}_", "pagewright", "segmind"))])
"""


@dataclass(frozen=True)
class Vendored:
    """A package of a provider's model that was vendored into `repository`."""

    workspace: Workspace
    repository: Path
    name: str

    @property
    def folder(self) -> Path:
        return self.repository / "shop" / self.name

    def vendor(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.workspace.pagewright("vendor", command, str(self.folder), *arguments)


@pytest.fixture(scope="module", params=sorted(INVENTED))
def original(
    request: pytest.FixtureRequest, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> Vendored:
    """A package with all parts, vendored once and never changed."""
    made = Vendored(workspace, tmp_path_factory.mktemp("vendored"), str(request.param))
    slug = INVENTED[made.name][0]
    done = made.vendor("add", "--provider", made.name, "--model", slug, "--with", "cli,mock,pydantic")
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@pytest.fixture
def vendored(original: Vendored, tmp_path: Path) -> Vendored:
    """A copy of the package that a test may change."""
    shutil.copytree(original.repository, tmp_path / "repository")
    return Vendored(original.workspace, tmp_path / "repository", original.name)


def test_a_new_package_is_clean_and_up_to_date(vendored: Vendored) -> None:
    before = {path: path.read_bytes() for path in vendored.folder.rglob("*") if path.is_file()}
    status = vendored.vendor("status")
    assert (status.returncode, "clean" in status.stdout) == (0, True), status.stdout + status.stderr
    update = vendored.vendor("update")
    assert update.returncode == 0, update.stdout + update.stderr
    assert {path: path.read_bytes() for path in vendored.folder.rglob("*") if path.is_file()} == before


def test_an_update_keeps_an_edit(vendored: Vendored) -> None:
    edited = vendored.folder / "__init__.py"
    edited.write_text(edited.read_text(encoding="utf-8") + "\nSHOP = True\n", encoding="utf-8")
    missing = vendored.folder / "py.typed"
    missing.unlink()
    status = vendored.vendor("status")
    assert status.returncode == 1
    assert "edited" in status.stdout and "missing" in status.stdout
    update = vendored.vendor("update")
    assert update.returncode == 0, update.stdout + update.stderr
    assert edited.read_text(encoding="utf-8").endswith("\nSHOP = True\n")
    assert missing.is_file()


def test_the_vendored_client_generates_images_on_the_vendored_mock(vendored: Vendored) -> None:
    prefix, call, expected = CALLS[vendored.name]
    code = CODE.format(name=vendored.name, prefix=prefix, call=call)
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", f"import sys; sys.path.insert(0, '.')\n{code}"],
        cwd=vendored.repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [expected, "[]"]


def test_the_vendored_command_names_the_model(vendored: Vendored) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"shop.{vendored.name}", "--help"],
        cwd=vendored.repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert INVENTED[vendored.name][0] in done.stdout
