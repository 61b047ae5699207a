"""Services with odd responses: the suite gives a verdict for each, in messages without control characters."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from generated.segmind.contract.findings import DRIFT
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.service.runner import run_case
from tests.contract.mutation.play import MockFactory
from tests.contract.mutation.subjects import sample_cases, sample_contract

ODD: list[Any] = [
    None,
    True,
    -1,
    1e300,
    "",
    "007 is not one of '01', 1, \x1b[31m",
    "http://[",
    "https://x:99999/",
    [],
    [[]],
    [None],
    {},
    {"status": {}},
    "\ud800",
]
HEADERS = ["", "x", "NaN", "-", "1e999", "[1]", "\x1b[2J", "9" * 400]


def mangled(dice: random.Random, content: object) -> object:
    """Return the content with one value replaced at any depth."""
    if isinstance(content, dict) and content and dice.random() < 0.9:
        name = dice.choice(list(content))
        return {**content, name: mangled(dice, content[name])}
    if isinstance(content, list) and content and dice.random() < 0.7:
        return [mangled(dice, content[0]), *content[1:]]
    return dice.choice(ODD)


@pytest.mark.parametrize("seed", range(12))
def test_every_response_gets_a_verdict(mocks: MockFactory, seed: int) -> None:
    dice = random.Random(seed)

    def mutation(request: Request, send: Send) -> Response:
        response = send(request)
        headers = dict(response.headers)
        if dice.random() < 0.3:
            headers[dice.choice(list(headers))] = dice.choice(HEADERS)
        body = response.body
        if response.json_object is not None and dice.random() < 0.6:
            body = json.dumps(mangled(dice, response.json_object)).encode()
        elif dice.random() < 0.2:
            body = dice.choice([b"", b"{", b"[" * 5000, b"\xff\xd8\xff", b"RIFF0000WEBP", body[:40]])
        status = dice.choice([0, 100, 204, 302, 418, 520, 999]) if dice.random() < 0.1 else response.status
        return Response(status, headers, body)

    contract, cases = sample_contract(), sample_cases()
    drifts = 0
    with mocks.service(mutation) as service:
        for case in dice.sample(cases, 60) + cases[:10]:
            verdict = run_case(contract, service, case)
            drifts += verdict.outcome == DRIFT
            assert all(sign.isprintable() for found in verdict.drift for sign in str(found)), verdict.drift
    assert drifts > 10
