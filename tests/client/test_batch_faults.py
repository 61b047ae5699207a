"""Batches under every scenario of the mock: nothing is billed twice unless `--at-least-once` asks for it."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from segmind_mock.scenarios import DESCRIPTIONS

LARGE = "stable-diffusion-3.5-large-txt2img"
SMALL = ["--sampler", "euler", "--scheduler", "normal", "--width", "64", "--height", "64", "--poll-interval", "0.01"]
#: A rate limit asks for a pause of a minute; the others are patterns.
SCENARIOS = [
    name
    for name in DESCRIPTIONS
    if ":" not in name and "NNN" not in name and name not in ("status-429", "rate-limited")
]
#: What the same command never mends: jobs that never end, and an account that stays empty.
ENDLESS = {"stuck": 8, "unknown-state": 8, "credits-run-out": 5}
PROMPTS = ["one", "two", "three"]


@pytest.mark.parametrize("protocol", ["--async", "--sync"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_billed_twice(
    command_here: Callable[..., subprocess.CompletedProcess[bytes]],
    mock: Any,
    tmp_path: Path,
    scenario: str,
    protocol: str,
) -> None:
    (tmp_path / "b.jsonl").write_text("".join(f"{json.dumps(prompt)}\n" for prompt in PROMPTS))
    mock.set("scenarios", scenario=scenario)
    asked = [
        LARGE,
        *SMALL,
        "--batch",
        "b.jsonl",
        "--json",
        "--quiet",
        "--concurrency",
        "2",
        "--timeout",
        "0.3",
        protocol,
    ]

    def run(*more: str) -> dict[str, Any]:
        done = command_here(*asked, *more, mock=mock)
        assert b"Traceback" not in done.stderr and mock.key.encode() not in done.stdout + done.stderr
        summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert summary["status"] == done.returncode
        states = sum(summary[state] for state in ("done", "failed", "in_doubt", "queued", "not_sent"))
        assert states == len(PROMPTS)
        assert summary["pictures"] == summary["done"] == len(list((tmp_path / "b").glob("*.jpeg")))
        return summary

    def billed() -> Counter[str]:
        return Counter(entry["payload"]["prompt"] for entry in mock.journal("POST") if entry["charged"])

    run()
    summary = run()
    assert max(billed().values()) == 1
    assert sum(billed().values()) <= summary["requests"]
    # What nobody knows of is in doubt; everything else that was billed is known.
    assert sum(billed().values()) >= summary["requests"] - summary["in_doubt"]
    ends = {0, 7, 9} | ({ENDLESS[scenario]} if scenario in ENDLESS else set())
    assert summary["status"] in ends
    if summary["status"] in (7, 9):
        before = billed()
        summary = run("--at-least-once", "--retry-failed")
        assert summary["status"] == 0 and summary["done"] == len(PROMPTS)
        assert all(billed()[prompt] <= before[prompt] + 1 for prompt in PROMPTS)
