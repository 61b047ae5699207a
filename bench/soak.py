"""`python -m bench.soak`: many jobs of every medium and of many keys, on connections that come and go. Does the mock grow, or
keep a file open?

First comes a warm-up that fills everything the mock keeps (jobs, accounts, journal, files) up to its bounds, and turns
it over once more, since Python's dictionaries only find their final size when much has gone in and out; only what grows
beyond that is a leak. Exit status 1 if the verdict is bad.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import uvloop

from .load import Request
from .rows.videos import media_mock
from .table import NotMeasured

_CONNECTIONS = 16
#: Jobs that one connection sees before another one takes its place.
_JOBS_EACH = 20
_STEADY_KEYS = 100
_GROWTH = 0.05
#: The encoders of video and sound take a good part of it.
_MOST_MB = 200
#: How many jobs and accounts the mock keeps, at most: what the warm-up has to fill.
_KEPT = 100_000
#: The models, in turn, with their parameters. A number stands for the seed, or for what makes a text another one.
_BODIES: dict[str, Callable[[int], dict[str, Any]]] = {
    "plate": lambda number: {"prompt": "A lighthouse in fog", "seed": number},
    "reel-1": lambda number: {"prompt": "A tram", "duration": 1, "resolution": "320x180", "seed": number},
    "murmur": lambda number: {"prompt": f"Hello, number {number}"},
    "clay": lambda number: {"prompt": "A teapot", "seed": number},
    "quill-8b": lambda number: {"messages": [{"role": "user", "content": f"Hello, number {number}"}]},
    "vectors-3": lambda number: {"prompt": f"Harbour {number}"},
}
_SLUGS = tuple(_BODIES)
#: Different requests of each model: more of them would only make the mock draw.
_DIFFERENT = 80


class MemorySample(NamedTuple):
    """The memory of the process after a number of requests."""

    answered: int
    seconds: float
    resident: int
    files: int


class Soak:
    """The load. `answers` counts by status; every job is polled `polls` times, of which the last finds it completed."""

    def __init__(self, url: str, process: int, polls: int) -> None:
        split = urlsplit(url)
        assert split.hostname and split.port
        self._address = (split.hostname, split.port)
        self._host = split.netloc
        self._process = process
        self._polls = polls
        self._begin = perf_counter()
        self.answers: Counter[int] = Counter()
        self.polled = 0
        self.samples: list[MemorySample] = []

    def sample(self) -> MemorySample:
        process = Path(f"/proc/{self._process}")
        pages = int((process / "statm").read_text(encoding="ascii").split()[1])
        taken = MemorySample(
            self.answers.total(),
            perf_counter() - self._begin,
            pages * os.sysconf("SC_PAGE_SIZE"),
            len(list((process / "fd").iterdir())),
        )
        self.samples.append(taken)
        return taken

    async def run(self, jobs: int, polls: int) -> None:
        """Submits so many jobs and polls each so often, on several connections at once."""
        numbers = iter(range(jobs))
        sampling = asyncio.create_task(self._sample())
        try:
            await asyncio.gather(*(self._go_on(numbers, polls) for _ in range(_CONNECTIONS)))
        finally:
            sampling.cancel()

    async def _sample(self) -> None:
        while True:
            self.sample()
            await asyncio.sleep(0.5)

    async def _go_on(self, numbers: Iterator[int], polls: int) -> None:
        for turn in count():
            reader, writer = await asyncio.open_connection(*self._address)
            client = _Client(reader, writer, self._host, self.answers)
            for _ in range(_JOBS_EACH):
                number = next(numbers, None)
                if number is None:
                    break
                await self._job(client, number, polls)
            if turn % 4 == 1:
                writer.transport.abort()
                continue
            if turn % 4 == 2:
                # Goes in the middle of a request.
                writer.write(b"POST /v1/x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n\r\n{")
            writer.close()
            await writer.wait_closed()
            if number is None:
                return

    async def _job(self, client: _Client, number: int, polls: int) -> None:
        key = f"soak-{number % _STEADY_KEYS}" if number % 10 else f"soak-once-{number}"
        headers = {"x-api-key": key}
        # Not in step with the connections' and the keys' turns.
        slug = _SLUGS[number // 7 % len(_SLUGS)]
        parameters = _BODIES[slug](number % _DIFFERENT)
        body = await client.ask(Request(f"/v2/{slug}", parameters, headers))
        job = body.partition(b'"request_id":"')[2][:36].decode()
        status = Request(f"/v2/requests/{job}/status", headers=headers)
        for _ in range(polls):
            body = await client.ask(status)
            self.polled += 1
        if polls == self._polls and b'"COMPLETED"' not in body:
            raise NotMeasured(f"after {polls} polls a job was not completed: {body[:200]!r}")
        if number % 20 == 0 and polls == self._polls:
            result = json.loads(await client.ask(Request(f"/v2/requests/{job}", headers=headers)))
            if str(result["output"]).startswith("http"):
                await client.ask(Request(urlsplit(result["output"]).path))
        if number % 50 == 0:
            await client.ask(Request(f"/v2/requests/{number}/status", headers=headers), 404)
            await client.ask(Request(f"/v2/{slug}", {"prompt": number}, headers), 400)
            await client.ask(Request(f"/v1/{slug}", parameters, headers))


class _Client:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, answers: Counter[int]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host
        self._answers = answers

    async def ask(self, request: Request, expected: int = 200) -> bytes:
        """The answer's body. Raises NotMeasured if its status is another one."""
        self._writer.write(request.sequence(self._host)())
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            body = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            raise NotMeasured(f"a connection broke: {error!r}") from None
        status = int(head[9:12])
        if status != expected:
            raise NotMeasured(f"{request.path} was answered {status}: {body[:200]!r}")
        self._answers[status] += 1
        return body


async def soak(soaking: Soak, polls: int, jobs: int) -> tuple[int, int]:
    """Runs the load; gives how many samples belong to the warm-up, and how many files were open before."""
    files = soaking.sample().files
    await soaking.run(2 * _KEPT + _KEPT // 4, 0)
    # And what is to come, so that the journal is full of it.
    await soaking.run(max(1, jobs // 10), polls // jobs)
    warm = len(soaking.samples)
    soaking.polled = 0
    await soaking.run(jobs, polls // jobs)
    end = perf_counter() + 15
    while soaking.sample().files > files and perf_counter() < end:
        await asyncio.sleep(0.1)
    return warm, files


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--polls", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=100_000)
    asked = parser.parse_args()
    polls, jobs = max(asked.polls, asked.jobs), max(asked.jobs, 1)
    with media_mock("--queue", f"polls:{polls // jobs - 1}") as server:
        soaking = Soak(server.url, server.process, polls // jobs)
        try:
            warm, files = uvloop.run(soak(soaking, polls, jobs))
        except NotMeasured as error:
            print(f"not measured: {error}", file=sys.stderr)
            return 1
    return _report(soaking, warm, files)


def _report(soaking: Soak, warm: int, files: int) -> int:
    """Prints the table and the verdict; gives the exit status."""
    samples = soaking.samples[warm:]
    print("| answered | seconds | resident MB | open files |\n|---:|---:|---:|---:|")
    for sample in [soaking.samples[0], *samples[:: max(1, len(samples) // 10)], samples[-1]]:
        print(f"| {sample.answered:,} | {sample.seconds:.0f} | {sample.resident / 1e6:.1f} | {sample.files} |")
    tenth = max(1, len(samples) // 10)
    before, after = (median(s.resident for s in part) for part in (samples[:tenth], samples[-tenth:]))
    most = max(sample.resident for sample in samples)
    growth, left = after / before - 1, samples[-1].files - files
    rate = (samples[-1].answered - samples[0].answered) / (samples[-1].seconds - samples[0].seconds)
    good = growth < _GROWTH and left <= 0 and most <= _MOST_MB * 1e6
    print(
        f"\n{soaking.polled:,} polls, {rate:,.0f} requests/s; since the warm-up the process has grown by {growth:+.1%} "
        f"(bound {_GROWTH:.0%}), at most {most / 1e6:.0f} MB (bound {_MOST_MB}); files left open: {left}. "
        f"{'Good.' if good else '**Missed.**'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
