"""The proxy's way to the service: a company's proxy, its certificates, what fails on the way, and what is sent."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from segmind_mock import Running, Settings, serving
from segmind_mock.api.exchange import Exchange
from segmind_mock.proxy.failure_causes import SendTracker, explain
from segmind_mock.proxy.proxy import Proxy, ProxySettings
from segmind_mock.proxy.rewriting import blot_query, split_query
from segmind_mock.proxy.upstream_route import UpstreamRoute, read_route
from segmind_mock.server.asgi import Answer
from segmind_mock.server.cli import main
from segmind_mock.server.proxy_options import finish, proxy_app
from segmind_mock.spec.facts import Model
from segmind_mock.spec.platform import PLATFORM
from tests.mock.conftest import PayloadOf, submit_path, sync_path
from tests.mock.proxy.test_proxy import CALLER, SECRET, Through, through
from tests.mock.sockets import read_response
from tests.waiting import LIMIT_S

CERTIFICATES = Path(__file__).parent / "certificates"
CA = str(CERTIFICATES / "ca.pem")
SERVICE = "https://service.example"
TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"


class CompanyProxy:
    """An HTTP proxy that leads to the service alone, under any name. `answers` are those to CONNECT, in order."""

    def __init__(self, service: str, answers: list[bytes | None]) -> None:
        self.seen: list[bytes] = []
        self._service = int(service.rpartition(":")[2])
        self._answers = answers
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATES / "service.pem")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """End, with all connections."""
        self.listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LIMIT_S)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                more = connection.recv(1)
                if not more:
                    return
                head += more
            self.seen.append(head)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            if answer is None:
                connection.recv(1)
                return
            connection.sendall(answer)
            if answer is TUNNEL:
                self._lead(connection)

    def _lead(self, connection: socket.socket) -> None:
        try:
            inner = self._context.wrap_socket(connection, server_side=True)
        except OSError:
            return
        with inner, socket.create_connection(("127.0.0.1", self._service), timeout=LIMIT_S) as outer:
            there = threading.Thread(target=_pump, args=(inner, outer), daemon=True)
            there.start()
            _pump(outer, inner)
            there.join(LIMIT_S)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


@contextmanager
def behind(
    *answers: bytes | None,
    origin: str = SERVICE,
    ca: str | None = CA,
    most: int = 1,
    userinfo: str = "",
    scheme: str = "http",
) -> Iterator[tuple[Through, CompanyProxy]]:
    """A validation proxy that reaches the service through a company's proxy."""
    with serving(Settings(keys=frozenset({SECRET}), hosts=frozenset({"service.example", "other.example"}))) as real:
        company = CompanyProxy(real.url, list(answers) or [TUNNEL])
        route = read_route(origin, f"{scheme}://{userinfo}{company.address}", ca, {})
        with calling(ProxySettings(origin, SECRET, most, route=route), real) as caller:
            yield caller, company
        company.close()


@contextmanager
def calling(forwarding: ProxySettings, real: Running | None = None) -> Iterator[Through]:
    app = proxy_app(forwarding)
    with serving(app=app) as running, httpx2.Client(base_url=running.url, headers={"x-api-key": CALLER}) as client:
        yield Through(real or running, running, client)


def counted(caller: Through) -> tuple[int, int, int]:
    proxy = caller.app.respond
    assert isinstance(proxy, Proxy)
    return proxy.paid, proxy.passed, proxy.unsent


@pytest.fixture
def post(large: Model, payload: PayloadOf) -> Callable[[Through], httpx2.Response]:
    return lambda caller: caller.post(sync_path(large), payload(large), timeout=LIMIT_S)


Post = Callable[[Through], httpx2.Response]


def test_through_a_company_proxy_with_its_own_authority(post: Post) -> None:
    with behind(userinfo="me:pass%20word@") as (caller, company):
        answer = post(caller)
        assert (answer.status_code, answer.headers["x-mock-source"]) == (200, "service")
        assert [head.splitlines()[0] for head in company.seen] == [b"CONNECT service.example:443 HTTP/1.1"]
        assert b"basic bwu6cgfzcyb3b3jk" in company.seen[0].lower()
        assert SECRET.encode() not in company.seen[0] and CALLER.encode() not in company.seen[0]
        assert counted(caller) == (1, 1, 0)


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "credentials": (
        {"answers": [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"]},
        "refused CONNECT service.example with 407",
    ),
    "forbidden": (
        {"answers": [b"HTTP/1.1 403 Forbidden\r\n\r\n"]},
        "refused CONNECT service.example with 403 Forbidden",
    ),
    "closed": ({"answers": [b""]}, "before it answered CONNECT service.example"),
    "issuer": (
        {"ca": None},
        "TLS: its certificate is not trusted (unable to get local issuer certificate); --upstream-ca FILE",
    ),
    "name": ({"origin": "https://other.example"}, "TLS: its certificate is not trusted (Hostname mismatch"),
    "no-tls": (
        {"answers": [TUNNEL + b"HTTP/1.1 400 Bad Request\r\n\r\n"]},
        "TLS: the handshake failed (",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_failed_connection_names_its_cause_and_is_not_paid(
    name: str, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    options, said = CASES[name]
    with behind(*options.pop("answers", []), **options) as (caller, company):
        for _ in range(2):
            answer = post(caller)
            assert (answer.status_code, answer.headers["x-mock-source"]) == (502, "proxy")
            error = answer.json()["error"]
            assert said in error and error.endswith("Nothing was sent to the service.")
            assert said in caplog.text
        if name != "issuer" and name != "name" and name != "no-tls":
            assert f"The proxy {company.address} (--upstream-proxy)" in error
        assert counted(caller) == (0, 0, 2)
        summary = finish(caller.app)[1]
        assert "2 requests could not be sent, and are not counted as paid calls." in summary
        assert "Nothing was compared with the spec." in summary and "matched" not in summary
        assert SECRET not in caplog.text


def test_a_call_that_was_not_sent_leaves_the_limit_unchanged(post: Post) -> None:
    with behind(b"HTTP/1.1 503 Service Unavailable\r\n\r\n", TUNNEL) as (caller, _):
        assert [post(caller).status_code for _ in range(3)] == [502, 200, 406]
        assert counted(caller) == (1, 1, 1)


def test_a_proxy_that_never_answers(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmind_mock.proxy.upstream._LIMITS", PLATFORM.limits._replace(read_timeout_s=0.1))
    with behind(None) as (caller, _):
        answer = post(caller)
        assert answer.status_code == 504
        assert "timed out before it answered CONNECT service.example" in answer.json()["error"]
        assert counted(caller) == (0, 0, 1)


def test_a_refused_connection_is_not_paid(post: Post) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for origin, proxy, peer in (
        (f"http://127.0.0.1:{port}", None, f"The service at http://127.0.0.1:{port}"),
        (SERVICE, f"http://127.0.0.1:{port}", f"The proxy 127.0.0.1:{port} (--upstream-proxy)"),
    ):
        route = read_route(origin, proxy, None, {})
        with calling(ProxySettings(origin, SECRET, 1, route=route)) as caller:
            answer = post(caller)
            assert answer.status_code == 502
            assert f"{peer} is not reachable: connection refused." in answer.json()["error"]
            assert counted(caller) == (0, 0, 1)


def test_a_connection_that_breaks_after_sending_counts_as_paid(post: Post) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def slam() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1)

        threading.Thread(target=slam, daemon=True).start()
        with calling(ProxySettings(f"http://127.0.0.1:{server.getsockname()[1]}", SECRET, 1)) as caller:
            answer = post(caller)
            assert answer.status_code == 502 and "may have been billed" in answer.json()["error"]
            assert counted(caller) == (1, 1, 0)
            assert "Nothing was compared with the spec." in finish(caller.app)[1]


def test_causes_of_failed_connections_in_words() -> None:
    def cause(error: Exception, reason: BaseException, tls: bool = False) -> str:
        error.__cause__ = OSError("All connection attempts failed")
        error.__cause__.__cause__ = (
            ExceptionGroup("several", [ValueError(), reason]) if isinstance(reason, Exception) else reason
        )
        tracker = SendTracker()
        tracker.tls = tls
        return explain(error, tracker, SERVICE, UpstreamRoute(), 5)

    failed, late = httpx2.ConnectError("x"), httpx2.ConnectTimeout("x")
    prefix = f"The service at {SERVICE} is not reachable: "
    assert cause(failed, socket.gaierror(-2, "Name or service not known")) == (
        f"{prefix}DNS: its name has no address (Name or service not known). Nothing was sent to the service."
    )
    assert cause(failed, OSError(101, "x")).startswith(f"{prefix}Network is unreachable.")
    assert cause(late, TimeoutError()).startswith(f"{prefix}time-out, no connection within 5 s.")
    assert cause(failed, ValueError(), tls=True).startswith(
        f"{prefix}TLS: the connection was closed during the handshake."
    )


def test_the_route_comes_from_option_or_environment() -> None:
    def route(origin: str = SERVICE, proxy: str | None = None, **environ: str) -> tuple[str | None, str]:
        found = read_route(origin, proxy, None, environ)
        return found.proxy, found.source

    direct = (None, "")
    assert route() == direct
    assert route(HTTPS_PROXY="http://p:3128") == ("http://p:3128", "HTTPS_PROXY")
    assert route(https_proxy="p:3128", HTTPS_PROXY="http://q") == ("http://p:3128", "https_proxy")
    assert route(ALL_PROXY="http://p:3128/") == ("http://p:3128", "ALL_PROXY")
    assert route(HTTP_PROXY="http://p:3128") == direct
    assert route(HTTPS_PROXY="http://p", NO_PROXY=".example") == direct
    assert route(HTTPS_PROXY="http://p", NO_PROXY="*") == direct
    assert route(HTTPS_PROXY="http://p", NO_PROXY="other.test")[0] == "http://p"
    assert route(proxy="http://q", HTTPS_PROXY="socks5://p", NO_PROXY="*") == ("http://q", "--upstream-proxy")
    assert route(proxy="none", HTTPS_PROXY="socks5://p") == direct
    assert route("http://127.0.0.1:9", HTTPS_PROXY="http://p", ALL_PROXY="http://p") == direct
    assert route("http://127.0.0.1:9", "http://127.0.0.1:8")[0] == "http://127.0.0.1:8"
    assert read_route(SERVICE, "https://p", None, {}).proxy_name == "p:443"
    assert read_route(SERVICE, None, None, {"SSL_CERT_FILE": CA}).certificates is not None
    assert read_route("http://localhost:9", None, None, {"SSL_CERT_FILE": "missing"}).certificates is None


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (["--upstream-proxy", "ftp://p"], {}, "--upstream-proxy: expected http://HOST:PORT or https://HOST:PORT, got 'ftp://p'"),
        (["--upstream-proxy", "http://h:31x28"], {}, "got 'http://h:31x28'"),
        (["--upstream-proxy", "http://["], {}, "got 'http://['"),
        (["--upstream-proxy", "http://me:secret@h:x"], {}, "got 'http://***@h:x'"),
        (["--upstream-proxy", "socks5://h:1"], {}, "SOCKS proxies are not supported"),
        ([], {"HTTPS_PROXY": "htp://x"}, "HTTPS_PROXY: expected http://HOST:PORT or https://HOST:PORT, got 'htp://x'; --upstream-proxy none connects directly"),
        ([], {"ALL_PROXY": "socks5://127.0.0.1:1"}, "ALL_PROXY: SOCKS proxies are not supported"),
        (["--upstream-ca", "/nowhere/ca.pem"], {}, "--upstream-ca: /nowhere/ca.pem: No such file or directory"),
        (["--upstream-ca", __file__], {}, f"--upstream-ca: {__file__} has no certificate"),
        ([], {"SSL_CERT_FILE": "/nowhere"}, "SSL_CERT_FILE: /nowhere: No such file or directory"),
        (["--upstream-ca", str(Path(__file__).parent)], {}, "Is a directory"),
    ],
)  # fmt: skip
def test_a_wrong_route_is_refused_at_the_start(
    arguments: list[str],
    environ: Mapping[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SEGMIND_API_KEY", SECRET)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main(["--port", "0", "--proxy", "https://api.example", "--max-paid-calls", "1", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and "secret" not in error


def test_an_unencrypted_key_goes_through_no_other_machine() -> None:
    with pytest.raises(ValueError, match="would receive the API key unencrypted"):
        read_route("http://127.0.0.1:9", "http://proxy.corp:3128", None, {})


@pytest.mark.parametrize("option", ["--upstream-proxy", "--upstream-ca"])
def test_options_of_the_route_need_the_proxy_option(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--port", "0", option, "x"]) == 2
    assert f"{option} needs --proxy URL" in capsys.readouterr().err
    assert main(["--port", "0", option, "x", "--replay", str(tmp_path)]) == 2
    assert f"--replay cannot be combined with {option}" in capsys.readouterr().err


# What is judged is what is sent.


def raw(proxy: Through, line: str, body: bytes = b"", *fields: str) -> tuple[int, bytes]:
    with socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2])), timeout=LIMIT_S) as connection:
        head = [
            f"{line} HTTP/1.1",
            "host: localhost",
            f"x-api-key: {CALLER}",
            *fields,
            f"content-length: {len(body)}",
            "",
            "",
        ]
        connection.sendall("\r\n".join(head).encode() + body)
        response, answer = read_response(connection)
        return response.status, answer


@pytest.mark.parametrize(
    "path",
    [
        "/v1/x/../{slug}",
        "/v1/./{slug}",
        "/v1/%2e%2e/v1/{slug}",
        "/v1/x%2f..%2f{slug}",
        "/v1/%252e%252e/v1/{slug}",
        "/v1/..;a=b/v1/{slug}",
        "/v1/x/..",
        "//v1/{slug}",
        "/v1//{slug}",
        "/v1/%2f{slug}",
        "/v1%5c{slug}",
        "/v1/x/..%5c{slug}",
        "/v1/{slug}%00",
        "/v1/{slug}%0a",
        "/v1/%25252525252525252e/{slug}",
    ],
)
def test_an_ambiguous_path_is_refused(path: str, large: Model) -> None:
    with through() as proxy:
        for method in ("POST", "GET"):
            status, answer = raw(proxy, f"{method} {path.format(slug=large.slug)}", b'{"prompt": 1}')
            assert status == 400 and b"Nothing was sent" in answer, answer
        assert proxy.arrived() == []
        assert counted(proxy) == (0, 0, 0)


def test_an_encoded_path_is_sent_as_it_was_judged(large: Model, payload: PayloadOf) -> None:
    with through() as proxy:
        for path in (f"/v1%2f{large.slug}", f"/v1/{large.slug.replace('-', '%2d')}"):
            assert raw(proxy, f"POST {path}", b'{"prompt": 1}')[0] == 400
            assert raw(proxy, f"POST {path}", json.dumps(payload(large)).encode())[0] == 200
        assert {entry["path"] for entry in proxy.arrived()} == {sync_path(large)}
        assert len(proxy.arrived()) == 2


def test_a_prefix_of_the_mock_is_no_endpoint_of_the_service(large: Model, payload: PayloadOf) -> None:
    with through() as proxy:
        proxy.post("/elsewhere" + submit_path(large), payload(large))
        assert "unknown-path" in proxy.codes()


def test_headers_that_replace_what_was_judged_are_not_sent(large: Model) -> None:
    fields = (
        "x-http-method-override: POST",
        "x-original-url: /v1/x",
        "x-rewrite-url: /v1/x",
        f"x-note: my {CALLER}!",
        "x-kept: 1",
    )
    with through() as proxy:
        raw(proxy, "GET /v2/requests/x/status", b"", *fields)
        (entry,) = proxy.arrived()
    assert [name for name in entry["headers"] if name.startswith("x-")] == ["x-kept", "x-api-key"]


@pytest.mark.parametrize("name", ["key", "KEY", "api_key", "api-key", "x-api-key", "access_token", "auth", "%6bey"])
def test_a_key_in_the_query_is_nowhere(
    name: str, large: Model, payload: PayloadOf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "segmind_mock")
    secret = "other-secret-13579"
    queries: list[str] = []
    with through(record=tmp_path / "recording") as proxy:
        real = proxy.real.app
        inner = real.respond

        async def look(exchange: Exchange) -> Answer:
            queries.append(exchange.request.query)
            return await inner(exchange)

        real.respond = look
        for joined in ("&", ";"):
            answer = proxy.post(f"{sync_path(large)}?a=1{joined}{name}={secret}", payload(large))
            assert answer.headers["x-mock-findings"] == "key-in-query"
        proxy.client.get(f"/media/x/0.jpeg?{name}={secret}")
        seen = json.dumps(proxy.findings()) + proxy.client.get("/__mock/requests").text + caplog.text
    files = b"".join(path.read_bytes() for path in (tmp_path / "recording").rglob("*.json"))
    assert queries == ["a=1", "a=1", ""]
    assert secret not in seen and secret.encode() not in files


def test_a_path_with_the_callers_key_is_not_sent() -> None:
    with through() as proxy:
        status, answer = raw(proxy, f"GET /v2/requests/{CALLER}/status")
        assert status == 400 and b"contains the caller's API key" in answer and CALLER.encode() not in answer
        assert proxy.arrived() == []


@pytest.mark.parametrize("path", ["/v1/tinysd1.5-txt2img", "/v1/nobody", "/v3/later"])
def test_a_body_with_the_callers_key_is_not_sent(path: str) -> None:
    body = json.dumps({"prompt": "fog", "api_key": CALLER}).encode()
    with through() as proxy:
        status, answer = raw(proxy, f"POST {path}", body)
        assert status == 400 and b"The body contains the caller's API key" in answer and CALLER.encode() not in answer
        assert proxy.arrived() == []


def test_secrets_are_found_in_any_form_of_query() -> None:
    assert split_query("a=1;b=2&c") == ("a=1;b=2&c", [])
    assert split_query("keyword=1&monkey=2") == ("keyword=1&monkey=2", [])
    assert split_query(f"{CALLER}&b=1", CALLER) == ("b=1", ["redacted"])
    assert blot_query("https://a/b?key=x;c=d#e") == "https://a/b?key=redacted;c=d#e"
