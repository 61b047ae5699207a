"""The contract suites of the two invented providers, against small services that keep to their specs or depart from them."""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.providers.conftest import INVENTED
from tests.providers.rendering import rendered

JSON = dict[str, Any]


class Reply(NamedTuple):
    """A response of a service: a status, a body (JSON unless it is bytes) and extra headers."""

    status: int
    body: JSON | bytes
    headers: Mapping[str, str] = {}


class Request(Protocol):
    """Requests of a generated suite."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Case(Protocol):
    """A case of a generated suite."""

    id: str
    check: str
    needs_mock: bool


class Verdict(Protocol):
    """The result of a case."""

    outcome: str
    description: str
    drift: tuple[object, ...]


Service = Callable[[Request], Reply]
Change = Callable[[Request, Reply], Reply]
Run = Callable[[Service], list[tuple[Case, Verdict]]]


@pytest.fixture(params=["zephyr", "borealis"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(tmp_path: Path, provider: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run every case of the suite of the provider's model of images against a service."""
    package = f"contract_of_{provider}"
    models = (INVENTED[provider][0],)
    for path, content in rendered(tmp_path / "workspace", provider, "contract", models=models).items():
        file = tmp_path / package / path.removeprefix("contract/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)

    def no_wait(seconds: float) -> None:
        pass

    monkeypatch.setattr("time.sleep", no_wait)

    def module(name: str) -> ModuleType:
        return importlib.import_module(f"{package}.{name}")

    def run_all(service: Service) -> list[tuple[Case, Verdict]]:
        contract, http, environment = (
            module("spec.contract").load(),
            module("service.http"),
            module("service.environment"),
        )

        def send(request: Request) -> object:
            reply = service(request)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            return http.Response(reply.status, {"content-type": "application/json", **reply.headers}, body)

        tested = environment.mock_service(send)._replace(key="a-key", other_key="", provokes=False)
        cases = module("cases").all_cases(contract)
        return [(case, module("service.runner").run_case(contract, tested, case)) for case in cases]

    yield run_all
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


def image(payload: JSON, number: int, kind: str) -> bytes:
    """Return an image that differs for each payload and number."""
    digest = hashlib.sha256(json.dumps([payload, number], sort_keys=True).encode()).digest()
    out = BytesIO()
    drawn = Image.new("RGB", (payload["width"], payload["height"]), (digest[0], digest[1], digest[2]))
    drawn.save(out, kind.upper(), lossless=True)
    return out.getvalue()


def parsed(body: bytes) -> object:
    """Return the JSON in a body; None if it is invalid."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return json.loads(body, parse_constant=refuse)
    except ValueError:
        return None


def is_integer(value: object, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def zephyr() -> Service:
    """Return a service that answers at once, in JSON."""
    traces = iter(range(10**6))

    def error(status: int) -> Reply:
        return Reply(status, {"error": {"message": "No.", "code": "no"}}, {"allow": "POST"})

    def respond(request: Request) -> Reply:
        if request.headers.get("authorization") != "Bearer a-key":
            return error(401)
        if request.url != "https://api.zephyr.example/generate/zephyr-gust":
            return error(404)
        if request.method != "POST":
            return error(405)
        sent = parsed(request.body)
        if not isinstance(sent, dict):
            return error(400)
        payload: JSON = {"num_images": 1, "height": 512, "width": 512, "strength": 0.5, **sent}
        strength = payload["strength"]
        valid = (
            type(payload.get("text")) is str
            and is_integer(payload["num_images"], 1, 4)
            and all(type(payload[side]) is int and payload[side] in (256, 512) for side in ("width", "height"))
            and type(strength) in (int, float)
            and 0 <= strength <= 1
        )
        if not valid:
            return error(400)
        images = [b64encode(image(payload, number, "png")).decode() for number in range(payload["num_images"])]
        result = {"picture": images if len(images) > 1 else images[0], "kind": "png"}
        return Reply(200, {"result": result, "model": "zephyr"}, {"zephyr-trace": f"trace-{next(traces)}"})

    return respond


@dataclass
class Borealis:
    """A service with a queue on another host than its synchronous calls."""

    jobs: dict[str, JSON] = field(default_factory=dict)
    polls: dict[str, int] = field(default_factory=dict)
    balance: Decimal = Decimal(10)
    calls: int = 0

    def __call__(self, request: Request) -> Reply:
        url = urlsplit(request.url)
        if url.netloc == "media.borealis.example":
            assert "authorization" not in request.headers, "the key was sent to another host"
            job, number = url.path[1:].split("/")
            kind = self.jobs[job]["output_format"]
            return Reply(200, image(self.jobs[job], int(number), kind), {"content-type": f"image/{kind}"})
        if request.headers.get("authorization") != "Key a-key":
            return Reply(401, {"detail": "No."})
        address = (url.netloc, url.path)
        if address == ("run.borealis.example", "/run/acme/paint-2"):
            return self.generate(request)
        if address == ("queue.borealis.example", "/jobs/acme/paint-2"):
            return self.submit(request)
        job, status, _ = url.path.removeprefix("/jobs/acme/paint-2/requests/").partition("/status")
        if url.netloc != "queue.borealis.example" or job not in self.jobs:
            return Reply(404, {"detail": "No."})
        self.polls[job] += 1 if status else 0
        if status or self.polls[job] < 3:
            states = ((202, "IN_QUEUE"), (202, "IN_PROGRESS"), (200, "OK"))
            http, state = states[max(1, min(self.polls[job], 3)) - 1]
            return Reply(http, {"state": state})
        payload = self.jobs[job]
        files = [
            {
                "url": f"https://media.borealis.example/{job}/{number}",
                "content_type": f"image/{payload['output_format']}",
            }
            for number in range(payload["num_images"])
        ]
        return Reply(200, {"images": files, "model": "paint"})

    def payload(self, request: Request) -> JSON | None:
        """Return the parameters of a request with defaults; None if they are invalid."""
        body = parsed(request.body)
        sent: object = body.get("input") if isinstance(body, dict) else None
        if not isinstance(sent, dict):
            return None
        defaults = {"height": 512, "width": 512, "num_images": 1, "output_format": "webp", "seed": -1}
        payload: JSON = {**defaults, **sent}
        valid = (
            type(payload.get("prompt")) is str
            and all(is_integer(payload[side], 64, 1024) for side in ("width", "height"))
            and is_integer(payload["num_images"], 1, 4)
            and payload["output_format"] in ("webp", "png")
            and is_integer(payload["seed"], -1, 2**32 - 1)
        )
        return payload if valid else None

    def headers(self, request_id: str) -> dict[str, str]:
        self.balance -= Decimal("0.05")
        return {"x-borealis-balance": str(self.balance), "x-borealis-request": request_id}

    def generate(self, request: Request) -> Reply:
        payload = self.payload(request)
        if payload is None:
            return Reply(422, {"detail": "No."})
        self.calls += 1
        kind = payload["output_format"]
        headers = {**self.headers(f"call-{self.calls}"), "content-type": f"image/{kind}"}
        return Reply(200, image(payload, 0, kind), headers)

    def submit(self, request: Request) -> Reply:
        payload = self.payload(request)
        if payload is None:
            return Reply(422, {"detail": "No."})
        job = f"job-{len(self.jobs)}"
        self.jobs[job], self.polls[job] = payload, 0
        address = f"https://queue.borealis.example/jobs/acme/paint-2/requests/{job}"
        urls = {"state": f"{address}/status", "result": address}
        return Reply(201, {"job": {"id": job, "urls": urls}, "state": "IN_QUEUE"}, self.headers(job))


def correct_service(provider: str) -> Service:
    return zephyr() if provider == "zephyr" else Borealis()


def test_a_correct_service_of_each_provider_has_no_drift(provider: str, run: Run) -> None:
    results = run(correct_service(provider))
    assert [(case.id, verdict.drift) for case, verdict in results if verdict.outcome == "drift"] == []
    assert [case.id for case, verdict in results if verdict.outcome != "kept" and not case.needs_mock] == []
    assert {case.check for case, verdict in results if verdict.outcome == "kept"} >= {
        "zephyr": {"accept", "refuse", "default", "sync-no-key", "sync-wrong-key", "sync-broken", "sync-method"},
        "borealis": {"accept", "refuse", "job", "submit-refuses", "unknown-status", "unknown-model", "status-no-key"},
    }[provider]


def changed(service: Service, change: Change) -> Service:
    return lambda request: change(request, service(request))


def with_body(reply: Reply, old: str, new: str) -> Reply:
    """Return a reply with a part of its JSON replaced."""
    if isinstance(reply.body, bytes):
        return reply
    return reply._replace(body=json.loads(json.dumps(reply.body).replace(old, new)))


WRONG: dict[str, dict[str, Change]] = {
    "zephyr": {
        "errors have another envelope": lambda _, reply: (
            reply if reply.status == 200 else reply._replace(body={"error": "No."})
        ),
        "errors have no code": lambda _, reply: (
            reply if reply.status == 200 else reply._replace(body={"error": {"message": "No."}})
        ),
        "422 instead of 400": lambda _, reply: reply._replace(status=422) if reply.status == 400 else reply,
        "the image instead of JSON": lambda _, reply: (
            Reply(200, image({"width": 256, "height": 256}, 0, "png"), {"content-type": "image/png"})
            if reply.status == 200
            else reply
        ),
        "base64 under another key": lambda _, reply: with_body(reply, '"picture"', '"image"'),
        "another name of the model": lambda _, reply: with_body(reply, '"model": "zephyr"', '"model": "boreas"'),
    },
    "borealis": {
        "200 for a job in the queue": lambda _, reply: (
            reply._replace(status=200) if reply.body == {"state": "IN_QUEUE"} else reply
        ),
        "another state": lambda _, reply: with_body(reply, "IN_PROGRESS", "RUNNING"),
        "no model in the result": lambda _, reply: with_body(reply, '"model"', '"made_by"'),
        "a submission without headers": lambda _, reply: reply._replace(headers={}) if reply.status == 201 else reply,
        "URLs of the other host": lambda _, reply: with_body(reply, "//queue.", "//run."),
        "an id outside of the job": lambda _, reply: with_body(reply, '"job": {"id"', '"work": {"id"'),
    },
}


@pytest.mark.parametrize("number", range(6))
def test_a_wrong_service_of_each_provider_has_drift(provider: str, number: int, run: Run) -> None:
    name, change = list(WRONG[provider].items())[number]
    results = run(changed(correct_service(provider), change))
    assert any(verdict.outcome == "drift" for _, verdict in results), name
