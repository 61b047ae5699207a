"""The supervisor: several worker processes that serve one mock on one socket, and their replacement after a change.

The socket belongs to this process, which accepts no connections itself: the kernel hands each one to a free worker
(`worker.py`). A worker that dies is replaced. After a change, new workers start beside the old ones, which retire when
all new ones serve. If one of the new workers fails, the old ones continue.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from ..program import PROGRAM
from ..settings import Settings
from .file_watch import snapshot
from .running import SHUTDOWN_S

#: Seconds between two checks of workers and files, and for which changed files must stay the same.
LOOK_S = 0.2
START_S = 30.0
RETIRE_S = 2.0
#: A worker that dies within STEADY_S counts as failed at its start. After MOST_DEATHS in a row the supervisor gives up.
STEADY_S = 2.0
MOST_DEATHS = 5
MOST_PAUSE_S = 5.0

_PLACE = re.compile(r'File "([^"]+)", line (\d+)')


def supervise(
    bound: socket.socket, arguments: Sequence[str], count: int, watched: Sequence[str], started: Callable[[], None]
) -> int:
    """Serve with `count` workers until SIGTERM or SIGINT, and return the exit status.

    Each worker reads `arguments` as `provider-mock` does. A change of `watched` files, or of modules below `watched`
    folders, starts new workers. `started` is called once all of the first ones serve.
    """
    before = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGINT)}
    pool = _WorkerPool(bound, arguments, watched)
    try:
        return pool.work(count, started)
    except _Stopped:
        return 0
    finally:
        # A second signal must not interrupt the shutdown.
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        bound.close()
        pool.dismiss()
        for number, handler in before.items():
            signal.signal(number, handler)


def supervise_and_reload(
    bound: socket.socket, arguments: Sequence[str], count: int, started: Callable[[], None], settings: Settings
) -> int:
    """Like `supervise`, and watch the package's own modules and the file of rules.

    Without a shared state in the settings, store the state in a temporary file.
    """
    watched = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    if settings.rules is not None:
        watched.append(settings.rules)
    if settings.state is not None:
        return supervise(bound, arguments, count, watched, started)
    with TemporaryDirectory(prefix="provider-mock-", ignore_cleanup_errors=True) as folder:
        with_state = [*arguments, f"--state={os.path.join(folder, 'state.db')}"]
        return supervise(bound, with_state, count, watched, started)


class _Stopped(BaseException):
    """SIGTERM or SIGINT was received."""


class _NotStarted(Exception):
    """A worker did not start. The message is one line with the reason."""


def _stop(number: int, frame: Any) -> NoReturn:
    raise _Stopped


class _Worker:
    """One worker process."""

    def __init__(self, bound: socket.socket, arguments: Sequence[str], options: Sequence[str]) -> None:
        self.retired = False
        self.since = time.monotonic()
        errors = os.dup(2)
        self._link, theirs = socket.socketpair()
        try:
            command = [sys.executable, *options, "-m", f"{__package__}.worker", str(bound.fileno()), str(errors)]
            self.process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stderr=subprocess.PIPE,
                pass_fds=(bound.fileno(), errors),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(entry) for entry in sys.path)},
            )
        finally:
            theirs.close()
            os.close(errors)
        self._send(f"{json.dumps(list(arguments))}\n")

    def wait(self, until: float) -> None:
        """Wait until the worker serves. Raises _NotStarted."""
        assert self.process.stderr is not None
        with self.process.stderr as pipe:
            output = b""
            reading: list[Any] = [self._link, pipe]
            while (left := until - time.monotonic()) > 0:
                ready, _, _ = select.select(reading, [], [], left)
                if pipe in ready:
                    chunk = os.read(pipe.fileno(), 1 << 16)
                    output = (output + chunk)[-(1 << 16) :]
                    if not chunk:
                        reading.remove(pipe)
                elif self._link in ready:
                    if self._hear():
                        self.since = time.monotonic()
                        os.write(2, output)
                        return
                    status = self.process.wait()
                    raise _NotStarted(_reason(output + pipe.read()) or _ending(status))
        raise _NotStarted(f"it did not start within {START_S:.0f} s")

    def retire(self) -> None:
        """Let the worker finish its requests and exit."""
        self.retired = True
        self._send("retire\n")

    def await_retirement(self, until: float) -> None:
        """Wait until the worker accepts no more connections, so that new connections reach the new code."""
        if select.select([self._link], [], [], max(0, until - time.monotonic()))[0]:
            self._hear()

    def end(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def close(self) -> None:
        """Wait for the end of the process and free its resources."""
        self.process.wait()
        self._link.close()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _send(self, line: str) -> None:
        try:
            self._link.sendall(line.encode())
        except OSError:
            return  # it has died, which the supervisor notices in its loop

    def _hear(self) -> bytes:
        try:
            return self._link.recv(64)
        except OSError:
            return b""


class _WorkerPool:
    """All workers: starting, serving and retiring ones."""

    def __init__(self, bound: socket.socket, arguments: Sequence[str], watched: Sequence[str]) -> None:
        self._bound = bound
        self._arguments = arguments
        self._watched = watched
        self._workers: list[_Worker] = []
        # The same path as this process; and no bytecode cache while sources change, since it only compares the size and
        # the second of the modification.
        self._options = ["-P", *(["-B"] if watched else [])]

    def work(self, count: int, started: Callable[[], None]) -> int:
        """Serve until a signal raises _Stopped; return 1 if workers cannot be started."""
        seen = snapshot(self._watched)
        try:
            self._hire(count)
        except _NotStarted as error:
            _say(f"a worker did not start: {error}")
            return 1
        started()
        deaths = 0
        while True:
            time.sleep(LOOK_S)
            for worker in [one for one in self._workers if one.process.poll() is not None]:
                self._workers.remove(worker)
                worker.close()
                if not worker.retired:
                    deaths = deaths + 1 if time.monotonic() - worker.since < STEADY_S else 1
                    _say(f"worker {worker.process.pid} died: {_ending(worker.process.returncode)}")
            missing = count - sum(not worker.retired for worker in self._workers)
            if self._watched and (now := snapshot(self._watched)) != seen:
                seen = self._settle(now)
                if self._renew(count):
                    deaths = 0
            elif missing:
                if deaths > MOST_DEATHS and not self._watched:
                    _say(f"{deaths} workers in a row died at their start; giving up")
                    return 1
                time.sleep(min(0.1 * 2 ** min(deaths, 10), MOST_PAUSE_S))
                try:
                    self._hire(missing)
                except _NotStarted as error:
                    deaths += 1
                    _say(f"a worker did not start: {error}")

    def dismiss(self) -> None:
        """Stop all workers. Those that serve have time to finish their requests."""
        for worker in self._workers:
            worker.end(signal.SIGTERM)
        until = time.monotonic() + SHUTDOWN_S + 2
        for worker in self._workers:
            try:
                worker.process.wait(max(0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.end(signal.SIGKILL)
            worker.close()
        self._workers.clear()

    def _hire(self, count: int) -> None:
        """Start workers and wait until all of them serve. If one does not, stop all new ones. Raises _NotStarted."""
        until = time.monotonic() + START_S
        fresh: list[_Worker] = []
        try:
            for _ in range(count):
                fresh.append(_Worker(self._bound, self._arguments, self._options))
                self._workers.append(fresh[-1])
            for worker in fresh:
                worker.wait(until)
        except (_NotStarted, OSError) as error:
            for worker in fresh:
                worker.end(signal.SIGKILL)
                worker.close()
                self._workers.remove(worker)
            raise _NotStarted(str(error)) from None

    def _settle(self, now: dict[str, Any]) -> dict[str, Any]:
        """Wait until the files stay the same, and return their state."""
        while True:
            time.sleep(LOOK_S)
            before, now = now, snapshot(self._watched)
            if now == before:
                return now

    def _renew(self, count: int) -> bool:
        old = [worker for worker in self._workers if not worker.retired]
        try:
            self._hire(count)
        except _NotStarted as error:
            _say(f"not reloaded, the previous workers continue: {error}")
            return False
        for worker in old:
            worker.retire()
        until = time.monotonic() + RETIRE_S
        for worker in old:
            worker.await_retirement(until)
        _say("reloaded")
        return True


def _reason(output: bytes) -> str:
    """Return the last line of a process's output, with file and line if it was a traceback."""
    text = output.decode("utf-8", "replace").strip()
    last = text.splitlines()[-1].strip() if text else ""
    places = _PLACE.findall(text)
    if places and "Traceback" in text:
        last += f" ({places[-1][0]}, line {places[-1][1]})"
    return "".join(sign if sign.isprintable() else "?" for sign in last)


def _ending(status: int) -> str:
    """Describe the end of a process by its exit status.

    >>> _ending(1), _ending(-9)
    ('exit status 1', 'SIGKILL')
    """
    if status < 0:
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"
    return f"exit status {status}"


def _say(message: str) -> None:
    print(f"{PROGRAM}: {message}", file=sys.stderr, flush=True)
