"""What tests read that is not part of this repository, and what happens where it is missing."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

from pagewright.rendering.names import Reserved
from pagewright.rendering.target import load_targets
from pagewright.specs.load import load_platform
from pagewright.transcribe.service import Service, service_of
from pagewright.workspace import find_provider, open_workspace

ROOT = Path(__file__).resolve().parent.parent
#: The folder of the real documentation pages; beside it lies the provider's catalogue. None where nobody named one.
PAGES = Path(named).resolve() if (named := os.environ.get("PAGEWRIGHT_PAGES")) else None


@cache
def segmind() -> Service:
    """Return what a reader of pages knows of the real provider."""
    platform = load_platform(find_provider(open_workspace(ROOT), "segmind")).platform
    assert platform is not None
    return service_of(platform)


@cache
def reserved() -> Reserved:
    """Return the names that our targets need for themselves."""
    targets, findings = load_targets(open_workspace(ROOT))
    assert not findings
    return Reserved.of(*(target.reserved for target in targets))


def absent(what: str) -> NoReturn:
    """Skip the test because something is missing that a checkout need not have. In CI, fail it instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing: {what}")
    pytest.skip(f"missing: {what}")


def pages() -> Path:
    """Return the folder of the real documentation pages."""
    if PAGES is None:
        absent("the real documentation pages (PAGEWRIGHT_PAGES is not set)")
    if not PAGES.is_dir():
        absent(f"the real documentation pages (PAGEWRIGHT_PAGES={PAGES} is not a folder)")
    return PAGES


def page_of(name: str) -> str:
    """Return the text of a documentation page."""
    return _text(pages() / f"{name}.txt")


def catalogue_slugs() -> list[str]:
    """Return the slugs of the provider's catalogue."""
    return [line.split("\t")[0] for line in _text(pages().parent / "catalogue.tsv").splitlines()[1:]]


def _text(path: Path) -> str:
    if not path.is_file():
        absent(f"{path}, which belongs to the real documentation pages")
    return path.read_text(encoding="utf-8")
