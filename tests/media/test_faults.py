"""The mock's scenarios, met by a call of each medium: each ends as the fault matrix promises for images."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

import httpx2
import pytest

from scripts.fault_matrix import IMPATIENT_S, PATIENT_S, WAIT_S
from scripts.fault_promises import FINE, PROMISES, CallOutcome, promised
from tests.media.conftest import REPOSITORY

URL = "http://mock.test"
MODELS = {
    "image": "plate",
    "video": "reel-1",
    "audio": "murmur",
    "text": "quill-8b",
    "json": "vectors-3",
    "model3d": "clay",
}
RESULTS = {
    "image": "ImageResult",
    "video": "VideoResult",
    "audio": "AudioResult",
    "text": "TextResult",
    "json": "JsonResult",
    "model3d": "FileResult",
}
OPERATIONS = ("generate", "download")
#: Those that can answer with base64.
ENCODED = ("image", "video")


class Cell(NamedTuple):
    """A call of a model that meets a scenario once."""

    media: str
    scenario: str
    operation: str


class Stage:
    """Lumen's mock in this process, and its clients, on a virtual clock."""

    def __init__(self, lumen: ModuleType) -> None:
        mock = importlib.import_module("lumen_mock")
        inprocess = importlib.import_module("lumen_mock.testing.inprocess")
        self.transports = importlib.import_module("lumen_mock.testing.transports")
        self.lumen = lumen
        self.catalog = importlib.import_module("lumen_mock.spec.catalog")
        self.second = importlib.import_module("lumen_mock.state.clock").SECOND
        self.clock = mock.Clock()
        self.app = mock.create_app(mock.Settings(pace=mock.Pace("polls", 0)), self.clock)
        self.thread = inprocess.LoopThread()
        self.process = inprocess.InProcess(self.thread, self.app)
        self.admin = importlib.import_module("lumen_mock.testing").InProcessAdmin(self.process)
        self.runner = asyncio.Runner()
        self.keys = 0

    def close(self) -> None:
        self.runner.close()
        self.process.finish()
        self.thread.run(self.app.close)
        self.thread.close()

    def play(self, cell: Cell, *, blocking: bool) -> CallOutcome:
        """Return what became of a call, by the client and by the mock's journal."""
        self.keys += 1
        key = f"key-{self.keys}"
        try:
            self._call(cell, key) if blocking else self.runner.run(self._call_later(cell, key))
            gives = "ok"
        except self.lumen.LumenError as error:
            assert cell.operation == "generate" or error.handle is not None, f"{cell}: {error!r} has no handle"
            gives = type(error).__name__
        entries = self.admin.ask("GET", f"requests?key={key}&last=1000")["requests"]
        posts = [entry for entry in entries if entry["method"] == "POST"]
        return CallOutcome(gives, len(posts), sum(entry["charged"] > 0 for entry in posts))

    def _call(self, cell: Cell, key: str) -> None:
        transport = self.transports.transport(httpx2, self.process)
        with self.lumen.LumenClient(key, URL, options=self._options(cell), transport=transport) as client:
            resource, payload = self._prepared(client, cell)
            if cell.operation == "generate":
                self._meet(cell, key)
                self._check(cell, resource.generate(**payload))
                return
            if of_the_job := _is_of_the_job(cell.scenario):
                self._meet(cell, key)
            job = resource.submit(options=self.lumen.RequestOptions(read_timeout=PATIENT_S), **payload)
            if not of_the_job:
                self._meet(cell, key)
            self._check(cell, client.resume(job.handle).download(WAIT_S, 1.0))

    async def _call_later(self, cell: Cell, key: str) -> None:
        transport = self.transports.async_transport(httpx2, self.process)
        async with self.lumen.AsyncLumenClient(key, URL, options=self._options(cell), transport=transport) as client:
            resource, payload = self._prepared(client, cell)
            if cell.operation == "generate":
                self._meet(cell, key)
                self._check(cell, await resource.generate(**payload))
                return
            if of_the_job := _is_of_the_job(cell.scenario):
                self._meet(cell, key)
            job = await resource.submit(options=self.lumen.RequestOptions(read_timeout=PATIENT_S), **payload)
            if not of_the_job:
                self._meet(cell, key)
            self._check(cell, await client.resume(job.handle).download(WAIT_S, 1.0))

    def _options(self, cell: Cell) -> object:
        read_timeout = IMPATIENT_S if cell.scenario == "latency:600" else PATIENT_S
        return self.lumen.RequestOptions(read_timeout=read_timeout)

    def _prepared(self, client: Any, cell: Cell) -> tuple[Any, dict[str, Any]]:
        client._config.clock = client._config.now = lambda: self.clock.now() / self.second
        client._config.skip = self.clock.advance
        slug = MODELS[cell.media]
        payload = dict(self.catalog.get(slug).example)
        if cell.scenario == "broken-base64" and cell.media in ENCODED:
            payload["base64"] = True
        if cell.scenario == "late-validation" and cell.operation == "download":
            name = next(iter(payload))
            payload["extra_parameters"] = {name: 7}
            del payload[name]
        return getattr(client, slug.replace("-", "_")), payload

    def _meet(self, cell: Cell, key: str) -> None:
        self.admin.ask("POST", "scenarios", {"key": key, "scenario": cell.scenario, "times": 1})

    def _check(self, cell: Cell, result: Any) -> None:
        assert type(result).__name__ == RESULTS[cell.media], f"{cell}: {result!r}"
        assert getattr(result, "problem", None) is None, f"{cell}: {result.problem}"


def _is_of_the_job(name: str) -> bool:
    scenarios = importlib.import_module("lumen_mock.api.scenarios")
    plan = importlib.import_module("lumen_mock.api.jobs").JobPlan()
    scenario = scenarios.named(name)
    return bool(scenario.plan != plan or scenario.urls != "own" or scenario.lenient or scenario.drains)


def _expected(cell: Cell) -> CallOutcome:
    if cell.scenario == "broken-base64" and cell.media not in ENCODED:
        return FINE
    return promised(cell.scenario, "generate" if cell.operation == "generate" else "wait", "once")


@pytest.fixture(scope="module")
def stage(lumen: ModuleType) -> Iterator[Stage]:
    made = Stage(lumen)
    yield made
    made.close()


@pytest.mark.parametrize("media", MODELS)
def test_every_scenario_ends_as_promised(stage: Stage, media: str) -> None:
    cells = [Cell(media, scenario, operation) for scenario in PROMISES for operation in OPERATIONS]
    wrong: dict[Cell, Any] = {}
    for cell in cells:
        found = [stage.play(cell, blocking=blocking) for blocking in (True, False)]
        if found != [_expected(cell)] * 2:
            wrong[cell] = (found, _expected(cell))
    assert wrong == {}


def test_the_document_has_the_number_of_calls() -> None:
    text = (REPOSITORY / "docs" / "media-answers.md").read_text(encoding="utf-8")
    calls = len(PROMISES) * len(OPERATIONS) * len(MODELS) * 2
    assert f"{len(PROMISES)} scenarios of the mock in {calls:,} calls" in " ".join(text.split()), json.dumps(calls)
