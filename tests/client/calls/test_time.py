"""Deadlines, cancelled calls and copied clients: nothing is left open."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from segmind_client import (
    AmbiguousOutcome,
    AsyncSegmindClient,
    Budget,
    ConnectionFailed,
    Hooks,
    InferenceTimeout,
    JobHandle,
    Journal,
    RequestOptions,
    SegmindClient,
)
from segmind_client._flows.retry import poll_pause
from segmind_client._network import attempt
from segmind_client.spec.facts import Model
from segmind_client.spec.platform import PLATFORM
from tests.client.doubles import MockServer, Payload
from tests.material import absent
from tests.waiting import LIMIT_S

KEY = "SG_marker_0123456789"
_TRIES = 100
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: image/jpeg\r\ncontent-length: 100000\r\n\r\n"


class Stalling:
    """A server that sends part of a response, then nothing or single bytes, until the client disconnects."""

    def __init__(self, *pieces: bytes, drip: bytes = b"", received: Callable[[], object] = lambda: None) -> None:
        self._pieces, self._drip, self._received = pieces, drip, received
        self._over = threading.Event()
        self.gone = threading.Event()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            for piece in self._pieces:
                connection.sendall(piece)
                # The client must receive this chunk separately.
                self._over.wait(0.02)
            self._received()
            connection.settimeout(0.01)
            while not self._over.is_set():
                with suppress(TimeoutError):
                    if not connection.recv(1):
                        break
                connection.sendall(self._drip)
            self.gone.set()

    @contextmanager
    def serving(self) -> Generator[str, None, None]:
        with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(4) as threads:
            listening.settimeout(LIMIT_S)

            def accept() -> None:
                with suppress(OSError):
                    while True:
                        threads.submit(self._answer, listening.accept()[0])

            threads.submit(accept)
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            finally:
                self._over.set()
                listening.shutdown(socket.SHUT_RDWR)


SILENCES = {
    "before the answer": ((), b""),
    "in the body": ((HEAD, b"\xff\xd8" + b"x" * 1000), b""),
    "at the beginning of the body": ((HEAD,), b""),
    "in a body that drips": ((HEAD, b"\xff\xd8"), b"x"),
    "in headers that drip": ((b"HTTP/1.1 200 OK\r\nx-long: ",), b"x"),
    "in informational responses without end": ((), b"HTTP/1.1 102 Processing\r\n\r\n"),
    "in the extension of a chunk": ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=",), b"x"),
    "between chunks": ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), b""),
    "in a body of unknown length": ((b"HTTP/1.1 200 OK\r\n\r\n", b"\xff\xd8"), b""),
}


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> RequestOptions:
    """A short timeout without limits for single waits, long enough that a response starts on a busy machine."""
    monkeypatch.setattr(attempt, "_GRACE_S", 0.2)
    return RequestOptions(timeout=1.5, read_timeout=600.0, connect_timeout=600.0)


class TestTheDeadlineHolds:
    """The server waits for the client to disconnect, so a client without a deadline would hang the test."""

    @pytest.mark.parametrize("given", ["nothing", "transport", "http_client"])
    @pytest.mark.parametrize("where", SILENCES)
    def test_the_deadline_holds_for_the_blocking_client(self, hurried: RequestOptions, where: str, given: str) -> None:
        pieces, drip = SILENCES[where]
        with Stalling(*pieces, drip=drip).serving() as url, httpx2.Client() as inner:
            kinds: dict[str, dict[str, Any]] = {
                "nothing": {},
                "transport": {"transport": httpx2.HTTPTransport()},
                "http_client": {"http_client": inner},
            }
            with SegmindClient(KEY, url, options=hurried, **kinds[given]) as client, pytest.raises(AmbiguousOutcome):
                for _ in range(_TRIES):
                    # On a busy machine the timeout may be over before the connection is open.
                    with suppress(ConnectionFailed):
                        client.run_sync("m")

    @pytest.mark.parametrize("where", SILENCES)
    def test_the_deadline_holds_under_asyncio(self, hurried: RequestOptions, where: str) -> None:
        pieces, drip = SILENCES[where]

        async def use(url: str) -> None:
            async with AsyncSegmindClient(KEY, url, options=hurried) as client:
                with pytest.raises(AmbiguousOutcome):
                    for _ in range(_TRIES):
                        with suppress(ConnectionFailed):
                            await client.run_sync("m")
                assert _open_connections(client) == []
            assert asyncio.all_tasks() == {asyncio.current_task()}

        with Stalling(*pieces, drip=drip).serving() as url:
            asyncio.run(use(url))

    def test_the_deadline_holds_without_a_thread(
        self, hurried: RequestOptions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Stalling(*SILENCES["in the body"][0]).serving() as url, SegmindClient(KEY, url, options=hurried) as client:
            # The server starts its threads at the first call; none is started here.
            here = threading.get_ident()
            start = threading.Thread.start

            def refuse(thread: threading.Thread) -> None:
                if threading.get_ident() == here:
                    raise RuntimeError("can't start new thread")
                start(thread)

            monkeypatch.setattr(threading.Thread, "start", refuse)
            with pytest.raises(AmbiguousOutcome):
                for _ in range(_TRIES):
                    with suppress(ConnectionFailed):
                        client.run_sync("m")

    def test_the_deadline_of_a_wait_holds_without_responses(self, hurried: RequestOptions) -> None:
        with Stalling().serving() as url, SegmindClient(KEY, url, options=hurried._replace(max_attempts=1)) as client:
            job = client.resume(JobHandle("m", "r1", f"{url}/s", f"{url}/r"))
            with pytest.raises(InferenceTimeout) as caught:
                job.wait(timeout=0.2, interval=0.0)
            assert caught.value.handle == job.handle

    @pytest.mark.parametrize(
        ("interval", "asked", "remaining", "pause"),
        [
            (1.0, None, 9.0, 1.0),
            (1.0, 5.0, 9.0, 5.0),
            (1.0, 0.0, 9.0, 1.0),
            (1.0, 5.0, 3.0, 3.0),
            (90.0, 1e9, 1e9, 90.0),
        ],
    )
    def test_the_deadline_of_a_wait_limits_its_pauses(
        self, interval: float, asked: float | None, remaining: float, pause: float
    ) -> None:
        assert poll_pause(interval, asked, remaining, PLATFORM.limits) == pause


def _open_connections(client: AsyncSegmindClient) -> list[object]:
    """Return the connections that are neither closed nor ready for the next request."""
    pools = [http._transport._pool for http, _ in client._driver.pool._made.values()]  # type: ignore[attr-defined]
    return [each for pool in pools for each in pool.connections if not (each.is_idle() or each.is_closed())]


class CancelledAt:
    """Awaits `inner` and cancels the task at its n-th suspension."""

    def __init__(self, inner: Awaitable[object], n: int) -> None:
        self._inner = inner.__await__()
        self._n = n
        self.reached = False

    def __await__(self) -> Generator[object, object, object]:
        step, argument = self._inner.send, None
        while True:
            try:
                waiting = step(argument)
            except StopIteration as stop:
                return stop.value
            self._n -= 1
            if not self._n:
                self.reached = True
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield waiting
                step, argument = self._inner.send, None
            except BaseException as error:
                step, argument = self._inner.throw, error


class TestBrokenOff:
    def test_a_task_cancelled_at_any_point(
        self, mock: MockServer, large: Model, payload_of: Payload, tmp_path: Path
    ) -> None:
        """A cancelled call, from submit to download, leaves nothing open and has its billed request in the journal."""
        mock.set("scenarios", scenario="completed-at-once", times=500)
        journal = Journal(tmp_path / "jobs.jsonl")
        budget = Budget(max_usd=1000.0, prices={large.slug: 0.01})
        options = RequestOptions(journal=journal, budget=budget)

        async def broken_off_at(n: int) -> bool:
            async with mock.async_client(options=options) as client:

                async def draw() -> None:
                    job = await client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
                    await job.download(interval=0.0)

                breaking = CancelledAt(draw(), n)

                async def work() -> None:
                    await breaking

                task = asyncio.create_task(work())
                await asyncio.wait([task])
                assert task.cancelled() is breaking.reached
                assert _open_connections(client) == []
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return breaking.reached

        points = 0
        while asyncio.run(broken_off_at(points + 1)):
            points += 1
        assert points > 10
        gc.collect()
        contents = journal.read()
        billed = sum(entry["charged"] > 0 for entry in mock.journal("POST"))
        found = len(contents.open) + len(contents.ended) + len(contents.in_doubt)
        assert 1 <= billed <= found
        assert budget.reserved_usd == 0.0 and billed * 0.01 <= budget.spent_usd + 1e-9

    def test_an_interrupt_while_a_response_is_read(self) -> None:
        if not hasattr(signal, "pthread_kill"):
            absent("signals to a thread")

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGUSR1, interrupt)
        main = threading.main_thread().ident
        assert main is not None
        server = Stalling(HEAD, b"\xff\xd8", received=lambda: signal.pthread_kill(main, signal.SIGUSR1))
        budget = Budget(max_usd=9.0, prices={"m": 1.0})
        try:
            with server.serving() as url, SegmindClient(KEY, url, options=RequestOptions(budget=budget)) as client:
                with pytest.raises(KeyboardInterrupt):
                    client.run_sync("m")
                assert client._driver.pool.client()._transport._pool.connections == []  # type: ignore[attr-defined]
                assert server.gone.wait(LIMIT_S)
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert (budget.doubtful_usd, budget.reserved_usd) == (1.0, 0.0)


class TestCopies:
    """`with_options`, for calls whose keywords are all parameters of the model."""

    def test_a_copy_has_other_options_and_leaves_the_original_unchanged(
        self, mock: MockServer, large: Model, payload_of: Payload
    ) -> None:
        with mock.client(options=RequestOptions(headers={"x-a": "1"})) as client:
            before = client._config.settings
            copy = client.with_options(RequestOptions(timeout=900.0, headers={"x-b": "2"}))
            assert type(copy) is SegmindClient and copy.base_url == client.base_url
            copy.run_sync(large.slug, **payload_of(large))
            copy.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
            client.run_sync(large.slug, **payload_of(large))
            assert client._config.settings is before
            assert copy._config.settings.timeout == 900.0
        sent = [entry["headers"] for entry in mock.journal("POST")]
        assert [(each.get("x-a"), each.get("x-b")) for each in sent] == [("1", "2"), ("1", "2"), ("1", None)]

    def test_a_copy_does_not_share_models_that_were_used(
        self, mock: MockServer, large: Model, payload_of: Payload
    ) -> None:
        with mock.client() as client:
            client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
            copy = client.with_options(RequestOptions(headers={"x-b": "2"}))
            copy.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
            again = copy.with_options(RequestOptions(headers={"x-c": "3"}))
            again.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
        last = mock.journal("POST")[-1]["headers"]
        assert (last["x-b"], last["x-c"]) == ("2", "3")

    def test_a_copy_shares_the_connections_and_does_not_close_them(
        self, mock: MockServer, large: Model, payload_of: Payload
    ) -> None:
        client = mock.client()
        with client.with_options(RequestOptions(timeout=900.0)) as copy:
            copy.run_sync(large.slug, **payload_of(large))
            assert copy._driver.pool is client._driver.pool
        client.run_sync(large.slug, **payload_of(large))
        client.close()
        with pytest.raises(RuntimeError, match="closed"):
            copy.run_sync(large.slug, **payload_of(large))

    def test_a_copy_of_an_asyncio_client(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        async def use() -> None:
            async with mock.async_client() as client:
                async with client.with_options(RequestOptions(headers={"x-b": "2"})) as copy:
                    await copy.run_sync(large.slug, **payload_of(large))
                await client.run_sync(large.slug, **payload_of(large))

        asyncio.run(use())
        assert [entry["headers"].get("x-b") for entry in mock.journal("POST")] == ["2", None]

    def test_a_resumed_job_has_options_of_its_own(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        with mock.client() as client:
            job = client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
            asked: list[str] = []
            options = RequestOptions(hooks=Hooks(request=lambda request: asked.append(request.url)))
            result = client.resume(job.handle, options=options).wait(interval=0.0)
            before = len(asked)
            client.download(result, options=options)
        assert 0 < before < len(asked)

    def test_a_copy_of_a_subclass_keeps_its_attributes(self) -> None:
        class Ours(SegmindClient):
            team = "a"

        client = Ours(KEY)
        client.team = "b"
        copy = client.with_options(RequestOptions(max_attempts=1))
        assert type(copy) is Ours and copy.team == "b"


class TestTransports:
    def test_a_transport_sends_all_requests_and_is_closed_with_the_client(self) -> None:
        class Counting(httpx2.BaseTransport):
            sent = 0
            closed = False

            def handle_request(self, request: httpx2.Request) -> httpx2.Response:
                self.sent += 1
                return httpx2.Response(200, content=b"ok")

            def close(self) -> None:
                self.closed = True

        transport = Counting()
        with SegmindClient(KEY, transport=transport) as client:
            client.run_sync("m")
        assert (transport.sent, transport.closed) == (1, True)


@pytest.fixture
def crowded(mock: MockServer) -> Iterator[SegmindClient]:
    """A client with a single connection."""
    inner = httpx2.Client(limits=httpx2.Limits(max_connections=1))
    with inner, mock.client(http_client=inner, options=RequestOptions(connect_timeout=0.05)) as client:
        yield client


def test_to_wait_for_ones_own_connections_is_no_failure_to_connect(
    crowded: SegmindClient, mock: MockServer, large: Model, payload_of: Payload
) -> None:
    mock.set("scenarios", scenario="latency:0.1", times=3)
    with ThreadPoolExecutor(3) as threads:
        calls = [threads.submit(crowded.run_sync, large.slug, **payload_of(large)) for _ in range(3)]
        assert all(call.result().is_success for call in calls)
    assert len(mock.journal("POST")) == 3
