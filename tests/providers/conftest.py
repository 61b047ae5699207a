"""A workspace with four providers: Segmind, two invented ones, and a renamed copy of Segmind.

`specs/` has the specs of the invented providers, `pages/` the pages that their models were transcribed from. The copy,
called Quillon, has other names of headers, states and keys.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pagewright.generate import generate
from pagewright.workspace import Provider, find_installed
from pagewright.workspace import Workspace as Layers
from pagewright.workspace.config import SELF_CONTAINED

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
#: The invented providers with their models of images: the slug, the name in code, the page.
INVENTED = {
    "zephyr": ("zephyr-gust", "zephyr_gust", "zephyr-gust"),
    "borealis": ("acme/paint-2", "acme_paint_2", "borealis-paint-2"),
}
#: Their models of videos.
VIDEOS = {
    "zephyr": ("zephyr-whirl", "zephyr_whirl", "zephyr-whirl"),
    "borealis": ("acme/reel-1", "acme_reel_1", "borealis-reel-1"),
}
#: Replacements in the renamed copy of Segmind; longer ones first.
RENAMED = {
    "segmind": "quillon",
    "Segmind": "Quillon",
    "SEGMIND": "QUILLON",
    "x-api-key": "x-quill-token",
    'scheme: ""': "scheme: Quill",
    "QUEUED": "WAITING",
    "PROCESSING": "RUNNING",
    "COMPLETED": "FINISHED",
    "FAILED": "BROKEN",
    "error: {type": "problem: {type",
    "required: [error]": "required: [problem]",
    "required: [status, error": "required: [status, problem",
    "error_text: {path: /error}": "error_text: {path: /problem}",
    "under `error`": "under `problem`",
}


@dataclass(frozen=True)
class Workspace:
    """A folder with specs, templates and the generated files."""

    root: Path

    def provider(self, name: str) -> Provider:
        return Provider(Layers(self.root, find_installed(), SELF_CONTAINED), name)

    def python(self, name: str) -> Path:
        """Return the folder from which a provider's packages are imported."""
        return self.root / "generated" / name / "python"

    def tree(self, name: str) -> dict[str, bytes]:
        """Return every generated file of a provider by path."""
        folder = self.root / "generated" / name
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def generate(self, name: str) -> None:
        result = generate(self.provider(name))
        assert not result.findings, "\n".join(map(str, result.findings))

    def pagewright(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `pagewright` in the workspace."""
        return _run(["-m", "pagewright", "--root", str(self.root), *arguments], self.root, {})

    def run(self, name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python with a provider's packages on its path."""
        return _run(list(arguments), self.root, {"PYTHONPATH": str(self.python(name)), **environment})

    def code(self, name: str, code: str, **environment: str) -> str:
        """Run code that must succeed with a provider's packages on its path, and return its output."""
        done = self.run(name, "-W", "error", "-c", code, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _run(arguments: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def make_workspace(root: Path, *names: str) -> Workspace:
    """Return a workspace with these providers and no generated files."""
    (root / "specs").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "specs" / "schema", root / "specs" / "schema")
    shutil.copytree(REPOSITORY / "templates", root / "templates")
    for name in names:
        if name == "quillon":
            _copy_renamed(root)
        else:
            source = HERE if name in INVENTED else REPOSITORY
            shutil.copytree(source / "specs" / name, root / "specs" / name)
    return Workspace(root)


def _copy_renamed(root: Path) -> None:
    source = REPOSITORY / "specs" / "segmind"
    for path in source.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        for old, new in RENAMED.items():
            text = text.replace(old, new)
        copy = root / "specs" / "quillon" / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """All four providers, generated."""
    names = ("segmind", "quillon", *INVENTED)
    made = make_workspace(tmp_path_factory.mktemp("providers") / "workspace", *names)
    for name in names:
        made.generate(name)
    return made
