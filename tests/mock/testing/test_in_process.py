"""An ASGI application called without a socket: its callers see what they would see over one."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import ModuleType
from typing import Any, TypeAlias

import httpx
import httpx2
import pytest
import requests

from segmind_mock import testing
from segmind_mock.server.asgi import Application, Receive, Scope, Send
from segmind_mock.testing.inprocess import InProcess, LoopThread
from segmind_mock.testing.interception import Address, Interception
from segmind_mock.testing.transports import async_transport, transport
from tests.waiting import LIMIT_S

LIBRARIES = pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    """Breaks off as its path says: /abort or /close, before the answer or in its middle, announced or in chunks."""
    _, how, when, form = scope["path"].split("/")
    if when == "middle":
        announced = [(b"content-length", b"100")] if form == "announced" else []
        await send({**START, "headers": START["headers"] + announced})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await asyncio.sleep(0)
    scope["extensions"]["segmind_mock"][how]()


def break_off(connection: socket.socket) -> None:
    """Send the request over a real socket."""
    with connection:
        head = connection.recv(65536)
        _, how, when, form = head.split(b" ")[1].decode().split("/")
        if when == "middle":
            body = b"content-length: 100\r\n\r\nhalf"
            if form == "chunked":
                body = b"transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"
            connection.sendall(HEAD + body)
            # The caller shall have read this much: a reset throws away what has not been read.
            read.wait(LIMIT_S)
            read.clear()
        if how == "abort":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


read = threading.Event()


@pytest.fixture(scope="module")
def real_url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                break_off(connection)

        # It waits for a connection as long as the tests of this module run, and until the socket is shut down.
        server.settimeout(None)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(LIMIT_S)


@pytest.fixture(scope="module")
def thread() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()


#: Makes a mock of an ASGI application and leads requests into it.
Lead: TypeAlias = Callable[[Application], InProcess]


@pytest.fixture
def lead(thread: LoopThread, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lead]:
    """Leads what is sent to http://mock.test into an application."""
    made: list[InProcess] = []
    with ExitStack() as stack:

        def leading(app: Application) -> InProcess:
            made.append(InProcess(thread, app))
            stack.enter_context(Interception(made[-1], [Address("mock.test")]).installed(monkeypatch))
            return made[-1]

        yield leading
        monkeypatch.undo()
    for mock in made:
        mock.finish()


def outcome(call: Callable[[], object]) -> list[str]:
    """The error with its causes, by name; the innermost differ, since no socket is there to fail."""
    with pytest.raises(Exception) as caught:
        call()
    return [f"{type(caught.value).__module__}.{type(caught.value).__name__}"]


def stream(library: ModuleType, url: str) -> None:
    with library.Client(trust_env=False) as client, client.stream("GET", url) as response:
        for piece in response.iter_raw():
            assert piece == b"half"
            read.set()


def stream_async(library: ModuleType, url: str) -> None:
    async def streaming() -> None:
        async with library.AsyncClient(trust_env=False) as client, client.stream("GET", url) as response:
            async for piece in response.aiter_raw():
                assert piece == b"half"
                read.set()

    asyncio.run(streaming())


def stream_requests(_: ModuleType, url: str) -> None:
    with requests.Session() as session, session.get(url, stream=True) as response:
        for piece in response.iter_content(4):
            assert piece == b"half"
            read.set()


CALLERS = {
    "httpx2": (stream, httpx2),
    "httpx2-async": (stream_async, httpx2),
    "httpx": (stream, httpx),
    "httpx-async": (stream_async, httpx),
    "requests": (stream_requests, requests),
}


@pytest.mark.parametrize(
    "path",
    [
        "/abort/before/-",
        "/close/before/-",
        "/abort/middle/announced",
        "/abort/middle/chunked",
        "/close/middle/announced",
        "/close/middle/chunked",
    ],
)
@pytest.mark.parametrize("caller", CALLERS)
def test_a_broken_connection_looks_as_over_a_socket(caller: str, path: str, real_url: str, lead: Lead) -> None:
    call, library = CALLERS[caller]
    read.clear()
    over_a_socket = outcome(lambda: call(library, real_url + path))
    lead(broken)
    read.clear()
    assert outcome(lambda: call(library, "http://mock.test" + path)) == over_a_socket


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    """Begins an answer if the path says so, and then waits for its caller to go."""
    if scope["path"] == "/begins":
        await send(START)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


@LIBRARIES
@pytest.mark.parametrize("path", ["/never", "/begins"])
def test_the_callers_patience_counts(library: ModuleType, path: str, lead: Lead) -> None:
    lead(slow)
    with library.Client(timeout=0.02) as client, pytest.raises(library.ReadTimeout):
        client.get("http://mock.test" + path)

    async def call() -> None:
        async with library.AsyncClient(timeout=0.02) as client:
            await client.get("http://mock.test" + path)

    with pytest.raises(library.ReadTimeout):
        asyncio.run(call())


def test_the_patience_of_requests_counts(lead: Lead) -> None:
    lead(slow)
    with pytest.raises(requests.ReadTimeout):
        requests.get("http://mock.test/never", timeout=0.02)
    # So requests puts it when the body is late. The head is not: it comes at once.
    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        requests.get("http://mock.test/begins", timeout=(5, 2))


async def wrong(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError


async def short(scope: Scope, receive: Receive, send: Send) -> None:
    """Says that it sends more than it does, and ends as if all were well."""
    await send({**START, "headers": [(b"content-length", b"100")]})
    await send({"type": "http.response.body", "body": b"half"})


@pytest.mark.parametrize("app", [wrong, short])
def test_an_application_that_fails_does_not_leave_its_caller_waiting(
    app: Application, lead: Lead, caplog: pytest.LogCaptureFixture
) -> None:
    lead(app)
    for library in (httpx2, httpx):
        with pytest.raises(library.RemoteProtocolError):
            library.get("http://mock.test/")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        requests.get("http://mock.test/")
    assert ("ZeroDivisionError" in caplog.text) == (app is wrong)


def test_what_is_under_way_at_the_end_is_broken_off(thread: LoopThread) -> None:
    begun = threading.Event()
    ended: list[str] = []

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("the task")

    mock = InProcess(thread, endless)

    def call() -> None:
        with httpx2.Client(transport=transport(httpx2, mock)) as client, pytest.raises(httpx2.RemoteProtocolError):
            client.get("http://mock.test/")
        ended.append("the call")

    caller = threading.Thread(target=call)
    caller.start()
    assert begun.wait(LIMIT_S)
    mock.finish()
    caller.join(LIMIT_S)
    assert ended == ["the task", "the call"]

    async def late() -> None:
        async with httpx2.AsyncClient(transport=async_transport(httpx2, mock)) as client:
            await client.get("http://mock.test/")

    with pytest.raises(httpx2.RemoteProtocolError):
        asyncio.run(late())


def test_nothing_is_left_of_a_closed_loop() -> None:
    before = set(threading.enumerate())
    thread = LoopThread()
    mock = InProcess(thread, slow)
    with httpx2.Client(transport=transport(httpx2, mock)) as client:
        response = client.send(client.build_request("GET", "http://mock.test/begins"), stream=True)
        pieces = response.iter_raw()
        assert next(pieces) == b"half"
        thread.close()
        with pytest.raises(httpx2.RemoteProtocolError):
            next(pieces)
    gc.collect()
    # Threads of earlier tests may end meanwhile.
    assert set(threading.enumerate()) <= before
    assert thread.loop.is_closed()


def test_former_names_of_the_test_interface_still_work() -> None:
    assert testing.Door is testing.AdminConnection
    assert testing.SocketDoor is testing.SocketAdmin
    assert testing.Stage is testing.SwitchableApp
    assert all(hasattr(testing, name) for name in testing.__all__)
