"""Handling of Ctrl-C: the first one stops in an orderly way, the second one immediately."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import current_thread, main_thread

from .._results.jobs import JobHandle
from .exit_codes import ExitCode
from .program import PROGRAM


class Interrupted(KeyboardInterrupt):
    """A Ctrl-C at a moment when it is known what it leaves behind; the message says so.

    Attributes:
        handle: The handle of the job that goes on in the queue; None if no job is left there.
    """

    def __init__(self, message: str, handle: JobHandle | None = None) -> None:
        super().__init__(message)
        self.handle = handle


@contextmanager
def stopping(stop: Callable[[], object]) -> Generator[None]:
    """Call `stop` at the first Ctrl-C (or SIGTERM) and end the process at the second.

    Python calls `stop` between any two bytecodes of the main thread, perhaps in the middle of a `print`, so `stop` must not
    print.
    """
    asked = 0

    def handle(*_: object) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            stop()
        else:
            message = f"{PROGRAM}: stopped immediately; requests that were being sent are in doubt\n"
            os.write(2, message.encode("utf-8", "replace"))
            # The state of the batch is on the disk already.
            os._exit(ExitCode.INTERRUPTED)

    if current_thread() is not main_thread():
        # Only the main thread can handle signals.
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
    """Delay a Ctrl-C until the block, which saves a paid result, is done. A second one raises KeyboardInterrupt immediately."""
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
