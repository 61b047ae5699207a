"""The fixture beside other plugins and libraries, and what it keeps from leaving."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import sys
import threading
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import httpx2
import pytest
import requests
import trio
import uvloop
import vcr

from segmind_client import SegmindClient
from segmind_mock.testing import SegmindMock
from segmind_mock.testing.addresses import domain_of, is_platform
from segmind_mock.testing.guard import LIBRARY_GUARDS

pytest_plugins = ["pytester", "segmind_mock.pytest_plugin"]

SLUG = "tinysd1.5-txt2img"
V1 = f"https://api.segmind.com/v1/{SLUG}"
MEDIA = "https://images.segmind.com/fog.jpeg"
PAYLOAD = {"prompt": "fog"}
HEADERS = {"x-api-key": "somebody's key"}
HTTPX = pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])
LIBRARIES = pytest.mark.parametrize("library", [httpx2, httpx, requests], ids=["httpx2", "httpx", "requests"])
PLUGIN = ("-p", "segmind_mock.pytest_plugin", "-p", "no:cacheprovider", "-W", "error")


@pytest.fixture(params=["segmind_mock", "segmind_mock_server"])
def fixture(request: pytest.FixtureRequest) -> str:
    """Either fixture, which the test itself sets up."""
    return str(request.param)


# vcrpy: it keeps httpx's functions as they were when it was imported, above


@LIBRARIES
def test_a_request_in_a_cassette_is_answered(library: ModuleType, segmind_mock: SegmindMock, tmp_path: Path) -> None:
    with vcr.use_cassette(str(tmp_path / "cassette.yaml")):
        assert library.post(V1, headers=HEADERS, json=PAYLOAD).status_code == 200
    assert len(segmind_mock.requests) == 1


@LIBRARIES
def test_a_host_that_a_cassette_ignores_is_answered(
    library: ModuleType, segmind_mock: SegmindMock, tmp_path: Path
) -> None:
    with vcr.use_cassette(str(tmp_path / "cassette.yaml"), ignore_hosts=["api.segmind.com"]):
        assert library.post(V1, headers=HEADERS, json=PAYLOAD).status_code == 200
    assert len(segmind_mock.requests) == 1


@HTTPX
def test_asyncio_in_a_cassette_is_answered(library: ModuleType, segmind_mock: SegmindMock, tmp_path: Path) -> None:
    async def post() -> int:
        async with library.AsyncClient() as client:
            status: int = (await client.post(V1, headers=HEADERS, json=PAYLOAD)).status_code
            return status

    with vcr.use_cassette(str(tmp_path / "cassette.yaml")):
        assert asyncio.run(post()) == 200


def test_the_fixture_may_begin_within_a_cassette(request: pytest.FixtureRequest, tmp_path: Path, fixture: str) -> None:
    with vcr.use_cassette(str(tmp_path / "cassette.yaml")):
        mock: SegmindMock = request.getfixturevalue(fixture)
        with SegmindClient() as client:
            assert client.tinysd1_5_txt2img.generate(prompt="fog").width == 512
        assert mock.requests[0].status == 200
        with pytest.raises(OSError, match="not reachable"):
            urllib.request.urlopen(MEDIA)


def transports() -> list[object]:
    """The functions that the fixture and vcrpy replace."""
    return [
        function
        for library in (httpx, httpx2)
        for function in (library.HTTPTransport.handle_request, library.AsyncHTTPTransport.handle_async_request)
    ]


def test_a_fixture_that_began_within_a_cassette_leaves_nothing_of_vcrpy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import vcr

        def test_cassette(request, tmp_path):
            with vcr.use_cassette(str(tmp_path / "cassette.yaml")):
                request.getfixturevalue("segmind_mock")
        """)
    before = transports()
    assert pytester.inline_run(*PLUGIN).ret == 0
    assert transports() == before


KEPT: dict[Any, Any] = {}


@HTTPX
@pytest.mark.parametrize("turn", [1, 2])
def test_a_function_kept_from_an_earlier_test_reaches_this_tests_mock(
    library: ModuleType, turn: int, segmind_mock: SegmindMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KEPT.setdefault(library, library.HTTPTransport.handle_request)
    monkeypatch.setattr(library.HTTPTransport, "handle_request", lambda self, request: kept(self, request))
    assert library.post(V1, headers=HEADERS, json=PAYLOAD).status_code == 200
    assert len(segmind_mock.requests) == 1


# trio


@HTTPX
def test_trio_is_answered(library: ModuleType, segmind_mock: SegmindMock) -> None:
    async def post(statuses: list[int]) -> None:
        async with library.AsyncClient() as client:
            statuses.append((await client.post(V1, headers=HEADERS, json=PAYLOAD)).status_code)

    async def posting() -> list[int]:
        statuses: list[int] = []
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(post, statuses)
        return statuses

    assert trio.run(posting) == [200] * 5


@HTTPX
def test_a_timeout_and_a_failure_under_trio_are_the_librarys(library: ModuleType, segmind_mock: SegmindMock) -> None:
    async def post(scenario: str, error: type[Exception]) -> None:
        segmind_mock.scenario(scenario)
        async with library.AsyncClient(timeout=0.001 if error is library.ReadTimeout else None) as client:
            with pytest.raises(error):
                await client.post(V1, headers=HEADERS, json=PAYLOAD)

    trio.run(post, "latency:600", library.ReadTimeout)
    trio.run(post, "reset-before-work", library.ReadError)


@HTTPX
def test_trio_reaches_the_server(library: ModuleType, segmind_mock_server: SegmindMock) -> None:
    async def post(url: str) -> int:
        async with library.AsyncClient() as client:
            status: int = (await client.post(url, headers=HEADERS, json=PAYLOAD)).status_code
            return status

    assert trio.run(post, f"{segmind_mock_server.url}/v1/{SLUG}") == 200


# pyfakefs


def test_a_fake_file_system_does_not_hide_the_mocks_files(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"""
        import sys
        import httpx, httpx2, requests
        import pytest
        from segmind_client import SegmindClient

        pytest_plugins = ["pyfakefs.pytest_plugin"]
        HEADERS = {{"x-api-key": "k"}}

        @pytest.mark.parametrize("library", [httpx, httpx2, requests], ids=lambda library: library.__name__)
        def test_first(fs, segmind_mock, library):
            assert library.post({V1!r}, headers=HEADERS, json={{"prompt": "fog"}}).status_code == 200

        def test_saving(segmind_mock, fs):
            with SegmindClient() as client:
                client.tinysd1_5_txt2img.generate(prompt="fog").save("/fog.jpeg")
                client.tinysd1_5_txt2img.submit(prompt="fog").download().save("/later.jpeg")
            assert fs.exists("/fog.jpeg") and fs.exists("/later.jpeg")

        def test_afterwards(segmind_mock):
            import imaplib
            assert httpx2.post({V1!r}, headers=HEADERS, json={{"prompt": "fog"}}).status_code == 200
            assert not any(type(finder).__name__ == "DynamicPatcher" for finder in sys.meta_path)
        """)
    environment = pytest.MonkeyPatch()
    environment.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = pytester.runpytest_subprocess(*PLUGIN)
    environment.undo()
    result.assert_outcomes(passed=5)


def test_a_neighbour_may_remove_the_first_finder(segmind_mock: SegmindMock) -> None:
    before = list(sys.meta_path)
    sys.meta_path.insert(0, before[0])
    sys.meta_path.pop(0)
    assert type(before[0]).__name__ != "_PatchingFinder"
    assert "_PatchingFinder" in [type(finder).__name__ for finder in sys.meta_path]


# What must not leave


class Proxy:
    """A proxy that notes what it is asked for, and refuses."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._server.settimeout(None)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                self.seen.append(connection.recv(65536).split(b"\r\n")[0].decode())

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    proxy = Proxy()
    for name in ("https_proxy", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv(name.upper(), proxy.url)
    monkeypatch.setenv("no_proxy", "intranet.example")
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    yield proxy
    proxy.close()


def by_urllib(url: str) -> None:
    # The opener of urlopen keeps the proxies of its first use.
    urllib.request.build_opener().open(urllib.request.Request(url, b"{}", HEADERS))


def by_httpx2(url: str) -> None:
    httpx2.post(url, json=PAYLOAD)


def by_httpx2_async(url: str) -> None:
    async def post() -> None:
        async with httpx2.AsyncClient() as client:
            await client.post(url, json=PAYLOAD)

    asyncio.run(post())


def by_requests(url: str) -> None:
    requests.post(url, json=PAYLOAD)


def by_http_client(url: str) -> None:
    proxy = os.environ.get("https_proxy", "http://127.0.0.1:9").removeprefix("http://")
    connection = http.client.HTTPSConnection(proxy)
    connection.set_tunnel("images.segmind.com:443")
    connection.request("GET", "/")


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("call", [by_urllib, by_httpx2, by_httpx2_async, by_requests, by_http_client])
def test_no_proxy_of_the_environment_is_asked_for_the_provider(
    call: Callable[[str], None], scheme: str, proxy: Proxy, request: pytest.FixtureRequest, fixture: str
) -> None:
    request.getfixturevalue(fixture)
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "intranet.example,segmind.com"
    # A proxy that is set later, or that takes no notice of NO_PROXY.
    for value in (os.environ["no_proxy"], ""):
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = value
        with pytest.raises(Exception, match=r"not reachable in this test.*segmind_mock_server"):
            call(MEDIA.replace("https", scheme))
    assert proxy.seen == []


def test_other_hosts_go_to_the_proxy_as_ever(proxy: Proxy, segmind_mock: SegmindMock) -> None:
    with pytest.raises(httpx2.TransportError):
        httpx2.get("http://elsewhere.example/")
    with pytest.raises(OSError):
        urllib.request.build_opener().open("http://elsewhere.example/")
    assert proxy.seen == ["GET http://elsewhere.example/ HTTP/1.1"] * 2


def test_without_a_proxy_the_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from segmind_mock.testing.guard import guard_standard_library

    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with pytest.MonkeyPatch.context() as patch:
        guard_standard_library(patch)
        assert "NO_PROXY" not in os.environ
        monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "*")
        guard_standard_library(patch)
        assert os.environ["NO_PROXY"] == "*"


def connect() -> None:
    with socket.socket() as opened:
        opened.connect(("images.segmind.com", 443))


def connect_ex() -> None:
    with socket.socket() as opened:
        opened.connect_ex(("api.segmind.com", 443))


async def resolve_on_loop() -> None:
    await asyncio.get_running_loop().getaddrinfo("api.segmind.com", 443)


@pytest.mark.parametrize(
    "call",
    [
        lambda: socket.gethostbyname("api.segmind.com"),
        lambda: socket.gethostbyname_ex("API.segmind.com."),
        lambda: socket.getaddrinfo(b"queue.api.segmind.com", 443),
        lambda: socket.getaddrinfo(host="segmind.com", port=443),
        lambda: socket.create_connection(("cdn.segmind.com", 443)),
        connect,
        connect_ex,
        lambda: asyncio.run(resolve_on_loop()),
        lambda: uvloop.run(resolve_on_loop()),
        lambda: uvloop.run(asyncio.open_connection("images.segmind.com", 443)),
        lambda: trio.run(trio.open_tcp_stream, "images.segmind.com", 443),
    ],
)
def test_no_resolver_finds_a_host_of_the_provider(
    call: Callable[[], object], request: pytest.FixtureRequest, fixture: str
) -> None:
    request.getfixturevalue(fixture)
    with pytest.raises(OSError, match=r"not reachable in this test.*segmind_mock_server"):
        call()


def test_everything_else_resolves_as_ever(segmind_mock: SegmindMock) -> None:
    assert socket.gethostbyname("localhost") == "127.0.0.1"
    assert socket.getaddrinfo(None, 80)
    assert not is_platform("segmind.com.example")
    assert not is_platform("notsegmind.com")
    assert not is_platform(None)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("api.segmind.com", "segmind.com"),
        ("queue.api.acme.example", "acme.example"),
        ("acme.example", "acme.example"),
        ("acme-1.cloud.example", "acme-1.cloud.example"),
        ("api.example", "api.example"),
    ],
)
def test_the_domain_of_a_host(host: str, domain: str) -> None:
    assert domain_of(host) == domain


# Libraries that are not installed here, by their own interface


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, object], object]:
    def guarding(name: str, library: object) -> object:
        LIBRARY_GUARDS[name](monkeypatch, library)
        return library

    return guarding


def test_aiohttp_is_refused_whatever_its_resolver_and_proxy(guard: Callable[[str, object], object]) -> None:
    class BaseConnector:
        async def connect(self, request: object, traces: list[object]) -> str:
            return f"connected {traces}"

    class TCPConnector(BaseConnector):
        pass

    guard("aiohttp", SimpleNamespace(BaseConnector=BaseConnector, ClientConnectionError=ConnectionError))

    def to(host: str) -> Coroutine[object, object, str]:
        return TCPConnector().connect(SimpleNamespace(url=SimpleNamespace(host=host)), [])

    assert asyncio.run(to("elsewhere.example")) == "connected []"
    with pytest.raises(ConnectionError, match=r"images\.segmind\.com is not reachable.*segmind_mock_server"):
        asyncio.run(to("images.segmind.com"))


def test_aiodns_is_refused(guard: Callable[[str, object], object]) -> None:
    class DNSResolver:
        def getaddrinfo(self, host: str, **options: object) -> str:
            return host

        def query(self, host: str, kind: str) -> str:
            return f"{host} {kind}"

    guard("aiodns", SimpleNamespace(DNSResolver=DNSResolver))
    assert DNSResolver().query("elsewhere.example", "A") == "elsewhere.example A"
    call: Callable[[], str]
    for call in (
        lambda: DNSResolver().getaddrinfo("api.segmind.com"),
        lambda: DNSResolver().query("api.segmind.com", "A"),
    ):
        with pytest.raises(socket.gaierror, match="segmind_mock_server"):
            call()


def test_urllib3_future_is_told_what_to_use(segmind_mock: SegmindMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib3.AsyncHTTPConnectionPool", object, raising=False)
    with pytest.raises(requests.ConnectionError, match=r"does not answer urllib3-future.*use segmind_mock_server"):
        requests.post(V1, headers=HEADERS, json=PAYLOAD)
    assert httpx2.post(V1, headers=HEADERS, json=PAYLOAD).status_code == 200


@pytest.mark.parametrize("wrapped", [False, True], ids=["itself", "by pytest-recording"])
def test_pycurl_is_refused(
    wrapped: bool, guard: Callable[[str, object], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Curl:
        URL = 10002

        def setopt(self, option: int, value: object) -> None:
            pass

        def perform(self) -> str:
            return "performed"

    class Library(ModuleType):
        URL = 10002
        E_COULDNT_RESOLVE_HOST = 6
        error = ConnectionError

    class Wrapper:
        def __getattribute__(self, name: str) -> object:
            return Curl if name == "Curl" else getattr(library, name)

    library = Library("pycurl")
    library.Curl = Curl  # type: ignore[attr-defined]
    found: Any = Wrapper() if wrapped else library
    monkeypatch.setitem(sys.modules, "pycurl", found)
    guard("pycurl", found)
    module: Any = sys.modules["pycurl"]
    for url, refused in (("http://elsewhere.example", False), (b"https://api.segmind.com/v1", True), (V1[8:], True)):
        curl = module.Curl()
        curl.setopt(module.URL, url)
        if refused:
            with pytest.raises(ConnectionError, match="segmind_mock_server"):
                curl.perform()
        else:
            assert curl.perform() == "performed"
