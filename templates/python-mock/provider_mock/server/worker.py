"""A worker process of the mock, started by `supervisor.py`, and its link to the supervisor.

The link is a pair of sockets; the worker's end is its standard input. The supervisor first sends its own arguments (not
on the command line, which other users can read, because of the token), and later `retire` to a worker whose successor is
ready. The worker sends `ready` when it serves, and `retiring` when it accepts no more connections. When the supervisor
dies the link breaks and the worker exits.
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
    """The worker's end of the link. `command` is the last command of the supervisor: `retire`, `end` or None."""

    def __init__(self, end: socket.socket) -> None:
        self.command: Literal["retire", "end"] | None = None
        self._end = end
        self._lines = end.makefile("r", encoding="utf-8")

    def arguments(self) -> list[str]:
        """Read the arguments that the supervisor was started with."""
        arguments: list[str] = json.loads(self._lines.readline())
        return arguments

    def ready(self) -> None:
        """Tell the supervisor that this process serves, and listen for its commands."""
        threading.Thread(target=self._listen, name="provider-mock-supervisor-link", daemon=True).start()
        self._say(b"ready\n")

    def retiring(self) -> None:
        """Tell the supervisor that this process accepts no more connections."""
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
        # If the event loop does not end in time, there is no supervisor left to kill this process.
        time.sleep(SHUTDOWN_S + 5)
        os._exit(1)


def main(bound: int, errors: int) -> int:
    """Serve on the socket with the file descriptor `bound`. `errors` becomes standard error once the worker serves."""
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
