"""The examples of README.md and the tour of docs/tour.md run as they are printed, and print what the README shows."""

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
TOUR = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(sh|python) run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: A fenced block of the README: its info string and its content.
FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with nothing in it but what git ignores."""
    (tmp_path / "clone").mkdir()
    shutil.copy(ROOT / ".gitignore", tmp_path / "clone")
    git(tmp_path / "clone", "init", "--quiet")
    git(tmp_path / "clone", "add", "--all")
    return tmp_path / "clone"


@pytest.fixture
def repository(clone: Path) -> Path:
    """A user's repository with the page of an invented model."""
    shutil.copy(ROOT / "docs/acme-lantern.txt", clone)
    return clone


def git(clone: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=clone, capture_output=True, text=True, check=True).stdout


def changes_of(clone: Path) -> str:
    """What git sees that was not there in the beginning."""
    return git(clone, "diff") + git(clone, "ls-files", "--others", "--exclude-standard")


def execute(clone: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in an environment with our commands and without settings of the client."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEGMIND_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    )


def run(clone: Path, command: list[str]) -> str:
    """Return what a command prints that has to succeed."""
    done = execute(clone, command)
    assert done.returncode == 0, done.stdout
    return done.stdout


def is_served(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) == 0


def test_the_tour_runs_again_and_again_and_leaves_nothing_behind(clone: Path, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        absent("curl")
    script = ["set -eu", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"]
    for number, (language, code) in enumerate(BLOCK.findall(TOUR)):
        if language == "python":
            (tmp_path / f"block-{number}.py").write_text(code, encoding="utf-8")
            code = f"python -W error {tmp_path}/block-{number}.py\n"
        script.append(code)
    script.append("wait  # ends only if the tour has stopped its mock")
    # The one thing not taken from the page: this environment instead of the clone's.
    text = "\n".join(script).replace(". .venv/bin/activate\n", "")
    urls: set[str] = set()
    with socket.socket() as taken:
        with suppress(OSError):  # if somebody else has it already, it is taken, too
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        for _ in range(2):
            printed = run(clone, ["bash", "-c", text])
            for expected in (
                "1344 768 image/png",
                "COMPLETED",
                "samples: 9 is above the maximum 4",
                "\n429\n",
                "json-on-200",
            ):
                assert expected in printed
            for image in ("lighthouse.jpeg", "queued.jpeg", "lighthouse.png", "queued-7.jpeg"):
                assert (clone / "demo/tour" / image).stat().st_size > 1000
            assert changes_of(clone) == ""
            urls |= set(re.findall(r"listening on (\S+)", printed))
    assert urls
    assert [url for url in urls if is_served(url)] == []


def test_the_demo_runs_again_and_again_and_leaves_nothing_behind(clone: Path) -> None:
    (clone / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/demo.py", clone / "scripts")
    git(clone, "add", "--all")
    for _ in range(2):
        printed = run(clone, [sys.executable, "scripts/demo.py"])
        images = re.findall(r"^\w+ +(demo/\S+)", printed, re.MULTILINE)
        assert len(images) >= 8
        assert all((clone / image).stat().st_size > 1000 for image in images)
        assert changes_of(clone) == ""
        url = re.findall(r"^mock +(\S+)$", printed, re.MULTILINE)[0]
        assert not is_served(url)


def prints(shown: str, printed: str) -> bool:
    """Return whether `printed` is what an example shows, where `…` stands for any text on its line."""
    return re.fullmatch(re.escape(shown).replace("…", ".*"), printed) is not None


def test_the_examples_of_the_readme_print_what_it_shows(repository: Path) -> None:
    """Each Python block is run, or saved if it is named after a file; each `$` line of a console block is run."""
    kinds: list[str] = []
    output = ""
    for info, content in FENCED.findall(README):
        kind = info.partition(" ")[0]
        if info == "python run":
            (repository / "example.py").write_text(content, encoding="utf-8")
            output = run(repository, [sys.executable, "-W", "error", "example.py"])
        elif info.endswith(".py"):
            (repository / info.partition(" ")[2]).write_text(content, encoding="utf-8")
        elif info == "console":
            commands = re.split(r"^\$ (.*\n)", content, flags=re.MULTILINE)[1:]
            for command, shown in zip(commands[::2], commands[1::2], strict=True):
                done = execute(repository, ["bash", "-c", command])
                assert prints(shown, done.stdout), f"{command}{done.stdout}"
        elif info == "":
            assert prints(content, output), output
        else:
            assert kind == "sh", f"no test runs a block of {info}"
        kinds.append(kind)
    assert (kinds.count("python"), kinds.count("console"), kinds.count("")) == (2, 3, 1)
    assert (repository / "lighthouse.jpeg").stat().st_size > 1000
    assert (repository / "acme/pictures/VENDORED.json").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for code in re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
        target = "".join(code)
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_the_index_lists_every_page_of_the_documentation() -> None:
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[.*\]\((.+\.md)\)", index, re.MULTILINE)
    assert sorted(listed) == sorted(
        page.name for page in PAGES if page.parent == ROOT / "docs" and page.name != "README.md"
    )


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 130
