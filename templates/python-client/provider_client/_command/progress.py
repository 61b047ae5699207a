"""How far a batch is: one line that is drawn anew on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from .._wire import inert
from .journal import ACCEPTED, DONE, DOUBT, FAILED, LOST, Row
from .limits import Limits
from .terminal import print_out, say, write

_REDRAWN_S = 0.1
_SAID_S = 10.0
_WORDS = {FAILED: "failed", DOUBT: "in doubt", LOST: "lost", ACCEPTED: "not done yet"}


class Progress:
    """Counts what became of each line, and tells of it.

    With `as_json` each line that ended is one line of JSON on standard output; with `quiet` only what went wrong is
    said.
    """

    def __init__(self, total: int, limits: Limits, *, as_json: bool, quiet: bool) -> None:
        self._total = total
        self._limits = limits
        self._as_json = as_json
        self._quiet = quiet
        self._counts: dict[str, int] = {}
        self._begun = self._said = time.monotonic()
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._drawn = False
        if self._is_terminal:
            self._show()

    def tell(self, row: Row, state: str, reason: str | None, files: list[dict[str, Any]]) -> None:
        """A line has come to its end, or to where this run leaves it."""
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
        """Takes the line off the terminal, before something else is said."""
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
        if self._limits.spent_usd is not None:
            parts.append(f"{self._limits.spent_usd:.2f} dollars")
        if self._limits.remaining is not None:
            parts.append(f"{self._limits.remaining:g} credits left")
        text = inert("  ".join(parts))
        if self._is_terminal:
            write(f"\r{text}\x1b[K")
            self._drawn = True
        else:
            say(text)
