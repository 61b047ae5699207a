"""A workspace to press in: the invented provider Acme with two models and one small target, from `acme/`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pagewright.findings import Finding
from pagewright.generate import Result, generate
from pagewright.rendering.target import load_targets
from pagewright.specs.lint import lint
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog
from pagewright.workspace import find_provider, open_workspace

REPOSITORY = Path(__file__).parents[2]
PAINT = "specs/acme/models/acme-paint-1.5.yaml"
SKETCH = "specs/acme/models/acme-sketch.yaml"
#: The specs and templates of Acme.
ACME = Path(__file__).parent / "acme"


@dataclass(frozen=True)
class Workspace:
    """A folder with specs, templates and what was generated from them."""

    root: Path

    @property
    def generated(self) -> Path:
        return self.root / "generated" / "acme"

    def press(self, **options: object) -> Result:
        return generate(find_provider(open_workspace(self.root)), **options)  # type: ignore[arg-type]

    def findings(self) -> list[Finding]:
        loaded = load(find_provider(open_workspace(self.root)))
        targets, found = load_targets(open_workspace(self.root))
        found += loaded.findings
        return [*found, *lint(loaded.platform, loaded.models, complete=loaded.complete, targets=targets)]

    def catalog(self) -> Catalog:
        catalog = load(find_provider(open_workspace(self.root))).catalog
        assert catalog, self.findings()
        return catalog

    def write(self, path: str, text: str | bytes) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text, f"{path} has no {old!r}"
        self.write(path, text.replace(old, new))

    def tree(self) -> dict[str, bytes]:
        """Every file below `generated/acme/` with its content."""
        return {
            path.relative_to(self.generated).as_posix(): path.read_bytes()
            for path in sorted(self.generated.rglob("*"))
            if path.is_file()
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`pagewright` as a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "pagewright", "--root", str(self.root), *arguments],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def acme(tmp_path: Path) -> Workspace:
    """Acme's specs and templates, nothing generated yet."""
    root = tmp_path / "acme"
    shutil.copytree(ACME, root)
    shutil.copytree(REPOSITORY / "specs" / "schema", root / "specs" / "schema")
    return Workspace(root)


@pytest.fixture
def pressed(acme: Workspace) -> Workspace:
    """Acme with everything generated."""
    result = acme.press()
    assert not result.findings, result.findings
    return acme


@pytest.fixture(scope="session")
def repository() -> Workspace:
    """The repository itself, to read from."""
    return Workspace(REPOSITORY)
