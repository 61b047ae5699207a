"""A mock in this process, called as a client would call it, without a socket."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from segmind_mock import Clock, Settings, create_app
from segmind_mock.app import App
from segmind_mock.spec.catalog import SLUGS, find
from segmind_mock.spec.facts import Model

KEY = "SG_0123456789abcdef"

#: A project of its own, which one of the tests runs.
collect_ignore = ["plugin_project"]


class Caller:
    """Calls one mock. The clock stands still unless it is pushed, so that nothing depends on how fast the test runs."""

    def __init__(self, settings: Settings) -> None:
        self.clock = Clock(frozen=True)
        self.app: App = create_app(settings, self.clock)
        self._runner = asyncio.Runner()
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url="http://mock")

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def send(self, method: str, url: str, key: str | None = KEY, headers: Any = None, **rest: Any) -> httpx2.Response:
        headers = dict(headers or {}) | ({} if key is None else {"x-api-key": key})
        answer: httpx2.Response = self.run(self.client.request(method, url, headers=headers, **rest))
        return answer

    def get(self, url: str, **rest: Any) -> httpx2.Response:
        return self.send("GET", url, **rest)

    def post(self, url: str, json: Any = None, **rest: Any) -> httpx2.Response:
        return self.send("POST", url, json=json, **rest)

    def submit(self, model: Model, scenario: str | None = None, key: str = KEY, **changes: Any) -> dict[str, Any]:
        assert model.submit is not None
        headers = {} if scenario is None else {"x-mock-scenario": scenario}
        answer = self.post(model.submit.path, {**payload_of(model), **changes}, key=key, headers=headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def credits(self, key: str = KEY) -> int:
        """What the account has left, in millionths."""
        return self.app.mock.state.account(key).credits

    def close(self) -> None:
        self.run(self.client.aclose())
        self._runner.close()


def payload_of(model: Model) -> dict[str, Any]:
    """The model's own example, at the smallest size it takes."""
    payload = dict(model.example)
    for name in (model.output.width, model.output.height):
        if name is not None:
            parameter = model.parameters[name]
            payload[name] = min(parameter.enum) if parameter.enum else parameter.minimum
    return payload


@pytest.fixture
def make_mock() -> Iterator[Callable[..., Caller]]:
    """Makes mocks, each with state of its own."""
    made: list[Caller] = []

    def make(**settings: Any) -> Caller:
        made.append(Caller(Settings(**settings)))
        return made[-1]

    yield make
    for caller in made:
        caller.close()


@pytest.fixture
def mock(make_mock: Callable[..., Caller]) -> Caller:
    return make_mock()


@pytest.fixture(params=SLUGS)
def model(request: pytest.FixtureRequest) -> Model:
    """Each model of the catalogue in turn."""
    found = find(request.param)
    assert found is not None
    return found


@pytest.fixture
def large() -> Model:
    """The model that has every kind of output parameter."""
    found = find("stable-diffusion-3.5-large-txt2img")
    assert found is not None
    return found


@pytest.fixture
def payload() -> Callable[[Model], dict[str, Any]]:
    return payload_of


@pytest.fixture
def start() -> Callable[..., Any]:
    """Starts `segmind-mock` as a process: a context manager of the process and its URL."""

    @contextmanager
    def starting(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        command = [sys.executable, "-m", "segmind_mock", "--port", "0", *arguments]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            try:
                line = process.stdout.readline()
                assert line.startswith("listening on http://"), process.stderr and process.stderr.read()
                yield process, line.split()[-1]
            finally:
                process.kill()

    return starting
