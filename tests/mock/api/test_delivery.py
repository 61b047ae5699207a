"""Delivery of answers: the bytes that reach the caller, and the calls of the transport."""

from __future__ import annotations

import asyncio
import json

import pytest

from segmind_mock import Settings, create_app
from segmind_mock.server.asgi import CONNECTION, Message, Scope
from segmind_mock.spec.facts import Model
from tests.mock.conftest import MockCaller, PayloadOf, sync_path

EXPECTED = {
    "reset-before-work": ["abort"],
    "reset-before-body": ["abort"],
    "reset-during-body": ["start", "half", "abort"],
    "reset-after-body": ["start", "whole", "abort"],
    "truncated-body": ["start", "half", "close"],
}


@pytest.mark.parametrize("scenario", EXPECTED)
def test_what_arrives_before_the_connection_breaks(large: Model, payload: PayloadOf, scenario: str) -> None:
    app = create_app(Settings())
    events: list[str] = []
    body = json.dumps(payload(large)).encode()
    size = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        nonlocal size
        if message["type"] == "http.response.start":
            events.append("start")
            size = int(dict(message["headers"])[b"content-length"])
        else:
            events.append("whole" if len(message["body"]) == size else "half")
            assert message.get("more_body", False) == (events[-1] == "half")
            assert 0 < len(message["body"]) <= size

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": sync_path(large),
        "headers": [
            (b"host", b"localhost"),
            (b"x-api-key", b"some-key"),
            (b"content-length", str(len(body)).encode()),
            (b"x-mock-scenario", scenario.encode()),
        ],
        "extensions": {CONNECTION: {how: lambda how=how: events.append(how) for how in ("abort", "close")}},
    }
    asyncio.run(app(scope, receive, send))
    assert events == EXPECTED[scenario]


def test_the_journal_has_the_request_whose_answer_was_lost(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    for scenario, billed in (("reset-before-work", False), ("reset-before-body", True), ("truncated-body", True)):
        with pytest.raises(ConnectionResetError):
            mock.post(sync_path(large), payload(large), headers={"x-mock-scenario": scenario})
        entry = mock.get("/__mock/requests?last=1").json()["requests"][0]
        assert entry["scenario"] == scenario
        assert entry["status"] == (200 if billed else 0)
        assert (entry["charged"] > 0) == billed
