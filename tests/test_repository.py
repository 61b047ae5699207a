"""What must be true of the repository as a whole."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from packaging.version import Version

import pagewright
import segmind_client
import segmind_mock
from pagewright.workspace import files_below
from tests.waiting import LIMIT_S

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted(
    [*ROOT.glob("*.lock"), *ROOT.glob("*lock.json"), *ROOT.glob("bench/*lock.json"), *ROOT.glob("bench/*.txt")]
)


def test_versions_have_one_source() -> None:
    assert segmind_client.__version__ == segmind_mock.__version__ == pagewright.__version__


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_files_hold_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    # npm notes where a package's authors ask for money; that is no place to fetch it from.
    addresses = re.findall(r"^.*://.*$", text, re.MULTILINE)
    assert [line for line in addresses if not re.match(r'\s*"(url|funding)": ', line)] == []
    assert not re.search(r"--(index|extra-index|find)|resolved", text)
    assert re.search(r"sha(256|512)", text)


@pytest.mark.parametrize("place", ["pyproject.toml", "generated/segmind/python/pyproject.toml"])
def test_every_dependency_is_locked(place: str) -> None:
    project = tomllib.loads((ROOT / place).read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    locked = set(re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    normal = {re.sub(r"[-_.]+", "-", name).lower() for name in locked}
    missing = {name for entry in wanted if (name := re.split(r"[<>=\[]", entry)[0].lower()) not in normal}
    assert not missing


#: The oldest versions in which what is known against these packages has been mended.
MENDED = {
    "datamodel-code-generator": "0.70.0",
    "jinja2": "3.1.6",
    "pillow": "12.3.0",
    "pyyaml": "5.4",
    "urllib3": "2.6.3",
}


@pytest.mark.parametrize("lock", [path for path in LOCKS if path.suffix != ".json"], ids=lambda path: path.name)
def test_what_is_locked_has_its_advisories_mended(lock: Path) -> None:
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;]+)", lock.read_text("utf-8"), re.MULTILINE))
    assert {
        name: locked[name] for name in MENDED.keys() & locked.keys() if Version(locked[name]) < Version(MENDED[name])
    } == {}


def test_no_module_has_more_than_400_lines() -> None:
    folders = [ROOT / "generator" / "pagewright", ROOT / "templates", ROOT / "bench", ROOT / "scripts"]
    modules = [path for folder in folders for path in files_below(folder) if path.suffix in (".py", ".jinja")]
    assert modules
    long = {str(path): lines for path in modules if (lines := path.read_text("utf-8").count("\n")) > 400}
    assert not long


def test_no_folder_has_more_than_20_python_files() -> None:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    modules = [Path(name) for name in done.stdout.split("\0") if name.endswith((".py", ".py.jinja"))]
    # What is generated grows with the catalogue; its folders are those of the templates.
    counts = Counter(path.parent.as_posix() for path in modules if path.parts[0] != "generated")
    assert len(counts) > 50
    assert {folder: count for folder, count in counts.items() if count > 20} == {}


def test_a_test_without_an_end_fails_and_its_process_ends(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    (tmp_path / "test_it.py").write_text(
        "import threading\n"
        "def test_fails(): threading.Event().wait()\n"
        "def test_cleans_up_for_ever():\n"
        "    try: threading.Event().wait()\n"
        "    finally: threading.Event().wait()\n"
    )
    code = "import sys, pytest, tests.conftest as limits; limits.CLEANING_S = 1; sys.exit(pytest.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "-v", "--timeout=1", "--rootdir", tmp_path, tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "test_fails FAILED" in done.stdout and "Timeout (0:00:02)!" in done.stderr, done.stdout + done.stderr


def test_a_wait_has_a_shorter_limit_than_its_test(pytestconfig: pytest.Config) -> None:
    """Else the failure would not say what was waited for."""
    assert 0 < LIMIT_S < float(pytestconfig.getoption("--timeout"))
    assert socket.getdefaulttimeout() == LIMIT_S
