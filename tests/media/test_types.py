"""mypy and pyright accept right calls of models of every medium, and refuse each wrong one at its line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.material import absent

PYRIGHT = Path(__file__).parents[2] / "node_modules" / ".bin" / "pyright"
RIGHT = '''\
"""Calls that type checkers accept."""

from pathlib import Path
from typing import assert_type

from lumen_client import (
    AsyncLumenClient,
    AudioResult,
    FileResult,
    ImageResult,
    JsonResult,
    LumenClient,
    TextResult,
    VideoResult,
)
from lumen_client.types.quill_8b import Quill8bInput


def chat(client: LumenClient, words: str, history: list[str]) -> str:
    client.quill_8b.generate(messages=[{"role": "user", "content": words}])
    client.quill_8b.generate(messages=[{"role": "assistant", "content": each} for each in history], temperature=1)
    client.quill_8b.generate(messages=[{"role": "user", "content": [{"type": "text", "text": words}]}])
    client.quill_8b.submit(messages=[{"role": "user", "content": [{"type": "text", "text": words}, {"type": "end"}]}])
    asked: Quill8bInput = {"messages": [{"role": "user", "content": words}], "temperature": 0.5}
    result = client.quill_8b.generate(**asked)
    assert_type(result, TextResult)
    assert_type(client.quill_8b.submit(**asked).download(), TextResult)
    return result.text + (result.finish_reason or "") + (result.problem or "")


def files(client: LumenClient) -> None:
    assert_type(client.plate.generate(prompt="x"), ImageResult)
    video = client.reel_1.generate(prompt="x", duration="5", resolution="640x360")
    assert_type(video, VideoResult)
    assert_type((video.width, video.duration_s, video.codec), tuple[int | None, float | None, str | None])
    assert_type(client.murmur.submit(prompt="x", voice="bert").download(), AudioResult)
    assert_type(client.clay.generate(prompt="x").save("x.glb"), list[str])
    assert_type(client.relief.generate(prompt="x", image="https://host.invalid/x.png"), FileResult)
    assert_type(client.vectors_3.generate(prompt="x"), JsonResult)
    client.sway.generate(image=Path("x.png"), frames=14)
    client.hum_2.generate(prompt="x", audio=b"RIFF")
    for each in video:
        assert_type(each.media_type, str)


async def later(client: AsyncLumenClient) -> None:
    assert_type(await client.quill_8b.generate(messages=[{"role": "user", "content": "x"}]), TextResult)
    assert_type(await (await client.reel_1.submit(prompt="x")).download(), VideoResult)
'''
#: Wrong calls, one a line.
WRONG = [
    "client.quill_8b.generate()",
    "client.quill_8b.generate(messages='hello')",
    "client.quill_8b.generate(messages=['hello'])",
    "client.quill_8b.generate(messages={'role': 'user', 'content': 'x'})",
    "client.quill_8b.generate(messages=[{'role': 'owner', 'content': 'x'}])",
    "client.quill_8b.generate(messages=[{'role': 'user'}])",
    "client.quill_8b.generate(messages=[{'content': 'x'}])",
    "client.quill_8b.generate(messages=[{'role': 'user', 'content': 7}])",
    "client.quill_8b.generate(messages=[{'role': 'user', 'content': ['x']}])",
    "client.quill_8b.generate(messages=[{'role': 'user', 'content': [{'text': 'x'}]}])",
    "client.quill_8b.generate(messages=[{'role': 'user', 'content': [{'type': 'text', 'text': 7}]}])",
    "client.quill_8b.generate(messages=[{'role': 'user', 'content': 'x'}], temperature='hot')",
    "client.quill_8b.generate(messages=[{'role': 'user', 'content': 'x'}], stream=True)",
    "client.quill_8b.generate(messages=[{'role': 'user', 'content': 'x'}]).width",
    "client.quill_8b.submit(messages=[{'role': 'owner', 'content': 'x'}])",
    "client.sage.generate(messages=[{'role': 'user', 'content': 'x'}])",
    "client.reel_1.generate(prompt='x', resolution='huge')",
    "client.reel_1.generate(prompt='x', duration=None)",
    "client.reel_1.generate(prompt='x').text",
    "client.murmur.generate(prompt='x', voice='carl')",
    "client.murmur.generate(prompt='x').width",
    "client.sway.generate(image=7)",
    "client.vectors_3.generate(prompt='x').files",
]
_HEAD = "from lumen_client import LumenClient\n\n\ndef calls(client: LumenClient) -> None:\n"


@pytest.fixture
def folder(python: Path, tmp_path: Path) -> Path:
    """A folder with the calls, beside the client."""
    (tmp_path / "right.py").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(_HEAD + "".join(f"    {call}\n" for call in WRONG), encoding="utf-8")
    options = {"include": ["right.py", "wrong.py"], "extraPaths": [str(python)], "typeCheckingMode": "strict"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(options), encoding="utf-8")
    return tmp_path


def _calls(lines: set[int]) -> list[str]:
    """Return the wrong calls that are at these lines of the file."""
    first = _HEAD.count("\n") + 1
    return [call for number, call in enumerate(WRONG, first) if number in lines]


def test_mypy_accepts_right_calls_and_refuses_wrong_ones(python: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir", os.devnull]
    done = subprocess.run(
        [*command, "--config-file", "", "right.py", "wrong.py"],
        env={**os.environ, "MYPYPATH": str(python)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(.+?):(\d+): error", done.stdout, re.MULTILINE)
    assert {file for file, _ in found} == {"wrong.py"}, done.stdout + done.stderr
    assert _calls({int(line) for _, line in found}) == WRONG, done.stdout


def test_pyright_accepts_right_calls_and_refuses_wrong_ones(folder: Path) -> None:
    if not PYRIGHT.exists():
        absent("pyright (make installs it)")
    command = [str(PYRIGHT), "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    errors = [each for each in found if each["severity"] == "error"]
    assert {Path(each["file"]).name for each in errors} == {"wrong.py"}, errors
    assert _calls({each["range"]["start"]["line"] + 1 for each in errors}) == WRONG, errors
