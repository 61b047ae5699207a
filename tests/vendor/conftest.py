"""Acme with a small client and mock to vendor, and a place to vendor them to."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main
from tests import killing

REPOSITORY = Path(__file__).parents[2]
PAINT, SKETCH = "acme-paint-1.5", "acme-sketch"
CORE = "core.py"


@dataclass(frozen=True)
class Shop:
    """`root` has specs and templates, `dest` is where the package is vendored."""

    root: Path
    dest: Path

    def run(self, *arguments: str) -> tuple[int, str]:
        """`pagewright vendor …`; gives status and output."""
        result = CliRunner().invoke(main, ["--root", str(self.root), "vendor", *arguments])
        return result.exit_code, result.output.replace(str(self.dest), "DEST")

    def add(self, *arguments: str) -> None:
        status, said = self.run("add", str(self.dest), *(arguments or ("--model", SKETCH)))
        assert status == 0, said

    def update(self, *arguments: str) -> tuple[int, str]:
        return self.run("update", str(self.dest), *arguments)

    def status(self, *arguments: str) -> tuple[int, str]:
        return self.run("status", str(self.dest), *arguments)

    def tree(self, folder: Path | None = None) -> dict[str, bytes]:
        """Every file of the package with its content."""
        folder = folder or self.dest
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def edit(self, path: str, old: str, new: str) -> None:
        """In the vendored package."""
        _replace(self.dest / path, old, new)

    def upstream(self, path: str, old: str, new: str) -> None:
        """In specs or templates."""
        _replace(self.root / path, old, new)

    def upstream_core(self, old: str, new: str) -> None:
        self.upstream("templates/shop/shop/core.py", old, new)

    def text(self, path: str) -> str:
        return (self.dest / path).read_text()


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Nothing is vendored yet."""
    root = tmp_path / "acme"
    shutil.copytree(REPOSITORY / "tests" / "generator" / "acme" / "specs", root / "specs")
    shutil.copytree(REPOSITORY / "specs" / "schema", root / "specs" / "schema")
    shutil.copytree(Path(__file__).parent / "templates", root / "templates")
    (root / "LICENSE").write_text("Take it.\n")
    return Shop(root, tmp_path / "theirs" / "pkg" / "vendored" / "shop")


@pytest.fixture
def vendored(shop: Shop) -> Shop:
    """The sketch is vendored."""
    shop.add()
    return shop


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], AbstractContextManager[list[str]]]:
    """See `tests.killing`."""
    return lambda number: killing.killed_at(number, monkeypatch)
