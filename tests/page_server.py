"""A server on loopback that answers each path with given bytes, and keeps the requests that it got."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


def answer(content: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """Return a whole HTTP response; an underscore in the name of a header stands for a hyphen."""
    fields = {"Content-Length": str(len(content)), "Content-Type": "text/html; charset=utf-8"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + content


@dataclass(slots=True)
class PageServer:
    """`answers` holds the bytes to send for each path; None keeps the connection open without a word."""

    port: int
    answers: dict[str, bytes | None] = field(default_factory=dict[str, bytes | None])
    requests: list[str] = field(default_factory=list[str])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def page_server(answers: Mapping[str, bytes | None] | None = None) -> Generator[PageServer, None, None]:
    """Serve until the block ends. A path without an answer gets a 404."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = PageServer(listening.getsockname()[1], dict(answers or {}))
        silent: list[socket.socket] = []
        thread = threading.Thread(target=_serve, args=(server, listening, silent))
        thread.start()
        try:
            yield server
        finally:
            with socket.create_connection(("127.0.0.1", server.port)) as last:
                last.sendall(b"STOP / HTTP/1.1\r\n\r\n")
                thread.join()
            for connection in silent:
                connection.close()


def _serve(server: PageServer, listening: socket.socket, silent: list[socket.socket]) -> None:
    while True:
        connection, _ = listening.accept()
        request = _read_request(connection)
        if request.startswith("STOP "):
            connection.close()
            return
        if not request:
            connection.close()
            continue
        server.requests.append(request)
        path = request.split(" ")[1]
        content = server.answers.get(path, answer(b"not here", "404 Not Found"))
        if content is None:
            silent.append(connection)
            continue
        with suppress(OSError):  # The client may have read enough and be gone.
            connection.sendall(content)
        connection.close()


def _read_request(connection: socket.socket) -> str:
    """Return the head of a request; "" if the client is gone or begins to speak TLS."""
    received = b""
    while b"\r\n\r\n" not in received:
        try:
            part = connection.recv(65_536)
        except OSError:
            return ""
        if not part or part[0] == 0x16:
            return ""
        received += part
    return received.decode("latin-1")
