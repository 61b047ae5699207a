"""The fault matrix's column of batches: the command line with a batch of one line, by the queue, in this process."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import httpx2

from scripts.fault_promises import CallOutcome
from segmind_client import RequestOptions, cli
from segmind_client._command.batch import command, runner
from segmind_client._command.batch.state import NAME
from segmind_client._config import Config
from segmind_client._credentials import Credentials
from segmind_client._network.pools import AsyncPool
from segmind_mock.testing.inprocess import InProcess
from segmind_mock.testing.transports import async_transport

SLUG = "tinysd1.5-txt2img"
#: In memory where there is such a place: a hundred batches wait for the disk longer than for all else.
_FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def play_batch(
    parameters: dict[str, Any],
    key: str,
    url: str,
    mock: InProcess | None,
    on_this_clock: Callable[[Config], Config],
    pass_time: Callable[[float], None],
    read_timeout: float,
    wait_s: float,
) -> tuple[str, str]:
    """Runs the batch; gives the state of its line at the end, and all that was said and written. Without a `mock` the
    command makes its own connections."""
    said = io.StringIO()
    with TemporaryDirectory(dir=_FOLDER) as folder, led_into(mock, on_this_clock, pass_time, read_timeout):
        source = Path(folder) / "batch.jsonl"
        source.write_text(json.dumps(parameters) + "\n", encoding="utf-8")
        out = Path(folder) / "out"
        command = [SLUG, "--batch", str(source), "--out-dir", str(out), "--base-url", url, "--timeout", str(wait_s)]
        with patch.dict(os.environ, {"SEGMIND_API_KEY": key}), redirect_stderr(said):
            cli.main([*command, "--quiet"])
        with closing(sqlite3.connect(out / NAME)) as database:
            (state,) = database.execute("select state from line").fetchone()
        written = [path.read_bytes().decode("latin-1") for path in out.iterdir() if path.is_file()]
    return str(state), "\n".join([said.getvalue(), *written])


@contextmanager
def led_into(
    mock: InProcess | None,
    on_this_clock: Callable[[Config], Config],
    pass_time: Callable[[float], None],
    read_timeout: float,
) -> Generator[None, None, None]:
    """The command's connections lead into the mock, and its time is the mock's."""

    def configured(given: Credentials) -> Config:
        return on_this_clock(Config(given, options=RequestOptions(read_timeout=read_timeout)))

    def pool(*_: object) -> AsyncPool:
        return AsyncPool(None, None if mock is None else async_transport(httpx2, mock))

    async def pause(_: object, seconds: float) -> None:
        pass_time(seconds)

    with (
        patch.object(command, "Config", configured),
        patch.object(command, "AsyncPool", pool),
        patch.object(runner.BatchRunner, "_pause", pause),
    ):
        yield


#: What a line becomes whose call ends so; any other exception is a refusal of what the line asks: failed.
LINES = {
    "ok": "done",
    "InferenceTimeout": "accepted",
    "InferenceFailed": "failed",
    "NotFoundError": "lost",
    "AmbiguousOutcome": "doubt",
    "UnreadableResponse": "doubt",
    "AuthenticationError": "planned",
    "PermissionDeniedError": "planned",
    "InsufficientCreditsError": "planned",
    "RateLimitError": "planned",
    "ServiceUnavailableError": "planned",
}
#: A batch asks so often, three times each, before it gives up a service that takes no requests.
PATIENCE = 5


def promised_line(post: CallOutcome, poll: CallOutcome) -> CallOutcome:
    """Return the state of a line of a batch whose POST and whose wait end in these ways."""
    if post.gives == "ok":
        return CallOutcome(LINES[poll.gives], post.posts, post.billed)
    if post.gives in ("RateLimitError", "ServiceUnavailableError"):
        return CallOutcome(LINES[post.gives], post.posts * PATIENCE, post.billed)
    return CallOutcome(
        "failed" if post.gives == "NotFoundError" else LINES.get(post.gives, "failed"), post.posts, post.billed
    )
