"""What `make dist` builds: what is in it, the same bytes anywhere, and nothing left in the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_string
from email.message import Message
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright import __version__
from pagewright.cli import main
from pagewright.workspace import files_below
from pagewright.workspace.find import INSTALLED

from .conftest import PROJECTS, ROOT, Built, build, copy_of_checkout
from .environments import Environment

NAMES = ("pagewright", "segmind_client")


def _names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as opened:
        return set(opened.namelist())


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_string(opened.read(name).decode())


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_makefile_builds_the_same_projects() -> None:
    (recipe,) = re.findall(r"^\t@for project in (.*); do .* -m hatchling build ", (ROOT / "Makefile").read_text(), re.M)
    assert recipe.replace("$(CLIENT)", "generated/segmind/python").split() == list(PROJECTS)


def test_two_builds_give_the_same_bytes(built: Built, tmp_path: Path) -> None:
    """In another folder, from files of another date with other permissions, under another clock."""
    checkout = copy_of_checkout(tmp_path / "elsewhere")
    for path in checkout.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            os.utime(path, (1_000_000_000, 1_000_000_000))
    again = build(checkout, tmp_path / "dist")
    assert len(_digests(built.folder)) == 4
    assert _digests(again.folder) == _digests(built.folder)


@pytest.mark.parametrize("name", NAMES)
def test_a_source_distribution_gives_the_same_wheel(name: str, built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist(name)) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=source, check=True)
    (wheel,) = (source / "dist").iterdir()
    assert wheel.read_bytes() == built.wheel(name).read_bytes()


def test_what_pagewright_s_wheel_holds(built: Built) -> None:
    names = _names(built.wheel("pagewright"))
    assert {name.partition("/")[0] for name in names} == {"pagewright", f"pagewright-{__version__}.dist-info"}
    ours = {path.relative_to(ROOT / "generator").as_posix() for path in files_below(ROOT / "generator")}
    inside = {
        f"pagewright/{INSTALLED}/{path.relative_to(ROOT).as_posix()}"
        for folder in ("pages", "specs", "templates")
        for path in files_below(ROOT / folder)
    }
    inside |= {f"pagewright/{INSTALLED}/{name}" for name in ("LICENSE", "requirements.lock")}
    assert {name for name in names if name.startswith("pagewright/")} == ours | inside


def test_what_the_client_s_wheel_holds(built: Built) -> None:
    names = _names(built.wheel("segmind_client"))
    info = f"segmind_client-{__version__}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"segmind_client", "segmind_mock", info}
    python = ROOT / "generated" / "segmind" / "python"
    ours = {
        path.relative_to(python).as_posix()
        for package in ("segmind_client", "segmind_mock")
        for path in files_below(python / package)
    }
    assert {name for name in names if not name.startswith(info)} == ours
    assert f"{info}/licenses/LICENSE" in names


@pytest.mark.parametrize("name", NAMES)
def test_the_metadata_of_each_wheel(name: str, built: Built) -> None:
    metadata = _metadata(built.wheel(name))
    systems = [each for each in metadata.get_all("Classifier", []) if each.startswith("Operating System")]
    assert systems == ["Operating System :: MacOS", "Operating System :: POSIX :: Linux"]
    assert metadata["License-Expression"] == "Apache-2.0" and metadata["Requires-Python"] == ">=3.11"
    assert metadata["Summary"]
    assert re.search(r"Linux (and|or) macOS", str(metadata.get_payload()))


def test_the_client_needs_httpx2_and_nothing_else(built: Built, client_alone: Environment) -> None:
    metadata = _metadata(built.wheel("segmind_client"))
    needed = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert needed == ["httpx2<3,>=2.16"]  # as hatchling orders the specifiers
    assert metadata.get_all("Provides-Extra") == ["media", "mock", "pydantic", "redis", "rules"]
    (uvloop,) = [each for each in metadata.get_all("Requires-Dist", []) if each.startswith("uvloop")]
    assert "sys_platform != 'win32'" in uvloop and "implementation_name == 'cpython'" in uvloop
    assert client_alone.installed() & {"pillow", "uvicorn", "pydantic", "pyyaml", "pagewright"} == set()


def test_the_licenses_are_the_same() -> None:
    assert (ROOT / "generated/segmind/python/LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("editable", [False, True])
def test_installing_leaves_the_checkout_as_it_was(project: str, editable: bool, tmp_path: Path) -> None:
    """pip builds in the checkout itself: no build/, no egg-info, nothing staged."""
    checkout = copy_of_checkout(tmp_path / "checkout")
    before = {path: path.stat().st_mtime_ns for path in checkout.rglob("*")}
    options = [
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "--no-compile",
    ]
    target = ["--editable"] if editable else []
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(tmp_path / "site"), *target]
    subprocess.run([*command, str(checkout / project)], check=True, cwd=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in checkout.rglob("*")} == before
    installed = {path.name for path in (tmp_path / "site").iterdir()} - {"bin"}
    if editable:
        # A path, which Python puts behind those of PYTHONPATH.
        (path,) = (tmp_path / "site").glob("*.pth")
        place = checkout / ("generator" if project == "." else project)
        assert Path(path.read_text().strip()).resolve() == place.resolve()
        assert {name for name in installed if not name.endswith((".pth", ".dist-info"))} == set()
    else:
        expected = {"pagewright"} if project == "." else {"segmind_client", "segmind_mock"}
        assert {name for name in installed if not name.endswith(".dist-info")} == expected


def test_a_package_called_generator_is_the_user_s_own(generator: Environment, tmp_path: Path) -> None:
    found = generator.run("python", "-c", "import generator", cwd=tmp_path)
    assert "No module named 'generator'" in found.stderr
    (tmp_path / "generator.py").write_text("print('mine')")
    code = "import pagewright.cli, generator"
    assert generator.run("python", "-c", code, cwd=tmp_path).stdout == "mine\n"
    # Nor does this repository's own environment have one: it is installed by paths that hold no such folder.
    own = subprocess.run(
        [sys.executable, "-c", "import generator"], cwd=tmp_path / "..", capture_output=True, check=False
    )
    assert own.returncode != 0


def test_each_distribution_has_its_own_commands() -> None:
    project = tomllib.loads((ROOT / "generated/segmind/python/pyproject.toml").read_text())["project"]
    assert project["name"] == "segmind-client"
    assert set(project["scripts"]) == {"segmind-client", "segmind-mock"}
    root = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(root["scripts"]) == {"pagewright"} and "entry-points" not in root


def test_the_distribution_is_called_what_the_spec_says(tmp_path: Path) -> None:
    for folder in ("specs", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    platform = tmp_path / "specs" / "segmind" / "platform.yaml"
    told = platform.read_text()
    names = {"package: zephyr_two ": "zephyr-two-client", "package: zephyr ": "zephyr-client"}
    for line, name in names.items():
        platform.write_text(re.sub(r"^package: segmind ", line, told, flags=re.MULTILINE))
        done = CliRunner().invoke(main, ["--root", str(tmp_path), "generate", "--target", "python-client"])
        assert done.exit_code == 0, done.output
        project = (tmp_path / "generated/segmind/python/pyproject.toml").read_text()
        assert tomllib.loads(project)["project"]["name"] == name
