"""Limits of the mock under load and for any input."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time

import httpx2
import pytest

from segmind_mock.api.generation_request import GenerationRequest
from segmind_mock.media import rendering
from segmind_mock.spec.facts import Model
from tests.mock.conftest import MakeMock, MockCaller, PayloadOf, submit_path, sync_path
from tests.waiting import LIMIT_S

SECRET = "SG_a_secret_in_the_wrong_place"


def test_drawing_does_not_hold_up_the_others(
    mock: MockCaller, large: Model, payload: PayloadOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, begun, answered = rendering.render_image, threading.Event(), threading.Event()

    def waits(order: GenerationRequest, number: int) -> bytes:
        begun.set()
        # Only a loop that is free can answer another request before this one.
        assert answered.wait(LIMIT_S)
        return real(order, number)

    monkeypatch.setattr(rendering, "render_image", waits)

    async def ask() -> int:
        drawing = asyncio.ensure_future(
            mock.client.post(sync_path(large), json=payload(large), headers={"x-api-key": "k"})
        )
        while not begun.is_set():
            await asyncio.sleep(0)
        assert (await mock.client.get("/__mock/health")).status_code == 200
        answered.set()
        return int((await drawing).status_code)

    assert mock.run(ask()) == 200


def test_image_files_under_way_stay_within_the_pixels(
    make_mock: MakeMock, large: Model, payload: PayloadOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    mock = make_mock(pixels_in_flight=3 * 512 * 512)
    real, lock = rendering.render_image, threading.Lock()
    inside: list[int] = []
    most: list[int] = []
    together: list[int] = []

    def counted(order: GenerationRequest, number: int) -> bytes:
        with lock:
            inside.append(order.pixels)
            most.append(sum(inside))
            together.append(len(inside))
        try:
            return real(order, number)
        finally:
            with lock:
                inside.remove(order.pixels)

    monkeypatch.setattr(rendering, "render_image", counted)
    sizes = [(512, 512), (1024, 512), (768, 1024), (512, 512), (64, 64)] * 4

    async def many() -> list[httpx2.Response]:
        calls = (
            mock.client.post(
                sync_path(large),
                json=payload(large) | {"width": width, "height": height, "seed": seed},
                headers={"x-api-key": "k"},
            )
            for seed, (width, height) in enumerate(sizes)
        )
        return await asyncio.gather(*calls)

    assert {answer.status_code for answer in mock.run(many())} == {200}
    assert max(most) <= 3 * 512 * 512
    assert max(together) <= (os.cpu_count() or 1)
    assert len(most) == len(sizes)
    too_large = mock.post(sync_path(large), payload(large) | {"width": 2048, "height": 2048})
    assert (too_large.status_code, len(most)) == (400, len(sizes))


@pytest.mark.parametrize("seed", [2**31, 2**53 + 1, 999_999_999_999_999])
def test_large_integers_are_exact(mock: MockCaller, large: Model, payload: PayloadOf, seed: int) -> None:
    answer = mock.post(sync_path(large), payload(large) | {"seed": seed})
    if answer.status_code == 200:
        assert answer.headers["x-seed-value"] == str(seed)
    else:
        assert str(seed) in answer.json()["error"]
    entry = mock.get("/__mock/requests").json()["requests"][-1]
    assert entry["payload"]["seed"] == seed


def test_a_number_with_a_point_is_no_integer(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    steps = large.example.get("steps", 25)
    for path in (sync_path(large), submit_path(large)):
        answer = mock.post(path, payload(large) | {"steps": float(steps)})
        assert answer.status_code == 400
        assert "steps" in answer.json()["error"]


@pytest.mark.parametrize(
    "header",
    [
        "authorization",
        "api-key",
        "x-auth-token",
        "x-goog-api-key",
        "proxy-authorization",
        "cookie",
        "x-amz-security-token",
        "x-secret",
    ],
)
def test_a_secret_in_another_place_is_not_kept(
    mock: MockCaller, large: Model, payload: PayloadOf, caplog: pytest.LogCaptureFixture, header: str
) -> None:
    caplog.set_level(logging.DEBUG, "segmind_mock")
    for path in (sync_path(large), "/v1/nope", "/media/x/y"):
        mock.post(f"{path}?key={SECRET}", payload(large), headers={header: f"Bearer {SECRET}"})
    assert len(caplog.messages) == 3
    assert SECRET not in caplog.text
    assert SECRET not in mock.get("/__mock/requests").text


def test_words_about_a_payload_do_not_grow_with_it(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    long = "x" * 200_000
    wrong = payload(large) | {"sampler": [long], long: 1, "steps": {long: long}, "aspect_ratio": long}
    for path in (sync_path(large), submit_path(large)):
        answer = mock.post(path, wrong)
        assert answer.status_code == 400
        assert len(answer.content) < 10_000


def test_a_long_wrong_value_is_refused_as_fast_as_it_is_read(large: Model, payload: PayloadOf) -> None:
    def seconds(length: int) -> float:
        body = json.dumps(payload(large) | {"aspect_ratio": "x" * length})
        begin = time.thread_time()
        for _ in range(5):
            assert large.validate(json.loads(body))
        return time.thread_time() - begin

    seconds(10)
    # Looking for the value that was meant takes far longer than reading, if it is done for a text like this.
    assert seconds(1_000_000) < 50 * seconds(10) + 20 * sum(_reading(1_000_000) for _ in range(5))


def _reading(length: int) -> float:
    body = json.dumps("x" * length)
    begin = time.thread_time()
    json.loads(body)
    return time.thread_time() - begin
