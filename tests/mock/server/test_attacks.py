"""Hostile or broken clients on the wire, and their effect on other clients."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from segmind_mock import Running, Settings, serving
from segmind_mock.spec.facts import Model
from tests.material import absent
from tests.mock.conftest import PayloadOf, Start, submit_path, sync_path
from tests.mock.sockets import read_response
from tests.waiting import LIMIT_S, killed_at_the_end, until

HEAD = b"POST /v1/x HTTP/1.1\r\nhost: localhost\r\nx-api-key: k\r\n"


def connect(url: str) -> socket.socket:
    split = urlsplit(url)
    assert split.hostname and split.port
    return socket.create_connection((split.hostname, split.port), timeout=LIMIT_S)


def answers_to(url: str, sent: bytes) -> list[bytes]:
    """The status of each answer, after the connection was ended by either side."""
    with connect(url) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        try:
            while chunk := connection.recv(1 << 16):
                said += chunk
        except ConnectionResetError:
            pass
        return [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]]


def files_of(process: subprocess.Popen[str]) -> int:
    folder = Path(f"/proc/{process.pid}/fd")
    if not folder.exists():
        absent("/proc with the open files of a process")
    return len(list(folder.iterdir()))


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serving(Settings(body_bytes=1 << 20)) as mock:
        yield mock


def test_500_half_open_connections_do_not_keep_good_requests_out(
    start: Start, large: Model, payload: PayloadOf
) -> None:
    beginnings = (b"", HEAD, HEAD + b"content-length: 100\r\n\r\n{")
    body = payload(large)
    with start() as (process, url):
        before = files_of(process)
        statuses: list[int] = []
        over = threading.Event()

        def ask(number: int) -> None:
            with httpx2.Client(headers={"x-api-key": f"key-{number}"}) as client:
                while not over.is_set():
                    statuses.append(client.get(url + "/__mock/health").status_code)
                    statuses.append(client.post(url + submit_path(large), json=body).status_code)
                    over.wait(0.02)

        asking = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(2)]
        for thread in asking:
            thread.start()
        half_open = []
        for number in range(500):
            half_open.append(connect(url))
            half_open[-1].sendall(beginnings[number % 3])
        until(lambda: files_of(process) >= before + 500)
        meanwhile = len(statuses)
        until(lambda: len(statuses) > meanwhile + 100)
        over.set()
        for thread in asking:
            thread.join(LIMIT_S)
        assert set(statuses) == {200}
        for number, connection in enumerate(half_open):
            if number % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
        until(lambda: files_of(process) <= before)


def test_after_kill_9_the_same_port_serves_again_and_remembers_nothing(
    start: Start, large: Model, payload: PayloadOf
) -> None:
    with start() as (process, url), httpx2.Client(headers={"x-api-key": "k"}) as client:
        job = client.post(url + submit_path(large), json=payload(large)).json()
        assert client.get(job["status_url"]).status_code == 200
        process.kill()
        process.wait(LIMIT_S)
        command = [sys.executable, "-m", "segmind_mock", "--port", str(urlsplit(url).port)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        with killed_at_the_end(second):
            assert second.stdout is not None
            assert second.stdout.readline() == f"listening on {url}\n"
            assert client.get(job["status_url"]).status_code == 404


def test_what_takes_longer_than_the_end_may_is_cut_off_in_one_line(start: Start) -> None:
    with start() as (process, url), connect(url) as connection:
        connection.sendall(HEAD + b"content-length: 100\r\n\r\n{")
        until(lambda: httpx2.get(url + "/__mock/health").status_code == 200)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0
        assert err.count("\n") == 1
        assert "Traceback" not in err


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        # Too short: what is left over is no request, and does not get the first one's place.
        (b"content-length: 2\r\n\r\n{}{}", [b"404"]),
        # Too long: the rest never comes, so there is nobody to answer.
        (b"content-length: 9\r\n\r\n{}", []),
        (b"content-length: -2\r\n\r\n{}", [b"400"]),
        (b"content-length: 2x\r\n\r\n{}", [b"400"]),
        (b"content-length: 99999999999999999999999\r\n\r\n{}", [b"400"]),
        (b"content-length: 2\r\ncontent-length: 3\r\n\r\n{} ", [b"400"]),
        (b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", [b"400"]),
        (b"transfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", [b"404"]),
        (b"transfer-encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n", [b"400"]),
        (b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", [b"400"]),
        (b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n", [b"400"]),
        (b"x-a: b\rc\r\n\r\n", [b"400"]),
        (b"x-a: b\x00c\r\n\r\n", [b"400"]),
        (b"x-a : b\r\n\r\n", [b"400"]),
        (b"\x1b[31m: b\r\n\r\n", [b"400"]),
    ],
)
def test_a_request_that_lies_about_itself_ends_there(running: Running, sent: bytes, statuses: list[bytes]) -> None:
    assert answers_to(running.url, HEAD + sent) == statuses
    assert httpx2.get(running.url + "/__mock/health").status_code == 200


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1])
def test_chunks_are_counted_whatever_they_announce(
    running: Running, large: Model, payload: PayloadOf, size: int
) -> None:
    text = json.dumps(payload(large)).encode()
    body = text + b" " * (size - len(text))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:500_000], body[500_000:]))
    head = HEAD.replace(b"/v1/x", submit_path(large).encode())
    sent = head + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    status = 200 if size == 1 << 20 else 413
    assert answers_to(running.url, sent) == [b"%d" % status]
    last = httpx2.get(running.url + "/__mock/requests?last=1").json()["requests"][0]
    assert last["status"] == status
    assert (last["refused"] is None) or "1048576 bytes" in last["refused"]


def test_a_refused_upload_is_not_read_for_ever(running: Running, large: Model) -> None:
    head = HEAD.replace(b"/v1/x", submit_path(large).encode())
    with connect(running.url) as connection:
        connection.sendall(head + b"transfer-encoding: chunked\r\n\r\n")
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            for _ in range(1000):
                connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-9", "bytes=-1", "bytes=5-", "bytes=9-5", "bytes=0-0,5-6", "bytes=" + ",".join(["0-"] * 2000), "x=1", "="],
)
def test_no_form_of_range_makes_work(running: Running, large: Model, payload: PayloadOf, asked: str) -> None:
    with httpx2.Client(headers={"x-api-key": "k"}) as client:
        job = client.post(
            running.url + submit_path(large), json=payload(large), headers={"x-mock-scenario": "completed-at-once"}
        ).json()
        url = client.get(job["response_url"]).json()["output"]
        whole = client.get(url)
        part = client.get(url, headers={"range": asked})
        assert (part.status_code, part.content) == (200, whole.content)
        assert "content-range" not in part.headers


@pytest.mark.parametrize(
    "path",
    [
        "/media/../../etc/passwd",
        "/media/..%2f..%2fetc/passwd",
        "/media/%2e%2e/%2e%2e/etc%2fpasswd",
        "/media/%252e%252e/0.jpeg",
        "/media//etc/passwd",
        "/media/%2fetc%2fpasswd/0.jpeg",
        "/media/..%5c..%5c/0.jpeg",
        "/media/x%00/0.jpeg",
        "/media/x/0.jpeg%00.png",
        "/media/x%0d%0aset-cookie:a=b/0.jpeg",
        "/media-other/0.jpeg",
        "/media/" + "a/" * 5000 + "0.jpeg",
    ],
)
def test_no_path_leads_to_a_file(running: Running, path: str) -> None:
    sent = f"GET {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: k\r\n\r\n".encode()
    with connect(running.url) as connection:
        connection.sendall(sent)
        response, body = read_response(connection)
    assert response.status == 404
    assert response.getheader("set-cookie") is None
    assert b"root:" not in body
    assert set(json.loads(body)) == {"error"}


def test_nothing_on_a_terminal_acts(start: Start) -> None:
    evil = "\x1b]52;c;eA==\x07\x9b31m\u202e[red]"
    sent = (
        b"GET /" + b"".join(b"%%%02x" % byte for byte in evil.encode()) + b" HTTP/1.1\r\nhost: localhost\r\n"
        b"x-api-key: " + evil.replace("\u202e", "").encode("latin-1") + b"\r\nx-mock-scenario: \x9b31m\r\n\r\n"
    )
    good = sent.replace(b"\x1b", b"").replace(b"\x07", b"")
    with start("--log-level", "debug") as (process, url):
        for raw in (sent, good, b"\x1b[31m\x07\r\n\r\n"):
            assert answers_to(url, raw)
        process.terminate()
        out, err = process.communicate(timeout=LIMIT_S)
        assert (out, process.returncode) == ("", 0)
        assert "GET" in err
        assert all(line.isprintable() for line in err.splitlines())


def test_markup_in_a_path_never_comes_back_in_a_page(running: Running, large: Model) -> None:
    for path in ("/<script>alert(1)</script>", sync_path(large) + "?<script>", "/media/<script>/x"):
        for method in ("GET", "PUT", "DELETE"):
            answer = httpx2.request(method, running.url + path, headers={"x-api-key": "k", "x-evil": "<script>"})
            assert answer.status_code in (404, 405)
            assert "<script>" not in answer.text
