"""schemathesis, an independent witness, holds the mock against our OpenAPI document: every check that it has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from segmind_mock import Settings, serving
from segmind_mock.state.money import micros
from tests.material import ROOT

KEY = "schemathesis-key-0123456789"
DOCUMENT = ROOT / "generated" / "segmind" / "openapi" / "platform.openapi.json"


def test_schemathesis_finds_no_difference(tmp_path: Path, seed: int) -> None:
    with serving(Settings(keys=frozenset({KEY}), credits=micros(10**6))) as mock:
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(DOCUMENT), "--url", mock.url]
        command += ["--header", f"x-api-key: {KEY}", "--seed", str(seed), "--max-examples", "20", "--no-color"]
        command += ["--continue-on-failure"]
        environment = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": "hooks",
            "PYTHONPATH": str(ROOT / "tests/mock/api/schemathesis"),
        }
        run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Tested: 10" in run.stdout, run.stdout
