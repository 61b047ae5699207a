"""Errors before a request is sent: they are named, not billed and not in doubt. Other errors leave the request in doubt."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx2
import pytest
import trio

from segmind_client import (
    AmbiguousOutcome,
    AsyncSegmindClient,
    Budget,
    ConfigurationError,
    ConnectionFailed,
    Journal,
    RequestOptions,
    Response,
    SegmindClient,
    SegmindError,
)
from segmind_client._network.setup_errors import certificate_problem

KEY = "SG_marker_0123456789"
NOWHERE = "http://127.0.0.1:9"
SHELLS = ("sync", "async")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    for name in list(os.environ):
        if name.upper() in ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(name)


class Called:
    """One POST of a client, with its journal and budget."""

    def __init__(self, folder: Path, shell: str, url: str = NOWHERE, **arguments: Any) -> None:
        self.journal = Journal(folder / "jobs.jsonl")
        self.budget = Budget(max_usd=9.0, prices={"m": 1.0})
        self.error: SegmindError | None = None
        self.response: Response | None = None
        options = RequestOptions(journal=self.journal, budget=self.budget, max_attempts=2)
        try:
            if shell == "sync":
                with SegmindClient(KEY, url, options=options, **arguments) as client:
                    self.response = client.run_sync("m")
            else:
                asyncio.run(self._call(url, options, arguments))
        except SegmindError as error:
            self.error = error

    async def _call(self, url: str, options: RequestOptions, arguments: dict[str, Any]) -> None:
        async with AsyncSegmindClient(KEY, url, options=options, **arguments) as client:
            client._config.skip = lambda _: None
            self.response = await client.run_sync("m")

    @property
    def in_doubt(self) -> bool:
        doubts = len(self.journal.read().in_doubt)
        assert (doubts > 0) == (self.budget.doubtful_usd > 0)
        assert self.budget.reserved_usd == 0.0
        return doubts > 0


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:1"),
        ("all_proxy", "socks5://127.0.0.1:1"),
        ("HTTPS_PROXY", "htp://x"),
        ("HTTP_PROXY", "http://h:31x28"),
        ("SSL_CERT_FILE", "/missing.pem"),
        ("SSL_CERT_FILE", "/"),
        ("SSL_CERT_FILE", "/dev/null"),
    ],
)
def test_a_wrong_proxy_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: str, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with patch.dict(sys.modules, {"socksio": None}):
        called = Called(tmp_path, shell)
    assert isinstance(called.error, ConfigurationError)
    assert f"{variable}='{value}'" in str(called.error)
    assert not called.in_doubt and called.budget.spent_usd == 0.0


def test_a_password_in_a_variable_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "htp://user:pass-1@h")
    called = Called(tmp_path, "sync")
    assert "HTTPS_PROXY" in str(called.error) and "pass-1" not in str(called.error)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_missing_package_is_named(tmp_path: Path, shell: str) -> None:
    names = [name for name in sys.modules if name.startswith("segmind_client._network.")]
    hidden: dict[str, Any] = {"httpx2": None}
    with patch.dict(sys.modules, hidden):
        for name in names:
            if name.rpartition(".")[2] in ("exchange", "outgoing", "deadline", "streams"):
                del sys.modules[name]
        called = Called(tmp_path, shell)
    assert isinstance(called.error, ConfigurationError) and "httpx2" in str(called.error)
    assert not called.in_doubt


@pytest.mark.parametrize("shell", SHELLS)
def test_a_closed_http_client_is_named(tmp_path: Path, shell: str) -> None:
    inner: Any = httpx2.Client() if shell == "sync" else httpx2.AsyncClient()
    if shell == "sync":
        inner.close()
    else:
        asyncio.run(inner.aclose())
    called = Called(tmp_path, shell, http_client=inner)
    assert isinstance(called.error, ConfigurationError) and "http_client" in str(called.error)
    assert not called.in_doubt


def test_a_loop_of_another_library_is_named() -> None:
    budget = Budget(max_usd=1.0, prices={"m": 0.1})

    async def call() -> None:
        async with AsyncSegmindClient(KEY, "http://127.0.0.1:9", options=RequestOptions(budget=budget)) as client:
            await client.run_sync("m")

    with pytest.raises(ConfigurationError, match=r"asyncio.*AsyncSegmindClient.*SegmindClient in a thread"):
        trio.run(call)
    assert (budget.spent_usd, budget.reserved_usd, budget.doubtful_usd) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("url", [f"http://{'a' * 64}.test", "http://a..b", "http://127.0.0.1:9/" + "x" * 70_000])
def test_a_url_that_cannot_be_requested_sends_nothing(tmp_path: Path, shell: str, url: str) -> None:
    called = Called(tmp_path, shell, url)
    assert isinstance(called.error, (ConfigurationError, ConnectionFailed))
    assert not called.in_doubt and len(str(called.error)) < 1000


def _no_socket(error: Exception) -> type[socket.socket]:
    class Refused(socket.socket):
        def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
            if fileno is None and family in (socket.AF_INET, socket.AF_INET6):
                raise error
            super().__init__(family, type, proto, fileno)

    return Refused


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("error", [OSError(errno.EMFILE, "Too many open files"), MemoryError()], ids=repr)
def test_a_socket_that_cannot_be_made_is_a_failed_connection(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: str, error: Exception
) -> None:
    monkeypatch.setattr(socket, "socket", _no_socket(error))
    called = Called(tmp_path, shell)
    assert isinstance(called.error, ConnectionFailed)
    assert not called.in_doubt


@pytest.mark.parametrize("shell", SHELLS)
def test_certificates_that_cannot_be_read_are_a_failed_connection(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("httpx2._transports.default.create_ssl_context", refuse)
    called = Called(tmp_path, shell)
    assert isinstance(called.error, ConnectionFailed) and not called.in_doubt


class TestAFolderOfCertificates:
    """SSL_CERT_DIR, which is only read when a certificate is verified."""

    @staticmethod
    def _failure() -> httpx2.ConnectError:
        error = httpx2.ConnectError("certificate verify failed")
        error.__cause__ = ssl.SSLCertVerificationError("certificate verify failed")
        return error

    @pytest.mark.parametrize("names", [None, [], ["ca.pem"]], ids=["missing", "empty", "not hashed"])
    def test_an_unusable_certificate_folder_is_named(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, names: list[str] | None
    ) -> None:
        folder = tmp_path / "certificates"
        if names is not None:
            folder.mkdir()
            for name in names:
                (folder / name).touch()
        monkeypatch.setenv("SSL_CERT_DIR", str(folder))
        assert f"SSL_CERT_DIR='{folder}'" in (certificate_problem(self._failure()) or "")
        assert certificate_problem(httpx2.ConnectError("refused")) is None

    def test_a_folder_with_certificates_is_not_blamed(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "0a1b2c3d.0").touch()
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        assert certificate_problem(self._failure()) is None


class Own(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """A caller's transport that raises before or after it reads the body."""

    def __init__(self, ask: str, error: Exception) -> None:
        self._ask, self._error = ask, error

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._ask == "content":
            assert request.content == b"{}"
        elif self._ask == "read":
            request.read()
        elif self._ask == "stream":
            assert b"".join(request.stream) == b"{}"  # type: ignore[arg-type]
        raise self._error

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._ask == "read":
            await request.aread()
            raise self._error
        if self._ask == "stream":
            assert [part async for part in request.stream] == [b"{}"]  # type: ignore[union-attr]
            raise self._error
        return self.handle_request(request)


class HardToClose(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A complete body whose connection can't be closed."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"paid"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"paid"

    def close(self) -> None:
        raise OSError("can't be closed")

    async def aclose(self) -> None:
        raise OSError("can't be closed")


class Answering(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """A transport that responds with `HardToClose` bodies."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-length": "4"}, stream=HardToClose(), request=request)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.handle_request(request)


@pytest.mark.parametrize("shell", SHELLS)
class TestATransportOfTheCallersOwn:
    def test_a_transport_that_fails_after_the_response_loses_nothing(self, tmp_path: Path, shell: str) -> None:
        called = Called(tmp_path, shell, transport=Answering())
        assert called.error is None and not called.in_doubt
        assert called.response is not None and called.response.content == b"paid"

    @pytest.mark.parametrize("ask", ["content", "read", "stream"])
    @pytest.mark.parametrize("error", [KeyError("x"), OSError("y"), RuntimeError("z"), httpx2.ReadError("w")], ids=repr)
    def test_a_transport_that_read_the_body_leaves_the_outcome_in_doubt(
        self, tmp_path: Path, shell: str, ask: str, error: Exception
    ) -> None:
        called = Called(tmp_path, shell, transport=Own(ask, error))
        assert isinstance(called.error, AmbiguousOutcome) and called.in_doubt
        assert called.error.__cause__ is (None if isinstance(error, httpx2.ReadError) else error)

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (KeyError("x"), ConfigurationError),
            (RuntimeError("closed"), ConfigurationError),
            (ModuleNotFoundError("h2"), ConfigurationError),
            (OSError(errno.EMFILE, "files"), ConnectionFailed),
            (RuntimeError("can't start new thread"), ConnectionFailed),
            (httpx2.ConnectError("refused"), ConnectionFailed),
        ],
        ids=repr,
    )
    def test_a_transport_that_did_not_read_the_body_has_sent_nothing(
        self, tmp_path: Path, shell: str, error: Exception, kind: type[SegmindError]
    ) -> None:
        called = Called(tmp_path, shell, transport=Own("", error))
        assert type(called.error) is kind and not called.in_doubt

    def test_a_transports_connection_error_is_trusted(self, tmp_path: Path, shell: str) -> None:
        called = Called(tmp_path, shell, transport=Own("", httpx2.ReadTimeout("slow")))
        assert isinstance(called.error, AmbiguousOutcome) and called.in_doubt


@pytest.mark.parametrize("asks", [False, True])
def test_a_failing_hook_of_an_http_client_is_in_doubt_only_after_reading_the_body(tmp_path: Path, asks: bool) -> None:
    def hook(request: httpx2.Request) -> None:
        if asks:
            assert request.content == b"{}"
        raise LookupError("my own mistake")

    with httpx2.Client(event_hooks={"request": [hook]}) as inner:
        called = Called(tmp_path, "sync", http_client=inner)
    assert isinstance(called.error, AmbiguousOutcome if asks else ConfigurationError)
    assert called.in_doubt is asks
    assert isinstance(called.error.__cause__, LookupError)


@contextmanager
def _serving(reply: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that sends one of these responses to each connection, in turn."""
    from threading import Thread

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                reply(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(30)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_proxy_that_breaks_before_the_tunnel_has_sent_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: str
) -> None:
    asked: list[bytes] = []
    with _serving(lambda connection: asked.append(connection.recv(7))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        called = Called(tmp_path, shell, "https://service.test")
    assert asked == [b"CONNECT"] * 2
    assert isinstance(called.error, ConnectionFailed) and not called.in_doubt


@pytest.mark.parametrize("shell", SHELLS)
def test_a_server_that_hangs_up_on_the_request_leaves_it_in_doubt(tmp_path: Path, shell: str) -> None:
    asked: list[bytes] = []
    with _serving(lambda connection: asked.append(connection.recv(4))) as url:
        called = Called(tmp_path, shell, url)
    assert asked == [b"POST"]
    assert isinstance(called.error, AmbiguousOutcome) and called.in_doubt


def test_a_retry_after_the_request_was_written_stays_in_doubt(tmp_path: Path) -> None:
    """A transport that wraps that of httpx2 and connects to a dead address after a live one."""

    class Again(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            try:
                return super().handle_request(request)
            except httpx2.TransportError:
                request.url = httpx2.URL(f"{NOWHERE}/")
                return super().handle_request(request)

    with _serving(lambda connection: connection.recv(4)) as url:
        called = Called(tmp_path, "sync", url, transport=Again())
    assert isinstance(called.error, AmbiguousOutcome) and called.in_doubt
