"""Servers as child processes: started, waited for, stopped."""

from __future__ import annotations

import os
import re
import selectors
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter, sleep

from .peers import DOCUMENT, PYTHON, ROOT, environment, own_command, peer_command, peer_environment
from .table import NotMeasured

_PATIENCE = 60.0
_LISTENING = re.compile(rb"listening on (http://[0-9.]+:[0-9]+)")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, the seconds from the start of its process until it could be reached, and that process."""

    url: str
    start: float
    process: int


@contextmanager
def mock(*options: str) -> Iterator[Server]:
    """Our mock, with credits that no load uses up."""
    with _running([own_command("segmind-mock"), "--port", "0", "--credits", "1000000000", *options]) as server:
        yield server


@contextmanager
def prism() -> Iterator[Server]:
    """Prism on our OpenAPI document. Silent, because it is faster that way; so it can't say when it listens."""
    port = _free_port()
    command = [peer_command("prism"), "mock", "--port", str(port), "--verboseLevel", "silent", str(DOCUMENT)]
    with _running(command, peer_environment(), port) as server:
        yield server


@contextmanager
def bare_starlette() -> Iterator[Server]:
    """Starlette by itself, on the server that the mock uses."""
    with _running([peer_command("python"), str(ROOT / "bench/programs/bare_starlette.py")]) as server:
        yield server


@contextmanager
def fixed_answer() -> Iterator[Server]:
    with _running([str(PYTHON), str(ROOT / "bench/programs/fixed_answer.py")]) as server:
        yield server


@contextmanager
def _running(
    command: Sequence[str], variables: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[Server]:
    with TemporaryFile() as complaints:
        begin = perf_counter()
        process = subprocess.Popen(
            command,
            env=variables or environment(),
            stdout=subprocess.DEVNULL if port else subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
        )
        try:
            url = _when_connected(process, port) if port else _when_said(process)
            start = perf_counter() - begin
            if url is None:
                complaints.seek(0)
                words = complaints.read().decode(errors="replace").strip().splitlines() or ["without a word"]
                raise NotMeasured(f"{Path(command[0]).name} did not start: {words[-1]}")
            yield Server(url, start, process.pid)
        finally:
            # The session holds what the process itself started; `process` leads it, so the id is ours.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdout:
                process.stdout.close()


def _when_said(process: subprocess.Popen[bytes]) -> str | None:
    assert process.stdout
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(_PATIENCE):
            chunk = os.read(process.stdout.fileno(), 4096)
            said += chunk
            if found := _LISTENING.search(said):
                return found[1].decode()
            if not chunk:
                break
    return None


def _when_connected(process: subprocess.Popen[bytes], port: int) -> str | None:
    end = perf_counter() + _PATIENCE
    while perf_counter() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.005)
            continue
        return f"http://127.0.0.1:{port}"
    return None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
