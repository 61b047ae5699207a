"""The table of features: every row names tests, and all of them exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "client-features.md"
ROWS = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if re.match(r"\| [^|]+ \|", line)]


def _tests_in(module: str) -> set[str]:
    tree = ast.parse((Path(__file__).parents[1] / module).read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return {name for name in found if name.rpartition("::")[2].startswith("test_")}


def test_the_table_of_features_has_rows() -> None:
    assert len(ROWS) > 35


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_each_row_names_tests_that_are_there(row: str) -> None:
    named = re.findall(r"`((?:\w+/)?test_\w+\.py)::([\w:]+)`", row.rstrip("| ").rpartition("|")[2])
    assert named
    for module, test in named:
        assert test in _tests_in(module), f"{module} has no {test}"
