"""Limits for what a test waits for: generous, so that a busy machine keeps them, and reached only by a test that fails."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import AnyStr

#: Seconds to wait for another thread, process or connection. Below the limit of a whole test (pyproject.toml).
LIMIT_S = 120.0


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition that is bound to hold. Raise AssertionError if it does not within the limit."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, f"the condition did not hold within {LIMIT_S:g} seconds"
        time.sleep(0.01)


@contextmanager
def killed_at_the_end(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """Kill a process when the block ends, however it ends: leaving a `with Popen(...)` would wait for it for ever."""
    with process:
        try:
            yield process
        finally:
            process.kill()
