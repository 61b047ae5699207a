"""The table of the official SDK's failures is correct for the SDK and for the generated client."""

from __future__ import annotations

import pytest

from scripts import sdk_failures


def test_the_table_of_sdk_failures_is_what_is_measured() -> None:
    assert (
        sdk_failures.TABLE.read_text(encoding="utf-8") == sdk_failures.table()
    ), "python scripts/sdk_failures.py --write"


def test_a_wrong_table_of_sdk_failures_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sdk_failures, "CASES", sdk_failures.CASES[-1:])
    monkeypatch.setattr("sys.argv", ["sdk_failures.py", "--check"])
    assert sdk_failures.main() == 1
    assert "--write" in capsys.readouterr().err
