"""A call of the generated client beside the same exchange through httpx2 alone and through the official SDK, against a
server that costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from time import perf_counter
from typing import Any

from ..budgets import CLIENT_CALL
from ..measure import in_turn, peers_of
from ..peers import SLUG, SUBMIT_PATH
from ..servers import fixed_answer
from ..table import NotMeasured, TableRow

_CALLS = 300
_ROUNDS = 11


def submit(what: str) -> TableRow:
    """One v2 submit: checked, sent, read, made into a job."""
    segmind_client, httpx2, official_sdk, catalog = _modules()
    body = dict(catalog.get(SLUG).example)
    with (
        fixed_answer() as server,
        segmind_client.SegmindClient(api_key="bench", base_url=server.url) as client,
        httpx2.Client(base_url=server.url, headers={"x-api-key": "bench"}) as raw,
    ):
        model = getattr(client, catalog.MODULES[SLUG])
        official = official_sdk.SegmindClient(api_key="bench", base_url=f"{server.url}/v1")
        sides = {
            "ours": lambda: _per_call(lambda: model.submit(**body)),
            "httpx2": lambda: _per_call(lambda: raw.post(SUBMIT_PATH, json=body).raise_for_status().json()),
            "official SDK": lambda: _per_call(lambda: official.submit_async(SLUG, **body)),
        }
        medians = in_turn(sides, _ROUNDS)
    return TableRow(what, "s", medians["ours"], peers_of(medians), CLIENT_CALL)


def submit_in_a_loop(what: str) -> TableRow:
    """Measure sequential calls under asyncio. The official SDK has no asyncio client."""
    segmind_client, httpx2, _, catalog = _modules()
    body = dict(catalog.get(SLUG).example)
    with fixed_answer() as server, asyncio.Runner() as runner:
        client = segmind_client.AsyncSegmindClient(api_key="bench", base_url=server.url)
        raw = httpx2.AsyncClient(base_url=server.url, headers={"x-api-key": "bench"})
        model = getattr(client, catalog.MODULES[SLUG])

        async def through_httpx2() -> Any:
            return (await raw.post(SUBMIT_PATH, json=body)).raise_for_status().json()

        sides = {
            "ours": lambda: runner.run(_per_await(lambda: model.submit(**body))),
            "httpx2": lambda: runner.run(_per_await(through_httpx2)),
        }
        medians = in_turn(sides, _ROUNDS)
        runner.run(client.aclose())
        runner.run(raw.aclose())
    return TableRow(what, "s", medians["ours"], peers_of(medians), CLIENT_CALL)


def _modules() -> Sequence[Any]:
    names = ("segmind_client", "httpx2", "segmind", "segmind_client.spec.catalog")
    try:
        return [import_module(name) for name in names]
    except ImportError as error:
        raise NotMeasured(str(error)) from None


def _per_call(call: Callable[[], object]) -> float:
    begin = perf_counter()
    for _ in range(_CALLS):
        call()
    return (perf_counter() - begin) / _CALLS


async def _per_await(call: Callable[[], Awaitable[object]]) -> float:
    begin = perf_counter()
    for _ in range(_CALLS):
        await call()
    return (perf_counter() - begin) / _CALLS
