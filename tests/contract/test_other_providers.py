"""The suite of providers that are unlike ours in all that a spec can say, on small services that keep to those specs."""

from __future__ import annotations

import importlib
import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.contract.workspaces import rendered


class Reply(NamedTuple):
    """An answer of a service: a status, a body (JSON unless it is bytes) and extra headers."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}


Service = Callable[[Any], Reply]


@pytest.fixture(params=["zephyr", "acme"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def judged(
    tmp_path: Path, provider: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Service], list[tuple[Any, Any]]]]:
    """Plays every case of the provider's suite on a service, and gives the cases with their verdicts."""
    package = f"contract_of_{provider}"
    for path, content in rendered(tmp_path / "workspace", provider, "contract").items():
        file = tmp_path / package / path.removeprefix("contract/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(
        "time.sleep", lambda _: None
    )  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]

    def part(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    def play(service: Service) -> list[tuple[Any, Any]]:
        contract = part("spec.contract").load()

        def send(request: Any) -> Any:
            reply = service(request)
            plain = isinstance(reply.body, bytes)
            body = reply.body if plain else json.dumps(reply.body).encode()
            headers = {"content-type": "image/png" if plain else "application/json", **reply.headers}
            return part("service.wire").Response(reply.status, headers, body)

        budget, ledger, memory = (
            part("service.money").Budget(None),
            part("service.money").Ledger(),
            part("service.memory").Memory(),
        )
        service = part("service.place").ServiceUnderTest(
            send, "", "a-key", "", budget, ledger, True, False, False, False, memory
        )
        return [
            (case, part("service.loop").run_case(contract, service, case)) for case in part("cases").all_cases(contract)
        ]

    yield play
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


def picture(payload: dict[str, Any]) -> bytes:
    """A picture that is another one for another payload."""
    size = (payload.get("width", 8), payload.get("height", 8))
    colour = sum(json.dumps({"width": 8, "height": 8, **payload}, sort_keys=True).encode()) % 251
    out = BytesIO()
    Image.new("RGB", size, (colour, size[0], size[1])).save(out, "PNG")
    return out.getvalue()


def parameters(body: bytes, envelope: str = "") -> dict[str, Any] | None:
    """The parameters in a request's body; None if they are wrong."""

    def refuse(_: str) -> None:
        raise ValueError

    try:
        content = json.loads(body, parse_constant=refuse)
    except ValueError:
        return None
    payload = content.get(envelope) if envelope and isinstance(content, dict) else content
    if not isinstance(payload, dict) or type(payload.get("prompt")) is not str:
        return None
    sides = [payload[name] for name in ("width", "height") if name in payload]
    return payload if all(type(side) is int and 8 <= side <= 16 for side in sides) else None


def zephyr(request: Any) -> Reply:
    """Answers at once, in JSON."""

    def error(status: int) -> Reply:
        return Reply(status, {"error": {"message": "No.", "code": status}})

    if request.headers.get("authorization") != "Bearer a-key":
        return error(401)
    assert request.url == "https://api.zephyr.invalid/run/breeze"
    payload = parameters(request.body)
    if payload is None:
        return error(422)
    return Reply(200, {"result": {"image": b64encode(picture(payload)).decode()}})


class Acme:
    """A queue on another host than the synchronous calls."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.polls: dict[str, int] = {}

    def __call__(self, request: Any) -> Reply:
        url = urlsplit(request.url)
        if url.netloc == "media.acme.invalid":
            assert "authorization" not in request.headers, "the key is not for other hosts"
            return Reply(200, picture(self.jobs[url.path[1:]]))
        if request.headers.get("authorization") != "Key a-key":
            return Reply(403, {"detail": "No."})
        payload = parameters(request.body, "input")
        if (url.netloc, url.path) == ("run.acme.invalid", "/paint-2"):
            return Reply(409, {"detail": "No."}) if payload is None else Reply(200, picture(payload))
        if (url.netloc, url.path) == ("queue.acme.invalid", "/jobs/paint-2"):
            return Reply(409, {"detail": "No."}) if payload is None else self.submitted(payload)
        job, polls, _ = url.path.removeprefix("/jobs/paint-2/requests/").partition("/status")
        if url.netloc != "queue.acme.invalid" or job not in self.jobs:
            return Reply(410, {"detail": "No."})
        return (
            self.state(job)
            if polls
            else Reply(200, {"images": [{"url": f"https://media.acme.invalid/{job}"}], "seed": 1})
        )

    def submitted(self, payload: dict[str, Any]) -> Reply:
        job = f"job-{len(self.jobs)}"
        self.jobs[job], self.polls[job] = payload, 0
        address = f"https://queue.acme.invalid/jobs/paint-2/requests/{job}"
        urls = {"status": f"{address}/status", "result": address}
        return Reply(202, {"job": {"id": job, "urls": urls}}, {"x-acme-request": job})

    def state(self, job: str) -> Reply:
        self.polls[job] += 1
        states = ((202, "IN_QUEUE"), (202, "IN_PROGRESS"), (200, "OK"))
        status, state = states[min(self.polls[job], 3) - 1]
        return Reply(status, {"state": state})


def true_service(provider: str) -> Service:
    return zephyr if provider == "zephyr" else Acme()


def test_a_true_service_is_found_in_order(provider: str, judged: Callable[[Service], list[tuple[Any, Any]]]) -> None:
    played = judged(true_service(provider))
    assert [(case.id, verdict.drift) for case, verdict in played if verdict.outcome == "drift"] == []
    assert {case.needs_mock for case, verdict in played if verdict.outcome != "kept"} == {True}
    assert {case.check for case, verdict in played if verdict.outcome == "kept"} >= {
        "zephyr": {"accept", "refuse", "default", "sync-no-key", "sync-wrong-key", "sync-broken"},
        "acme": {"accept", "refuse", "job", "submit-refuses", "unknown-status", "unknown-model", "status-no-key"},
    }[provider]


def changed(service: Service, change: Callable[[Any, Reply], Reply]) -> Service:
    return lambda request: change(request, service(request))


WRONG: dict[str, dict[str, Callable[[Any, Reply], Reply]]] = {
    "zephyr": {
        "another envelope of errors": lambda _, reply: (
            reply if reply.status == 200 else reply._replace(body={"error": "No."})
        ),
        "no code beside the words": lambda _, reply: (
            reply if reply.status == 200 else reply._replace(body={"error": {"message": "No."}})
        ),
        "400 for 422": lambda _, reply: reply._replace(status=400) if reply.status == 422 else reply,
        "the file instead of JSON": lambda request, reply: (Reply(200, picture({})) if reply.status == 200 else reply),
        "base64 elsewhere": lambda _, reply: (
            reply._replace(body={"image": reply.body["result"]["image"]}) if reply.status == 200 else reply
        ),
    },
    "acme": {
        "200 for a job in the queue": lambda _, reply: (
            reply._replace(status=200) if reply.body == {"state": "IN_QUEUE"} else reply
        ),
        "another state": lambda _, reply: (
            reply._replace(body={"state": "RUNNING"}) if reply.body == {"state": "IN_PROGRESS"} else reply
        ),
        "no seed in the result": lambda _, reply: (
            reply._replace(body={"images": reply.body["images"]})
            if isinstance(reply.body, dict) and "images" in reply.body
            else reply
        ),
        "no header of a submit": lambda _, reply: reply._replace(headers={}),
        "URLs of the other host": lambda _, reply: (
            reply
            if isinstance(reply.body, bytes) or "job" not in reply.body
            else reply._replace(body=json.loads(json.dumps(reply.body).replace("//queue.", "//run.")))
        ),
    },
}


@pytest.mark.parametrize("number", range(5))
def test_a_wrong_service_is_found_out(
    provider: str, number: int, judged: Callable[[Service], list[tuple[Any, Any]]]
) -> None:
    name, change = list(WRONG[provider].items())[number]
    played = judged(changed(true_service(provider), change))
    assert any(verdict.outcome == "drift" for _, verdict in played), name
