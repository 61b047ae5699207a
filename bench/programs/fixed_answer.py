"""A server that answers every request with the same accepted job and looks no further than its length.

It is the other end where a client is measured, and shows what the load generator itself can do.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import cast

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Answer(asyncio.Protocol):
    """Collects a request until it is whole, then writes the answer."""

    answer = b""

    def __init__(self) -> None:
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        end = self._waiting.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._waiting, 0, end + 2)
        if len(self._waiting) >= end + 4 + (int(length[1]) if length else 0):
            self._waiting = b""
            self._transport.write(self.answer)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    job = {"request_id": "r-1", "status": "QUEUED"}
    job |= {"status_url": f"{url}/v2/requests/r-1/status", "response_url": f"{url}/v2/requests/r-1"}
    body = json.dumps(job).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    Answer.answer = head.encode() + body
    print(f"listening on {url}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
