"""Ctrl-C: once to stop in good order, twice to stop at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import current_thread, main_thread

from .statuses import INTERRUPTED


@contextmanager
def stopping(stop: Callable[[], object]) -> Generator[None]:
    """Calls `stop` at the first Ctrl-C (or SIGTERM), and ends the process at the second.

    Python calls `stop` between any two steps of the main thread, and so perhaps in the middle of a `print`: it must not
    print itself, or both fail.
    """
    asked = 0

    def handle(*_: object) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            stop()
        else:
            os.write(2, b"provider-client: ended at once; what was being sent is in doubt\n")
            # Whatever could still be done has been done to the journal already.
            os._exit(INTERRUPTED)

    if current_thread() is not main_thread():
        # Signals are the main thread's; whoever runs this elsewhere has to stop it there.
        yield
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def uninterrupted() -> Generator[None]:
    """Puts a Ctrl-C off until the block is done: a paid picture is on its way to the disk. A second one ends it at once."""
    if current_thread() is not main_thread():
        yield
        return
    asked = False

    def handle(number: int, frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    earlier = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)
    if asked:
        raise KeyboardInterrupt
