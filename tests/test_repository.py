"""What must be true of the repository as a whole."""

from __future__ import annotations

import re
import socket
import tomllib
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


def test_no_module_outgrows_its_room() -> None:
    folders = [ROOT / "generator" / "pagewright", ROOT / "templates", ROOT / "bench", ROOT / "scripts"]
    modules = [path for folder in folders for path in files_below(folder) if path.suffix in (".py", ".jinja")]
    assert modules
    long = {str(path): lines for path in modules if (lines := path.read_text("utf-8").count("\n")) > 400}
    assert not long


def test_every_test_has_a_time_limit(pytestconfig: pytest.Config) -> None:
    """First a wait ends, then the test, then its process; an earlier end would hide which wait it was."""
    whole, process = (float(pytestconfig.getini(name)) for name in ("timeout", "faulthandler_timeout"))
    assert 0 < LIMIT_S < whole < process
    assert pytestconfig.getini("faulthandler_exit_on_timeout") is True
    assert socket.getdefaulttimeout() == LIMIT_S
