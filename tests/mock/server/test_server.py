"""The mock as a process: its one line, its signals, its patience with slow clients."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import httpx2
import pytest

from segmind_mock import Settings, serving
from segmind_mock._version import VERSION
from segmind_mock.api.scenarios import SCENARIOS
from segmind_mock.server import connection as limits
from segmind_mock.server.cli import main
from segmind_mock.spec.facts import Model
from tests.mock.conftest import PayloadOf, Start, submit_path, sync_path
from tests.mock.sockets import read_response
from tests.waiting import LIMIT_S


def connect(url: str) -> socket.socket:
    split = urlsplit(url)
    assert split.hostname and split.port
    return socket.create_connection((split.hostname, split.port), timeout=LIMIT_S)


def test_one_line_says_where_and_a_signal_ends_it_well(start: Start) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with start() as (process, url):
            assert httpx2.get(url + "/__mock/health").json()["status"] == "ok"
            process.send_signal(number)
            out, err = process.communicate(timeout=LIMIT_S)
            assert (process.returncode, out, err) == (0, "", "")


def test_requests_under_way_are_finished_first(start: Start, large: Model, payload: PayloadOf) -> None:
    with start() as (process, url):
        answers: list[httpx2.Response] = []
        # The answer is under way for a second, however fast it is drawn; 5 are left to finish it.
        headers = {"x-api-key": "k", "x-mock-scenario": "latency:1"}

        def ask() -> None:
            answers.append(httpx2.post(url + sync_path(large), json=payload(large), headers=headers))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        journal = url + "/__mock/credits"
        while not any(account["charged"] for account in httpx2.get(journal).json()["accounts"]):
            assert asking.is_alive()
        process.send_signal(signal.SIGTERM)
        asking.join(LIMIT_S)
        assert process.wait(LIMIT_S) == 0
        assert [answer.status_code for answer in answers] == [200]


def test_a_busy_port_is_one_line_and_status_2(start: Start) -> None:
    with start() as (_, url):
        port = str(urlsplit(url).port)
        command = [sys.executable, "-m", "segmind_mock", "--port", port]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        second = subprocess.run(command, capture_output=True, text=True, timeout=20, env=environment)
        assert (second.returncode, second.stdout, second.stderr.count("\n")) == (2, "", 1)
        assert port in second.stderr


def test_options_reach_the_mock(start: Start, large: Model) -> None:
    with start("--queue", "instant", "--credits", "0.5", "--key", "one", "--key", "two") as (_, url):
        statuses = {
            key: httpx2.post(url + submit_path(large), json=dict(large.example), headers={"x-api-key": key}).status_code
            for key in ("one", "two", "three")
        }
        assert statuses == {"one": 200, "two": 200, "three": 401}
        assert [a["credits"] for a in httpx2.get(url + "/__mock/credits").json()["accounts"]] == [0.49, 0.49]


@pytest.mark.parametrize(
    "wrong",
    [["--queue", "polls"], ["--queue", "time:-1"], ["--credits", "x"], ["--public-host", "a b"], ["--basis", "x"]],
)
def test_wrong_usage_is_status_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(wrong)
    assert left.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_version_option_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"segmind-mock {VERSION}\n"


def test_help_lists_the_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in SCENARIOS)


def test_on_other_addresses_admin_endpoints_need_the_printed_token(start: Start) -> None:
    with start("--host", "0.0.0.0") as (process, url):
        assert process.stderr is not None
        token = process.stderr.readline().split()[-1]
        assert len(token) >= 43
        local = url.replace("0.0.0.0", "127.0.0.1") + "/__mock/clock"
        assert httpx2.get(local).status_code == 401
        assert httpx2.get(local, headers={"authorization": f"Bearer {token}"}).status_code == 200


def test_clients_that_do_not_finish_are_let_go_while_others_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUEST_S", 2.0)
    head = b"POST /v1/x HTTP/1.1\r\nhost: localhost\r\nx-api-key: k\r\ncontent-length: 100\r\n"
    with serving(Settings()) as mock:
        beginnings = (b"", b"GET / HTT", head, head + b"\r\n", head + b"\r\n{")
        slow: list[socket.socket] = []
        for beginning in beginnings * 10:
            slow.append(connect(mock.url))
            slow[-1].sendall(beginning)
        with httpx2.Client() as client:
            while len(select.select(slow, [], [], 0)[0]) < len(slow):
                assert client.get(mock.url + "/__mock/health").status_code == 200
        for connection in slow:
            assert read_response(connection)[0].status == 408
            assert connection.recv(1000) == b""
            connection.close()
        journal = httpx2.get(mock.url + "/__mock/requests").json()["requests"]
        assert {entry["status"] for entry in journal} == {0}
        assert len(journal) == 20, "those whose heads were complete are in the journal"


def test_an_endless_head_is_431() -> None:
    with serving(Settings()) as mock, connect(mock.url) as connection:
        answer = b""
        try:
            connection.sendall(b"GET / HTTP/1.1\r\n" + b"x: " + b"y" * 500_000)
            answer = connection.recv(1000)
        except (ConnectionResetError, BrokenPipeError):
            return
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


def test_an_upload_that_is_too_large_still_gets_its_answer(large: Model) -> None:
    with serving(Settings(body_bytes=1 << 20)) as mock:
        answer = httpx2.post(mock.url + sync_path(large), content=b"x" * (5 << 20), headers={"x-api-key": "k"})
        assert answer.status_code == 413


def test_the_mock_makes_no_connections(large: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mock accepts connections and makes none."""
    with serving(Settings()) as mock, connect(mock.url) as connection:

        def forbidden(*_: object, **__: object) -> None:
            raise AssertionError("an outbound connection")

        monkeypatch.setattr(socket.socket, "connect", forbidden)
        monkeypatch.setattr(socket, "getaddrinfo", forbidden)
        body = b'{"prompt": "http://127.0.0.1:1/x", "image": "http://127.0.0.1:1/x", "webhook": "http://127.0.0.1:1/"}'
        head = f"POST {sync_path(large)} HTTP/1.1\r\nhost: localhost\r\nx-api-key: k\r\ncontent-length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        assert read_response(connection)[0].status == 400


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prot", "3"], "segmind-mock: unrecognized arguments: --prot 3; did you mean --port?\n"),
        (["instpect", "x.png"], "segmind-mock: unrecognized arguments: instpect x.png; did you mean inspect?\n"),
        (["drift", "x.har", "--jsn"], "segmind-mock drift: unrecognized arguments: --jsn; did you mean --json?\n"),
        (
            ["inspect", "x", "--qqqq"],
            "segmind-mock inspect: unrecognized arguments: --qqqq; `segmind-mock inspect --help` lists",
        ),
        (["--port", "70000"], "argument --port: port: expected a number from 0 to 65535, got '70000'"),
        (["--host", "nosuch.invalid"], "correct --host, which must be an address of this machine, or --port"),
    ],
)
def test_a_wrong_option_is_one_line_with_what_to_do(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(arguments)
    except SystemExit as end:
        status = int(end.code or 0)
    printed = capsys.readouterr().err
    lines = [line for line in printed.splitlines() if not line.startswith("admin token")]
    assert (status, len(lines), said.strip() in printed) == (2, 1, True), printed


def test_a_port_in_use_names_the_ways_out(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"segmind-mock: cannot listen on 127.0.0.1:{port}: Address already in use; stop the program that uses it, or choose "
        "another --port; --port 0 takes a free one\n"
    )
