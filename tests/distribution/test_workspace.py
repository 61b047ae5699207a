"""docs/workspace.md, carried out in an empty repository with the wheel of pagewright and without a network."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.test_readme import FENCED

from .conftest import ROOT, Built
from .environments import Environment

TRANSCRIPT = (ROOT / "docs/workspace.md").read_text(encoding="utf-8")
#: Every program of the transcript that is written in Python fails when it opens a connection to another machine.
NO_NETWORK = """
import socket

_connect = socket.socket.connect


def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"no network: {address}")
    return _connect(self, address)


socket.socket.connect = connect
"""


def matches(shown: str, printed: str) -> bool:
    """Return whether `printed` is what the page shows: `…` stands for any text on its line, and alone for any lines."""
    lines = ["(?:.*\n)*" if line == "…\n" else re.escape(line).replace("…", ".*") for line in shown.splitlines(True)]
    return re.fullmatch("".join(lines), printed) is not None


def test_the_transcript_of_a_workspace(built: Built, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv", built.wheel("pagewright"))
    # The repository's own test runner, and what the vendored client and mock need.
    environment.add(["pytest", "httptools", "httpx2", "pillow", "pyyaml", "uvicorn", "uvloop"])
    repository, site = tmp_path / "shop", tmp_path / "site"
    repository.mkdir()
    site.mkdir()
    (site / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    shutil.copy(ROOT / "docs/acme-lantern.txt", repository)
    variables = environment.variables({"PYTHONPATH": str(site), "PAGEWRIGHT_PAGES": ""})
    steps = 0
    for info, content in FENCED.findall(TRANSCRIPT):
        if info.endswith(".py"):
            (repository / info.partition(" ")[2]).write_text(content, encoding="utf-8")
        elif info == "console":
            commands = re.split(r"^\$ (.*\n)", content, flags=re.MULTILINE)[1:]
            for command, shown in zip(commands[::2], commands[1::2], strict=True):
                script = ["bash", "-c", f"exec 2>&1; {command}"]
                done = subprocess.run(
                    script, cwd=repository, env=variables, stdout=subprocess.PIPE, text=True, timeout=120, check=False
                )
                assert matches(shown, done.stdout), f"$ {command}{done.stdout}"
                steps += 1
    assert steps == 17
    assert (
        (repository / "pagewright.toml").read_text(encoding="utf-8").endswith('[[vendored]]\npath = "acme/pictures"\n')
    )
