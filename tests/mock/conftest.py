"""A mock in this process, called as a client would call it, without a socket."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import httpx2
import pytest
import redis

from segmind_mock import Clock, Settings, create_app
from segmind_mock.server.app import App
from segmind_mock.spec.catalog import SLUGS, find
from segmind_mock.spec.facts import Model
from segmind_mock.state.account import Account
from segmind_mock.state.journal import JournalEntry
from segmind_mock.state.redaction import identity
from tests.material import absent
from tests.waiting import killed_at_the_end, until

KEY = "SG_0123456789abcdef"
STORES = ("memory", "sqlite", "redis")
T = TypeVar("T")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs the tests of a module that says `EVERY_STORE = True` once for each place where state can be kept."""
    if getattr(metafunc.module, "EVERY_STORE", False) and "location" in metafunc.fixturenames:
        metafunc.parametrize("location", STORES, indirect=True)


class MockCaller:
    """Calls one mock. The clock stands still unless it is pushed, so that nothing depends on how fast the test runs."""

    def __init__(self, settings: Settings) -> None:
        self.app: App = create_app(settings, Clock(frozen=True))
        self._runner = asyncio.Runner()
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url="http://mock")

    def run(self, work: Coroutine[object, object, T]) -> T:
        return self._runner.run(work)

    def send(
        self, method: str, url: str, key: str | None = KEY, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> httpx2.Response:
        headers = dict(headers or {}) | ({} if key is None else {"x-api-key": key})
        return self.run(self.client.request(method, url, headers=headers, **rest))

    def get(self, url: str, **rest: Any) -> httpx2.Response:
        return self.send("GET", url, **rest)

    def post(self, url: str, json: object = None, **rest: Any) -> httpx2.Response:
        return self.send("POST", url, json=json, **rest)

    def submit(self, model: Model, scenario: str | None = None, key: str = KEY, **changes: object) -> dict[str, str]:
        assert model.submit is not None
        headers = {} if scenario is None else {"x-mock-scenario": scenario}
        answer = self.post(model.submit.path, {**payload_of(model), **changes}, key=key, headers=headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, str] = answer.json()
        return body

    def advance(self, seconds: float) -> None:
        """Pushes the clock, wherever its setting is kept."""
        self.run(self.app.mock.store.run(lambda transaction: transaction.clock.advance(seconds)))

    def account(self, key: str = KEY) -> Account:
        """The account of a key, opened if need be."""
        found: Account = self.run(self.app.mock.store.run(lambda transaction: transaction.account, identity(key)))
        return found

    def credits(self, key: str = KEY) -> int:
        """Return the credits left in the account, in millionths."""
        return self.account(key).credits

    def entries(self) -> list[JournalEntry]:
        """The journal, oldest first."""
        found: list[JournalEntry] = self.run(self.app.mock.store.entries(lambda entry: True, 1_000_000))
        return found

    def close(self) -> None:
        self.run(self.client.aclose())
        self.run(self.app.mock.store.close())
        self._runner.close()


#: Makes mocks, each with its own state: `make_mock(credits=..., rules=...)` takes the fields of `Settings`.
MakeMock: TypeAlias = Callable[..., MockCaller]
#: The payload of a model's example.
PayloadOf: TypeAlias = Callable[[Model], dict[str, Any]]
#: Starts `segmind-mock` with these arguments; yields the process and its URL.
Start: TypeAlias = Callable[..., AbstractContextManager[tuple[subprocess.Popen[str], str]]]


def payload_of(model: Model) -> dict[str, object]:
    """The model's own example, at the smallest size it takes."""
    payload = dict(model.example)
    for name in (model.output.width, model.output.height):
        if name is not None:
            parameter = model.parameters[name]
            payload[name] = min(parameter.enum) if parameter.enum else parameter.minimum
    return payload


def sync_path(model: Model) -> str:
    """The path of the model's synchronous endpoint."""
    assert model.sync is not None
    return model.sync.path


def submit_path(model: Model) -> str:
    """The path that the model's jobs are submitted to."""
    assert model.submit is not None
    return model.submit.path


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of this test session's own, behind a socket of the file system."""
    if shutil.which("redis-server") is None:
        absent("redis-server")
    folder = tmp_path_factory.mktemp("redis")
    where = folder / "socket"
    command = ["redis-server", "--port", "0", "--unixsocket", str(where), "--dir", str(folder), "--save", ""]
    with killed_at_the_end(subprocess.Popen(command, stdout=subprocess.DEVNULL)) as process:
        url = f"unix://{where}"
        until(lambda: _answers(url) or process.poll() is not None)
        assert process.poll() is None, "Redis did not start"
        yield url


def _answers(url: str) -> bool:
    """Return whether a Redis accepts connections. Its socket is there a moment before it does."""
    try:
        with redis.Redis.from_url(url) as connection:
            return bool(connection.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture
def fresh_redis(redis_server: str) -> str:
    """That Redis, emptied."""
    with redis.Redis.from_url(redis_server) as connection:
        connection.flushall()
    return redis_server


@pytest.fixture
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """The store of the mocks: memory, unless the module says `EVERY_STORE`."""
    kind = getattr(request, "param", "memory")
    if kind == "redis":
        server: str = request.getfixturevalue("fresh_redis")
        return server
    return str(tmp_path / "state.db") if kind == "sqlite" else None


@pytest.fixture
def make_mock(location: str | None) -> Iterator[MakeMock]:
    """Makes mocks, each with state of its own."""
    made: list[MockCaller] = []

    def make(**settings: Any) -> MockCaller:
        made.append(MockCaller(Settings(**{"state": location, **settings})))
        return made[-1]

    yield make
    for caller in made:
        caller.close()


@pytest.fixture
def mock(make_mock: MakeMock) -> MockCaller:
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
def payload() -> PayloadOf:
    return payload_of


@pytest.fixture
def start() -> Start:
    """Starts `segmind-mock` as a process: a context manager of the process and its URL."""

    @contextmanager
    def starting(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        command = [sys.executable, "-m", "segmind_mock", "--port", "0", *arguments]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        with killed_at_the_end(process):
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on http://"), process.stderr and process.stderr.read()
            yield process, line.split()[-1]

    return starting
