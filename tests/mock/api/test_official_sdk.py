"""The official SDK, unmodified, against the mock: an independent witness that the queue is played as it expects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Protocol

import httpx
import pytest
import segmind
from PIL import Image

from segmind_mock import Pace, Running, Settings, serving
from segmind_mock.spec.facts import Model
from tests.mock.conftest import PayloadOf

KEY = "sdk-key-0123456789"


class OfficialClient(Protocol):
    """The parts of the official client that tests use; it has no types."""

    _client: httpx.Client
    run: Callable[..., dict[str, Any]]
    run_sync: Callable[..., httpx.Response]
    submit_async: Callable[..., Any]


@pytest.fixture(scope="module")
def mock() -> Iterator[Running]:
    with serving(Settings(pace=Pace("polls", 2), keys=frozenset({KEY}))) as running:
        yield running


@contextmanager
def connected(mock: Running, key: str) -> Iterator[OfficialClient]:
    client = segmind.SegmindClient(api_key=key, base_url=mock.url + "/v1")
    # The SDK has no way to close its connections.
    with client._client:
        yield client


@pytest.fixture
def client(mock: Running) -> Iterator[OfficialClient]:
    with connected(mock, KEY) as client:
        yield client


def scenario(client: OfficialClient, name: str) -> None:
    client._client.headers["x-mock-scenario"] = name


def test_run_submits_and_waits(
    client: OfficialClient, model: Model, payload: PayloadOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    result = client.run(model.slug, **payload(model))
    assert result["status"] == "COMPLETED"
    assert result["output"].startswith("http://127.0.0.1:")
    assert result["metrics"]["inference_time"] > 0


def test_run_sync_gives_the_raw_answer(client: OfficialClient, model: Model, payload: PayloadOf) -> None:
    answer = client.run_sync(model.slug, **payload(model))
    assert answer.headers["content-type"] == "image/jpeg"
    Image.open(BytesIO(answer.content)).load()


def test_a_job_step_by_step(client: OfficialClient, large: Model, payload: PayloadOf) -> None:
    job = client.submit_async(large.slug, **payload(large))
    assert len(job.request_id) == 36
    assert job.result()["status"] == "QUEUED"
    assert [job.status()["status"] for _ in range(3)] == ["QUEUED", "PROCESSING", "COMPLETED"]
    assert job.wait(timeout=60, interval=0.01) == job.result()


def test_a_failed_job_raises_with_its_detail(client: OfficialClient, large: Model, payload: PayloadOf) -> None:
    scenario(client, "content-block")
    job = client.submit_async(large.slug, **payload(large))
    with pytest.raises(segmind.InferenceFailed) as failed:
        job.wait(timeout=60, interval=0.01)
    assert "blocked" in failed.value.detail
    assert job.result()["status"] == "FAILED"


def test_a_job_that_never_ends_times_out(client: OfficialClient, large: Model, payload: PayloadOf) -> None:
    scenario(client, "stuck")
    job = client.submit_async(large.slug, **payload(large))
    with pytest.raises(segmind.InferenceTimeout) as late:
        job.wait(timeout=0.1, interval=0.01)
    assert late.value.request_id == job.request_id


def test_an_unknown_id_is_404(client: OfficialClient, large: Model, payload: PayloadOf, mock: Running) -> None:
    job = client.submit_async(large.slug, **payload(large))
    job.status_url = job.status_url.replace(job.request_id, "00000000-0000-4000-8000-000000000000")
    with pytest.raises(segmind.SegmindError) as unknown:
        job.status()
    assert unknown.value.status == 404


def test_a_bad_key_is_401(large: Model, payload: PayloadOf, mock: Running) -> None:
    with connected(mock, "not-it") as stranger:
        for call in (stranger.run_sync, stranger.submit_async):
            with pytest.raises(segmind.SegmindError) as refused:
                call(large.slug, **payload(large))
            assert refused.value.status == 401


def test_wrong_parameters_reach_the_caller_in_words(client: OfficialClient, large: Model) -> None:
    with pytest.raises(segmind.SegmindError) as refused:
        client.submit_async(large.slug, prompt=1)
    assert refused.value.status == 400
    assert "sampler: is required" in refused.value.detail


def test_its_known_weakness_shows_it_gives_up_on_one_502(
    client: OfficialClient, large: Model, payload: PayloadOf
) -> None:
    scenario(client, "poll-502-once")
    job = client.submit_async(large.slug, **payload(large))
    with pytest.raises(segmind.SegmindError) as gave_up:
        job.wait(timeout=60, interval=0.01)
    assert gave_up.value.status == 502
    assert job.wait(timeout=60, interval=0.01)["status"] == "COMPLETED"
