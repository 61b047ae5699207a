"""One of several processes that serve the mock: what `supervisor.py` starts, and how the two speak.

Their tether is a pair of sockets, the worker's end of which is its standard input. The supervisor says first with what
arguments it was started itself (there, because others on the machine can read a process' own arguments, and one of them
is a token), and later `retire` to a worker whose successor is ready. The worker says `ready` when it serves, and
`retiring` when it takes no more connections. When the supervisor dies the tether breaks, and the worker leaves.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from typing import Literal

from ..api.rules import RuleError
from ..state.store import StoreError
from .app import create_app
from .cli import read_settings
from .running import SHUTDOWN_S, serve


class SupervisorLink:
    """The worker's end. `wish` is what the supervisor wants: that this process retires, or ends; None if nothing."""

    def __init__(self, end: socket.socket) -> None:
        self.command: Literal["retire", "end"] | None = None
        self._end = end
        self._lines = end.makefile("r", encoding="utf-8")

    def arguments(self) -> list[str]:
        """The arguments that the supervisor was started with."""
        arguments: list[str] = json.loads(self._lines.readline())
        return arguments

    def ready(self) -> None:
        """Tells the supervisor that this process serves, and listens for its wishes from now on."""
        threading.Thread(target=self._listen, name="segmind-mock-tether", daemon=True).start()
        self._say(b"ready\n")

    def retiring(self) -> None:
        """Tells the supervisor that this process takes no more connections."""
        self._say(b"retiring\n")

    def _say(self, line: bytes) -> None:
        try:
            self._end.sendall(line)
        except OSError:
            self.command = "end"

    def _listen(self) -> None:
        if self._lines.readline() == "retire\n":
            self.command = "retire"
            self._lines.readline()
        self.command = "end"
        # Whatever keeps the event loop from ending in time, nobody is there any more who would end this process.
        time.sleep(SHUTDOWN_S + 5)
        os._exit(1)


def main(bound: int, errors: int) -> int:
    """Serves on the socket with the file descriptor `bound`; `errors` becomes standard error once it does."""
    link = SupervisorLink(socket.socket(fileno=sys.stdin.fileno()))
    settings = read_settings(link.arguments())

    def started() -> None:
        os.dup2(errors, sys.stderr.fileno())
        os.close(errors)
        link.ready()

    try:
        app = create_app(settings)
    except (RuleError, StoreError) as error:
        print(error, file=sys.stderr)
        return 2
    serve(app, socket.socket(fileno=bound), started, link)
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
