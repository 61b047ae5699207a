"""Ctrl-C while a line is being printed, when Python's streams can't print another line."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from segmind_client._command.exit_codes import ExitCode
from segmind_client._command.interruption import stopping

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Interrupting(io.RawIOBase):
    """A terminal on which Ctrl-C is pressed twice during a write."""

    def writable(self) -> bool:
        return True

    def write(self, _: ReadableBuffer) -> int:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        return memoryview(_).nbytes


def test_two_interrupts_while_a_line_is_being_printed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ended: list[int] = []
    asked: list[str] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BufferedWriter(Interrupting())))
    with stopping(lambda: asked.append("once")):
        print("1 of 100", file=sys.stderr, flush=True)
    assert (asked, ended) == (["once"], [ExitCode.INTERRUPTED])
    assert capfd.readouterr().err == "segmind-client: stopped immediately; requests that were being sent are in doubt\n"
