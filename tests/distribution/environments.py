"""Clean environments without a network.

Each is a virtual environment of its own: without pip, without the packages of the machine, and without the paths of the
environment that runs the tests. A wheel is installed into it by pip. What the wheel's metadata asks for, and nothing
else, is then linked into it from the environment that runs the tests. So only two things differ from
`pip install segmind-client[mock]`: the versions are those of requirements.lock, and pip did not choose them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


class Environment:
    """A virtual environment at `folder` with a wheel in it, and what the wheel needs with `extras`."""

    def __init__(self, folder: Path, wheel: Path, *extras: str) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.folder = folder
        self.bin = folder / "bin"
        (self.packages,) = folder.glob("lib/python3*/site-packages")
        pip = [sys.executable, "-m", "pip", "--python", str(self.bin / "python")]
        options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
        subprocess.run([*pip, "install", *options, str(wheel)], check=True)
        (info,) = self.packages.glob("*.dist-info")
        self.name = info.name.partition("-")[0]
        needed = [line for line in (info / "METADATA").read_text().splitlines() if line.startswith("Requires-Dist: ")]
        self.add(line.partition(": ")[2] for line in needed if _applies(line.partition(": ")[2], extras))

    def add(self, requirements: Iterable[str]) -> None:
        """Link in the packages that are required, and what they require themselves."""
        for name in _closure(requirements):
            for path in distribution(name).files or ():
                top = path.parts[0]
                place = self.packages / top
                if top not in ("..", "__pycache__") and not place.exists():
                    place.symlink_to(Path(str(distribution(name).locate_file(top))))

    def run(
        self, command: str, *arguments: str, cwd: Path, environ: Mapping[str, str] = {}
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, which sees no other Python path."""
        return subprocess.run(
            [str(self.bin / command), *arguments],
            cwd=cwd,
            env=self.variables(environ),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def variables(self, environ: Mapping[str, str] = {}) -> dict[str, str]:
        """The environment variables for a program: those of the tests, without what would lead to other code."""
        ours = {
            key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SEGMIND_", "PYTEST_"))
        }
        return {**ours, "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", **environ}

    def installed(self) -> set[str]:
        """The distributions that there are, by their normalized names."""
        return {canonicalize_name(info.name.split("-")[0]) for info in self.packages.glob("*.dist-info")}


def _closure(requirements: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if name not in found:
            found.add(name)
            waiting += [each for each in distribution(name).requires or () if _applies(each, requirement.extras)]
    return found


def _applies(requirement: str, extras: Iterable[str]) -> bool:
    marker = Requirement(requirement).marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
