"""The bench fails if something can't be measured, and has every peer in its lock."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.table import NotMeasured, TableRow

FOLDER = Path(__file__).parents[1] / "bench"


def without_peer(what: str) -> TableRow:
    raise NotMeasured("prism did not start: no words")


def broken(what: str) -> TableRow:
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("measure", "why"),
    [(without_peer, "prism did not start: no words"), (broken, "ZeroDivisionError: division by zero")],
)
def test_what_is_not_measured_is_no_row_and_fails_the_bench(
    measure: object, why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "ROWS", {"first": measure, "second": lambda what: TableRow(what, "s", 1.0)})
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert bench.main() == 1
    said = capsys.readouterr()
    assert "| second | 1.00 s |" in said.out
    assert "first" not in said.out
    assert said.err.endswith(f"bench: not measured: first: {why}\n")


def test_a_bench_that_measured_everything_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "ROWS", {"row": lambda what: TableRow(what, "s", 1.0)})
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert bench.main() == 0
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "no such row"])
    assert bench.main() == 1


def test_every_peer_is_locked() -> None:
    names = {line for line in (FOLDER / "requirements.in").read_text().splitlines() if line and line[0] != "#"}
    locked = set(re.findall(r"^([a-z0-9-]+)==", (FOLDER / "requirements.txt").read_text(), re.MULTILINE))
    assert "starlette" in names
    assert names <= locked
