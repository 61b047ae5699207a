"""The distributions, built once for a run of the tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from .environments import Environment

ROOT = Path(__file__).parents[2]
PROJECTS = (".", "generated/segmind/python")


class Built(NamedTuple):
    """Where the archives are."""

    folder: Path

    def wheel(self, name: str) -> Path:
        (path,) = self.folder.glob(f"{name}-*.whl")
        return path

    def sdist(self, name: str) -> Path:
        (path,) = self.folder.glob(f"{name}-*.tar.gz")
        return path


def build(checkout: Path, into: Path) -> Built:
    """Do what `make dist` does, in another checkout."""
    for project in PROJECTS:
        command = [sys.executable, "-m", "hatchling", "build", "-d", str(into)]
        subprocess.run(command, cwd=checkout / project, check=True, capture_output=True)
    return Built(into)


def copy_of_checkout(into: Path) -> Path:
    """Copy what git would take, as it is now, committed or not."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        # A file may be deleted and not yet committed.
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, into / name)
    return into


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Wheels and source distributions of this checkout."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def client_alone(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with segmind-client, without extras."""
    return Environment(tmp_path_factory.mktemp("client") / "venv", built.wheel("segmind_client"))


@pytest.fixture(scope="session")
def client_and_mock(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with segmind-client[mock]."""
    return Environment(tmp_path_factory.mktemp("mock") / "venv", built.wheel("segmind_client"), "mock")


@pytest.fixture(scope="session")
def generator(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with pagewright."""
    return Environment(tmp_path_factory.mktemp("pagewright") / "venv", built.wheel("pagewright"))
