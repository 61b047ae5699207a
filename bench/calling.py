"""A call of the generated client beside the same exchange through httpx2 alone, against a server that costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from time import perf_counter
from typing import Any

from .measure import in_turn, peers_of
from .peers import SLUG, SUBMIT_PATH
from .servers import fixed_answer
from .table import Limit, NotMeasured, Row

_CALLS = 300
_ROUNDS = 11


def submit(what: str) -> Row:
    """One v2 submit: checked, sent, read, made into a job."""
    try:
        segmind_client: Any = import_module("segmind_client")
        httpx2: Any = import_module("httpx2")
        catalog: Any = import_module("segmind_client.spec.catalog")
        client_class = segmind_client.SegmindClient
    except (ImportError, AttributeError) as error:
        raise NotMeasured(str(error)) from None
    body = dict(catalog.get(SLUG).example)
    with (
        fixed_answer() as server,
        client_class(api_key="bench", base_url=server.url) as client,
        httpx2.Client(base_url=server.url, headers={"x-api-key": "bench"}) as raw,
    ):
        model = getattr(client, catalog.MODULES[SLUG])
        sides = {
            "ours": lambda: _per_call(lambda: model.submit(**body)),
            "httpx2": lambda: _per_call(lambda: raw.post(SUBMIT_PATH, json=body).raise_for_status().json()),
        }
        medians = in_turn(sides, _ROUNDS)
    limits = (Limit(1.15, of="httpx2"),)
    return Row(what, "s", medians["ours"], peers_of(medians), limits)


def _per_call(call: Callable[[], object]) -> float:
    begin = perf_counter()
    for _ in range(_CALLS):
        call()
    return (perf_counter() - begin) / _CALLS
