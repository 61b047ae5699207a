"""Many calls at once over a few connections, with next to no work for the caller, and no patience with errors."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]


def post_many(
    urls: list[str], path: str, payload: dict[str, object], key: str, calls: int, connections: int
) -> list[Answer]:
    """Sends so many equal POSTs to the servers in turn. Gives the answers that came, however many connections broke."""
    body = json.dumps(payload).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\ncontent-length: {len(body)}\r\n\r\n"
    answers: list[Answer] = []
    left = iter(range(calls))

    async def work(url: str) -> None:
        split = urlsplit(url)
        reader, writer = await asyncio.open_connection(split.hostname, split.port)
        try:
            for _ in left:
                writer.write(head.encode() + body)
                lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
                size = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
                answers.append(Answer(int(lines[0][9:12]), json.loads(await reader.readexactly(size))))
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            writer.close()

    async def crowd() -> None:
        await asyncio.gather(*(work(urls[number % len(urls)]) for number in range(connections)))

    asyncio.run(crowd())
    return answers
