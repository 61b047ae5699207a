"""The progress of a batch: one line that is updated on a terminal, or a line every few seconds elsewhere."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from ..._text import printable
from ..terminal import print_out, say, write
from .spending import BatchSpending
from .state import ACCEPTED, DONE, DOUBT, FAILED, LOST, BatchLine

_REDRAWN_S = 0.1
_SAID_S = 10.0
_WORDS = {FAILED: "failed", DOUBT: "in doubt", LOST: "lost", ACCEPTED: "not done yet"}


class Progress:
    """Counts the outcomes of lines and prints the progress.

    With `as_json`, each finished line is printed on standard output as one line of JSON. With `quiet`, only failures are
    printed.
    """

    def __init__(self, total: int, spending: BatchSpending, *, as_json: bool, quiet: bool) -> None:
        self._total = total
        self._spending = spending
        self._as_json = as_json
        self._quiet = quiet
        self._counts: dict[str, int] = {}
        self._begun = self._said = time.monotonic()
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._drawn = False
        if self._is_terminal:
            self._show()

    def tell(self, row: BatchLine, state: str, reason: str | None, files: list[dict[str, Any]]) -> None:
        """Count and print the outcome of a line in this run."""
        self._counts[state] = self._counts.get(state, 0) + 1
        if state != DONE:
            self.clear()
            say(f"{row.at}: {_WORDS[state]}: {reason}")
        if self._as_json:
            about = {"id": row.id, "line": row.at, "state": state}
            more = {"reason": reason} if reason else {"files": files}
            print_out(json.dumps({**about, **more}))
        if not self._quiet and time.monotonic() - self._said > (_REDRAWN_S if self._is_terminal else _SAID_S):
            self._show()

    def clear(self) -> None:
        """Remove the progress line from the terminal, before something else is printed."""
        if self._drawn:
            write("\r\x1b[K")
            self._drawn = False

    def _show(self) -> None:
        if self._quiet:
            return
        now = time.monotonic()
        self._said = now
        done = self._counts.get(DONE, 0)
        others = [f"{count} {_WORDS[state]}" for state, count in self._counts.items() if state != DONE]
        left = self._total - sum(self._counts.values())
        parts = [f"{done} done", *others, f"{left} left", f"{done / max(now - self._begun, 1e-3):.1f}/s"]
        if self._spending.spent_usd is not None:
            parts.append(f"{self._spending.spent_usd:.2f} dollars")
        if self._spending.remaining is not None:
            parts.append(f"{self._spending.remaining:g} credits left")
        text = printable("  ".join(parts))
        if self._is_terminal:
            write(f"\r{text}\x1b[K")
            self._drawn = True
        else:
            say(text)
