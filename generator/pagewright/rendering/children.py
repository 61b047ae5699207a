"""Set-up of the generator's child processes: they end with their parent, even if that is killed, and leave signals to it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from ..errors import INTERNAL, PagewrightError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class WorkerKilled(PagewrightError):
    """A child process was killed, and not by its parent."""

    status = INTERNAL

    def __init__(self) -> None:
        super().__init__("a rendering process was killed, perhaps for lack of memory. Run it again.")


@contextmanager
def signals_held() -> Generator[None]:
    """Hold signals back while children are forked, so that none reaches a child before it is set up."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def set_up() -> None:
    """Prepare a child process."""
    end_with_parent()
    # Ctrl-C reaches every process of the terminal, and the parent is the one that answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    # Collecting as often as Python does by itself costs a tenth of the time, never to collect a gigabyte: the
    # type maker's trees are full of cycles. What was inherited is not looked at again.
    gc.freeze()
    gc.set_threshold(200_000, 4, 1000)


def end_with_parent() -> None:
    """Make a child process end when its parent does, whatever it is doing. An initializer for process pools.

    The child waits on a pipe whose other end the parent opened before it started the child, so a parent that was killed
    before the child came here is noticed, too.
    """

    def watch(parent: BaseProcess) -> None:
        parent.join()
        os._exit(1)

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=watch, args=(parent,), daemon=True).start()
