"""A workspace whose page has been read, for tests that change the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from .aurora import copy_of, make_workspace


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace to copy, not to change."""
    return make_workspace(tmp_path_factory.mktemp("aurora") / "workspace")


@pytest.fixture
def workspace(original: Path, tmp_path: Path) -> Path:
    return copy_of(original, tmp_path / "workspace")
