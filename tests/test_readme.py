"""The README's tour works when it is pasted: its blocks run in order, in one shell, in a folder of their own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.material import absent

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh|python) tour\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with nothing in it but what git ignores."""
    (tmp_path / "clone").mkdir()
    shutil.copy(ROOT / ".gitignore", tmp_path / "clone")
    git(tmp_path / "clone", "init", "--quiet")
    git(tmp_path / "clone", "add", "--all")
    return tmp_path / "clone"


def git(clone: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=clone, capture_output=True, text=True, check=True).stdout


def changes_of(clone: Path) -> str:
    """What git sees that was not there in the beginning."""
    return git(clone, "diff") + git(clone, "ls-files", "--others", "--exclude-standard")


def run(clone: Path, command: list[str]) -> str:
    """What a command prints in an environment with our commands and without settings of the client."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEGMIND_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def is_served(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) == 0


def test_the_tour_runs_again_and_again_and_leaves_nothing_behind(clone: Path, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        absent("curl")
    script = ["set -eu", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"]
    for number, (language, code) in enumerate(BLOCK.findall(README)):
        if language == "python":
            (tmp_path / f"block-{number}.py").write_text(code, encoding="utf-8")
            code = f"python -W error {tmp_path}/block-{number}.py\n"
        script.append(code)
    script.append("wait  # ends only if the tour has stopped its mock")
    # The one thing not taken from the README: this environment instead of the clone's.
    text = "\n".join(script).replace(". .venv/bin/activate\n", "")
    urls: set[str] = set()
    with socket.socket() as taken:
        with suppress(OSError):  # if somebody else has it already, it is taken, too
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        for _ in range(2):
            said = run(clone, ["bash", "-c", text])
            for expected in (
                "1344 768 image/png",
                "COMPLETED",
                "samples: 9 is above the maximum 4",
                "\n429\n",
                "json-on-200",
            ):
                assert expected in said
            for picture in ("lighthouse.jpeg", "queued.jpeg", "lighthouse.png", "queued-7.jpeg"):
                assert (clone / "demo/tour" / picture).stat().st_size > 1000
            assert changes_of(clone) == ""
            urls |= set(re.findall(r"listening on (\S+)", said))
    assert urls
    assert [url for url in urls if is_served(url)] == []


def test_the_demo_runs_again_and_again_and_leaves_nothing_behind(clone: Path) -> None:
    (clone / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/demo.py", clone / "scripts")
    git(clone, "add", "--all")
    for _ in range(2):
        said = run(clone, [sys.executable, "scripts/demo.py"])
        pictures = re.findall(r"^\w+ +(demo/\S+)", said, re.MULTILINE)
        assert len(pictures) >= 8
        assert all((clone / picture).stat().st_size > 1000 for picture in pictures)
        assert changes_of(clone) == ""
        url = re.findall(r"^mock +(\S+)$", said, re.MULTILINE)[0]
        assert not is_served(url)


def test_every_command_that_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z-]+)", README)) - {"you"}
    assert targets, "the README names no make target"
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
