"""State that is damaged, foreign, locked or out of reach: one line at the start, and an answer while the mock serves."""

from __future__ import annotations

import json
import logging
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from segmind_mock.server.cli import main
from segmind_mock.spec.catalog import get
from segmind_mock.spec.facts import Model
from segmind_mock.state.redaction import identity
from segmind_mock.state.store import sqlite
from tests.mock.conftest import KEY, MakeMock, MockCaller, submit_path


@pytest.fixture
def used(make_mock: MakeMock, large: Model, tmp_path: Path) -> str:
    """A file with some jobs, accounts and journal, closed."""
    path = str(tmp_path / "used.db")
    mock = make_mock(state=path)
    for number in range(30):
        mock.submit(large, key=f"some-key-{number}", prompt="fog " * 200)
    mock.run(mock.app.mock.store.close())
    assert not Path(path + "-wal").exists()
    return path


def change(path: str, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


def truncate(path: str) -> None:
    os.truncate(path, Path(path).stat().st_size // 2)


def cut_header(path: str) -> None:
    os.truncate(path, 50)


def overwrite(path: str) -> None:
    """Garbage in the middle, behind an intact header."""
    size = Path(path).stat().st_size
    with Path(path).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 8192))


DAMAGES: dict[str, tuple[Callable[[str], object], str]] = {
    "truncated": (truncate, "malformed (the file is damaged: restore it, or set a new file)"),
    "cut": (cut_header, "malformed (the file is damaged"),
    "overwritten": (overwrite, "damaged"),
    "no-table": (lambda path: change(path, "drop table job"), "no such table: job (the file is damaged"),
    "other-columns": (
        lambda path: change(path, "alter table entry rename column body to text"),
        "no such column: body",
    ),
    "older": (
        lambda path: change(path, "pragma user_version = 0"),
        "expected version 1 of the mock's state, got version 0",
    ),
    "newer": (
        lambda path: change(path, "pragma user_version = 2"),
        "expected version 1 of the mock's state, got version 2",
    ),
    "text": (lambda path: Path(path).write_text("jobs: []\n" * 1000), "file is not a database (set a new file"),
}


def refusal(state: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["--port", "0", "--state", state]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1), err
    assert err.startswith("segmind-mock: cannot keep state in ")
    return err


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_refused_in_one_line(name: str, used: str, capsys: pytest.CaptureFixture[str]) -> None:
    damage, said = DAMAGES[name]
    damage(used)
    before = Path(used).read_bytes()
    error = refusal(used, capsys)
    assert said in error and used in error
    assert Path(used).read_bytes() == before


def test_what_is_no_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    for state, said in (
        (str(tmp_path), "unable to open a folder, expected a file"),
        (str(tmp_path / "pipe"), "unable to open a device or pipe, expected a file"),
        (str(tmp_path / "none" / "state.db"), "unable to open database file (its folder must exist and be writable)"),
        ("", "expected a file, or a URL such as redis://HOST"),
        ("postgres://host/db", "expected a file, or a URL such as redis://HOST"),
    ):
        assert said in refusal(state, capsys)


def test_a_read_only_state_file_is_refused(
    used: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened like this because nothing is read-only for root."""
    connect = sqlite3.connect

    def only_read(location: str, **rest: Any) -> sqlite3.Connection:
        return connect(f"file:{location}?mode=ro", uri=True, **rest)

    monkeypatch.setattr(sqlite3, "connect", only_read)
    assert "readonly database (the mock must be able to write to the file and its folder)" in refusal(used, capsys)


@contextmanager
def locked(path: str) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")
        yield
        other.execute("rollback")


def test_a_locked_state_file_is_refused(
    used: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE", 0.0)
    with locked(used):
        assert "database is locked (another program has locked it" in refusal(used, capsys)


# While the mock serves.


def unanswered(mock: MockCaller, large: Model, said: str, caplog: pytest.LogCaptureFixture) -> None:
    """Each request is answered with the reason, in one line of the log, and what needs no state is served."""
    caplog.clear()
    for answer in (
        mock.post(submit_path(large), dict(large.example)),
        mock.get("/v2/requests/x/status"),
        mock.get("/__mock/requests"),
        mock.post("/__mock/reset", {}),
    ):
        assert answer.status_code == 500
        error = answer.json()["error"]
        assert error.startswith("The mock could not use its state: ") and said in error, error
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert errors and all(said in error and "\n" not in error for error in errors)
    assert mock.get("/__mock/health").status_code == mock.get("/").status_code == 200


def test_a_request_fails_if_tables_have_vanished(
    make_mock: MakeMock, large: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = str(tmp_path / "state.db")
    mock = make_mock(state=path)
    mock.submit(large)
    for table in ("clock", "account", "job", "entry"):
        change(path, f"drop table {table}")
    unanswered(mock, large, "no such table", caplog)


def test_a_request_fails_if_the_state_file_was_overwritten(
    make_mock: MakeMock, large: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.db"
    mock = make_mock(state=str(path))
    mock.submit(large)
    change(str(path), "pragma wal_checkpoint(truncate)")
    path.write_bytes(b"garbage " * 10_000)
    unanswered(mock, large, str(path), caplog)


def test_a_lock_delays_a_step_and_blocks_no_other(
    make_mock: MakeMock, large: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "state.db")
    mock = make_mock(state=path)
    attempts: list[float] = []

    async def wait(seconds: float) -> None:
        attempts.append(seconds)
        if len(attempts) == 2:
            other.execute("rollback")

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with monkeypatch.context() as patched:
            patched.setattr(sqlite, "sleep", wait)
            mock.submit(large)
        assert len(attempts) == 2
        monkeypatch.setattr(sqlite, "_PATIENCE", 0.0)
        other.execute("begin immediate")
        answer = mock.post(submit_path(large), dict(large.example))
        assert answer.status_code == 500 and "database is locked" in answer.json()["error"]
        other.execute("rollback")
    mock.submit(large)


RECORDS = {
    "clock": ("insert or replace into clock values (0, 'x', null)", "the setting of the clock cannot be read"),
    "account": ("update account set body = '[1'", "cannot be read"),
    "account-types": ("update account set body = '[\"1\", 2, [], {}]'", "cannot be read"),
    "account-scenarios": ("update account set body = '[1, 2, [3], {}]'", "cannot be read"),
    "account-uses": ("update account set body = '[1, 2, [], {\"latency\": null}]'", "cannot be read"),
    "journal": ("update entry set body = '{}'", "of the journal cannot be read"),
    "journal-types": ("update entry set body = replace(body, '200', '\"2\"')", "of the journal cannot be read"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records_that_cannot_be_read(
    name: str, make_mock: MakeMock, large: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = str(tmp_path / "state.db")
    mock = make_mock(state=path)
    mock.submit(large)
    statement, said = RECORDS[name]
    change(path, statement)
    statuses = [
        mock.post(submit_path(large), dict(large.example)),
        mock.get("/__mock/requests"),
        mock.get("/__mock/credits"),
    ]
    failed = [answer for answer in statuses if answer.status_code == 500]
    assert failed and all("the state is damaged: " in answer.json()["error"] for answer in failed)
    assert said in failed[0].json()["error"]
    assert "Traceback" not in caplog.text


#: Damage to the record of a job: a text in it, and another in its place.
JOBS = {
    "type-of-a-number": ("138085788165417", '"1"'),
    "no-number": ("2.5", "NaN"),
    "format": ('"jpeg"', '"jqeg"'),
    "medium": ('"image"', '"imagd"'),
    "size": ("512", "-12"),
    "large-size": ("512", "99999"),
    "pace": ('["polls", 2]', '["polls", "2"]'),
    "plan": ("[null, 0, false, null", "[null, 0, 7, null"),
    "pace-of-plan": ("[null, 0, false, null", '[["time", "1"], 0, false, null'),
    "stage": (", [0, 0, 0, null, false, ", ", [0, 0, 9, null, false, "),
    "progress": (", [0, 0, 0, null, false, ", ", [0, 0, 0, [], false, "),
    "price": (", 6000, [", ', "6000", ['),
    "all": (None, "null"),
}


@pytest.mark.parametrize("name", JOBS)
def test_a_job_that_cannot_be_read(
    name: str, make_mock: MakeMock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = str(tmp_path / "state.db")
    mock = make_mock(state=path)
    tiny = get("tinysd1.5-txt2img")
    job = mock.submit(tiny, prompt="a", seed=138085788165417)
    before, after = JOBS[name]
    with closing(sqlite3.connect(path)) as database, database:
        (body,) = database.execute("select body from job").fetchone()
        assert before is None or before in body
        database.execute("update job set body = ?", (after if before is None else body.replace(before, after, 1),))
    for url in (job["status_url"], job["response_url"]):
        answer = mock.get(url)
        assert answer.status_code == 500 and f"job {job['request_id']} cannot be read" in answer.json()["error"]
    assert mock.get("/v2/requests/another/status").status_code == 404
    assert "Traceback" not in caplog.text


# Redis.


@pytest.mark.parametrize(
    ("name", "set_up", "said"),
    [
        ("accounts", lambda server, key: server.set(key, "x"), "is a string of another program, expected a zset"),
        ("journal", lambda server, key: server.hset(key, "a", "b"), "is a hash of another program, expected a list"),
        ("clock", lambda server, key: server.sadd(key, "x"), "is a set of another program, expected a string"),
        ("turn", lambda server, key: server.set(key, "x"), "not an integer"),
    ],
)
def test_keys_of_another_program_are_refused(
    name: str,
    set_up: Callable[[redis.Redis, str], object],
    said: str,
    fresh_redis: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with redis.Redis.from_url(fresh_redis, decode_responses=True) as server:
        set_up(server, f"segmind_mock:1:{name}")
        assert said in refusal(fresh_redis, capsys)


def test_other_keys_are_left_alone(fresh_redis: str, make_mock: MakeMock, large: Model) -> None:
    with redis.Redis.from_url(fresh_redis, decode_responses=True) as server:
        server.set("accounts", "mine")
        mock = make_mock(state=fresh_redis)
        mock.submit(large)
        mock.post("/__mock/reset", {})
        assert server.get("accounts") == "mine"


def test_a_server_that_is_no_redis(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from segmind_mock.state.store import redis as store

    monkeypatch.setattr(store, "_PATIENCE_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "imeout" in refusal(f"redis://127.0.0.1:{silent.getsockname()[1]}", capsys)


def test_redis_records_that_cannot_be_read(
    fresh_redis: str, make_mock: MakeMock, large: Model, caplog: pytest.LogCaptureFixture
) -> None:
    mock = make_mock(state=fresh_redis)
    job = mock.submit(large)
    with redis.Redis.from_url(fresh_redis, decode_responses=True) as server:
        for name, value in (
            (f"job:{job['request_id']}", "[]"),
            (f"account:{identity(KEY)}", '{"credits": 1}'),
            ("clock", "[1]"),
        ):
            server.set(f"segmind_mock:1:{name}", value)
            answer = mock.get(job["status_url"])
            assert answer.status_code == 500 and "the state is damaged: " in answer.json()["error"]
            server.delete(f"segmind_mock:1:{name}")
        server.lpush("segmind_mock:1:journal", "no entry")
        assert "of the journal cannot be read" in mock.get("/__mock/requests").json()["error"]
        server.flushall()
        server.set("segmind_mock:1:journal", json.dumps("a string"))
        answer = mock.post(submit_path(large), dict(large.example))
        assert answer.status_code == 500 and "WRONGTYPE" in answer.json()["error"]
        server.flushall()
    assert "Traceback" not in caplog.text
    mock.submit(large)
