"""In process, every client finds the mock where it looks for the service, and no socket is opened for that."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import certifi
import httpx
import httpx2
import pytest
import requests
import segmind
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from segmind_client import AsyncSegmindClient, SegmindClient
from segmind_mock import serving
from segmind_mock.spec.platform import PLATFORM
from segmind_mock.testing import KEY, SegmindMock
from segmind_mock.testing.interception import address_of
from tests.material import absent
from tests.waiting import LIMIT_S

pytest_plugins = ["pytester", "segmind_mock.pytest_plugin"]

PLUGIN = ("-p", "segmind_mock.pytest_plugin", "-p", "no:cacheprovider", "-W", "error")

SLUG = "tinysd1.5-txt2img"
V1 = f"https://api.segmind.com/v1/{SLUG}"
V2 = f"https://api.segmind.com/v2/{SLUG}"
PAYLOAD = {"prompt": "fog"}
HEADERS = {"x-api-key": "somebody's key"}
LIBRARIES = pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])


def by_client() -> None:
    with SegmindClient() as client:
        assert client.tinysd1_5_txt2img.generate(prompt="fog").media_type == "image/jpeg"
        job = client.tinysd1_5_txt2img.submit(prompt="fog")
        assert client.download(job.wait()).content.startswith(b"\xff\xd8")


def by_client_async() -> None:
    async def call() -> None:
        async with AsyncSegmindClient() as client:
            image, job = await asyncio.gather(
                client.tinysd1_5_txt2img.generate(prompt="fog"), client.tinysd1_5_txt2img.submit(prompt="fog")
            )
            assert (await client.download(await job.wait())).content == image.content

    asyncio.run(call())


def by_sdk() -> None:
    client = segmind.SegmindClient()
    with client._client:
        assert client.run_sync(SLUG, prompt="fog").content.startswith(b"\xff\xd8")
        assert client.run(SLUG, prompt="fog")["output"].startswith("https://api.segmind.com/media/")


def by_requests() -> None:
    with requests.Session() as session:
        answer = session.post(V1, json=PAYLOAD, headers=HEADERS, stream=True)
        assert sum(map(len, answer.iter_content(1000))) == int(answer.headers["content-length"])
    assert requests.post(V2, json=PAYLOAD, headers=HEADERS).json()["status"] == "QUEUED"


def by_urllib3() -> None:
    with urllib3.PoolManager() as pool:
        assert pool.request("POST", V1, json=PAYLOAD, headers=HEADERS).data.startswith(b"\xff\xd8")


def by_httpx(library: ModuleType) -> Callable[[], None]:
    def call() -> None:
        with library.Client(base_url="https://api.segmind.com") as client:
            assert client.post(V1, json=PAYLOAD, headers=HEADERS).content.startswith(b"\xff\xd8")
            assert client.post(f"/v2/{SLUG}", json=PAYLOAD, headers=HEADERS).json()["status"] == "QUEUED"

    return call


def by_httpx_async(library: ModuleType) -> Callable[[], None]:
    async def post() -> None:
        async with library.AsyncClient() as client:
            answers = await asyncio.gather(*(client.post(V1, json=PAYLOAD, headers=HEADERS) for _ in range(5)))
            assert {answer.status_code for answer in answers} == {200}

    return lambda: asyncio.run(post())


CALLERS = {
    "generated-client": by_client,
    "generated-client-async": by_client_async,
    "official-sdk": by_sdk,
    "requests": by_requests,
    "urllib3": by_urllib3,
    "httpx2": by_httpx(httpx2),
    "httpx": by_httpx(httpx),
    "httpx2-async": by_httpx_async(httpx2),
    "httpx-async": by_httpx_async(httpx),
}


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("a socket was connected")

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize("caller", CALLERS)
def test_every_client_is_answered_in_this_process(caller: str, segmind_mock: SegmindMock) -> None:
    CALLERS[caller]()
    # A pool of connections is not left over from one test to the next.
    assert {request.status for request in segmind_mock.requests} == {200}
    assert len({request.key for request in segmind_mock.requests} - {None}) == 1


@pytest.mark.usefixtures("no_sockets")
def test_urls_in_any_spelling_are_answered_despite_proxies(
    segmind_mock: SegmindMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for url in (V2, V2.replace("https", "http"), V2.replace(".com", ".COM:443"), V2.replace("https", "HTTPS")):
        for post in (requests.post, httpx.post, httpx2.post):
            assert post(url, json=PAYLOAD, headers=HEADERS).status_code == 200, (post, url)


def test_another_host_is_called_as_ever(segmind_mock: SegmindMock) -> None:
    with serving() as other:
        for get in (requests.get, httpx.get, httpx2.get):
            assert get(f"{other.url}/v1/{SLUG}").status_code == 405
        assert len(httpx2.get(f"{other.url}/__mock/requests").json()["requests"]) == 3
    assert segmind_mock.requests == []


@pytest.fixture
def real_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("SEGMIND_API_KEY", "SG_a_real_and_costly_key")
    yield "SG_a_real_and_costly_key"


def test_a_real_key_is_not_used(real_key: str, request: pytest.FixtureRequest) -> None:
    mock: SegmindMock = request.getfixturevalue("segmind_mock")
    assert os.environ["SEGMIND_API_KEY"] == mock.key == KEY
    # Code that was made with the real key before the test began.
    httpx2.post(V2, json={"prompt": f"my key is {real_key}"}, headers={"x-api-key": real_key})
    mock.expect(SLUG, prompt="something else")
    said = repr(mock.requests) + "".join(mock.failures()) + mock.report()
    assert "my key is key-" in said
    assert real_key not in said
    assert mock.credits < 100  # It is the account of the test's own key that has paid.


@pytest.fixture(params=["https://gateway.example:8443/segmind", "http://localhost:9", "https://api.segmind.com/deep"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SEGMIND_BASE_URL", f"{request.param}/v1/")
    return str(request.param)


@pytest.mark.usefixtures("no_sockets")
def test_the_address_of_the_environment_is_answered_too(elsewhere: str, request: pytest.FixtureRequest) -> None:
    mock: SegmindMock = request.getfixturevalue("segmind_mock")
    assert mock.url == elsewhere
    by_client()
    by_requests()
    submitted = requests.post(f"{elsewhere}/v2/{SLUG}", json=PAYLOAD, headers=HEADERS).json()
    assert submitted["status_url"].startswith(f"{elsewhere}/v2/requests/")
    assert httpx2.get(submitted["status_url"], headers=HEADERS).json()["status"] == "COMPLETED"


def test_no_other_address_than_that_of_the_environment_is_answered() -> None:
    address = address_of("https://gateway.example:8443/segmind/v1")
    assert address is not None
    assert address.covers("https", "Gateway.example", 8443, b"/segmind/v1/x?y")
    assert address.covers("https", "gateway.example.", 8443, b"/segmind")
    assert not address.covers("https", "gateway.example", None, b"/segmind/v1/x")
    assert not address.covers("http", "gateway.example", 8443, b"/segmind/v1/x")
    assert not address.covers("https", "gateway.example", 8443, b"/segmind-other/v1/x")
    assert not address.covers("https", "example", 8443, b"/segmind/v1/x")


@pytest.mark.parametrize("text", ["", "nonsense", "ftp://host/", "http://", "http://[::1", "http://host:port"])
def test_an_invalid_address_is_left_to_the_client(text: str) -> None:
    assert address_of(text) is None


def test_clients_that_cannot_be_answered_are_refused(segmind_mock: SegmindMock) -> None:
    with pytest.raises(urllib.error.URLError, match=r"not reachable.*segmind_mock_server"):
        urllib.request.urlopen(V1)
    with pytest.raises(OSError, match="not reachable"):
        asyncio.run(asyncio.open_connection("API.segmind.com", 443))


def test_retries_of_requests_are_the_real_ones(segmind_mock: SegmindMock) -> None:
    segmind_mock.scenario("rate-limited", times=2)
    retry = Retry(total=2, status_forcelist=[429], allowed_methods=None, backoff_factor=0)
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=retry))
        assert session.post(V2, json=PAYLOAD, headers=HEADERS).status_code == 200
    assert [request.status for request in segmind_mock.requests] == [429, 429, 200]


def test_an_error_of_requests_reads_as_ever(segmind_mock: SegmindMock) -> None:
    segmind_mock.scenario("rate-limited")
    with pytest.raises(requests.HTTPError, match=r"^429 Client Error: Too Many Requests for url: https"):
        requests.post(V2, json=PAYLOAD, headers=HEADERS).raise_for_status()


def test_bodies_of_every_kind_arrive(segmind_mock: SegmindMock, tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"prompt": '
        yield b'"in pieces"}'

    file = tmp_path / "body.json"
    file.write_bytes(b'{"prompt": "in pieces"}')
    requests.post(V2, headers=HEADERS, data=pieces())
    requests.post(V2, headers=HEADERS, data='{"prompt": "in pieces"}')
    with file.open("rb") as opened:
        requests.post(V2, headers=HEADERS, data=opened)
    httpx.post(V2, headers=HEADERS, content=pieces())
    segmind_mock.expect(SLUG, prompt="in pieces", status=200, times=4)


@pytest.mark.parametrize("get", [requests.request, httpx.request, httpx2.request])
def test_error_statuses_reach_every_library(get: Callable[..., httpx2.Response], segmind_mock: SegmindMock) -> None:
    head = get("HEAD", f"https://api.segmind.com/v2/requests/{SLUG}", headers=HEADERS)
    assert (head.status_code, head.content) == (404, b"")
    assert get("GET", V1, headers=HEADERS).status_code == 405
    assert get("POST", V1, headers=HEADERS).status_code == 400
    assert get("POST", V1, json={"prompt": "x" * PLATFORM.limits.max_request_bytes}, headers=HEADERS).status_code == 413
    assert get("POST", V1, json=PAYLOAD).status_code == 401


def test_many_threads_are_answered_at_once(segmind_mock: SegmindMock) -> None:
    statuses: list[int] = []

    def call() -> None:
        for post in (requests.post, httpx2.post) * 5:
            statuses.append(post(V2, json=PAYLOAD, headers=HEADERS).status_code)

    threads = [threading.Thread(target=call, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert statuses == [200] * 40
    segmind_mock.expect(SLUG, times=40)


@LIBRARIES
def test_a_transport_can_be_handed_over(library: ModuleType, segmind_mock: SegmindMock) -> None:
    with library.Client(transport=segmind_mock.transport(library), base_url="http://any.example:81") as client:
        status_url = client.post(f"/v2/{SLUG}", json=PAYLOAD, headers=HEADERS).json()["status_url"]
    assert status_url.startswith("http://any.example:81/v2/")

    async def ask() -> int:
        async with library.AsyncClient(transport=segmind_mock.async_transport(library)) as client:
            status: int = (await client.get(status_url, headers=HEADERS)).status_code
            return status

    assert asyncio.run(ask()) == 200


@LIBRARIES
def test_certificates_are_read_once(
    library: ModuleType, segmind_mock: SegmindMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def context(**options: object) -> ssl.SSLContext:
        with library.HTTPTransport(**options) as transport:
            return transport._pool._ssl_context

    usual = context()
    assert context() is context(verify=True) is usual
    assert usual.verify_mode.name == "CERT_REQUIRED"
    assert context(trust_env=False) is not usual
    assert context(http2=False) is usual
    assert context(verify=False) is not usual
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    assert context() is not usual


def test_a_cancelled_call_is_cancelled(segmind_mock: SegmindMock) -> None:
    async def call() -> int:
        async with httpx2.AsyncClient() as client:
            task = asyncio.create_task(client.post(V1, json=PAYLOAD, headers=HEADERS))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return (await client.post(V1, json=PAYLOAD, headers=HEADERS)).status_code

    assert asyncio.run(call()) == 200


def test_a_forked_process_is_told_and_does_not_hang(segmind_mock: SegmindMock) -> None:
    if not hasattr(os, "fork"):
        absent("fork")
    child = os.fork()
    if child == 0:  # Whatever happens, the child must not go on as a second pytest.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(LIMIT_S))
        try:
            httpx2.post(V2, json=PAYLOAD, headers=HEADERS)
        except RuntimeError as error:
            os._exit(7 if "segmind_mock_server" in str(error) else 8)
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_nothing_stays_patched_after_a_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGMIND_API_KEY", raising=False)
    pytester.makepyfile("""
        import os, socket, sys
        import httpx, httpx2, urllib3

        def state():
            return [
                httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request,
                httpx2.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request,
                urllib3.HTTPConnectionPool.urlopen, socket.getaddrinfo, list(sys.meta_path),
            ]

        before = state()

        def test_with(segmind_mock):
            assert state()[:6] != before[:6]
            assert "SEGMIND_API_KEY" in os.environ

        def test_without():
            assert state() == before
            assert "SEGMIND_API_KEY" not in os.environ
        """)
    assert pytester.runpytest_subprocess(*PLUGIN).ret == 0


def test_a_library_may_be_imported_at_any_time(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # Other plugins import what this test looks for.
    pytester.makepyfile("""
        import sys

        LIBRARIES = {"httpx", "httpx2", "urllib3", "requests"}

        def test_nothing_is_imported_for_it(segmind_mock):
            assert not LIBRARIES & sys.modules.keys()
            import httpx2
            assert httpx2.__spec__.loader is httpx2.__loader__
            assert type(httpx2.__loader__).__name__ == "SourceFileLoader"
            assert httpx2.get("https://api.segmind.com/v1/x").status_code == 401
            assert not {"httpx", "urllib3"} & sys.modules.keys()

        def test_in_the_next_test_either(segmind_mock):
            import httpx2, requests, httpx
            for library in (httpx2, requests, httpx):
                assert library.get("https://api.segmind.com/v1/x").status_code == 401
            assert len(segmind_mock.requests) == 3
        """)
    assert pytester.runpytest_subprocess(*PLUGIN).ret == 0
