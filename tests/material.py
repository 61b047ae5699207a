"""What tests read that is no part of this repository, and what happens where it is not there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: The real documentation pages, and beside their folder the provider's catalogue.
PAGES = Path(os.environ.get("PAGEWRIGHT_PAGES") or ROOT.parent / "shared" / "pages")
CATALOGUE = PAGES.parent / "catalogue.tsv"


def absent(what: str) -> NoReturn:
    """Skips the test for want of something that a checkout need not have; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"not there: {what}")
    pytest.skip(f"not there: {what}")


def page_of(name: str) -> str:
    """The text of a documentation page."""
    return _text(PAGES / f"{name}.txt", "the documentation page")


def catalogue_slugs() -> list[str]:
    """The slugs of the provider's catalogue."""
    return [line.split("\t")[0] for line in _text(CATALOGUE, "the provider's catalogue").splitlines()[1:]]


def _text(path: Path, what: str) -> str:
    if not path.is_file():
        absent(f"{what} {path}; PAGEWRIGHT_PAGES names the folder of the pages")
    return path.read_text(encoding="utf-8")
