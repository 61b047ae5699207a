"""A file of rules for the mock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

#: Writes a file of rules and returns its path.
WriteRules: TypeAlias = Callable[[str], str]


@pytest.fixture
def written(tmp_path: Path) -> WriteRules:
    """Write a file of rules."""

    def write(text: str) -> str:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
