"""A batch that is killed (SIGKILL) at random moments, until it is done: every prompt has one picture, and what was billed
is what was accepted.

The service is the mock with its state in an SQLite file, in a process of its own. As part of the suite it is a small
batch; the whole proof is

    PAGEWRIGHT_KILL_LINES=500 PAGEWRIGHT_KILL_SEEDS=10 \\
        python -m pytest --timeout 0 tests/client/command_line/test_batch_kill.py
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MODEL = "stable-diffusion-3.5-large-txt2img"
DEFAULTS = ["--sampler", "euler", "--scheduler", "normal", "--width", "64", "--height", "64"]
LINES = int(os.environ.get("PAGEWRIGHT_KILL_LINES", "100"))
SEEDS = int(os.environ.get("PAGEWRIGHT_KILL_SEEDS", "1"))
KEY = "SG_kill_0123456789"
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "SEGMIND_API_KEY": KEY}


class Service:
    """The mock server, which can be killed too."""

    def __init__(self, folder: Path) -> None:
        self._state = folder / "mock.db"
        self.url = ""
        self._process = self._start(0)

    def kill(self) -> None:
        """Kill the server and start it again at the same address, from its state file."""
        self._process.kill()
        self.close()
        self._process = self._start(int(self.url.rpartition(":")[2]))

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate()

    def billed(self) -> Counter[str]:
        """Return the number of billed requests, by prompt."""
        entries = self._ask("requests?method=POST&last=100000")["requests"]
        return Counter(entry["payload"]["prompt"] for entry in entries if entry["charged"])

    def spent(self) -> float:
        """Return what the ledger says that the account has paid."""
        return 1000 - float(self._ask("credits")["accounts"][0]["credits"])

    def _start(self, port: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "segmind_mock", "--port", str(port), "--state", str(self._state)]
        command += ["--queue", "polls:1", "--credits", "1000"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        assert process.stdout is not None
        self.url = process.stdout.readline().split()[-1]
        return process

    def _ask(self, what: str) -> Any:
        request = urllib.request.Request(f"{self.url}/__mock/{what}", headers={"x-api-key": KEY})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    started = Service(tmp_path)
    yield started
    started.close()


def _batch(service: Service, folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "segmind_client",
        MODEL,
        *DEFAULTS,
        "--batch",
        "prompts.jsonl",
        "--json",
        "--quiet",
    ]
    command += ["--poll-interval", "0.01", "--concurrency", "8", "--base-url", service.url, *options]
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, **pipes)


def _kill_after(process: subprocess.Popen[str], lines: int, seconds: float) -> int | None:
    """Kill the batch at a random time after some lines are finished. Return the exit code if it ended before, else None."""
    assert process.stdout is not None
    for _ in range(lines):
        if not process.stdout.readline():
            break
    else:
        # The moment is random; the test waits for no event.
        time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return None if process.returncode == -signal.SIGKILL else process.returncode


def _rows(folder: Path) -> dict[str, dict[str, Any]]:
    with sqlite3.connect(folder / "prompts" / "batch.sqlite") as database:
        database.row_factory = sqlite3.Row
        rows = [dict(row) for row in database.execute("select * from line")]
    database.close()
    return {json.loads(row["payload"])["prompt"]: row for row in rows}


@pytest.mark.parametrize("protocol", ["--async", "--sync"])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_batch_killed_at_random_moments_loses_and_repeats_nothing(
    service: Service, tmp_path: Path, seed: int, protocol: str
) -> None:
    chance = random.Random(f"{seed} {protocol}")
    prompts = [f"a ship, number {number}" for number in range(LINES)]
    (tmp_path / "prompts.jsonl").write_text("".join(f"{json.dumps(prompt)}\n" for prompt in prompts))
    kills = 0
    while _kill_after(_batch(service, tmp_path, protocol), chance.randint(1, LINES // 3), chance.random() / 20) is None:
        kills += 1
    assert kills

    # Only lines that were being sent during a kill are in doubt. All others were billed once.
    rows, billed = _rows(tmp_path), service.billed()
    states = Counter(row["state"] for row in rows.values())
    assert set(states) <= {"done", "doubt"} and sum(states.values()) == LINES
    for prompt in prompts:
        assert billed[prompt] == 1 if rows[prompt]["state"] == "done" else billed[prompt] <= 1
    assert sum(row["accepted"] for row in rows.values()) == states["done"]
    assert states["done"] <= sum(billed.values()) <= LINES
    in_doubt = {prompt: billed[prompt] for prompt, row in rows.items() if row["state"] == "doubt"}
    listed = tmp_path / "prompts" / "in-doubt.jsonl"
    lines = listed.read_text().splitlines() if listed.exists() else []
    found = [json.loads(line)["parameters"]["prompt"] for line in lines]
    assert sorted(found) == sorted(in_doubt)

    # Finally they are sent again, each billed at most twice.
    last = _batch(service, tmp_path, protocol, "--at-least-once")
    out, said = last.communicate()
    assert last.returncode == 0, said
    rows, billed = _rows(tmp_path), service.billed()
    for prompt in prompts:
        assert billed[prompt] == 1 + in_doubt.get(prompt, 0)
        assert rows[prompt]["posts"] == 1 + (prompt in in_doubt)
    summary = json.loads(out.splitlines()[-1])
    assert (summary["done"], summary["pictures"], summary["in_doubt"]) == (LINES, LINES, 0)
    assert summary["requests"] == LINES + len(in_doubt)
    assert service.spent() == pytest.approx(sum(billed.values()) * 0.01)

    # One complete image each, and no unexpected file in the folder.
    folder = tmp_path / "prompts"
    files = [file for row in rows.values() for file in json.loads(row["files"])]
    assert len({file["path"] for file in files}) == LINES
    others = {"batch.sqlite", "batch.sqlite-wal", "pictures.jsonl"}
    left = {path.name for path in folder.iterdir()} - {Path(file["path"]).name for file in files} - others
    assert left == set()
    from hashlib import sha256

    for file in files:
        assert sha256((tmp_path / file["path"]).read_bytes()).hexdigest() == file["sha256"]
    print(f"seed {seed} {protocol}: {kills} kills, {len(in_doubt)} in doubt, {sum(in_doubt.values())} of them billed")


def test_a_batch_goes_on_after_batch_and_service_were_killed(service: Service, tmp_path: Path) -> None:
    """The server restores its jobs from its file, the batch goes on, and nothing is sent twice."""
    prompts = [f"a raft, number {number}" for number in range(LINES // 2)]
    (tmp_path / "prompts.jsonl").write_text("".join(f"{json.dumps(prompt)}\n" for prompt in prompts))
    process = _batch(service, tmp_path)
    assert process.stdout is not None and process.stdout.readline()
    service.kill()
    process.communicate()
    again = _batch(service, tmp_path)
    again.communicate()
    rows = _rows(tmp_path)
    states = Counter(row["state"] for row in rows.values())
    assert set(states) <= {"done", "doubt"}
    assert all(row["posts"] == 1 for row in rows.values())
    assert states["done"] * 0.01 <= service.spent() + 1e-9 <= len(prompts) * 0.01 + 1e-9
    assert again.returncode == (9 if states["doubt"] else 0)
