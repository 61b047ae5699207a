"""Several processes behind one socket: how they start, what replaces them, and that a reload loses nothing."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

import segmind_mock
from segmind_mock.spec.facts import Model
from tests.material import absent
from tests.mock.conftest import PayloadOf, Start, submit_path, sync_path
from tests.waiting import LIMIT_S, killed_at_the_end, until

PACKAGE = Path(segmind_mock.__file__).parent


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        absent("/proc with the children of a process")
    return [int(child) for child in children.read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def health(url: str) -> int:
    return httpx2.get(url + "/__mock/health").status_code


@contextmanager
def starting(package: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Starts a copy of the mock under the copy's own name; ends with the process, and with what it started."""
    path = os.pathsep.join([str(package.parent), *(entry for entry in sys.path if entry)])
    command = [sys.executable, "-m", package.name, "--port", "0", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    with killed_at_the_end(process):
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate(timeout=LIMIT_S)
        yield process, line.split()[-1]


@pytest.fixture
def vendored(tmp_path: Path) -> Path:
    """The package under another name, to be edited."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "our_mock", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture
def shared(tmp_path: Path) -> str:
    return f"--state={tmp_path / 'state.db'}"


def test_workers_without_a_state_to_share_are_refused_in_one_line() -> None:
    command = [sys.executable, "-m", "segmind_mock", "--port", "0", "--workers", "2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    refused = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, env=environment)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "--state" in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_workers_serve_on_one_socket_and_leave_together(start: Start, shared: str, number: signal.Signals) -> None:
    with start("--workers", "2", shared) as (process, url):
        workers = workers_of(process)
        assert len(workers) == 2
        assert {health(url) for _ in range(20)} == {200}
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT_S)
        assert (process.returncode, out, err) == (0, "", "")
        assert not any(map(is_alive, workers))


def test_what_is_under_way_is_finished_by_the_worker_that_has_it(
    start: Start, shared: str, large: Model, payload: PayloadOf
) -> None:
    # The answer is under way for a second, however fast it is drawn; 5 are left to finish it.
    headers = {"x-api-key": "k", "x-mock-scenario": "latency:1"}
    with start("--workers", "2", shared) as (process, url), ThreadPoolExecutor(1) as pool:
        asking = pool.submit(httpx2.post, url + sync_path(large), json=payload(large), headers=headers)
        until(lambda: any(account["charged"] for account in httpx2.get(url + "/__mock/credits").json()["accounts"]))
        process.send_signal(signal.SIGTERM)
        assert asking.result(LIMIT_S).status_code == 200
        assert process.wait(LIMIT_S) == 0


def test_the_token_is_in_nobodys_arguments(start: Start, shared: str) -> None:
    with start("--workers", "2", "--host", "0.0.0.0", shared) as (process, url):
        assert process.stderr is not None
        token = process.stderr.readline().split()[-1]
        for pid in (process.pid, *workers_of(process)):
            assert token not in Path(f"/proc/{pid}/cmdline").read_text()
            assert token not in Path(f"/proc/{pid}/environ").read_text()
        local = url.replace("0.0.0.0", "127.0.0.1") + "/__mock/clock"
        for _ in range(10):
            assert httpx2.get(local).status_code == 401
            assert httpx2.get(local, headers={"authorization": f"Bearer {token}"}).status_code == 200


def test_a_worker_that_dies_is_replaced(start: Start, shared: str) -> None:
    with start("--workers", "2", shared) as (process, url):
        first = workers_of(process)
        os.kill(first[0], signal.SIGKILL)
        until(lambda: len(workers_of(process)) == 2 and workers_of(process) != first)
        assert first[1] in workers_of(process)
        until(lambda: health(url) == 200)
        process.terminate()
        _, err = process.communicate(timeout=LIMIT_S)
        assert (process.returncode, err) == (0, f"segmind-mock: worker {first[0]} died: SIGKILL\n")


def test_no_worker_survives_the_kill_of_its_parent(start: Start, shared: str) -> None:
    with start("--workers", "2", shared) as (process, url):
        workers = workers_of(process)
        process.kill()
        process.wait(LIMIT_S)
        until(lambda: not any(map(is_alive, workers)))
        with pytest.raises(httpx2.ConnectError):
            health(url)


def test_workers_that_cannot_start_are_one_line_and_status_1(vendored: Path, shared: str) -> None:
    (vendored / "server" / "worker.py").write_text("raise RuntimeError('no \\x1b[31mway')\n")
    command = [sys.executable, "-m", vendored.name, "--port", "0", "--workers", "2", shared]
    path = os.pathsep.join([str(vendored.parent), *filter(None, sys.path)])
    failed = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT_S, env={**os.environ, "PYTHONPATH": path}
    )
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (1, "", 1)
    assert "did not start: RuntimeError: no ?[31mway" in failed.stderr
    assert "worker.py, line 1" in failed.stderr


def test_workers_that_die_at_their_start_again_and_again_are_given_up(vendored: Path, shared: str) -> None:
    worker = vendored / "server" / "worker.py"
    ready = '        self._say(b"ready\\n")\n'
    worker.write_text(worker.read_text().replace(ready, f"{ready}        os._exit(3)\n"))
    assert "os._exit(3)" in worker.read_text()
    supervisor = vendored / "server" / "supervisor.py"
    supervisor.write_text(supervisor.read_text().replace("MOST_PAUSE_S = 5.0", "MOST_PAUSE_S = 0.05"))
    with starting(vendored, "--workers", "2", shared) as (process, _):
        _, err = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 1
        assert err.endswith("workers in a row died at their start; giving up\n")
        assert "exit status 3" in err


def test_a_reload_takes_new_code_and_outlives_broken_code(vendored: Path) -> None:
    version = vendored / "_version.py"
    platform = vendored / "spec" / "platform.py"
    good = platform.read_text()
    with starting(vendored, "--reload") as (process, url):
        assert process.stderr is not None
        (first,) = workers_of(process)

        def said() -> str:
            assert process.stderr is not None
            return process.stderr.readline()

        version.write_text(version.read_text() + "# changed\n")
        assert said().endswith(": reloaded\n")
        until(lambda: first not in workers_of(process))
        (second,) = workers_of(process)
        for broken, words in (("def", "SyntaxError"), ("raise RuntimeError('no spec')", "RuntimeError: no spec")):
            platform.write_text(f"{good}\n{broken}\n")
            line = said()
            assert line.partition(": ")[2].startswith(f"not reloaded, the previous workers continue: {words}")
            assert f"platform.py, line {len(good.splitlines()) + 2})" in line
            assert health(url) == 200
            assert workers_of(process) == [second]
        # As long as before and within the same second: a compiled module would be taken for the new one.
        for number in range(3):
            platform.write_text(f"{good}\nHOW_OFTEN = {number}\n")
            assert said().endswith(": reloaded\n")
        process.terminate()
        out, err = process.communicate(timeout=LIMIT_S)
        assert (process.returncode, out, err) == (0, "", "")


def test_a_job_under_way_keeps_the_spec_it_was_submitted_under(
    vendored: Path, large: Model, payload: PayloadOf
) -> None:
    module = next(file for file in (vendored / "spec" / "models").glob("*.py") if "latency_s=17.51" in file.read_text())
    with starting(vendored, "--reload") as (process, url):
        assert process.stderr is not None

        def submit() -> dict[str, str]:
            job: dict[str, str] = httpx2.post(
                url + submit_path(large), json=payload(large), headers={"x-api-key": "k"}
            ).json()
            return job

        def outcome(job: dict[str, str]) -> float:
            for _ in range(3):
                httpx2.get(job["status_url"], headers={"x-api-key": "k"}).raise_for_status()
            result = httpx2.get(job["response_url"], headers={"x-api-key": "k"}).json()
            seconds: float = result["metrics"]["inference_time"]
            return seconds

        old = submit()
        module.write_text(module.read_text().replace("latency_s=17.51", "latency_s=99.99"))
        assert process.stderr.readline().endswith(": reloaded\n")
        new = submit()
        assert (outcome(new), outcome(old)) == (99.99, 17.51)


class Load:
    """Clients that keep asking, each in its way, and note what was not answered."""

    def __init__(self, url: str, path: str, body: dict[str, object]) -> None:
        split = urlsplit(url)
        assert split.hostname
        self._address = (split.hostname, split.port)
        self._path = path
        self._body = body
        self._over = threading.Event()
        self.answers: Counter[int] = Counter()
        self.lost: list[str] = []
        self._ways: list[Callable[[http.client.HTTPConnection], None]] = [
            self._ask,
            self._ask,
            self._ask_slowly,
            self._draw,
            self._ask_anew,
        ]

    def __enter__(self) -> Load:
        self._threads = [threading.Thread(target=self._go_on, args=(way,), daemon=True) for way in self._ways]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(LIMIT_S)
            assert not thread.is_alive()

    def _go_on(self, way: Callable[[http.client.HTTPConnection], None]) -> None:
        connection = http.client.HTTPConnection(*self._address, timeout=LIMIT_S)
        while not self._over.is_set():
            try:
                way(connection)
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(f"{way.__name__}: {error!r}")
                connection.close()
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, method: str, path: str, body: str | None = None) -> None:
        connection.request(method, path, body, {"x-api-key": "k"})
        answer = connection.getresponse()
        answer.read()
        self.answers[answer.status] += 1

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        self._send(connection, "GET", "/__mock/health")

    def _ask_slowly(self, connection: http.client.HTTPConnection) -> None:
        self._ask(connection)
        self._over.wait(0.3)

    def _ask_anew(self, connection: http.client.HTTPConnection) -> None:
        self._ask(connection)
        connection.close()

    def _draw(self, connection: http.client.HTTPConnection) -> None:
        body = json.dumps(self._body | {"seed": self.answers.total()})
        self._send(connection, "POST", self._path, body)


def reload_under_load(package: Path, model: Model, payload: dict[str, object], times: int, count: int) -> Load:
    """Changes a module so often, waits for each reload, and gives the load that was on meanwhile."""
    version = package / "_version.py"
    with starting(package, "--reload", "--workers", str(count)) as (process, url):
        assert process.stderr is not None
        with Load(url, sync_path(model), payload) as load:
            for number in range(times):
                version.write_text(f"{version.read_text()}# {number}\n")
                assert process.stderr.readline().endswith(": reloaded\n")
            until(lambda: len(workers_of(process)) == count)
        process.terminate()
        assert process.wait(LIMIT_S) == 0
    return load


@pytest.mark.parametrize("count", [1, 2])
def test_no_request_is_lost_over_reloads(vendored: Path, large: Model, payload: PayloadOf, count: int) -> None:
    load = reload_under_load(vendored, large, payload(large), 3, count)
    assert load.lost == []
    assert set(load.answers) == {200}
