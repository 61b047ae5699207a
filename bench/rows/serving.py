"""The generated mock beside Prism on the same OpenAPI document, and beside Starlette with nothing on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from http.client import HTTPConnection
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from .. import servers
from ..budgets import MOCK_FIRST_IMAGE, MOCK_POLL, MOCK_REPEATED_IMAGE, MOCK_START, MOCK_SUBMIT
from ..load import CONNECTIONS, Request, rate
from ..measure import in_turn, peers_of
from ..peers import SLUG, SUBMIT_PATH
from ..servers import Server
from ..table import NotMeasured, TableRow

_SECONDS = 1.2
_ROUNDS = 3
_BODY: dict[str, Any] = {
    "prompt": "A lighthouse in fog",
    "negative_prompt": "low quality, blurry",
    "steps": 25,
    "guidance_scale": 5.5,
    "seed": 7,
    "sampler": "euler",
    "scheduler": "sgm_uniform",
    "width": 1024,
    "height": 1024,
    "aspect_ratio": "custom",
    "batch_size": 1,
    "image_format": "jpeg",
    "image_quality": 95,
    "base64": False,
}
_WRONG = {**_BODY, "steps": 5000}
_SYNC_PATH = f"/v1/{SLUG}"


def generator_itself() -> str:
    """Measure the load generator against a server that does almost nothing."""
    with servers.fixed_answer() as server:
        medians = in_turn({"ours": lambda: rate(server.url, Request(SUBMIT_PATH, _BODY), _SECONDS)}, 2)
    return f"load: {CONNECTIONS} keep-alive connections, {medians['ours']:,.0f}/s against a server that does nothing"


def submit(what: str) -> TableRow:
    """A v2 submit with all 14 parameters, checked by mock and Prism."""
    with ExitStack() as stack:
        sides = _start(stack)
        refusals = [f"{name} {_post(url, SUBMIT_PATH, _WRONG)[0]}" for name, url in sides.items()]
        medians = in_turn({name: _rate_of(url, Request(SUBMIT_PATH, _BODY)) for name, url in sides.items()}, _ROUNDS)
        seeded = Request(SUBMIT_PATH, _BODY, counted="seed")
        fresh = in_turn({name: _rate_of(url, seeded) for name, url in sides.items()}, _ROUNDS)
    note = (
        f"With another seed in each request: {', '.join(f'{name} {value:,.0f}/s' for name, value in fresh.items())}. "
        f"Answer to steps = 5000: {', '.join(refusals)}."
    )
    return TableRow(what, "/s", medians["ours"], peers_of(medians), MOCK_SUBMIT, note)


def poll(what: str) -> TableRow:
    """A status poll, of a job that there is."""
    with ExitStack() as stack:
        sides = _start(stack)
        job = json.loads(_post(sides["ours"], SUBMIT_PATH, _BODY)[1])["request_id"]
        request = Request(f"/v2/requests/{job}/status")
        medians = in_turn({name: _rate_of(url, request) for name, url in sides.items()}, _ROUNDS)
    return TableRow(what, "/s", medians["ours"], peers_of(medians), MOCK_POLL)


def first_image(what: str) -> TableRow:
    """1024² JPEG that was not asked for before, one at a time."""
    with servers.mock() as server:
        times, size = [], 0
        for seed in range(12):
            begin = perf_counter()
            status, content = _post(server.url, _SYNC_PATH, {**_BODY, "seed": seed})
            times.append(perf_counter() - begin)
            if status != 200:
                raise NotMeasured(f"the mock answered {status}: {content[:80]!r}")
            size = len(content)
    note = (
        f"{size / 1024:.0f} KiB; the very first after the start took {times[0] * 1000:.0f} ms; a connection for each."
    )
    return TableRow(what, "s", median(times[1:]), (), MOCK_FIRST_IMAGE, note)


def repeated_image(what: str) -> TableRow:
    """Measure repeated requests for one 1024² JPEG, beside Prism's placeholder for an image."""
    with ExitStack() as stack:
        sides = _start(stack)
        sizes = {name: len(_post(url, _SYNC_PATH, _BODY)[1]) for name, url in sides.items()}
        medians = in_turn({name: _rate_of(url, Request(_SYNC_PATH, _BODY)) for name, url in sides.items()}, _ROUNDS)
    note = f"Bytes in an answer: {', '.join(f'{name} {size:,}' for name, size in sizes.items())}."
    return TableRow(what, "/s", medians["ours"], peers_of(medians), MOCK_REPEATED_IMAGE, note)


def start(what: str) -> TableRow:
    """From the start of the process until it listens."""
    medians = in_turn({name: _start_of(server) for name, server in _SIDES.items()}, 4)
    return TableRow(what, "s", medians["ours"], peers_of(medians), MOCK_START)


_SIDES: dict[str, Callable[[], AbstractContextManager[Server]]] = {
    "ours": servers.mock,
    "Prism": servers.prism,
    "Starlette": servers.bare_starlette,
}


def _start(stack: ExitStack) -> dict[str, str]:
    """Start every side and return their URLs."""
    return {name: stack.enter_context(server()).url for name, server in _SIDES.items()}


def _rate_of(url: str, request: Request) -> Callable[[], float]:
    return lambda: rate(url, request, _SECONDS)


def _start_of(server: Callable[[], AbstractContextManager[Server]]) -> Callable[[], float]:
    def take() -> float:
        with server() as running:
            return running.start

    return take


def _post(url: str, path: str, body: Any) -> tuple[int, bytes]:
    return _ask(url, "POST", path, json.dumps(body))


def _get(url: str, path: str) -> tuple[int, bytes]:
    return _ask(url, "GET", path)


def _ask(url: str, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    assert parts.hostname
    connection = HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.request(method, path, body, {"x-api-key": "bench", "content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
