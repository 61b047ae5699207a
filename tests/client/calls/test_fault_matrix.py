"""The fault matrix: measurements agree with promises and with the document, and the key appears nowhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import fault_matrix
from scripts.fault_matrix import MARKER, Cell, Stage, cells, document, expected, play, staged
from scripts.fault_promises import AT_LEAST_ONCE, PROMISES, CallOutcome
from segmind_client import Hooks, Journal, RequestOptions
from segmind_client.spec.platform import PLATFORM
from segmind_mock.api.scenarios import FAMILIES, SCENARIOS


class Everything(logging.Handler):
    """A log handler that keeps all formatted records."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Played:
    """Run the whole matrix once, with log, journal and hooks enabled."""

    def __init__(self, folder: Path) -> None:
        log = Everything()
        self.hooked: list[Any] = []
        names = ("segmind_client", "httpx2", "httpcore2", "asyncio")
        loggers = [logging.getLogger(name) for name in names]
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.addHandler(log)
            logger.setLevel(logging.DEBUG)
        journal = Journal(folder / "jobs.jsonl")
        seen = self.hooked.append
        hooks = Hooks(seen, lambda *a: seen(repr(a)), lambda *a: seen(repr(a)), lambda *a: seen(repr(a)))
        try:
            with staged() as stage:
                every = list(cells())
                # One fsync per case would be slow, so only some cases have a journal.
                noted = set(every[:: len(every) // 20])
                options = RequestOptions(hooks=hooks)
                self.measured: dict[Cell, CallOutcome] = {
                    cell: play(cell, stage, options._replace(journal=journal if cell in noted else None))
                    for cell in every
                }
                self.seen = stage.seen
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.removeHandler(log)
                logger.setLevel(level)
        self.logged = log.lines
        self.noted = Path(journal.path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    yield Played(tmp_path_factory.mktemp("matrix"))


def test_every_call_ends_as_promised(played: Played) -> None:
    broken = {cell: (fate, expected(cell)) for cell, fate in played.measured.items() if fate != expected(cell)}
    assert broken == {}


def test_no_call_is_billed_twice_unless_asked_for(played: Played) -> None:
    twice = {cell for cell, fate in played.measured.items() if fate.billed > 1}
    assert {cell.at_least_once for cell in twice} == {True}
    # The option has an effect.
    assert {cell.scenario for cell in twice} == {name for name, fate in AT_LEAST_ONCE.items() if fate.billed > 1}


def test_both_clients_end_each_scenario_the_same_way(played: Played) -> None:
    for cell, fate in played.measured.items():
        assert cell.operation == "batch" or fate == played.measured[cell._replace(shell="async")], cell


def test_the_matrix_covers_every_scenario_and_family_and_status() -> None:
    assert set(SCENARIOS) <= set(PROMISES)
    assert set(FAMILIES) <= {name.partition(":")[0] for name in PROMISES}
    assert {f"status-{status}" for status in PLATFORM.statuses} <= set(PROMISES)


def test_the_document_of_the_fault_matrix_has_the_measured_results(played: Played) -> None:
    assert fault_matrix.DOCUMENT.read_text(encoding="utf-8") == document(
        played.measured
    ), "python scripts/fault_matrix.py --write"


class TestTheKey:
    """The key was sent with nearly every request of the matrix, and must not appear in any output."""

    def test_no_key_in_exceptions_and_tracebacks_with_variables(self, played: Played) -> None:
        assert sum("Traceback (most recent call last)" in text for text in played.seen) > 100
        assert [text for text in played.seen if MARKER in text] == []

    def test_no_key_in_logs(self, played: Played) -> None:
        ours = [line for line in played.logged if "answer of" in line]
        assert len(ours) > 500 and len(played.logged) > 1000
        assert [line for line in played.logged if MARKER in line] == []

    def test_no_key_in_the_journal(self, played: Played) -> None:
        assert played.noted.count("\n") > 20
        assert MARKER not in played.noted
        assert fault_matrix.WANTED["prompt"] not in played.noted

    def test_no_key_in_hooks(self, played: Played) -> None:
        assert len(played.hooked) > 1000
        assert [each for each in played.hooked if MARKER in repr(each)] == []


def test_a_broken_promise_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    few = {"status-400": PROMISES["status-400"], "status-502": PROMISES["status-400"]}
    monkeypatch.setattr(fault_matrix, "PROMISES", few)
    monkeypatch.setattr(fault_matrix, "AT_LEAST_ONCE", {})
    monkeypatch.setattr("scripts.fault_promises.PROMISES", few)
    monkeypatch.setattr(sys, "argv", ["fault_matrix.py", "--check"])
    assert fault_matrix.main() == 1
    told = capsys.readouterr().err
    assert "status-502" in told and "status-400'" not in told


def test_a_client_that_sends_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The matrix fails if every broken connection counts as one that was never made."""
    monkeypatch.setattr("segmind_client._flows.sending.may_retry_broken", lambda *_, **__: True)
    with staged() as stage:
        assert isinstance(stage, Stage)
        assert play(Cell("reset-before-body", "generate", "once", "sync"), stage) == CallOutcome("ok", 2, 2)
