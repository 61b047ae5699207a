"""Ctrl-C in the middle of a line that is being printed: where Python's own streams refuse to print another."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Any

import pytest

from segmind_client._command.interruption import stopping
from segmind_client._command.statuses import INTERRUPTED


class Interrupting(io.RawIOBase):
    """A terminal at which Ctrl-C is pressed twice while it shows something."""

    def writable(self) -> bool:
        return True

    def write(self, _: Any) -> int:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        return len(_)


def test_twice_while_a_line_is_being_printed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ended: list[int] = []
    asked: list[str] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BufferedWriter(Interrupting())))
    with stopping(lambda: asked.append("once")):
        print("1 of 100", file=sys.stderr, flush=True)
    assert (asked, ended) == (["once"], [INTERRUPTED])
    assert capfd.readouterr().err == "segmind-client: ended at once; what was being sent is in doubt\n"
