"""The fault matrix's errors on this machine: what keeps a request from leaving it, made for as long as a block runs."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

#: An address that no name has to be looked up for, and one that has. Nothing is ever sent to either.
ADDRESS, NAME = "http://127.0.0.1:9", "http://localhost:9"
_VARIABLES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@contextmanager
def trouble(name: str) -> Generator[str, None, None]:
    """The trouble of that name; gives the URL to be called meanwhile."""
    kept = {key: value for key, value in os.environ.items() if key.upper() not in _VARIABLES}
    with patch.dict(os.environ, kept, clear=True):
        variable, _, value = name.partition("=")
        if value:
            # Whether the package for SOCKS is installed or not, here it is not.
            with patch.dict(os.environ, {variable: value}), patch.dict(sys.modules, {"socksio": None}):
                yield ADDRESS
            return
        target, attribute, replacement, url = _LACKS[name]
        with patch.object(target, attribute, replacement):
            yield url


def _raising(error: Callable[[], Exception]) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error()

    return fail


def _socket_raising(error: Callable[[], Exception]) -> type[socket.socket]:
    class Refused(socket.socket):
        """For the internet there is none. An event loop still gets its own pair."""

        def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
            if fileno is None and family in (socket.AF_INET, socket.AF_INET6):
                raise error()
            super().__init__(family, type, proto, fileno)

    return Refused


#: Of what the machine has no more: the object and its attribute, what takes its place, the URL that is called.
_LACKS: dict[str, tuple[Any, str, Any, str]] = {
    "no file handle": (
        socket,
        "socket",
        _socket_raising(lambda: OSError(errno.EMFILE, "Too many open files")),
        ADDRESS,
    ),
    "no memory": (socket, "socket", _socket_raising(MemoryError), ADDRESS),
    "no name server": (socket, "getaddrinfo", _raising(lambda: socket.gaierror(-3, "Temporary failure")), NAME),
    "no thread": (threading.Thread, "start", _raising(lambda: RuntimeError("can't start new thread")), NAME),
}
