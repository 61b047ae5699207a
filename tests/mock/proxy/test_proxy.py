"""The validation proxy: a second mock stands for the real service, or a wrong one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import segmind

from segmind_client import InferenceFailed, SegmindClient
from segmind_mock import Clock, Pace, Running, Settings, serving
from segmind_mock.api.exchange import Exchange, Mock
from segmind_mock.api.scenarios import SCENARIOS
from segmind_mock.proxy.proxy import Proxy, ProxySettings
from segmind_mock.proxy.rewriting import move, rewrite, split_query
from segmind_mock.proxy.upstream import read_target
from segmind_mock.server.app import App
from segmind_mock.server.asgi import Answer, error_answer
from segmind_mock.server.cli import main
from segmind_mock.server.limits import RequestRefused
from segmind_mock.server.proxy_options import finish, proxy_app
from segmind_mock.spec.catalog import SLUGS, find, get
from segmind_mock.spec.facts import Model
from segmind_mock.spec.platform import PLATFORM
from segmind_mock.state.redaction import identity, label
from tests.mock.conftest import PayloadOf, submit_path, sync_path
from tests.mock.sockets import read_request, read_response
from tests.waiting import LIMIT_S, killed_at_the_end

#: What must be found nowhere but at the service; and what the callers send.
SECRET = "SG_the-real-key-0123456789"
CALLER = "caller-key-9876543210"


class Wrong(App):
    """A mock that answers as it should but for what `mutate` does to its answers."""

    def __init__(self, mutate: Callable[[Exchange, Answer], Answer | None], **settings: Any) -> None:
        super().__init__(Mock(Settings(**settings), Clock()), self._mutated)
        self._mutate = mutate

    async def _mutated(self, exchange: Exchange) -> Answer:
        from segmind_mock.api.dispatch import respond

        try:
            answer = await respond(exchange)
        except RequestRefused as refused:
            answer = error_answer(refused.status, refused.message)
        return self._mutate(exchange, answer) or answer


class Through:
    """A client that goes through a proxy to a service."""

    def __init__(self, real: Running, proxy: Running, client: httpx2.Client) -> None:
        self.real = real
        self.url = proxy.url
        self.app = proxy.app
        self.client = client

    def post(self, path: str, payload: Mapping[str, object], **rest: Any) -> httpx2.Response:
        return self.client.post(path, json=payload, **rest)

    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get("/__mock/drift").json()["findings"]
        return found

    def codes(self) -> list[str]:
        return [finding["code"] for finding in self.findings()]

    def arrived(self) -> list[dict[str, Any]]:
        """Return the requests that reached the service."""
        found: list[dict[str, Any]] = httpx2.get(self.real.url + "/__mock/requests").json()["requests"]
        return found


@contextmanager
def through(
    service: App | None = None,
    most: int = 100,
    forward_invalid: bool = False,
    record: Path | None = None,
    **settings: Any,
) -> Iterator[Through]:
    with serving(Settings(keys=frozenset({SECRET})), app=service) as real:
        proxying = ProxySettings(real.url, SECRET, most, forward_invalid)
        app = proxy_app(proxying, Settings(**settings), str(record) if record else None)
        with serving(app=app) as proxy, httpx2.Client(base_url=proxy.url, headers={"x-api-key": CALLER}) as client:
            yield Through(real, proxy, client)


@pytest.fixture
def proxy() -> Iterator[Through]:
    with through() as made:
        yield made


def replaced(answer: Answer, body: bytes, **headers: str) -> Answer:
    """The answer with another body or header."""
    names = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    answer.body = body
    names[b"content-length"] = b"%d" % len(body)
    answer.headers = [(n, v) for n, v in answer.headers if n not in names] + list(names.items())
    return answer


# What goes through, and comes back.


def test_a_correct_service_gives_no_finding(proxy: Through, payload: PayloadOf) -> None:
    """All models, v1 and v2, each format, bytes and base64, one and several: no false alarm, not even a note."""
    for slug in SLUGS:
        model = find(slug)
        assert model is not None and model.sync is not None and model.submit is not None
        wanted = payload(model)
        if slug == "tinysd1.5-txt2img":
            wanted["scheduler"] = "Euler"
        formats: list[dict[str, str]] = [{}]
        if model.output.format is not None:
            formats = [{model.output.format: kind} for kind in model.parameters[model.output.format].enum]
        for one in formats:
            for base64 in (False, True):
                for count in (1, 2):
                    asked = {**wanted, **one}
                    asked |= {model.output.base64: base64} if model.output.base64 else {}
                    asked |= {model.output.count: count} if model.output.count else {}
                    answer = proxy.post(sync_path(model), asked)
                    assert (answer.status_code, answer.headers["x-mock-drift"]) == (200, "0"), answer.headers
                    assert answer.headers["x-mock-source"] == "service"
                    if base64 == (count == 1):
                        job = proxy.post(submit_path(model), asked).json()
                        assert job["status_url"].startswith(proxy.url)
                        for _ in range(4):
                            proxy.client.get(job["status_url"])
                            result = proxy.client.get(job["response_url"]).json()
                        outputs = result["output"] if isinstance(result["output"], list) else [result["output"]]
                        for url in outputs:
                            assert url.startswith(proxy.url)
                            assert httpx2.get(url).content[:2] in (b"\xff\xd8", b"\x89P", b"RI")
    assert proxy.findings() == []
    assert finish(proxy.app)[0] == 0


#: The scenarios in which the service does what no page has, and the drift that is then found. All others may happen.
DRIFTS = {
    "redirect-302": {"undocumented-status"},
    "unknown-state": {"unknown-state"},
    "unknown-state-passing": {"unknown-state"},
    "completed-then-expired": {"lost-request"},
    "foreign-status-url": {"foreign-url", "wrong-url"},
    "relative-status-url": {"relative-url"},
    "json-declared": {"content-type-mismatch"},
    "empty-body": {"empty-body"},
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenarios_that_break_the_documentation_are_drift(
    proxy: Through, large: Model, payload: PayloadOf, name: str
) -> None:
    def plan() -> None:
        httpx2.post(proxy.real.url + "/__mock/scenarios", json={"key": SECRET, "scenario": name})

    plan()
    proxy.post(sync_path(large), payload(large))
    plan()
    submitted = proxy.post(submit_path(large), payload(large))
    if submitted.status_code == 200 and submitted.content:
        # A URL that leads elsewhere is not followed: what it says of itself is found at the submit.
        where = f"/v2/requests/{submitted.json()['request_id']}"
        for _ in range(5):
            proxy.client.get(f"{where}/status")
        proxy.client.get(where)
    drift = {finding["code"] for finding in proxy.findings() if finding["severity"] == "drift"}
    assert drift == DRIFTS.get(name, set())


def test_the_pages_own_sample_is_a_note(proxy: Through, large: Model, payload: PayloadOf) -> None:
    httpx2.post(proxy.real.url + "/__mock/scenarios", json={"key": SECRET, "scenario": "json-on-200"})
    answer = proxy.post(sync_path(large), payload(large))
    assert (answer.headers["x-mock-drift"], answer.headers["x-mock-findings"]) == ("0", "json-on-200")


def test_the_callers_key_stays_and_ours_goes(proxy: Through, large: Model, payload: PayloadOf) -> None:
    sent = {"x-api-key": CALLER, "authorization": f"Bearer {CALLER}", "cookie": f"a={CALLER}", "x-kept": "yes"}
    answer = proxy.post(f"{sync_path(large)}?api_key={CALLER}&q={CALLER}&kept=1", payload(large), headers=sent)
    assert answer.status_code == 200
    assert answer.headers["x-mock-findings"] == "key-in-query"
    journal = json.dumps(proxy.arrived()) + json.dumps(httpx2.get(proxy.real.url + "/__mock/credits").json())
    assert label(identity(SECRET)) in journal
    assert CALLER not in journal


def test_headers_query_and_body_that_reach_the_service(large: Model, payload: PayloadOf) -> None:
    seen: list[tuple[dict[bytes, bytes], str, bytes]] = []

    def look(exchange: Exchange, answer: Answer) -> None:
        request = exchange.request
        seen.append((request.headers, request.query, request.body))

    with through(Wrong(look)) as proxy:
        headers = {
            "connection": "x-hop",
            "x-hop": "1",
            "te": "trailers",
            "x-auth-token": CALLER,
            "x-custom": "kept",
            "user-agent": "mine",
            "x-forwarded-for": "10.0.0.1",
            "x-mock-thing": "1",
        }
        body = json.dumps(payload(large), indent=3).encode()
        proxy.client.post(sync_path(large) + "?a=1&token=x", content=body, headers=headers)
        proxy.client.get("/v2/requests/x/status")
    (sent, query, body_sent), (polled, _, _) = seen
    assert (query, body_sent) == ("a=1", body)
    assert not {b"x-hop", b"te", b"x-auth-token", b"x-forwarded-for", b"x-mock-thing"} & sent.keys()
    assert sent[b"x-custom"] == b"kept" and sent[b"user-agent"] == b"mine"
    assert sent[b"x-api-key"] == polled[b"x-api-key"] == SECRET.encode()
    assert sent[b"accept-encoding"] == b"identity"


def test_unknown_and_missing_keys_are_refused_by_the_proxy(large: Model, payload: PayloadOf) -> None:
    with through(keys=frozenset({CALLER})) as proxy:
        for key in ({}, {"x-api-key": "another"}):
            for path in (sync_path(large), submit_path(large), "/v1/unknown"):
                answer = httpx2.post(proxy.url + path, json=payload(large), headers=key)
                assert (answer.status_code, answer.headers["x-mock-source"]) == (401, "proxy")
            assert httpx2.get(proxy.url + "/v2/requests/x/status", headers=key).status_code == 401
        assert "missing-key" in proxy.codes()
        assert proxy.arrived() == []


def test_an_unkeyed_download_carries_no_key(large: Model) -> None:
    keys: list[bytes | None] = []
    with through(Wrong(lambda exchange, _: keys.append(exchange.request.headers.get(b"x-api-key")))) as proxy:
        httpx2.get(proxy.url + "/media/x/0.jpeg")
        proxy.client.get("/media/x/0.jpeg")
    assert keys == [None, SECRET.encode()]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"host": "evil.example"},
        {"x-mock-scenario": "stuck"},
        {"prefer": "code=429"},
    ],
)
def test_what_must_not_spend_money_does_not(
    proxy: Through, large: Model, payload: PayloadOf, headers: dict[str, str]
) -> None:
    answer = proxy.post(sync_path(large), payload(large), headers=headers)
    assert answer.status_code in (400, 403, 421)
    assert proxy.arrived() == []


def test_a_scenario_that_waits_is_refused_too(proxy: Through, large: Model, payload: PayloadOf) -> None:
    proxy.client.post("/__mock/scenarios", json={"scenario": "status-429"})
    assert proxy.post(sync_path(large), payload(large)).status_code == 400
    assert proxy.arrived() == []


def test_browsers_are_not_let_in_by_the_service(large: Model, payload: PayloadOf) -> None:
    cookies: list[bytes | None] = []

    def welcome(exchange: Exchange, answer: Answer) -> None:
        cookies.append(exchange.request.headers.get(b"cookie"))
        answer.add("access-control-allow-origin", "*")
        answer.add("set-cookie", "a=b")
        answer.add("alt-svc", 'h3=":443"')

    with through(Wrong(welcome)) as proxy:
        for _ in range(2):
            answer = proxy.post(sync_path(large), payload(large))
        assert not {"access-control-allow-origin", "set-cookie", "alt-svc"} & set(answer.headers)
    assert cookies == [None, None]


def test_no_path_leads_to_another_host(proxy: Through) -> None:
    with socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2])), timeout=LIMIT_S) as connection:
        for target in (
            "@evil.example/",
            "http://evil.example/v1/x",
            "//evil.example/v1",
            "/v1/..%2f..%2f__mock/health",
        ):
            connection.sendall(f"GET {target} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {CALLER}\r\n\r\n".encode())
            response, body = read_response(connection)
            assert response.status >= 400, (target, body)
            if b"Invalid HTTP request" in body:
                return
    assert {entry["path"] for entry in proxy.arrived()} <= {
        "/v1/x",
        "//evil.example/v1",
        "/__mock/health",
        "/v1/../../__mock/health",
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("{path}%3Fkey=secret", "an encoded question mark"),
        ("{path}%2523", "an encoded number sign"),
        ("{path};a=1", "a semicolon"),
        ("{path}%2567", "decoded again"),
        ("/v9/../{path}", "the dot segment '..'"),
    ],
)
def test_a_path_that_may_lead_to_a_model_in_another_reading_is_refused(
    proxy: Through, payload: PayloadOf, change: str, said: str
) -> None:
    tiny = get("tinysd1.5-txt2img")
    path = sync_path(tiny) if "2567" not in change else sync_path(tiny).removesuffix("g")
    request = f"POST {change.format(path=path)} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {CALLER}\r\n"
    body = json.dumps(payload(tiny))
    with socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2])), timeout=LIMIT_S) as connection:
        connection.sendall(f"{request}content-length: {len(body)}\r\n\r\n{body}".encode())
        response, answer = read_response(connection)
    assert response.status == 400 and said in json.loads(answer)["error"], answer
    assert proxy.arrived() == []


def test_a_proxy_of_itself_is_refused(large: Model) -> None:
    with through() as proxy:
        own = proxy.app.respond
        assert isinstance(own, Proxy)
        own.proxy_settings = own.proxy_settings._replace(origin=proxy.url)
        answer = proxy.client.get("/v2/requests/x/status")
        assert "--proxy is set to its own address" in answer.json()["error"]


# Money.


def test_the_limit_lets_exactly_n_through(large: Model, payload: PayloadOf) -> None:
    with through(most=7) as proxy:

        def ask(number: int) -> httpx2.Response:
            path = sync_path(large) if number % 2 else submit_path(large)
            return httpx2.post(
                proxy.url + path, json=payload(large), headers={"x-api-key": f"caller-{number}"}, timeout=LIMIT_S
            )

        with ThreadPoolExecutor(25) as pool:
            answers = list(pool.map(ask, range(50)))
        refused = [answer for answer in answers if answer.status_code != 200]
        assert len(answers) - len(refused) == 7 == len(proxy.arrived())
        assert {answer.status_code for answer in refused} == {406}
        assert "--max-paid-calls" in refused[0].json()["error"]
        assert refused[0].headers["x-mock-source"] == "proxy"
        assert proxy.client.get("/v2/requests/x/status").status_code == 404, "what is free still passes"


def test_a_limit_of_zero_paid_calls_sends_none(large: Model, payload: PayloadOf) -> None:
    with through(most=0) as proxy:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for path in (sync_path(large), "/v9/anything"):
                answer = proxy.client.request(method, path, json=payload(large))
                assert answer.status_code == 406
        assert proxy.arrived() == []


def test_a_failed_call_counts_as_paid(large: Model, payload: PayloadOf) -> None:
    with through(most=2) as proxy:
        httpx2.post(proxy.real.url + "/__mock/scenarios", json={"key": SECRET, "scenario": "status-500", "times": 2})
        assert [proxy.post(sync_path(large), payload(large)).status_code for _ in range(3)] == [500, 500, 406]


def test_invalid_requests_are_not_forwarded(proxy: Through, large: Model) -> None:
    for body in (b'{"prompt": 1}', b"{", b"[]", b""):
        answer = proxy.client.post(submit_path(large), content=body)
        assert answer.status_code == 400
        assert "--forward-invalid" in answer.json()["error"]
        assert set(answer.headers["x-mock-findings"].split(",")) & {"invalid-parameter", "malformed-body"}
    assert proxy.arrived() == []
    assert proxy.app.mock.findings.drift("client") and not proxy.app.mock.findings.drift("service")
    assert finish(proxy.app)[0] == 0, "a caller's mistakes are not the service's"


def test_invalid_requests_are_forwarded_with_forward_invalid(large: Model, payload: PayloadOf) -> None:
    with through(forward_invalid=True) as proxy:
        answer = proxy.post(sync_path(large), payload(large) | {"steps": 1})
        assert (answer.status_code, answer.headers["x-mock-source"]) == (400, "service")
        assert proxy.codes() == ["invalid-parameter"]
        httpx2.post(proxy.real.url + "/__mock/scenarios", json={"key": SECRET, "scenario": "late-validation"})
        proxy.post(submit_path(large), payload(large) | {"steps": 1})
        assert proxy.codes()[1:] == ["invalid-parameter", "validation"]


# Services that do not keep to the spec, or do not answer.


def test_a_wrong_picture_is_seen_in_every_report(
    large: Model, payload: PayloadOf, caplog: pytest.LogCaptureFixture
) -> None:
    def shrink(exchange: Exchange, answer: Answer) -> None:
        if exchange.slug:
            from io import BytesIO

            from PIL import Image

            out = BytesIO()
            Image.new("RGB", (32, 32)).save(out, "png")
            replaced(answer, out.getvalue())

    with through(Wrong(shrink)) as proxy:
        answer = proxy.post(sync_path(large), payload(large))
        assert answer.headers["x-mock-drift"] == "3"
        assert answer.headers["x-mock-findings"] == "content-type-mismatch,wrong-format,wrong-size"
        number = proxy.client.get("/__mock/requests").json()["requests"][-1]["number"]
        found = proxy.client.get(f"/__mock/drift?request={number}&code=wrong-size").json()
        assert [(f["came"], f["side"], f["slug"]) for f in found["findings"]] == [("32x32", "service", large.slug)]
        assert found["drift"] == {"client": 0, "service": 3}
        assert "wrong-size" in caplog.text
        status, said = finish(proxy.app)
        assert status == 1 and "wrong-size" in said and "1 of at most 100 paid calls" in said


def test_a_job_that_goes_back_and_a_foreign_url(large: Model, payload: PayloadOf) -> None:
    states = iter(["PROCESSING", "QUEUED"])

    def confuse(exchange: Exchange, answer: Answer) -> None:
        body = json.loads(answer.body)
        if exchange.request.method == "POST":
            body["status_url"] = body["status_url"].replace("127.0.0.1", "evil.example")
        else:
            body["status"] = next(states)
        replaced(answer, json.dumps(body).encode())

    with through(Wrong(confuse)) as proxy:
        job = proxy.post(submit_path(large), payload(large)).json()
        assert job["status_url"].startswith("http://evil.example")
        assert job["response_url"].startswith(proxy.url)
        for _ in range(2):
            proxy.client.get(f"/v2/requests/{job['request_id']}/status")
        assert proxy.codes() == ["foreign-url", "state-backwards"]


def test_a_redirect_is_drift_and_not_followed(large: Model, payload: PayloadOf) -> None:
    def send_away(exchange: Exchange, answer: Answer) -> Answer:
        moved = Answer(302, b"")
        moved.add("location", f"{exchange.request.origin}/v1/elsewhere" if exchange.slug else "https://evil.example/x")
        return moved

    with through(Wrong(send_away)) as proxy:
        answer = proxy.post(sync_path(large), payload(large))
        assert answer.status_code == 302
        assert answer.headers["location"] == proxy.url + "/v1/elsewhere"
        assert len(proxy.arrived()) == 1
        assert "undocumented-status" in proxy.codes()


def test_an_echoed_key_is_taken_out(large: Model, payload: PayloadOf) -> None:
    def echo(exchange: Exchange, answer: Answer) -> None:
        key = exchange.request.headers[b"x-api-key"].decode()
        answer.add("x-echo", key)
        replaced(
            answer, json.dumps({"error": f"no {key}", "more": {key: [key]}}).encode(), content_type="application/json"
        )
        answer.status = 400

    with through(Wrong(echo)) as proxy:
        answer = proxy.post(sync_path(large), payload(large))
        assert SECRET not in answer.text + str(answer.headers)
        assert "key-echoed" in proxy.codes()
        assert SECRET not in json.dumps(proxy.findings())


@pytest.mark.parametrize("way", ["refuses", "hangs up", "half", "no http", "endless", "status"])
def test_a_missing_or_broken_answer_is_reported_and_not_requested_again(
    large: Model, payload: PayloadOf, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segmind_mock.proxy.upstream._LIMITS", PLATFORM.limits._replace(max_response_bytes=100_000))
    sent = {
        "hangs up": b"",
        "half": b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
        "no http": b"hello\r\n\r\n",
        "endless": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000,
        "status": b"HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n",
    }
    connections: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer_each() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connections.append(1)
                    # What is left unread when it closes would turn its answer into a reset.
                    read_request(connection)
                    try:
                        connection.sendall(sent[way])
                    except OSError:
                        return

        if way == "refuses":
            server.close()
        else:
            threading.Thread(target=answer_each, daemon=True).start()
        app = proxy_app(ProxySettings(f"http://127.0.0.1:{port}", SECRET, 5))
        with serving(app=app) as proxy:
            answer = httpx2.post(proxy.url + sync_path(large), json=payload(large), headers={"x-api-key": CALLER})
            assert answer.status_code == 502
            assert answer.json()["error"].startswith("The service")
            assert answer.headers["x-mock-findings"] == ("too-large" if way == "endless" else "no-answer")
            assert SECRET not in answer.text
            assert len(connections) == (0 if way == "refuses" else 1)
        # On Linux, closing does not wake one who waits in accept.
        server.close()


def test_a_service_that_takes_too_long(large: Model, payload: PayloadOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmind_mock.proxy.upstream._LIMITS", PLATFORM.limits._replace(read_timeout_s=0.2))
    with socket.create_server(("127.0.0.1", 0)) as server:
        app = proxy_app(ProxySettings(f"http://127.0.0.1:{server.getsockname()[1]}", SECRET, 5))
        with serving(app=app) as proxy:
            answer = httpx2.post(proxy.url + sync_path(large), json=payload(large), headers={"x-api-key": CALLER})
    assert answer.status_code == 504
    assert "may have been billed" in answer.json()["error"]


def test_a_service_that_compresses_unasked(large: Model, payload: PayloadOf) -> None:
    import gzip

    def press(exchange: Exchange, answer: Answer) -> None:
        replaced(answer, gzip.compress(answer.body), content_encoding="gzip")

    with through(Wrong(press)) as proxy:
        job = proxy.post(submit_path(large), payload(large))
        assert job.json()["status_url"].startswith(proxy.url)
        assert proxy.findings() == []


# The clients.


def test_the_generated_client_works_through_the_proxy(
    proxy: Through, large: Model, payload: PayloadOf, tmp_path: Path
) -> None:
    with SegmindClient(api_key=CALLER, base_url=proxy.url) as client:
        image = client.stable_diffusion_3_5_large_txt2img.generate(**payload(large))
        assert (image.width, image.height) == (64, 64)
        job = client.stable_diffusion_3_5_large_txt2img.submit(**payload(large))
        done = job.wait(timeout=60, interval=0.01)
        assert client.download(done).width == 64
    assert proxy.findings() == []


def test_the_official_sdk_works_through_the_proxy(proxy: Through, large: Model, payload: PayloadOf) -> None:
    client = segmind.SegmindClient(api_key=CALLER, base_url=proxy.url + "/v1")
    with client._client:
        job = client.submit_async(large.slug, **payload(large))
        assert job.wait(timeout=60, interval=0.01)["status"] == "COMPLETED"
        assert client.run_sync(large.slug, **payload(large)).status_code == 200
    assert proxy.findings() == []
    keys = {entry["key"] for entry in proxy.arrived()}
    assert keys == {label(identity(SECRET))}


def test_many_calls_at_once_are_no_drift(large: Model, payload: PayloadOf) -> None:
    """Jobs that end by time and by failing, beside v1, from many callers: states and credits stay above suspicion."""
    with serving(Settings(keys=frozenset({SECRET}), pace=Pace("time", 0.05))) as real:
        app = proxy_app(ProxySettings(real.url, SECRET, 1000))
        with serving(app=app) as proxy:
            plan = {"key": SECRET, "scenario": "job-fails", "times": 20}
            httpx2.post(real.url + "/__mock/scenarios", json=plan)

            def use(number: int) -> None:
                with SegmindClient(api_key=f"caller-key-{number}", base_url=proxy.url) as client:
                    for _ in range(4):
                        job = client.stable_diffusion_3_5_large_txt2img.submit(**payload(large))
                        try:
                            client.download(job.wait(timeout=60, interval=0.01))
                        except InferenceFailed:
                            client.stable_diffusion_3_5_large_txt2img.generate(**payload(large))

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(use, range(8)))
        assert [found for _, found in app.mock.findings.groups()] == []


def test_an_endless_object_is_not_told_endlessly(large: Model, payload: PayloadOf) -> None:
    def pad(exchange: Exchange, answer: Answer) -> None:
        body = json.loads(answer.body) | {f"key-{number}" + "x" * 500: 1 for number in range(2000)}
        replaced(answer, json.dumps(body).encode())

    with through(Wrong(pad)) as proxy:
        answer = proxy.post(submit_path(large), payload(large))
        assert answer.headers["x-mock-findings"] == "additional-field"
        assert 10 < len(proxy.findings()) <= 100
        assert len(proxy.client.get("/__mock/drift").content) < 200_000


# The command line.


def environment(key: str | None = SECRET) -> dict[str, str]:
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "HTTP_PROXY": "http://127.0.0.1:9"}
    given.pop("SEGMIND_API_KEY", None)
    return given | ({"SEGMIND_API_KEY": key} if key is not None else {})


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "segmind_mock", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    with killed_at_the_end(process):
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://"), process.stderr.read()
        yield process, line.split()[-1]


@pytest.mark.parametrize("drifts", [False, True])
def test_the_process_ends_with_a_summary_and_its_status(
    large: Model, payload: PayloadOf, drifts: bool, tmp_path: Path
) -> None:
    def spoil(exchange: Exchange, answer: Answer) -> None:
        if drifts and exchange.request.method == "POST":
            replaced(answer, b"not it", content_type="image/jpeg")

    folder = tmp_path / "kept"
    with (
        serving(app=Wrong(spoil)) as real,
        started("--proxy", real.url, "--max-paid-calls", "1", "--record", str(folder), "--log-level", "debug") as (
            process,
            url,
        ),
    ):
        with httpx2.Client(base_url=url, headers={"x-api-key": CALLER}) as client:
            told = [client.post(sync_path(large), json=payload(large) | {"prompt": f"fog {CALLER}"}) for _ in range(2)]
            told.append(client.get("/__mock/drift"))
            told.append(client.get("/__mock/requests"))
        assert [answer.status_code for answer in told] == [200, 406, 200, 200]
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == (1 if drifts else 0)
    assert "1 of at most 1 paid calls" in err
    assert ("The service drifted" in err) is drifts and ("not-a-picture" in err) is drifts
    assert "httpx2" not in err and "httpcore2" not in err, "they log URLs and headers as they are"
    everything = out + err + "".join(str(answer.headers) + answer.text for answer in told)
    everything += "".join(
        path.read_bytes().decode("latin-1") + str(path) for path in folder.rglob("*") if path.is_file()
    )
    assert SECRET not in everything
    assert CALLER not in everything


@pytest.mark.parametrize("patient", [True, False])
def test_a_proxy_that_is_stopped_waits_for_paid_calls_with_a_limit(
    large: Model, payload: PayloadOf, patient: bool, tmp_path: Path
) -> None:
    came, go = threading.Event(), threading.Event()

    def hold(exchange: Exchange, answer: Answer) -> None:
        came.set()
        go.wait(LIMIT_S)

    folder = tmp_path / "kept"
    with (
        serving(app=Wrong(hold)) as real,
        started("--proxy", real.url, "--max-paid-calls", "1", "--record", str(folder)) as (process, url),
        ThreadPoolExecutor(1) as pool,
    ):
        asking = pool.submit(
            httpx2.post, url + sync_path(large), json=payload(large), headers={"x-api-key": CALLER}, timeout=LIMIT_S
        )
        assert came.wait(LIMIT_S)
        process.send_signal(signal.SIGTERM)
        if patient:
            go.set()
            assert asking.result(LIMIT_S).status_code == 200
        _, err = process.communicate(timeout=LIMIT_S)
        go.set()
        if not patient:
            assert asking.result(LIMIT_S).status_code == 500
    assert process.returncode == 0
    assert ("1 paid calls were cancelled" in err) is not patient
    assert ("1 exchanges recorded" in err) is patient


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--proxy", "https://api.example"], "--max-paid-calls"),
        (["--max-paid-calls", "1"], "needs --proxy"),
        (["--record", "x"], "needs --proxy"),
        (["--forward-invalid"], "needs --proxy"),
        (["--proxy", "api.example", "--max-paid-calls", "1"], "expected an absolute URL"),
        (["--proxy", "ftp://api.example", "--max-paid-calls", "1"], "expected an absolute URL"),
        (["--proxy", "https://me:word@api.example", "--max-paid-calls", "1"], "expected an absolute URL"),
        (["--proxy", "https://api.example/v1", "--max-paid-calls", "1"], "without a path"),
        (["--proxy", "http://api.example", "--max-paid-calls", "1"], "unencrypted"),
        (["--proxy", "https://api.example", "--max-paid-calls", "1", "--replay", "x"], "cannot be combined with"),
        (["--replay", "x", "--record", "y"], "cannot be combined with"),
        (["--replay", "/nowhere/at/all"], "not a recording"),
        (["--proxy", "https://api.example", "--max-paid-calls", "1", "--host", "0.0.0.0"], "--key"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGMIND_API_KEY", SECRET)
    assert main(["--port", "0", *arguments]) == 2
    err = capsys.readouterr().err.splitlines()
    assert said in err[-1] and len(err) == (2 if "0.0.0.0" in arguments else 1)


@pytest.mark.parametrize(("key", "said"), [(None, "is not set"), ("", "is not set"), ("Grüße-Grüße", "not an API key"), ("two words", "not an API key")])  # fmt: skip
def test_the_key_comes_from_the_environment(
    key: str | None, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEGMIND_API_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("SEGMIND_API_KEY", key)
    assert main(["--port", "0", "--proxy", "https://api.example", "--max-paid-calls", "1"]) == 2
    err = capsys.readouterr().err
    assert said in err and "SEGMIND_API_KEY" in err
    assert not key or key not in err


# The parts.


@pytest.mark.parametrize("url", ["https://api.example", "https://api.example/", "HTTPS://API.example:443"])
def test_a_target_is_an_origin(url: str) -> None:
    assert read_target(url) == "https://api.example"


OLD, NEW = "https://api.example", "http://127.0.0.1:8787"


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("https://api.example/v2/x?a=b#c", NEW + "/v2/x?a=b#c"),
        ("HTTPS://API.EXAMPLE:443/v2", NEW + "/v2"),
        ("https://api.example", NEW),
        ("https://api.example.evil.example/v2", None),
        ("https://api.example@evil.example/", None),
        ("https://evil.example/?https://api.example/", None),
        ("https://api.example\\@evil.example/", None),
        ("http://api.example/", None),
        ("see https://api.example/", None),
        ("/v2/x", None),
    ],
)
def test_urls_of_the_service_become_urls_of_the_proxy(text: str, moved: str | None) -> None:
    assert move(text, OLD, NEW) == moved


def test_rewriting_leaves_every_other_byte() -> None:
    body = (
        rb'{ "a":"https:\/\/api.example\/x","b" : 1.0, "b":1e400, "c":"\ud800 https://api.example", '
        rb'"d":["\u0068ttps://api.example/y","https://cdn.example/z"]}'
    )
    expected = (
        rb'{ "a":"http://127.0.0.1:8787/x","b" : 1.0, "b":1e400, "c":"\ud800 https://api.example", '
        rb'"d":["http://127.0.0.1:8787/y","https://cdn.example/z"]}'
    )
    assert rewrite(body, OLD, NEW) == expected
    for other in (b"", b"<html>https://api.example/</html>", b"\xff\xd8https://api.example", b'{"a": "b"}'):
        assert rewrite(other, OLD, NEW) == other


def test_secrets_are_taken_out_of_a_query() -> None:
    assert split_query("a=1&API_KEY=x&b=%63aller&c", "caller") == ("a=1&c", ["API_KEY", "b"])
    assert split_query("") == ("", [])
