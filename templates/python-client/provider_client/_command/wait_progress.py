"""The progress of a queued job, as one line on a terminal. Elsewhere nothing is printed."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from .._config import RequestOptions
from .._hooks import Hooks
from .._results.jobs import JobHandle
from .._text import printable
from ..client import ProviderClient
from ..spec.answers import find
from ..spec.platform import PLATFORM
from .terminal import write


@contextmanager
def showing_progress(client: ProviderClient, handle: JobHandle, *, quiet: bool) -> Generator[ProviderClient]:
    """Yield a client that shows the job's state and the time waited after each poll. The line is removed at the end."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield client
        return
    begun = time.monotonic()

    def show(state: object) -> None:
        text = printable(f"job {handle.request_id}: {state}, {time.monotonic() - begun:.0f} s")
        # A line that wraps can't be removed.
        write(f"\r{text[: shutil.get_terminal_size().columns - 1]}\x1b[K")

    def polled(_: JobHandle, status: Mapping[str, Any]) -> None:
        show(find(status, PLATFORM.roles.get("state")) or "state unknown")

    show("waiting")
    try:
        yield client.with_options(RequestOptions(hooks=Hooks(poll=polled)))
    finally:
        write("\r\x1b[K")
