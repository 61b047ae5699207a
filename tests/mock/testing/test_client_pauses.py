"""Pauses of the generated client advance the fixture's clock: a test that waits a minute takes no time."""

from __future__ import annotations

import asyncio
import importlib
import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import segmind_client
from segmind_client import AsyncSegmindClient, Hooks, RequestOptions, SegmindClient
from segmind_client.errors import InferenceTimeout
from segmind_mock.testing import SegmindMock
from tests.waiting import LIMIT_S

pytest_plugins = ["segmind_mock.pytest_plugin"]

SLUG = "tinysd1.5-txt2img"
FROZEN = pytest.mark.segmind_mock(frozen=True)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause that really waits is a failure, not a long test."""
    real = asyncio.sleep

    def wait(seconds: float) -> None:
        raise AssertionError(f"time.sleep({seconds})")

    async def wait_async(seconds: float, result: object = None) -> object:
        assert threading.current_thread() is not threading.main_thread() or seconds == 0, f"asyncio.sleep({seconds})"
        return await real(seconds, result)

    monkeypatch.setattr(time, "sleep", wait)
    monkeypatch.setattr(asyncio, "sleep", wait_async)


@pytest.fixture(params=["segmind_mock", "segmind_mock_server"])
def mock(request: pytest.FixtureRequest) -> SegmindMock:
    found: SegmindMock = request.getfixturevalue(request.param)
    return found


def call(client: ModuleType, options: RequestOptions) -> None:
    with client.SegmindClient(options=options) as opened:
        opened.tinysd1_5_txt2img.generate(prompt="fog")


def call_async(client: ModuleType, options: RequestOptions) -> None:
    async def calling() -> None:
        async with client.AsyncSegmindClient(options=options) as opened:
            await opened.tinysd1_5_txt2img.generate(prompt="fog")

    asyncio.run(calling())


CALLS = pytest.mark.parametrize("call", [call, call_async], ids=["sync", "asyncio"])


@CALLS
@FROZEN
def test_a_rate_limit_advances_the_clock_by_its_pauses(
    call: Callable[[ModuleType, RequestOptions], None], mock: SegmindMock
) -> None:
    pauses: list[float] = []
    mock.scenario("rate-limited", times=2)
    before = mock.clock.now()
    call(segmind_client, RequestOptions(hooks=Hooks(retry=lambda request, error, pause: pauses.append(pause))))
    assert [request.status for request in mock.requests] == [429, 429, 200]
    assert sum(pauses) > 100
    assert mock.clock.now() - before == pytest.approx(sum(pauses), abs=1e-3)


@CALLS
def test_the_end_of_a_rate_limit_is_read_by_the_mocks_clock(
    call: Callable[[ModuleType, RequestOptions], None], mock: SegmindMock
) -> None:
    mock.clock.advance(1e6)
    mock.scenario("rate-limited")
    call(segmind_client, RequestOptions())
    assert [request.status for request in mock.requests] == [429, 200]


@CALLS
@pytest.mark.parametrize("scenario", ["reset-before-body", "status-429"])
def test_a_retry_after_any_failure_takes_no_time(
    call: Callable[[ModuleType, RequestOptions], None], scenario: str, mock: SegmindMock
) -> None:
    mock.scenario(scenario)
    call(segmind_client, RequestOptions(at_least_once=True))
    assert len(mock.requests) == 2


@CALLS
def test_a_vendored_copy_under_any_name_advances_the_clock(
    call: Callable[[ModuleType, RequestOptions], None],
    segmind_mock: SegmindMock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"acme_pictures_{call.__name__}"
    assert segmind_client.__file__ is not None
    shutil.copytree(Path(segmind_client.__file__).parent, tmp_path / name)
    monkeypatch.syspath_prepend(tmp_path)
    segmind_mock.scenario("rate-limited", times=2)
    before = segmind_mock.clock.now()
    call(importlib.import_module(name), RequestOptions())
    assert segmind_mock.clock.now() - before > 100


@pytest.mark.segmind_mock(queue="polls:20", frozen=True)
def test_polls_advance_the_clock(mock: SegmindMock) -> None:
    before = mock.clock.now()
    with SegmindClient() as client:
        client.run(SLUG, prompt="fog")
    assert mock.clock.now() - before == pytest.approx(20, abs=1)


@pytest.mark.segmind_mock(queue="time:30", frozen=True)
def test_a_job_that_takes_time_ends_by_the_pauses(mock: SegmindMock) -> None:
    async def calling() -> None:
        async with AsyncSegmindClient() as client:
            job = await client.tinysd1_5_txt2img.submit(prompt="fog")
            assert (await job.wait())["status"] == "COMPLETED"

    before = mock.clock.now()
    asyncio.run(calling())
    assert mock.clock.now() - before == pytest.approx(30, abs=1)


@FROZEN
def test_a_wait_for_a_job_that_never_ends_gives_up(segmind_mock: SegmindMock) -> None:
    segmind_mock.scenario("stuck")
    before = segmind_mock.clock.now()
    with SegmindClient() as client:
        job = client.tinysd1_5_txt2img.submit(prompt="fog")
        with pytest.raises(InferenceTimeout, match="60"):
            job.wait(timeout=60, interval=5)
    assert segmind_mock.clock.now() - before == pytest.approx(60, abs=5)


@pytest.mark.segmind_mock(queue="polls:20", frozen=True)
def test_waits_at_the_same_time_take_no_longer_than_one(segmind_mock: SegmindMock) -> None:
    async def calling() -> None:
        async with AsyncSegmindClient() as client:
            jobs = await asyncio.gather(*(client.tinysd1_5_txt2img.submit(prompt=f"fog {n}") for n in range(8)))
            await asyncio.gather(*(job.wait() for job in jobs))

    before = segmind_mock.clock.now()
    asyncio.run(calling())
    assert segmind_mock.clock.now() - before == pytest.approx(20, abs=1)
    assert len([request for request in segmind_mock.requests if request.path.endswith("/status")]) == 8 * 21


def test_the_command_and_its_batches_take_no_time(segmind_mock: SegmindMock, tmp_path: Path) -> None:
    from segmind_client.cli import main

    lines = tmp_path / "lines.jsonl"
    lines.write_text(json.dumps({"prompt": "fog"}))
    segmind_mock.scenario("rate-limited", times=7)
    before = segmind_mock.clock.now()
    # Three attempts of the client, then the batch pauses by itself.
    assert main([SLUG, "--batch", str(lines), "--sync", "--quiet"]) == 0
    assert [request.status for request in segmind_mock.requests] == [429] * 7 + [200]
    segmind_mock.scenario("rate-limited")
    assert main([SLUG, "--prompt", "fog", "--out", str(tmp_path / "fog.jpeg"), "--async", "--quiet"]) == 0
    assert segmind_mock.clock.now() - before > 300


def test_a_transport_of_the_mock_advances_the_clock(segmind_mock: SegmindMock) -> None:
    segmind_mock.scenario("rate-limited")
    before = segmind_mock.clock.now()
    with SegmindClient(transport=segmind_mock.transport(), base_url="http://elsewhere.example") as client:
        client.tinysd1_5_txt2img.generate(prompt="fog")
    assert segmind_mock.clock.now() - before > 50


def test_threads_have_times_of_their_own(segmind_mock: SegmindMock) -> None:
    # One thread may get all four answers: so five attempts are enough for any of them.
    segmind_mock.scenario("rate-limited", times=4)
    failures: list[BaseException] = []

    def calling() -> None:
        try:
            with SegmindClient(options=RequestOptions(max_attempts=5)) as client:
                client.run(SLUG, prompt="fog")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=calling, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert not failures


def test_time_sleep_stays_the_users(segmind_mock: SegmindMock, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    segmind_mock.scenario("rate-limited")
    with SegmindClient() as client:
        client.tinysd1_5_txt2img.generate(prompt="fog")
    assert slept == []
    time.sleep(3)
    assert slept == [3]


def test_pauses_wait_without_a_mock(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx2

    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    answers = iter([429, 400])
    transport = httpx2.MockTransport(lambda request: httpx2.Response(next(answers), headers={"retry-after": "7"}))
    with SegmindClient("a-test-key", transport=transport) as client, pytest.raises(segmind_client.StatusError):
        client.tinysd1_5_txt2img.generate(prompt="fog")
    assert slept == [7.0]


def test_a_client_that_outlives_its_mock_does_not_fail_for_that() -> None:
    from segmind_mock.testing import MockClock
    from segmind_mock.testing.inprocess import ConnectionClosed
    from segmind_mock.testing.pauses import ClientPauses

    class Gone(MockClock):
        def __init__(self) -> None: ...

        def advance(self, seconds: float) -> None:
            raise ConnectionClosed("closed")

    pauses = ClientPauses(Gone())
    pauses.pause_until(3)
    assert pauses.paused == 3
