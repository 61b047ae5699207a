"""A user's repository: an empty folder in which the installed `pagewright` is run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from pagewright.cli import main

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs/acme-lantern.txt"
INSTALLED = REPOSITORY / "specs/segmind/models/tinysd1.5-txt2img.yaml"
TINY = "tinysd1.5-txt2img"
LANTERN = "acme-lantern"


@dataclass(frozen=True)
class Repository:
    """`root` is the current folder of the commands that are run."""

    root: Path

    def run(self, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """Run `pagewright`, and return its exit status and everything that it prints."""
        result = CliRunner().invoke(main, list(arguments), input=stdin)
        return result.exit_code, result.output

    def do(self, *arguments: str, stdin: str = "") -> str:
        """Run `pagewright`, which has to succeed."""
        status, printed = self.run(*arguments, stdin=stdin)
        assert status == 0, printed
        return printed

    def write(self, path: str, text: str) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return place

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def own_spec(self, slug: str = TINY, change: Callable[[str], str] = str) -> Path:
        """Make a spec of the repository's own from an installed one."""
        text = INSTALLED.read_text(encoding="utf-8").replace(TINY, slug).replace(f"{slug}.spaced", f"{TINY}.spaced")
        return self.write(f"specs/segmind/models/{slug}.yaml", change(text))


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository that has only a page."""
    (tmp_path / ".git").mkdir()
    shutil.copy(PAGE, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PAGEWRIGHT_PAGES", raising=False)
    return Repository(tmp_path)


@pytest.fixture
def repository(empty: Repository) -> Repository:
    """A workspace with nothing of its own."""
    empty.do("init")
    return empty
