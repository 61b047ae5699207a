"""The validation proxy before models of every medium: no findings about true answers, and findings about wrong ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

ORIGIN = "https://api.segmind.com"
SLUGS = sorted(path.stem for path in (Path(__file__).parent / "models").glob("*.yaml"))
Bend = Callable[[dict[str, Any]], dict[str, Any]]


class Checks(NamedTuple):
    """The checks of the mock's package, applied to what its own mock answers in process."""

    package: str
    process: Any
    client: Any

    def module(self, name: str) -> ModuleType:
        return import_module(f"{self.package}.{name}")

    def model(self, slug: str) -> Any:
        return self.module("spec.catalog").get(slug)

    def observed(self, endpoint: str, method: str, path: str, **facts: object) -> object:
        kind = self.module("checks.observed_exchange").ObservedExchange
        return kind(endpoint, method, path, origin=ORIGIN, began=facts.pop("began", 1.0), ended=2.0, **facts)


@pytest.fixture(scope="module")
def checks(media_mock: ModuleType) -> Iterator[Checks]:
    import httpx2

    with (
        media_mock.serving() as running,
        httpx2.Client(base_url=running.url, headers={"x-api-key": "a-key-of-tests"}, timeout=60) as client,
    ):
        yield Checks(media_mock.__name__, running, client)


def _answer(response: Any) -> dict[str, Any]:
    return {"status": response.status_code, "headers": dict(response.headers), "body": response.content}


def _sync(
    checks: Checks, slug: str, bend: Callable[[bytes], bytes] = bytes, changes: dict[str, object] | None = None
) -> list[str]:
    """Return the codes of the findings about a synchronous answer, changed by `bend`."""
    model = checks.model(slug)
    payload = {**model.example, **(changes or {})}
    answer = _answer(checks.client.post(model.sync.path, json=payload))
    answer["body"] = bend(answer["body"])
    observed = checks.observed("sync", "POST", model.sync.path, model=model, payload=payload, **answer)
    found = checks.module("checks.drift").check_answer(observed)
    return [finding.code for finding in found]


def _queue(checks: Checks, slug: str, bend: Bend = dict, knows: bool = True) -> list[str]:
    """Return the codes of the findings about a job, whose result is changed by `bend`."""
    model, client = checks.model(slug), checks.client
    drift, sequence = checks.module("checks.drift"), checks.module("checks.sequence").SequenceChecker()
    job = client.post(model.submit.path, json=model.example)
    while client.get(job.json()["status_url"]).json()["status"] != "COMPLETED":
        pass
    request_id = job.json()["request_id"]
    if knows:
        submitted = checks.observed(
            "submit", "POST", model.submit.path, model=model, payload=model.example, **_answer(job)
        )
        sequence.observe(submitted, sequence.begin(True), True)
    answer = _answer(client.get(job.json()["response_url"]))
    moved = json.loads(answer["body"].replace(str(client.base_url).rstrip("/").encode(), ORIGIN.encode()))
    answer["body"] = json.dumps(bend(moved)).encode()
    observed = checks.observed(
        "result",
        "GET",
        f"/v2/requests/{request_id}",
        request_id=request_id,
        medium=sequence.medium_of(request_id),
        **answer,
        began=3.0,
    )
    found = [*drift.check_answer(observed), *sequence.observe(observed, sequence.begin(False), False)]
    if knows and isinstance(moved.get("output"), str) and moved["output"].startswith(ORIGIN):
        path = moved["output"].removeprefix(ORIGIN)
        file = checks.observed("other", "GET", path, **_answer(client.get(path)), began=4.0)
        found += sequence.observe(file, sequence.begin(False), False)
    return [finding.code for finding in found]


@pytest.mark.parametrize("slug", SLUGS)
def test_true_answers_have_no_findings(checks: Checks, slug: str) -> None:
    model = checks.model(slug)
    if model.sync is not None:
        assert _sync(checks, slug) == []
        if model.output.base64 is not None:
            assert _sync(checks, slug, changes={model.output.base64: True}) == []
    assert _queue(checks, slug) == []
    assert _queue(checks, slug, knows=False) == []


def _chat(**changes: object) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps({**json.loads(body), **changes}).encode()


@pytest.mark.parametrize(
    ("slug", "bend", "code"),
    [
        ("mist-text2video", lambda _: b"\xff\xd8\xff\xd9", "wrong-kind"),
        ("mist-text2video", lambda body: body[: len(body) // 2], "wrong-kind"),
        ("mist-text2video", lambda _: b"", "empty-body"),
        ("mist-text2video", lambda _: b"{}", "json-on-200"),
        ("murmur-tts", lambda body: body[:30], "wrong-kind"),
        ("facet-3d", lambda body: body[:20], "wrong-kind"),
        ("quill-chat", lambda _: b"hello", "wrong-kind"),
        ("quill-chat", _chat(choices="hello"), "wrong-type"),
        ("ember-text", _chat(content="hello"), "wrong-type"),
        ("sift-embed", _chat(embeddings=[[0.5]]), "wrong-length"),
        ("sift-embed", lambda _: b"{}", "missing-field"),
    ],
)
def test_wrong_synchronous_answers_are_found(
    checks: Checks, slug: str, bend: Callable[[bytes], bytes], code: str
) -> None:
    assert code in _sync(checks, slug, bend)


@pytest.mark.parametrize(
    ("slug", "bend", "code"),
    [
        ("mist-text2video", lambda result: {**result, "video": "x"}, "wrong-type"),
        ("mist-text2video", lambda result: {**result, "video": {**result["video"], "file_size": 7}}, "wrong-file-size"),
        ("glow-music", lambda result: {**result, "audio": {"content_type": "audio/wav"}}, "missing-field"),
        ("quill-chat", lambda result: {**result, "output": {"choices": []}}, "wrong-type"),
        ("quill-chat", lambda result: {**result, "output": "hello"}, "wrong-kind"),
        ("sift-embed", lambda result: {**result, "output": {"vectors": []}}, "missing-field"),
        ("tally-count", lambda result: {**result, "output": {**result["output"], "count": "many"}}, "wrong-type"),
    ],
)
def test_wrong_results_are_found(checks: Checks, slug: str, bend: Bend, code: str) -> None:
    assert code in _queue(checks, slug, bend)


@pytest.mark.parametrize(
    ("slug", "sent", "asked", "code"),
    [
        ("mist-text2video", {"duration": "2"}, {"duration": "5"}, "wrong-length"),
        ("mist-text2video", {"fps": 12}, {"fps": 30}, "wrong-rate"),
        ("mist-text2video", {"resolution": "160x90"}, {"resolution": "320x180"}, "wrong-size"),
        ("mist-text2video", {"format": "webm"}, {"format": "mp4"}, "wrong-format"),
        ("slate-text2video", {"aspect_ratio": "16:9"}, {"aspect_ratio": "9:16"}, "wrong-size"),
        ("slate-text2video", {"resolution": "144p"}, {"resolution": "240p"}, "wrong-size"),
        ("lantern-img2video", {"frames": 14}, {"frames": "25"}, "wrong-length"),
        ("glow-music", {"duration": 3}, {"duration": 30}, "wrong-length"),
        ("murmur-tts", {"format": "mp3"}, {"format": "wav"}, "wrong-format"),
    ],
)
def test_files_that_were_not_asked_for_are_found(
    checks: Checks, slug: str, sent: dict[str, object], asked: dict[str, object], code: str
) -> None:
    model = checks.model(slug)
    answer = _answer(checks.client.post(model.sync.path, json={**model.example, **sent}))
    payload = {**model.example, **asked}
    observed = checks.observed("sync", "POST", model.sync.path, model=model, payload=payload, **answer)
    assert code in [finding.code for finding in checks.module("checks.drift").check_answer(observed)]
