"""Web pages of other origins, and malformed Origin and Host headers."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import httpx2
import pytest

from segmind_mock import Settings, create_app, serving
from segmind_mock.server.cli import main
from segmind_mock.server.cors import CorsPolicy, read_origin
from segmind_mock.spec.facts import Model
from tests.mock.conftest import KEY, MakeMock, MockCaller, PayloadOf, submit_path, sync_path
from tests.mock.proxy.test_proxy import SECRET, through
from tests.mock.sockets import read_response
from tests.waiting import LIMIT_S

PAGE = "https://app.example"
FIELD = "access-control-allow-origin"


def names(answer: httpx2.Response, field: str) -> set[str]:
    """The names in all headers of this name."""
    return {name.strip().lower() for name in answer.headers.get(field, "").split(",")} - {""}


@pytest.fixture
def open_mock(make_mock: MakeMock) -> MockCaller:
    return make_mock(cors=frozenset({PAGE, "http://localhost:5173"}))


def preflight(mock: MockCaller, path: str, origin: str = PAGE, method: str = "POST", **more: str) -> httpx2.Response:
    asked = {"origin": origin, "access-control-request-method": method, **more}
    return mock.send("OPTIONS", path, key=None, headers=asked)


def test_without_the_option_no_page_may_read_answers(mock: MockCaller, model: Model, payload: PayloadOf) -> None:
    for answer in (
        preflight(mock, sync_path(model)),
        mock.post(sync_path(model), payload(model), headers={"origin": PAGE}),
        mock.get("/__mock/health"),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "origin" not in names(answer, "vary")


def test_every_endpoint_answers_a_preflight(open_mock: MockCaller, model: Model) -> None:
    wanted = "authorization, content-type, x-api-key, x-mock-scenario"
    job = open_mock.submit(model)
    places = [(sync_path(model), "POST"), (submit_path(model), "POST"), ("/media/x/0.jpeg", "GET"), ("/v9/none", "PUT")]
    places += [(httpx2.URL(job[name]).path, "GET") for name in ("status_url", "response_url")]
    for path, method in places:
        for origin in (PAGE, "http://localhost:5173"):
            answer = preflight(open_mock, path, origin, method, **{"access-control-request-headers": wanted})
            assert (answer.status_code, answer.content) == (204, b"")
            assert answer.headers[FIELD] == origin
            assert answer.headers["access-control-allow-methods"] == method
            assert names(answer, "access-control-allow-headers") == set(wanted.split(", "))
            assert "origin" in names(answer, "vary")
            assert "access-control-allow-private-network" not in answer.headers
    assert [entry.method for entry in open_mock.entries()] == ["POST"], "a preflight is not in the journal"


def test_a_preflight_for_a_private_network(open_mock: MockCaller) -> None:
    answer = preflight(open_mock, "/v1/x", **{"access-control-request-private-network": "true"})
    assert answer.headers["access-control-allow-private-network"] == "true"


def test_answers_may_be_read_with_all_their_headers(open_mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    for key, status in ((KEY, 200), (None, 401)):
        answer = open_mock.post(sync_path(large), payload(large), key=key, headers={"origin": PAGE})
        assert (answer.status_code, answer.headers[FIELD]) == (status, PAGE)
        assert "origin" in names(answer, "vary")
        own = {name for name in answer.headers if name.startswith("x-")}
        assert own and own <= names(answer, "access-control-expose-headers")


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://app.example", "https://app.example:8443", "null", "https://app.example.evil"],
)
def test_pages_of_other_origins_may_not_read_answers(
    open_mock: MockCaller, large: Model, payload: PayloadOf, origin: str
) -> None:
    for answer in (
        preflight(open_mock, sync_path(large), origin),
        open_mock.post(sync_path(large), payload(large), headers={"origin": origin}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "origin" in names(answer, "vary"), "a cache must not give the answer to another page"


def test_an_origin_is_normalised(make_mock: MakeMock) -> None:
    mock = make_mock(cors=frozenset({"HTTPS://App.Example:443/"}))
    assert preflight(mock, "/v1/x").headers[FIELD] == PAGE


def test_an_asterisk_admits_any_origin(make_mock: MakeMock, large: Model, payload: PayloadOf) -> None:
    mock = make_mock(cors=frozenset({"*"}))
    for origin in (PAGE, "null", "chrome-extension://abcdef"):
        assert preflight(mock, sync_path(large), origin).headers[FIELD] == "*"
        assert mock.post(sync_path(large), payload(large), headers={"origin": origin}).headers[FIELD] == "*"


def test_admin_endpoints_admit_pages_only_with_cors_admin(make_mock: MakeMock) -> None:
    for origins in ({PAGE}, {"*"}):
        mock = make_mock(cors=frozenset(origins))
        for answer in (
            preflight(mock, "/__mock/reset"),
            mock.post("/__mock/reset", {}, headers={"origin": PAGE}),
        ):
            assert answer.status_code in (403, 405) and FIELD not in answer.headers
        assert "--cors-admin" in mock.post("/__mock/reset", {}, headers={"origin": PAGE}).json()["error"]
    mock = make_mock(cors=frozenset({PAGE}), cors_admin=True)
    assert preflight(mock, "/__mock/reset").headers[FIELD] == PAGE
    answer = mock.post("/__mock/reset", {}, headers={"origin": PAGE})
    assert (answer.status_code, answer.headers[FIELD]) == (200, PAGE)
    assert mock.post("/__mock/reset", {}, headers={"origin": "https://evil.example"}).status_code == 403


def test_the_proxy_answers_preflights_itself_and_admits_the_page(large: Model, payload: PayloadOf) -> None:
    with through(cors=frozenset({PAGE})) as proxy:
        asked = {"origin": PAGE, "access-control-request-method": "POST"}
        assert proxy.client.options(sync_path(large), headers=asked).status_code == 204
        assert proxy.arrived() == []
        answer = proxy.post(sync_path(large), payload(large), headers={"origin": PAGE})
        assert (answer.status_code, answer.headers[FIELD]) == (200, PAGE)
        assert "x-mock-drift" in names(answer, "access-control-expose-headers")
        refused = proxy.post(sync_path(large), payload(large), headers={"origin": "https://evil.example"})
        assert refused.status_code == 403 and FIELD not in refused.headers
        assert len(proxy.arrived()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--cors", "app.example"],
            "expected an origin such as https://app.example:8443, null or *, got 'app.example'",
        ),
        (["--cors", "http://["], "got 'http://['"),
        (["--cors", "https://a.example/path"], "got 'https://a.example/path'"),
        (["--cors", "http://a:99999"], "got 'http://a:99999'"),
        (["--cors-admin"], "--cors-admin needs --cors ORIGIN"),
    ],
)
def test_wrong_origins_are_refused_at_the_start(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--port", "0", *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("origin", ["*", "null"])
def test_no_page_at_all_may_spend_money(
    origin: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGMIND_API_KEY", SECRET)
    command = ["--port", "0", "--proxy", "http://127.0.0.1:1", "--max-paid-calls", "1", "--cors", origin]
    assert main(command) == 2
    assert f"--proxy spends money, and --cors '{origin}' allows any web page" in capsys.readouterr().err


def test_invalid_origins_are_refused_by_the_policy() -> None:
    assert read_origin("tauri://localhost") == "tauri://localhost"
    with pytest.raises(ValueError, match="expected an origin"):
        CorsPolicy(["https://"])
    with pytest.raises(ValueError, match="expected an origin"):
        create_app(Settings(cors=frozenset({""})))


# Malformed headers.

MALFORMED = [
    b"http://[",
    b"http://[::1",
    b"http://host:99999",
    b"http://host:x",
    b"http://h\xc3\xb6st",
    b"http://\xe2\x84\x80",
    b"http://" + b"a" * 30_000,
    b"://",
    b"",
    b"http://localhost http://localhost",
    b"http://user@localhost",
    b"http://localhost/path",
    b"file:///etc",
]


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with serving(Settings(cors=frozenset({PAGE}))) as running:
        yield "127.0.0.1", int(running.url.rpartition(":")[2])


def ask(address: tuple[str, int], target: str, *lines: bytes) -> tuple[int, bytes]:
    with socket.create_connection(address, timeout=LIMIT_S) as connection:
        key = b"x-api-key: " + KEY.encode()
        connection.sendall(b"\r\n".join([f"GET {target} HTTP/1.1".encode(), key, *lines, b"", b""]))
        response, body = read_response(connection)
        assert not response.getheader(FIELD)
        return response.status, body


@pytest.mark.parametrize("origin", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_origin_is_that_of_no_page(
    address: tuple[str, int], origin: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    sent = (b"host: localhost", b"origin: " + origin)
    status, body = ask(address, "/__mock/health", *sent)
    assert status == 403 and b"Origin is" in body and len(body) < 500
    assert ask(address, "/v2/requests/x/status", *sent)[0] == 404
    assert ask(address, "/__mock/health", b"host: localhost")[0] == 200
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"[",
        b"[::1",
        b"localhost:99999",
        b"localhost:x",
        b"local\xc3\xb6host",
        b"localhost, other",
        b"a" * 30_000,
        b"u@localhost",
    ],
    ids=range(9),
)
def test_a_malformed_host_is_refused(address: tuple[str, int], host: bytes, caplog: pytest.LogCaptureFixture) -> None:
    for target in ("/__mock/health", "/v2/requests/x/status", "/"):
        status, body = ask(address, target, b"host: " + host)
        assert status == 400 and b"expected HOST or HOST:PORT" in body and len(body) < 500
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("name", ["host", "origin"])
def test_several_origin_or_host_headers_are_refused(address: tuple[str, int], name: str) -> None:
    other = b"host: localhost" if name == "origin" else b"origin: http://localhost"
    status, body = ask(address, "/__mock/health", other, f"{name}: localhost".encode(), f"{name}: localhost".encode())
    assert status == 400 and f"Expected one {name.capitalize()} header, got 2".encode() in body


def test_the_mocks_own_pages_with_the_port_named_or_not(make_mock: MakeMock) -> None:
    mock = make_mock(hosts=frozenset({"mock.example"}))
    for origin, host in (
        ("http://mock.example", "mock.example:80"),
        ("https://mock.example", "mock.example"),
        ("https://MOCK.example", "mock.example:443"),
    ):
        assert mock.get("/__mock/health", headers={"origin": origin, "host": host}).status_code == 200
