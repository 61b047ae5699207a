"""The video models of the invented providers: client, command line and mock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.providers.conftest import VIDEOS, Workspace

CALL = """
import asyncio
import {name}_client as client, {name}_mock as mock

ARGUMENTS = {arguments}

def summary(result):
    print(type(result).__name__, result.media_type, result.width, result.height, result.duration_s, result.problem)

async def later(url):
    async with client.Async{prefix}Client("a-key", url) as service:
        summary(await service.{model}.generate(**ARGUMENTS))
        if hasattr(service.{model}, "submit"):
            summary(await (await service.{model}.submit(**ARGUMENTS)).download(interval=0.01))

with mock.serving(mock.Settings(pace=mock.Pace("polls", 2))) as running:
    with client.{prefix}Client("a-key", running.url) as service:
        summary(service.{model}.generate(**ARGUMENTS))
        if hasattr(service.{model}, "submit"):
            summary(service.{model}.submit(**ARGUMENTS).download(interval=0.01))
    asyncio.run(later(running.url))
"""
#: The class prefix, the variable with the key, the arguments of a call, its results, and the line of the command line.
CALLS = {
    "zephyr": (
        "Zephyr",
        "ZEPHYR_TOKEN",
        {"text": "fog", "width": 256, "height": 144, "seconds": 2},
        ["VideoResult video/mp4 256 144 2.0 None"] * 2,
        "fog.mp4: video/mp4, 256×144, 2.0 s\n",
    ),
    "borealis": (
        "Borealis",
        "BOREALIS_KEY",
        {"image": "https://host.invalid/a.png", "frames": 24, "fps": 24, "output_format": "webm"},
        ["VideoResult video/webm 1280 720 1.0 None"] * 4,
        "fog.webm: video/webm, 1280×720, 1.0 s\n",
    ),
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_the_clients_get_a_video_from_the_mock(workspace: Workspace, name: str) -> None:
    prefix, _, arguments, expected, _ = CALLS[name]
    code = CALL.format(name=name, prefix=prefix, model=VIDEOS[name][1], arguments=arguments)
    assert workspace.code(name, code).splitlines() == expected


@pytest.mark.parametrize("name", sorted(CALLS))
def test_the_command_line_saves_a_video(workspace: Workspace, name: str, tmp_path: Path) -> None:
    _, variable, arguments, _, line = CALLS[name]
    code = f"""
import subprocess, sys
from {name}_mock import serving
with serving() as running:
    command = [sys.executable, "-m", "{name}_client", "{VIDEOS[name][0]}", "--params", sys.argv[2], "--out", "fog"]
    done = subprocess.run([*command, "--base-url", running.url], cwd=sys.argv[1], capture_output=True, encoding="utf-8")
    sys.stdout.buffer.write(done.stdout.encode())
    sys.exit(done.stderr if done.returncode else 0)
"""
    given = {variable: "a-key", "PYTHONIOENCODING": "utf-8"}
    done = workspace.run(name, "-c", code, str(tmp_path), json.dumps(arguments), **given)
    assert (done.returncode, done.stdout) == (0, line), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [line.partition(":")[0]]
