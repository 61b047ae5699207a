"""Services that answer oddly: the suite gives a verdict, whatever comes, and says it without control characters."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from generated.segmind.contract.findings import DRIFT
from generated.segmind.contract.service.loop import judge
from generated.segmind.contract.service.wire import Answer, Request, Send
from tests.contract.mutation.play import Stage, shown_cases, shown_contract

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


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.close()


def bent(dice: random.Random, content: Any) -> Any:
    """The content with one value replaced, however deep."""
    if isinstance(content, dict) and content and dice.random() < 0.9:
        name = dice.choice(list(content))
        return {**content, name: bent(dice, content[name])}
    if isinstance(content, list) and content and dice.random() < 0.7:
        return [bent(dice, content[0]), *content[1:]]
    return dice.choice(ODD)


@pytest.mark.parametrize("seed", range(12))
def test_every_answer_gets_a_verdict(stage: Stage, seed: int) -> None:
    dice = random.Random(seed)

    def mutation(request: Request, send: Send) -> Answer:
        answer = send(request)
        headers = dict(answer.headers)
        if dice.random() < 0.3:
            headers[dice.choice(list(headers))] = dice.choice(HEADERS)
        body = answer.body
        if answer.object is not None and dice.random() < 0.6:
            body = json.dumps(bent(dice, answer.object)).encode()
        elif dice.random() < 0.2:
            body = dice.choice([b"", b"{", b"[" * 5000, b"\xff\xd8\xff", b"RIFF0000WEBP", body[:40]])
        status = dice.choice([0, 100, 204, 302, 418, 520, 999]) if dice.random() < 0.1 else answer.status
        return Answer(status, headers, body)

    contract, cases = shown_contract(), shown_cases()
    drifts = 0
    with stage.place(mutation) as place:
        for case in dice.sample(cases, 60) + cases[:10]:
            verdict = judge(contract, place, case)
            drifts += verdict.outcome == DRIFT
            assert all(sign.isprintable() for found in verdict.drift for sign in str(found)), verdict.drift
    assert drifts > 10
