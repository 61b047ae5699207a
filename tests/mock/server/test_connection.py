"""The ends of a connection: closed by the application, a client that is too slow or sends too much, a server that stops."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn.config

from segmind_mock.server import connection as limits
from segmind_mock.server.asgi import Receive, Scope, Send
from segmind_mock.server.connection import Connection
from segmind_mock.server.mock_server import make_server
from segmind_mock.server.running import listen
from tests.mock.sockets import read_response
from tests.waiting import LIMIT_S, until

Play = Callable[[Any, Any, Any], Awaitable[None]]
GET = b"GET /play HTTP/1.1\r\nhost: localhost\r\n\r\n"
LARGE = 3 << 20


@pytest.fixture(params=["uvloop", "asyncio"])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every kind of event loop that uvicorn may choose."""
    factories = uvicorn.config.LOOP_FACTORIES
    monkeypatch.setitem(factories, "auto", factories[request.param])
    name: str = request.param
    return name


class Server:
    def __init__(self, play: Play) -> None:
        self.server: Any = None
        self.address: tuple[str, int] = ("", 0)
        self.loop: Any = None
        self.returned = threading.Event()
        self._play = play

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        try:
            await self._play(scope, receive, send)
        finally:
            self.returned.set()

    @property
    def connections(self) -> set[Connection]:
        found: set[Connection] = self.server.server_state.connections
        return found

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=LIMIT_S)

    def on_the_loop(self, act: Callable[[], None]) -> None:
        """Act in the server's thread, between two of its events."""
        done = threading.Event()

        def call() -> None:
            act()
            done.set()

        self.loop.call_soon_threadsafe(call)
        assert done.wait(LIMIT_S)

    def pass_time(self, seconds: float) -> None:
        """Let each connection find that so much time has passed, and look whether that is too much."""

        def look() -> None:
            for connection in self.connections:
                connection._watch.cancel()
                connection._unread_since -= seconds
                if connection._since is not None:
                    connection._since -= seconds
                connection._check()

        self.on_the_loop(look)


@contextmanager
def serving(play: Play) -> Iterator[Server]:
    """Serves an application that is one function, in a thread."""
    app, ready = Server(play), threading.Event()
    with listen("127.0.0.1", 0) as bound:
        app.server = make_server(app, ready.set, shutdown_s=5)
        app.address = bound.getsockname()
        thread = threading.Thread(target=app.server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            assert ready.wait(LIMIT_S)
            yield app
        finally:
            app.server.should_exit = True
            thread.join(LIMIT_S)
            assert not thread.is_alive()


async def start_answer(send: Send, length: int) -> None:
    headers = [(b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


def read_all(connection: socket.socket) -> tuple[bytes, str]:
    """Return the bytes received and how the connection ended."""
    said = b""
    try:
        while chunk := connection.recv(1 << 16):
            said += chunk
    except ConnectionResetError:
        return said, "abort"
    return said, "close"


def ending(scope: Scope, way: str) -> None:
    scope["extensions"]["segmind_mock"][way]()


@pytest.fixture
def silence(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing is logged, and nothing written."""
    caplog.set_level(logging.INFO)
    yield
    words = [record.getMessage() for record in caplog.records if record.name != "asyncio"]
    usual = ("Started", "Finished", "Shutting", "Waiting")
    assert [word for word in words if not word.startswith(usual)] == []
    assert capfd.readouterr() == ("", "")


def is_gone(server: Server) -> bool:
    """Return whether the connection and its timers are gone."""
    until(lambda: not server.connections)
    return True


@pytest.mark.parametrize("way", ["abort", "close"])
def test_an_application_that_ends_before_any_byte_closes_the_connection(loop: str, silence: None, way: str) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        ending(scope, way)

    with serving(play) as server, server.connect() as connection:
        connection.sendall(GET)
        assert read_all(connection) == (b"", way)
        connection.close()
        assert is_gone(server)


@pytest.mark.parametrize("way", ["abort", "close"])
def test_an_application_that_ends_before_the_body_delivers_the_head(loop: str, silence: None, way: str) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        await start_answer(send, 1)
        ending(scope, way)

    with serving(play) as server, server.connect() as connection:
        connection.sendall(GET)
        said, how = read_all(connection)
        assert said.startswith(b"HTTP/1.1 200 OK\r\n") and said.endswith(b"content-length: 1\r\n\r\n")
        assert how == way
        connection.close()
        assert is_gone(server)


def test_an_answer_without_a_body_is_sent_at_once(loop: str, silence: None) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        await start_answer(send, 1)
        await send({"type": "http.response.body", "body": b"x"})

    with serving(play) as server, server.connect() as connection:
        for _ in range(2):
            connection.sendall(GET.replace(b"GET", b"HEAD"))
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            assert b"content-length: 1" in head
        connection.sendall(GET)
        assert read_response(connection)[1] == b"x"


class Wire(asyncio.Transport):
    """Keeps what was written, one entry for each call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.calls.append(bytes(data))

    def close(self) -> None:
        self.calls.append(b"closed")


@pytest.mark.parametrize(
    ("body", "pieces"), [(b"", [b""]), (b"x", [b"x"]), (b"x" * LARGE, [b"", b"x" * LARGE])], ids=["no", "short", "long"]
)
def test_a_head_is_written_with_its_body_unless_that_is_long(body: bytes, pieces: list[bytes]) -> None:
    wire = Wire()
    answers = limits.AnswerTransport(wire)
    answers.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    answers.write(b"HTTP/1.1 200 OK\r\n\r\n")
    answers.write(body)
    answers.write(b"more")
    answers.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    answers.close()
    assert wire.calls == [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + pieces[0],
        *pieces[1:],
        b"more",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"closed",
    ]


@pytest.mark.parametrize("way", ["abort", "close"])
@pytest.mark.parametrize("size", [10, LARGE])
def test_an_application_that_ends_within_a_body_delivers_what_it_wrote(
    loop: str, silence: None, way: str, size: int
) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        await start_answer(send, size + 1)
        await send({"type": "http.response.body", "body": b"x" * size, "more_body": True})
        ending(scope, way)
        await send({"type": "http.response.body", "body": b"y"})

    with serving(play) as server, server.connect() as connection:
        connection.sendall(GET)
        said, how = read_all(connection)
        head, _, body = said.partition(b"\r\n\r\n")
        assert b"content-length: %d" % (size + 1) in head
        assert how == way
        assert body == b"x" * size
        connection.close()
        assert is_gone(server)


@pytest.mark.parametrize("way", ["abort", "close"])
def test_an_application_that_ends_before_the_request_was_read_closes_the_connection(
    loop: str, silence: None, way: str
) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        await start_answer(send, 5)
        ending(scope, way)

    with serving(play) as server, server.connect() as connection:
        connection.sendall(GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\ncontent-length: 300000\r\n\r\n"))
        broken = False
        try:
            connection.sendall(b"z" * 200_000)
        except (ConnectionResetError, BrokenPipeError):
            broken = True  # under this very body; a reset is told once, and reading tells of none then
        said, how = read_all(connection)
        assert said.startswith(b"HTTP/1.1 200 ")
        assert how == way or (broken and way == "abort")


@pytest.mark.parametrize("way", ["abort", "close"])
def test_requests_behind_a_broken_answer_are_dropped(loop: str, silence: None, way: str) -> None:
    asked: list[bytes] = []

    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["query_string"])
        await start_answer(send, 2)
        if scope["query_string"] == b"2":
            await send({"type": "http.response.body", "body": b"b", "more_body": True})
            ending(scope, way)
        else:
            await send({"type": "http.response.body", "body": b"aa"})

    with serving(play) as server, server.connect() as connection:
        connection.sendall(b"".join(GET.replace(b"/play", b"/play?%d" % number) for number in range(1, 200)))
        said, how = read_all(connection)
        assert how == way
        assert (said.count(b"HTTP/1.1 200 "), asked) == (2, [b"1", b"2"])
        assert said.endswith(b"\r\n\r\nb")
        connection.close()
        assert is_gone(server)


def test_only_so_many_requests_wait_in_line(loop: str) -> None:
    gate, most = threading.Event(), list[int]()

    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        while not gate.is_set():
            most.extend(len(connection.pipeline) for connection in server.connections)
            await asyncio.sleep(0.01)
        await start_answer(send, 1)
        await send({"type": "http.response.body", "body": b"x"})

    with serving(play) as server, server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" * 10_000)
        until(lambda: limits.MOST_BEHIND in most)
        gate.set()
        said, _ = read_all(connection)
        assert said.count(b"HTTP/1.1 200 ") == 1 + limits.MOST_BEHIND
        assert said.count(b"connection: close") == 1
        assert max(most) == limits.MOST_BEHIND


@pytest.mark.parametrize("way", ["abort", "close"])
def test_a_client_that_does_not_read_does_not_keep_a_connection_open(
    loop: str, silence: None, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(limits, "FAREWELL_S", 0.2)

    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        await start_answer(send, 100 << 20)
        await send({"type": "http.response.body", "body": b"x" * (50 << 20), "more_body": True})
        ending(scope, way)

    with serving(play) as server, server.connect() as connection:
        connection.sendall(GET)
        assert server.returned.wait(LIMIT_S)
        assert is_gone(server)


def test_an_answer_that_nobody_takes_is_dropped(loop: str, silence: None) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        await start_answer(send, 50 << 20)
        await send({"type": "http.response.body", "body": b"x" * (50 << 20)})

    with serving(play) as server, server.connect() as connection:
        connection.sendall(GET)
        until(lambda: unread(server) > 0)
        # The first look finds something new that nobody has taken yet.
        server.pass_time(limits.REQUEST_S)
        server.pass_time(limits.REQUEST_S)
        assert server.returned.wait(LIMIT_S)
        assert is_gone(server)


def test_answers_are_not_piled_up_for_a_client_that_does_not_read(loop: str, silence: None) -> None:
    begun: list[bytes] = []

    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["query_string"])
        await start_answer(send, LARGE)
        await send({"type": "http.response.body", "body": b"x" * LARGE})

    with serving(play) as server, server.connect() as connection:
        connection.sendall(GET * limits.MOST_BEHIND)
        until(lambda: any(connection.flow.write_paused for connection in server.connections))
        assert unread(server) < 2 * LARGE
        # What the kernel holds is a few of them.
        assert len(begun) < limits.MOST_BEHIND // 2


def test_an_answer_that_is_read_slowly_is_not_dropped(loop: str, silence: None) -> None:
    # Far more than the buffers of both ends hold.
    size = 100 << 20

    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        await start_answer(send, size)
        await send({"type": "http.response.body", "body": b"x" * size})

    with serving(play) as server, server.connect() as connection:
        connection.sendall(GET)
        until(lambda: unread(server) > 0)
        before, taken, passed = unread(server), 0, 0
        while taken < size:
            taken += len(connection.recv(1 << 20))
            if before and unread(server) < before:
                before = unread(server)
                server.pass_time(0.9 * limits.REQUEST_S)
                passed += 1
        assert passed > 2


def unread(server: Server) -> int:
    """Return the number of written bytes that the only client has not read."""
    return sum(connection.transport.get_write_buffer_size() for connection in server.connections)


def test_waiting_behind_a_slow_answer_is_not_being_slow(loop: str, silence: None) -> None:
    release = threading.Event()

    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        while scope["query_string"] == b"slow" and not release.is_set():
            await asyncio.sleep(0.01)
        await start_answer(send, 1)
        await send({"type": "http.response.body", "body": b"x"})

    for begun in (GET[:9], GET.replace(b"\r\n\r\n", b"\r\ncontent-length: 3\r\n\r\n")):
        release.clear()
        with serving(play) as server, server.connect() as connection:
            connection.sendall(GET.replace(b"/play", b"/play?slow") + begun)
            until(lambda server=server: any(not each.idle for each in server.connections))  # type: ignore[misc]
            for _ in range(5):
                server.pass_time(limits.REQUEST_S)
            release.set()
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
            # And then it is its turn to be too slow.
            until(lambda server=server: not any(each._answering() for each in server.connections))  # type: ignore[misc]
            server.pass_time(limits.REQUEST_S)
            said, _ = read_all(connection)
            assert (begun != GET[:9]) or b"HTTP/1.1 408 " in said


def test_a_request_sent_byte_by_byte_gets_no_more_time(loop: str, silence: None) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the request is not complete")

    with serving(play) as server, server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        until(lambda: len(server.connections) == 1)
        server.loop = next(iter(server.connections)).loop
        for _ in range(4):
            head = next(iter(server.connections))._head
            connection.sendall(b"x: y\r\n")
            until(lambda head=head: next(iter(server.connections))._head > head)  # type: ignore[misc]
            server.pass_time(0.3 * limits.REQUEST_S)
        assert read_all(connection)[0].startswith(b"HTTP/1.1 408 ")


def test_a_connection_is_kept_between_requests(loop: str, silence: None) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        await start_answer(send, 1)
        await send({"type": "http.response.body", "body": b"x"})

    with serving(play) as server, server.connect() as connection:
        for _ in range(2):
            connection.sendall(GET)
            assert read_response(connection)[0].status == 200
            until(lambda: all(each.idle for each in server.connections))
            server.pass_time(2 * limits.REQUEST_S)


@pytest.mark.parametrize("what", ["trailers", "one trailer", "extensions"])
def test_chunks_that_say_more_than_they_hold_are_cut_off(loop: str, silence: None, what: str) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass

    head = GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\ntransfer-encoding: chunked\r\n\r\n")
    rest = {"trailers": b"0\r\n" + b"x: y\r\n" * 500_000, "one trailer": b"0\r\nx: " + b"y" * 3_000_000}
    sent = head + rest.get(what, b"1;" + b"e" * 3_000_000)
    with serving(play) as server, server.connect() as connection:
        connection.sendall(sent)
        said, _ = read_all(connection)
        assert said.startswith(b"HTTP/1.1 431 ")


def test_chunks_of_one_byte_are_accepted(loop: str, silence: None) -> None:
    bodies: list[int] = []

    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message.get("more_body", False)
        bodies.append(size)
        await start_answer(send, 0)
        await send({"type": "http.response.body"})

    head = GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\ntransfer-encoding: chunked\r\n\r\n")
    with serving(play) as server, server.connect() as connection:
        connection.sendall(head + b"1\r\nx\r\n" * 300_000 + b"0\r\n\r\n")
        assert read_response(connection)[0].status == 200
        assert bodies == [300_000]


def test_a_leaving_server_says_so_in_the_last_answer_and_not_before(loop: str, silence: None) -> None:
    gate = threading.Event()

    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        while scope["query_string"] == b"1" and not gate.is_set():
            await asyncio.sleep(0.01)
        await start_answer(send, 2)
        await send({"type": "http.response.body", "body": b"ok"})

    def leave() -> None:
        server.server.server_state.leaving = True
        for connection in server.connections:
            connection.leave()

    with serving(play) as server, server.connect() as used, server.connect() as busy:
        used.sendall(GET)
        assert read_response(used)[0].getheader("connection") is None
        busy.sendall(GET.replace(b"/play", b"/play?1"))
        until(lambda: any(not connection.idle for connection in server.connections))
        server.on_the_loop(leave)
        busy.sendall(GET * 2)
        until(lambda: any(len(connection.pipeline) == 2 for connection in server.connections))
        gate.set()
        said, _ = read_all(busy)
        assert (said.count(b"HTTP/1.1 200 "), said.count(b"connection: close")) == (3, 1)
        assert b"connection: close" in said.rpartition(b"HTTP/1.1")[2]
        used.sendall(GET)
        said, _ = read_all(used)
        assert b"connection: close" in said


def test_a_connection_that_has_ended_leaves_nothing_in_memory(silence: None) -> None:
    async def play(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"]:
            ending(scope, scope["query_string"].decode())
            return
        await start_answer(send, 0)
        await send({"type": "http.response.body"})

    def count() -> int:
        gc.collect()
        return sum(isinstance(one, Connection) for one in gc.get_objects())

    before = count()
    with serving(play) as server:
        for number in range(60):
            with server.connect() as connection:
                query = (b"", b"?abort", b"?close", b"")[number % 4]
                connection.sendall(GET.replace(b"/play", b"/play" + query))
                if number % 2:
                    connection.recv(1) if number % 4 == 3 else read_all(connection)
        assert is_gone(server)
        until(lambda: count() <= before + 1)
