"""A scripted service on a virtual clock, for the core; and the real mock in a process of its own, for the clients."""

from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from segmind_client import AsyncSegmindClient, JobHandle, RequestOptions, SegmindClient, cli
from segmind_client._config import Config
from segmind_client._given import Given
from segmind_client._journal import Record
from segmind_client._wire import Flow, Headers, Pause, Request, Response
from segmind_client.spec.catalog import SLUGS, find
from segmind_client.spec.facts import Model
from tests.waiting import LIMIT_S, killed_at_the_end

BASE = "https://service.test"
EPOCH = 1_700_000_000.0
KEY = "SG_marker_0123456789"
_count = itertools.count(1)


class Script:
    """Plays the service to a flow: gives replies in turn, and notes what was asked and how long was paused.

    A reply is a response, an exception of the transport, or seconds that pass before the next reply.
    """

    def __init__(self, *replies: Response | Exception | float, random: float = 0.5, **config: Any) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.pauses: list[float] = []
        self.time = 0.0
        options = config.pop("options", RequestOptions())
        self.records: list[dict[str, Any]] = []
        self.config = Config(
            Given.take(KEY, config.pop("base_url", BASE), {}),
            None,
            options,
            clock=lambda: self.time,
            now=lambda: EPOCH + self.time,
            random=lambda: random,
        )

    def run(self, flow: Flow[Any]) -> Any:
        try:
            effect = next(flow)
            while True:
                if isinstance(effect, Pause):
                    assert effect.seconds >= 0
                    self.pauses.append(effect.seconds)
                    self.time += effect.seconds
                    effect = flow.send(None)
                    continue
                if isinstance(effect, Record):
                    self.records.append(effect.entry)
                    effect = flow.send(None)
                    continue
                self.requests.append(effect)
                reply = self._next()
                effect = flow.throw(reply) if isinstance(reply, Exception) else flow.send(reply)
        except StopIteration as stop:
            return stop.value

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.requests]

    def _next(self) -> Response | Exception:
        while True:
            # The last reply is given for ever.
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            if not isinstance(reply, float):
                return reply
            self.time += reply


def _answer(status: int = 200, body: Any = b"", **headers: str) -> Response:
    """A response; a body that is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if not isinstance(body, bytes):
        named.setdefault("content-type", "application/json")
    return Response(status, Headers(named.items()), content, BASE)


class Mock:
    """The mock server, as one test sees it: with a key, and so an account and a journal, of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = f"SG_test_{os.getpid()}_{next(_count)}"

    def client(self, scenario: str | None = None, **arguments: Any) -> SegmindClient:
        return SegmindClient(self.key, self.url, **_with(scenario, arguments))

    def async_client(self, scenario: str | None = None, **arguments: Any) -> AsyncSegmindClient:
        return AsyncSegmindClient(self.key, self.url, **_with(scenario, arguments))

    def journal(self, method: str | None = None) -> list[dict[str, Any]]:
        """What reached the server, oldest first."""
        query = f"?method={method}" if method else ""
        request = urllib.request.Request(f"{self.url}/__mock/requests{query}", headers={"x-api-key": self.key})
        with urllib.request.urlopen(request) as answer:
            found: list[dict[str, Any]] = json.load(answer)["requests"]
        return found

    def set(self, what: str, **body: Any) -> None:
        """Turns one of the mock's knobs for this key."""
        data = json.dumps({"key": self.key, **body}).encode()
        with urllib.request.urlopen(f"{self.url}/__mock/{what}", data):
            pass


def _with(scenario: str | None, arguments: dict[str, Any]) -> dict[str, Any]:
    if scenario:
        options = arguments.get("options") or RequestOptions()
        arguments["options"] = options._replace(headers={"x-mock-scenario": scenario})
    return arguments


def _picture(form: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    file = BytesIO()
    Pillow.new("RGB", size, "teal").save(file, form)
    return file.getvalue()


def _payload_of(model: Model, **changes: Any) -> dict[str, Any]:
    """The model's own example at the smallest size it takes, with all its values among the known ones."""
    payload: dict[str, Any] = dict(model.example)
    for name, parameter in model.parameters.items():
        if name in (model.output.width, model.output.height):
            payload[name] = min(parameter.enum) if parameter.enum else parameter.minimum
        elif name in payload and parameter.known_values and payload[name] not in parameter.known_values:
            payload[name] = parameter.known_values[0]
    return {**payload, **changes}


@pytest.fixture
def script() -> type[Script]:
    return Script


@pytest.fixture
def answer() -> Callable[..., Response]:
    return _answer


@pytest.fixture
def picture() -> Callable[..., bytes]:
    return _picture


@pytest.fixture
def handle() -> JobHandle:
    return JobHandle("m", "r1", f"{BASE}/v2/requests/r1/status", f"{BASE}/v2/requests/r1")


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
def payload_of() -> Callable[..., dict[str, Any]]:
    return _payload_of


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The mock's address."""
    command = [sys.executable, "-m", "segmind_mock", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with killed_at_the_end(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), line
        yield line.split()[-1]


@pytest.fixture
def mock(server: str) -> Mock:
    return Mock(server)


@pytest.fixture
def command(server: str, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs `segmind-client` against the mock, in a folder of its own."""

    def run(
        *arguments: str, mock: Mock | None = None, stdin: bytes = b"", environ: Mapping[str, str | None] = {}
    ) -> subprocess.CompletedProcess[bytes]:
        environment: dict[str, str | None] = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "SEGMIND_BASE_URL": server,
            "SEGMIND_API_KEY": mock.key if mock else KEY,
            **environ,
        }
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "segmind_client", *arguments],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env={name: value for name, value in environment.items() if value is not None},
            timeout=LIMIT_S,
            check=False,
        )

    return run


@pytest.fixture
def command_here(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """As `command`, but in this process: for tests that begin it often."""

    def run(*arguments: str, mock: Any = None, stdin: bytes = b"", environ: Any = ()) -> Any:
        given = {"SEGMIND_BASE_URL": server, "SEGMIND_API_KEY": mock.key if mock else None, **dict(environ)}
        streams = [io.TextIOWrapper(io.BytesIO(content), encoding="utf-8") for content in (stdin, b"", b"")]
        with monkeypatch.context() as patched:
            patched.chdir(tmp_path)
            for name, value in given.items():
                patched.delenv(name, raising=False) if value is None else patched.setenv(name, value)
            for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
                patched.setattr(sys, name, stream)
            try:
                status = cli.main(arguments)
            except SystemExit as end:
                status = int(end.code or 0)
        for stream in streams[1:]:
            stream.flush()
        out, said = (stream.buffer.getvalue() for stream in streams[1:])
        return subprocess.CompletedProcess(arguments, status, out, said)

    return run
