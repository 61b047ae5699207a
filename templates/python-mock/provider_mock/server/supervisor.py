"""Several processes that serve one mock on one socket, and successors for them when its files have changed.

The socket belongs to this process, which never accepts a connection itself: the kernel hands each one to a worker
(`worker.py`) that is free. A worker that dies is replaced. After a change, new workers start beside the old ones, and
only when all of them serve do the old ones retire; if one of them does not, the old ones go on.
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
from .running import SHUTDOWN_S
from .watch import snapshot

#: How often workers and files are looked at, and how long files have to stay as they are after a change.
LOOK_S = 0.2
START_S = 30.0
RETIRE_S = 2.0
#: A worker that dies before it has served so long is said to have died at its start. So many in a row are enough.
STEADY_S = 2.0
MOST_DEATHS = 5
MOST_PAUSE_S = 5.0

_PLACE = re.compile(r'File "([^"]+)", line (\d+)')


def supervise(
    bound: socket.socket, arguments: Sequence[str], count: int, watched: Sequence[str], started: Callable[[], None]
) -> int:
    """Serves with `count` workers until SIGTERM or SIGINT, and gives the exit status.

    Each worker reads `arguments` as `provider-mock` itself does. A change in the `watched` files, and in modules below
    the `watched` folders, starts new ones. `started` is called once all of the first ones serve.
    """
    before = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGINT)}
    crew = _Crew(bound, arguments, watched)
    try:
        return crew.work(count, started)
    except _Stopped:
        return 0
    finally:
        # From here on there is nothing left that a second signal should keep from ending.
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        bound.close()
        crew.dismiss()
        for number, handler in before.items():
            signal.signal(number, handler)


def supervise_and_reload(
    bound: socket.socket, arguments: Sequence[str], count: int, started: Callable[[], None], settings: Settings
) -> int:
    """Like `supervise`, and watches the package's own modules and the file of rules.

    Without a state that outlives a worker, makes one.
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
    """A signal came."""


class _NotStarted(Exception):
    """A worker did not come to serve; the message says why, in one line."""


def _stop(number: int, frame: Any) -> NoReturn:
    raise _Stopped


class _Worker:
    """One process that serves, or is about to."""

    def __init__(self, bound: socket.socket, arguments: Sequence[str], options: Sequence[str]) -> None:
        self.retired = False
        self.since = time.monotonic()
        errors = os.dup(2)
        self._tether, theirs = socket.socketpair()
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
        """Waits until the worker serves. Raises _NotStarted."""
        assert self.process.stderr is not None
        with self.process.stderr as pipe:
            said = b""
            reading: list[Any] = [self._tether, pipe]
            while (left := until - time.monotonic()) > 0:
                ready, _, _ = select.select(reading, [], [], left)
                if pipe in ready:
                    chunk = os.read(pipe.fileno(), 1 << 16)
                    said = (said + chunk)[-(1 << 16) :]
                    if not chunk:
                        reading.remove(pipe)
                elif self._tether in ready:
                    if self._hear():
                        self.since = time.monotonic()
                        os.write(2, said)
                        return
                    status = self.process.wait()
                    raise _NotStarted(_reason(said + pipe.read()) or _ending(status))
        raise _NotStarted(f"it does not serve after {START_S:.0f} s")

    def retire(self) -> None:
        """Lets it finish what it has begun, as long as that takes, and leave."""
        self.retired = True
        self._send("retire\n")

    def await_retirement(self, until: float) -> None:
        """Waits until it takes no more connections: from then on, whoever connects finds the new code."""
        if select.select([self._tether], [], [], max(0, until - time.monotonic()))[0]:
            self._hear()

    def end(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def close(self) -> None:
        """Waits for its end, and frees what it held."""
        self.process.wait()
        self._tether.close()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _send(self, line: str) -> None:
        try:
            self._tether.sendall(line.encode())
        except OSError:
            return  # it has died, which is seen elsewhere

    def _hear(self) -> bytes:
        try:
            return self._tether.recv(64)
        except OSError:
            return b""


class _Crew:
    """The workers there are: those that start, those that serve, and those that retire."""

    def __init__(self, bound: socket.socket, arguments: Sequence[str], watched: Sequence[str]) -> None:
        self._bound = bound
        self._arguments = arguments
        self._watched = watched
        self._workers: list[_Worker] = []
        # Nothing but the path that this process has; and no compiled modules where sources change, since those know
        # their source by its length and the second in which it was written.
        self._options = ["-P", *(["-B"] if watched else [])]

    def work(self, count: int, started: Callable[[], None]) -> int:
        """Serves until a signal raises _Stopped, or (1) there is no way to go on."""
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
        """Ends all workers: those that serve have time to finish what they have begun."""
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
        """Starts workers and waits until all of them serve; if one does not, none of them stays. Raises _NotStarted."""
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
        """Waits until nobody writes any more; gives what the files look like then."""
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
            _say(f"not reloaded, what ran before goes on: {error}")
            return False
        for worker in old:
            worker.retire()
        until = time.monotonic() + RETIRE_S
        for worker in old:
            worker.await_retirement(until)
        _say("reloaded")
        return True


def _reason(said: bytes) -> str:
    """The last line of what a process said, and where in the code that was, if it was a traceback."""
    text = said.decode("utf-8", "replace").strip()
    last = text.splitlines()[-1].strip() if text else ""
    places = _PLACE.findall(text)
    if places and "Traceback" in text:
        last += f" ({places[-1][0]}, line {places[-1][1]})"
    return "".join(sign if sign.isprintable() else "?" for sign in last)


def _ending(status: int) -> str:
    """How a process ended, from its exit status.

    >>> _ending(1), _ending(-9)
    ('exit status 1', 'SIGKILL')
    """
    if status < 0:
        try:
            return signal.Signals(-status).name
        except ValueError:
            return f"signal {-status}"
    return f"exit status {status}"


def _say(words: str) -> None:
    print(f"{PROGRAM}: {words}", file=sys.stderr, flush=True)
