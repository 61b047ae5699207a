"""Test doubles for the client's tests: a scripted service for flows, and the mock server; and the types of the fixtures."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import urllib.request
from collections.abc import Callable
from typing import Any, TypeAlias

from segmind_client import AsyncSegmindClient, RequestOptions, SegmindClient
from segmind_client._config import Config
from segmind_client._credentials import Credentials
from segmind_client._flow import Flow, Pause
from segmind_client._http import Headers, Request, Response, T
from segmind_client._journal import JournalEntry

#: What a scripted service replies: a response, an exception of the driver, or seconds that pass before the next reply.
Reply: TypeAlias = Response | Exception | float
#: Returns a response: status, body and headers.
Answer: TypeAlias = Callable[..., Response]
#: Returns an image file: format and size.
Picture: TypeAlias = Callable[..., bytes]
#: Returns a small payload for a model, with changes.
Payload: TypeAlias = Callable[..., dict[str, Any]]
#: Runs the command line and returns its output.
Command: TypeAlias = Callable[..., "subprocess.CompletedProcess[bytes]"]
#: Writes the input file of a batch and returns the arguments of the command.
WriteBatch: TypeAlias = Callable[..., list[str]]

BASE = "https://service.test"
EPOCH = 1_700_000_000.0
KEY = "SG_marker_0123456789"
_count = itertools.count(1)


class ScriptedService:
    """A service without a network: runs a flow, returns the scripted replies in turn, and records requests and pauses.

    The last reply is repeated.
    """

    def __init__(self, *replies: Reply, random: float = 0.5, **config: Any) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.pauses: list[float] = []
        self.time = 0.0
        options = config.pop("options", RequestOptions())
        self.records: list[dict[str, Any]] = []
        self.config = Config(
            Credentials.read(KEY, config.pop("base_url", BASE), {}),
            None,
            options,
            clock=lambda: self.time,
            now=lambda: EPOCH + self.time,
            random=lambda: random,
        )

    def run(self, flow: Flow[T]) -> T:
        try:
            effect = next(flow)
            while True:
                if isinstance(effect, Pause):
                    assert effect.seconds >= 0
                    self.pauses.append(effect.seconds)
                    self.time += effect.seconds
                    effect = flow.send(None)
                    continue
                if isinstance(effect, JournalEntry):
                    self.records.append(effect.entry)
                    effect = flow.send(None)
                    continue
                self.requests.append(effect)
                reply = self._next()
                effect = flow.throw(reply) if isinstance(reply, Exception) else flow.send(reply)
        except StopIteration as stop:
            value: T = stop.value
            return value

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.requests]

    def _next(self) -> Response | Exception:
        while True:
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            if not isinstance(reply, float):
                return reply
            self.time += reply


def answer(status: int = 200, body: object = b"", **headers: str) -> Response:
    """Return a response. A body that is not bytes is encoded as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if not isinstance(body, bytes):
        named.setdefault("content-type", "application/json")
    return Response(status, Headers(named.items()), content, BASE)


class MockServer:
    """The mock server with an API key for one test, so the test has its own account and its own journal of requests."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = f"SG_test_{os.getpid()}_{next(_count)}"

    def client(self, scenario: str | None = None, **arguments: object) -> SegmindClient:
        return SegmindClient(self.key, self.url, **_with(scenario, arguments))

    def async_client(self, scenario: str | None = None, **arguments: object) -> AsyncSegmindClient:
        return AsyncSegmindClient(self.key, self.url, **_with(scenario, arguments))

    def journal(self, method: str | None = None) -> list[dict[str, Any]]:
        """Return the requests that reached the server, oldest first."""
        query = f"?method={method}" if method else ""
        request = urllib.request.Request(f"{self.url}/__mock/requests{query}", headers={"x-api-key": self.key})
        with urllib.request.urlopen(request) as answer:
            found: list[dict[str, Any]] = json.load(answer)["requests"]
        return found

    def set(self, what: str, **body: object) -> None:
        """Change a setting of the mock for this key."""
        data = json.dumps({"key": self.key, **body}).encode()
        with urllib.request.urlopen(f"{self.url}/__mock/{what}", data):
            pass


def _with(scenario: str | None, arguments: dict[str, Any]) -> dict[str, Any]:
    if scenario:
        options = arguments.get("options") or RequestOptions()
        arguments["options"] = options._replace(headers={"x-mock-scenario": scenario})
    return arguments
