"""Requests that offer an upgrade to another protocol, as Java's HttpClient and curl send them: answered as if they did not."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from segmind_mock import Running, Settings, serving
from tests.mock.conftest import KEY, Start
from tests.mock.proxy.test_proxy import through
from tests.mock.sockets import read_response
from tests.waiting import LIMIT_S

BODY = json.dumps({"prompt": "fog over a lake", "seed": 7}).encode()
HALF = len(BODY) // 2
OFFERS = {
    "h2c": "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    "websocket": "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    "tls": "Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.0, HTTP/1.1",
    "repeated": "Upgrade: h2c\r\nUpgrade: websocket\r\nConnection: Upgrade",
}
LENGTH = f"content-length: {len(BODY)}"
CHUNKED = "transfer-encoding: chunked"
CHUNKS = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (HALF, BODY[:HALF], len(BODY) - HALF, BODY[HALF:])


def head(*fields: str, start: str = "POST /v2/tinysd1.5-txt2img HTTP/1.1") -> bytes:
    shared = ("host: localhost", f"x-api-key: {KEY}", "content-type: application/json")
    return "\r\n".join([start, *shared, *fields, "", ""]).encode()


def connect(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=LIMIT_S)


@pytest.fixture(scope="module")
def mock() -> Iterator[Running]:
    with serving(Settings()) as running:
        yield running


@pytest.fixture(params=OFFERS)
def offer(request: pytest.FixtureRequest) -> str:
    found: str = OFFERS[request.param]
    return found


def accepted(connection: socket.socket) -> bool:
    response, body = read_response(connection)
    assert response.status == 200, body
    return "request_id" in json.loads(body)


def received(mock: Running, count: int) -> list[object]:
    """The parameters of the last requests that the mock has read."""
    with connect(mock.url) as connection:
        connection.sendall(head(start=f"GET /__mock/requests?last={count} HTTP/1.1"))
        entries = json.loads(read_response(connection)[1])["requests"]
    return [entry["payload"] for entry in entries]


def test_the_body_is_kept_on_a_kept_connection(mock: Running, offer: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "uvicorn.error")
    with connect(mock.url) as connection:
        connection.sendall(head(offer, LENGTH) + BODY)
        assert accepted(connection)
        connection.sendall(head(offer, CHUNKED) + CHUNKS)
        assert accepted(connection)
        connection.sendall(head(LENGTH) + BODY)
        assert accepted(connection)
    assert received(mock, 3) == [json.loads(BODY)] * 3
    assert caplog.records == []


def test_the_body_is_kept_if_each_byte_arrives_alone(mock: Running, offer: str) -> None:
    for request in (head(offer, LENGTH) + BODY, head(offer, CHUNKED) + CHUNKS):
        with connect(mock.url) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(len(request)):
                connection.sendall(request[at : at + 1])
            assert accepted(connection)


def test_the_body_is_kept_after_100_continue(mock: Running, offer: str) -> None:
    with connect(mock.url) as connection:
        connection.sendall(head(offer, LENGTH, "expect: 100-continue"))
        said = b""
        while not said.endswith(b"\r\n\r\n"):
            said += connection.recv(1)
        assert said == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert accepted(connection)


def test_pipelined_offers_are_all_answered(mock: Running, offer: str) -> None:
    count = 5
    with connect(mock.url) as connection:
        connection.sendall((head(offer, LENGTH) + BODY) * count + head(offer, "connection: close", LENGTH) + BODY)
        said = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert said.count(b"HTTP/1.1 200 OK\r\n") == said.count(b'"request_id"') == count + 1


def test_an_offer_without_a_body_leaves_the_connection_usable(mock: Running, offer: str) -> None:
    with connect(mock.url) as connection:
        for fields in ((offer,), (offer,), ()):
            connection.sendall(head(*fields, start="GET /v2/requests/unknown/status HTTP/1.1"))
            assert read_response(connection)[0].status == 404


def test_an_offer_is_limited_like_any_request(mock: Running, offer: str) -> None:
    with connect(mock.url) as connection:
        connection.sendall(head(offer, LENGTH, LENGTH) + BODY)
        assert read_response(connection)[0].status == 400
    with connect(mock.url) as connection:
        connection.sendall((head(offer) + b"x") * 300)
        assert b"".join(iter(lambda: connection.recv(1 << 16), b"")).startswith(b"HTTP/1.1 ")
    with connect(mock.url) as connection:
        connection.sendall(head(LENGTH) + BODY)
        assert accepted(connection)


def test_connect_is_refused_and_what_follows_is_not_read(mock: Running) -> None:
    with connect(mock.url) as connection:
        connection.sendall(head(start="CONNECT /v2/tinysd1.5-txt2img HTTP/1.1") + head(LENGTH) + BODY)
        said = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert said.startswith(b"HTTP/1.1 4") and said.count(b"HTTP/1.1 ") == 1


def test_an_upgrade_offer_passes_the_proxy(offer: str) -> None:
    with through() as proxy, connect(proxy.url) as connection:
        for fields, body in (((LENGTH,), BODY), ((CHUNKED,), CHUNKS)):
            connection.sendall(head(offer, *fields) + body)
            assert accepted(connection)
        arrived = proxy.arrived()
    assert [entry["payload"] for entry in arrived] == [json.loads(BODY)] * 2
    assert not {"upgrade", "http2-settings"} & {name for entry in arrived for name in entry["headers"]}


def test_an_upgrade_offer_is_answered_by_workers(start: Start, tmp_path: Path) -> None:
    with start("--workers", "2", "--state", str(tmp_path / "state.db")) as (_, url):
        for offer in OFFERS.values():
            with connect(url) as connection:
                connection.sendall(head(offer, LENGTH) + BODY)
                assert accepted(connection)
