"""State that outlives a process and is shared between processes: not a millionth is lost, and no job."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from segmind_mock.api.generation_request import read_generation_request
from segmind_mock.server.cli import main
from segmind_mock.spec.facts import Model
from segmind_mock.state.clock import Clock
from segmind_mock.state.money import dollars, micros
from segmind_mock.state.store import Bounds
from segmind_mock.state.store.sqlite import SQLiteStore
from tests.mock.conftest import MakeMock, PayloadOf, Start, submit_path
from tests.mock.state.crowd import post_many
from tests.waiting import LIMIT_S, until

KEY = "crowd-key-0123456789"
CALLS = 10_000


def account(url: str) -> dict[str, Any]:
    (found,) = httpx2.get(url + "/__mock/credits", headers={"x-api-key": KEY}).json()["accounts"]
    return dict(found)


def test_ten_thousand_calls_at_once_in_one_process(make_mock: MakeMock, large: Model, payload: PayloadOf) -> None:
    price = make_mock().app.mock.price(large, {}, read_generation_request(large, {}))[0]
    mock = make_mock(credits=price * (CALLS - 100), jobs_per_key=CALLS)

    async def many() -> list[int]:
        gate = asyncio.Semaphore(500)

        async def one() -> int:
            async with gate:
                answer = await mock.client.post(submit_path(large), json=payload(large), headers={"x-api-key": KEY})
                code: int = answer.status_code
                return code

        return await asyncio.gather(*(one() for _ in range(CALLS)))

    statuses = mock.run(many())
    assert (statuses.count(200), statuses.count(406)) == (CALLS - 100, 100)
    left = mock.account(KEY)
    assert (left.credits, left.charged) == (0, price * (CALLS - 100))


@pytest.mark.parametrize("kind", ["workers", "hosts"])
def test_ten_thousand_calls_through_two_processes(
    start: Start, large: Model, payload: PayloadOf, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Two workers behind one socket share a file; two mocks, as on two hosts, share a Redis."""
    price = micros(large.price_usd or "0.01")
    credits = dollars(price * (CALLS - 100))
    with ExitStack() as running:
        if kind == "workers":
            state = str(tmp_path / "state.db")
            urls = [running.enter_context(start("--workers", "2", "--state", state, "--credits", credits))[1]] * 2
        else:
            state = request.getfixturevalue("fresh_redis")
            urls = [running.enter_context(start("--state", state, "--credits", credits))[1] for _ in range(2)]
        answers = post_many(urls, submit_path(large), payload(large), KEY, CALLS, 16)
        statuses = [answer.status for answer in answers]
        assert (statuses.count(200), statuses.count(406)) == (CALLS - 100, 100)
        for url in urls:
            seen = account(url)
            assert (micros(seen["credits"]), micros(seen["charged"])) == (0, price * (CALLS - 100))
            assert seen["jobs"] == CALLS - 100
        job = answers[0].body["request_id"]
        states = [
            httpx2.get(f"{url}/v2/requests/{job}/status", headers={"x-api-key": KEY}).json()["status"]
            for url in (*urls, *urls)
        ]
        assert states == ["QUEUED", "PROCESSING", "COMPLETED", "COMPLETED"], "both move the same job"


def test_a_kill_in_the_middle_loses_nothing(start: Start, large: Model, payload: PayloadOf, tmp_path: Path) -> None:
    """Every answer from before the kill is still valid after it, and exactly the accepted jobs were charged."""
    state, price = str(tmp_path / "state.db"), micros(large.price_usd or "0.01")
    answered = 0
    accepted: list[str] = []
    for round in range(3):
        with start("--state", state, "--credits", "1000") as (process, url):
            seen = account(url)
            assert micros(seen["credits"]) + micros(seen["charged"]) == micros(1000)
            assert micros(seen["charged"]) == seen["jobs"] * price
            assert len(accepted) <= seen["jobs"] <= len(accepted) + 8 * round, "at most what was under way is extra"
            if accepted:
                poll = f"{url}/v2/requests/{accepted[-1]}/status"
                assert httpx2.get(poll, headers={"x-api-key": KEY}).status_code == 200
            journal = httpx2.get(f"{url}/__mock/requests?last=100000&method=POST", headers={"x-api-key": KEY}).json()
            assert set(accepted) <= {entry["request_id"] for entry in journal["requests"]}
            jobs = seen["jobs"] + 20

            def kill_in_the_middle(process: subprocess.Popen[str] = process, url: str = url, jobs: int = jobs) -> None:
                until(lambda: account(url)["jobs"] >= jobs)
                process.kill()

            killing = threading.Thread(target=kill_in_the_middle, daemon=True)
            killing.start()
            answers = post_many([url], submit_path(large), payload(large), KEY, 100_000, 8)
            killing.join(LIMIT_S)
            assert process.wait(LIMIT_S) < 0
            accepted += [answer.body["request_id"] for answer in answers if answer.status == 200]
            assert len(accepted) > answered, "the kill came before anything was done"
            answered = len(accepted)


def test_the_clock_is_shared_and_survives(start: Start, tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    with start("--state", state) as (_, one), start("--state", state) as (_, two):
        httpx2.post(one + "/__mock/clock", json={"advance": 100_000, "freeze": True})
        ahead = httpx2.get(two + "/__mock/clock").json()
        assert ahead["frozen"] is True
        assert ahead["now"] > time.time() + 90_000
    with start("--state", state) as (_, url):
        assert httpx2.get(url + "/__mock/clock").json() == ahead


def test_a_reset_of_one_key_leaves_the_others(start: Start, large: Model, payload: PayloadOf, tmp_path: Path) -> None:
    with start("--state", str(tmp_path / "state.db")) as (_, url):
        for key in ("first-key", "second-key"):
            httpx2.post(url + submit_path(large), json=payload(large), headers={"x-api-key": key})
        httpx2.post(url + "/__mock/reset", json={"key": "first-key"})
        left = httpx2.get(url + "/__mock/requests").json()["requests"]
        assert len(left) == 1
        assert [one["jobs"] for one in httpx2.get(url + "/__mock/credits").json()["accounts"]] == [1]


def test_no_key_is_written_down(start: Start, large: Model, tmp_path: Path) -> None:
    marker, state = "SG_marker_0123456789abcdef", tmp_path / "state.db"
    with start("--state", str(state)) as (_, url):
        payload = {**large.example, "prompt": f"my key is {marker}"}
        headers = {"x-api-key": marker, "authorization": f"Bearer {marker}", "cookie": f"k={marker}"}
        assert httpx2.post(url + submit_path(large), json=payload, headers=headers).status_code == 200
        httpx2.get(f"{url}/v2/requests/{marker}/status", headers=headers)
        httpx2.post(url + submit_path(large), json={marker: marker}, headers=headers)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"/v2/requests/key-" in written
    assert marker.encode() not in written


def foreign_file(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("create table mine (id)")
    database.close()


def other_version(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("pragma user_version = 99")
    database.close()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (foreign_file, "a file of another program or version"),
        (other_version, "a file of another program or version"),
        (lambda path: path.write_bytes(b"x" * 5000), "not a database"),
        (Path.mkdir, "unable to open"),
    ],
)
def test_a_file_that_is_not_ours_is_left_alone(
    spoil: Callable[[Path], object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    assert main(["--port", "0", "--state", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err and str(path) in err
    assert (path.read_bytes() if path.is_file() else b"") == before


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://user:secret-word@127.0.0.1:1/0", "redis://x:y/z"])
def test_a_redis_that_is_not_there_is_one_line(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "--state", url]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "127.0.0.1:1" in err or "x:y" in err
    assert "secret-word" not in err


def test_workers_that_start_at_once_share_a_new_file(tmp_path: Path) -> None:
    """None of them takes the tables that another is making for a stranger's."""

    def opened(location: Path, together: threading.Barrier) -> None:
        together.wait(LIMIT_S)
        SQLiteStore(Clock(), Bounds(1, 1, 1, 1, 1, 1), str, str(location))

    with ThreadPoolExecutor(4) as pool:
        for number in range(60):
            together = threading.Barrier(4)
            started = [pool.submit(opened, tmp_path / f"{number}.db", together) for _ in range(4)]
            assert [each.result() for each in started] == [None] * 4
