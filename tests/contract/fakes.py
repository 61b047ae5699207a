"""Small HTTP services for runs of the contract suite."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.waiting import LIMIT_S

#: A request: method, path, headers and body.
Received = tuple[str, str, dict[str, str], bytes]


@contextmanager
def answering(
    response: Callable[[str, str, dict[str, str]], tuple[int, bytes, str]],
) -> Iterator[tuple[str, list[Received]]]:
    """Serve responses by a function of method, path and headers. Yield the URL and the list of requests."""
    asked: list[Received] = []

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked.append((self.command, self.path, headers, body))
            status, content, media_type = response(self.command, self.path, headers)
            self.send_response(status)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(LIMIT_S)


def refusing(status: int) -> Callable[[str, str, dict[str, str]], tuple[int, bytes, str]]:
    """Return a function that answers every request with one status and the documented body."""
    return lambda method, path, headers: (status, json.dumps({"error": "no"}).encode(), "application/json")
