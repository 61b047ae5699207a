"""A client for invented models of every medium, and a service that answers them.

The provider is called Lumen. Its platform is Segmind's under another name, so the facts of the wire are the real ones.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from pagewright.generate import generate
from pagewright.workspace import Provider, Workspace, find_installed
from pagewright.workspace.config import SELF_CONTAINED
from tests.media.fake_service import FILES, Service
from tests.media.lumen_client import LumenClient

#: Runs Lumen's command line and returns its output.
Command: TypeAlias = Callable[..., "subprocess.CompletedProcess[bytes]"]
HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
_RENAMED = (("segmind", "lumen"), ("Segmind", "Lumen"), ("SEGMIND", "LUMEN"))


def write_lumen(root: Path) -> Provider:
    """Return Lumen in a workspace of its own, without generated files."""
    specs = root / "specs" / "lumen"
    shutil.copytree(REPOSITORY / "specs" / "schema", root / "specs" / "schema")
    shutil.copytree(REPOSITORY / "templates", root / "templates")
    shutil.copytree(HERE / "specs" / "models", specs / "models")
    text = (REPOSITORY / "specs" / "segmind" / "platform.yaml").read_text(encoding="utf-8")
    for old, new in _RENAMED:
        text = text.replace(old, new)
    # Its errata are about pages of Segmind's models.
    (specs / "platform.yaml").write_text(text[: text.index("\nerrata:")] + "\n", encoding="utf-8")
    return Provider(Workspace(root, find_installed(), SELF_CONTAINED), "lumen")


def make_lumen(root: Path) -> Provider:
    """Return Lumen in a workspace of its own, generated."""
    provider = write_lumen(root)
    result = generate(provider)
    assert not result.findings, "\n".join(map(str, result.findings))
    return provider


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with Lumen's generated packages."""
    root = tmp_path_factory.mktemp("media") / "workspace"
    make_lumen(root)
    return root / "generated" / "lumen" / "python"


@pytest.fixture(scope="session")
def lumen(python: Path) -> Iterator[ModuleType]:
    """The generated client package."""
    sys.path.insert(0, str(python))
    try:
        yield importlib.import_module("lumen_client")
    finally:
        sys.path.remove(str(python))


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    with Service() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def client(lumen: ModuleType, service: Service) -> Iterator[LumenClient]:
    with lumen.LumenClient("key", service.url) as made:
        yield made


@pytest.fixture
def file() -> Callable[[str], bytes]:
    """Return the content of a file of `files/`."""
    return lambda name: (FILES / name).read_bytes()


@pytest.fixture
def command(python: Path, service: Service, tmp_path: Path) -> Command:
    """Run Lumen's command line in the folder of the test."""

    def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(python),
            "LUMEN_API_KEY": "key",
            "LUMEN_BASE_URL": service.url,
            "PYTHONIOENCODING": "utf-8",
        }
        line = [sys.executable, "-W", "error", "-m", "lumen_client", *arguments]
        return subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, check=False, **options)

    return run


def order(**answer: object) -> str:
    """Return the prompt that makes the service answer so."""
    return json.dumps(answer)
