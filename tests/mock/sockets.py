"""Read whole messages from a socket: one `recv` may return a part of a message, or the beginning of the next."""

from __future__ import annotations

import re
import socket
from http.client import HTTPResponse


def read_response(connection: socket.socket) -> tuple[HTTPResponse, bytes]:
    """Read one response, and nothing behind it, where the client has sent one request. Return it with its body."""
    response = HTTPResponse(connection)
    response.begin()
    return response, response.read()


def read_request(connection: socket.socket) -> bytes:
    """Read one request with all of its body."""
    said = b""
    length = 0
    while (end := said.find(b"\r\n\r\n")) < 0 or len(said) < end + 4 + length:
        chunk = connection.recv(1 << 16)
        assert chunk, "the request is not complete"
        said += chunk
        if found := re.search(rb"(?i)\r\ncontent-length: *(\d+)", said):
            length = int(found[1])
    return said
