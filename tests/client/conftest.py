"""Fixtures of the client's tests: a scripted service on a virtual clock for flows, and the mock server in its own process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from segmind_client import JobHandle, cli
from segmind_client.spec.catalog import SLUGS, find
from segmind_client.spec.facts import Model
from tests.client import doubles
from tests.client.doubles import BASE, KEY, Answer, Command, MockServer, Payload, Picture, ScriptedService
from tests.waiting import LIMIT_S, killed_at_the_end


def _picture(form: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    file = BytesIO()
    Pillow.new("RGB", size, "teal").save(file, form)
    return file.getvalue()


def _payload_of(model: Model, **changes: object) -> dict[str, object]:
    """Return the model's example with the smallest size and documented values only."""
    payload: dict[str, Any] = dict(model.example)
    for name, parameter in model.parameters.items():
        if name in (model.output.width, model.output.height):
            payload[name] = min(parameter.enum) if parameter.enum else parameter.minimum
        elif name in payload and parameter.known_values and payload[name] not in parameter.known_values:
            payload[name] = parameter.known_values[0]
    return {**payload, **changes}


@pytest.fixture
def script() -> type[ScriptedService]:
    return ScriptedService


@pytest.fixture
def answer() -> Answer:
    return doubles.answer


@pytest.fixture
def picture() -> Picture:
    return _picture


@pytest.fixture
def handle() -> JobHandle:
    return JobHandle("m", "r1", f"{BASE}/v2/requests/r1/status", f"{BASE}/v2/requests/r1")


@pytest.fixture(params=SLUGS)
def model(request: pytest.FixtureRequest) -> Model:
    """Each model of the catalogue."""
    found = find(request.param)
    assert found is not None
    return found


@pytest.fixture
def large() -> Model:
    """A model that has every kind of output parameter."""
    found = find("stable-diffusion-3.5-large-txt2img")
    assert found is not None
    return found


@pytest.fixture
def payload_of() -> Payload:
    return _payload_of


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of the mock server."""
    command = [sys.executable, "-m", "segmind_mock", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with killed_at_the_end(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), line
        yield line.split()[-1]


@pytest.fixture
def mock(server: str) -> MockServer:
    return MockServer(server)


@pytest.fixture
def command(server: str, tmp_path: Path) -> Command:
    """Run `segmind-client` against the mock, in the folder of the test."""

    def run(
        *arguments: str, mock: MockServer | None = None, stdin: bytes = b"", environ: Mapping[str, str | None] = {}
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
def command_here(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `segmind-client` in this process, for tests that run it often."""

    def run(
        *arguments: str, mock: MockServer | None = None, stdin: bytes = b"", environ: Mapping[str, str | None] = {}
    ) -> subprocess.CompletedProcess[bytes]:
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
