"""Batches under every scenario of the mock: nothing is billed twice unless `--at-least-once` asks for it.

The mock is in this process, and its clock is the command's: a batch that waits for half a minute takes no time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.fault_batch import led_into
from scripts.fault_matrix import PATIENT_S, URL, Stage, staged
from segmind_client import cli
from segmind_mock.api.scenarios import DESCRIPTIONS

LARGE = "stable-diffusion-3.5-large-txt2img"
SMALL = ["--sampler", "euler", "--scheduler", "normal", "--width", "64", "--height", "64"]
#: Those with a colon or NNN stand for many; each is in the fault matrix.
SCENARIOS = [name for name in DESCRIPTIONS if ":" not in name and "NNN" not in name]
#: What the same command never mends: jobs that never end, and an account that stays empty.
ENDLESS = {"stuck": 8, "unknown-state": 8, "credits-run-out": 5}
PROMPTS = ["one", "two", "three"]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.mark.parametrize("protocol", ["--async", "--sync"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_batch_in_any_scenario_bills_nothing_twice(
    stage: Stage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    scenario: str,
    protocol: str,
) -> None:
    key = f"SG_{scenario}{protocol}"
    (tmp_path / "b.jsonl").write_text("".join(f"{json.dumps(prompt)}\n" for prompt in PROMPTS))
    stage.door.ask("POST", "scenarios", {"key": key, "scenario": scenario})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEGMIND_API_KEY", key)
    command = [LARGE, *SMALL, "--batch", "b.jsonl", "--base-url", URL, "--json", "--quiet", "--concurrency", "2"]
    # Longer than the pauses between all attempts of a poll.
    command += ["--timeout", "60", protocol]

    def run(*more: str) -> dict[str, Any]:
        with led_into(stage.mock, stage.config_on_this_clock, stage.clock.advance, PATIENT_S):
            status = cli.main([*command, *more])
        out, err = capsys.readouterr()
        assert "Traceback" not in err and key not in out + err
        summary: dict[str, Any] = json.loads(out.splitlines()[-1])
        assert summary["status"] == status
        states = sum(summary[state] for state in ("done", "failed", "in_doubt", "queued", "not_sent"))
        assert states == len(PROMPTS)
        assert summary["pictures"] == summary["done"] == len(list((tmp_path / "b").glob("*.jpeg")))
        return summary

    def billed() -> Counter[str]:
        entries = stage.door.ask("GET", f"requests?key={key}&method=POST&last=1000")["requests"]
        return Counter(entry["payload"]["prompt"] for entry in entries if entry["charged"])

    run()
    summary = run()
    assert max(billed().values()) == 1
    assert sum(billed().values()) <= summary["requests"]
    # Lines with an unknown outcome are in doubt; all other billed requests are known.
    assert sum(billed().values()) >= summary["requests"] - summary["in_doubt"]
    ends = {0, 7, 9} | ({ENDLESS[scenario]} if scenario in ENDLESS else set())
    assert summary["status"] in ends
    if summary["status"] in (7, 9):
        before = billed()
        summary = run("--at-least-once", "--retry-failed")
        assert summary["status"] == 0 and summary["done"] == len(PROMPTS)
        assert all(billed()[prompt] <= before[prompt] + 1 for prompt in PROMPTS)
