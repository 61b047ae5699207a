"""Paths of this clone, its environment, and the peers' own environments (`make bench-setup`)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .table import NotMeasured

ROOT = Path(__file__).parents[1]
GENERATED = ROOT / "generated" / "segmind"
PYTHON = Path(sys.executable)
SLUG = "stable-diffusion-3.5-large-txt2img"
SUBMIT_PATH = f"/v2/{SLUG}"
DOCUMENT = GENERATED / "openapi/platform.openapi.json"

_PEERS = ROOT / "bench/.venv/bin"
_MODULES = ROOT / "bench/node_modules/.bin"


def own_command(name: str) -> str:
    """A console script of this clone's environment."""
    return _existing(PYTHON.parent / name, f"there is no {name} in this environment yet; run make")


def peer_command(name: str) -> str:
    """A console script of the peers' environments."""
    folder = _MODULES if name == "prism" else _PEERS
    return _existing(folder / name, f"{name} is not installed; run make bench-setup")


def environment(**more: str) -> dict[str, str]:
    """This process' own one, in which Python keeps its compiled modules whatever the caller's shell says."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | more


def peer_environment() -> dict[str, str]:
    """With the peers' programs on the path, since openapi-python-client calls ruff by its name."""
    return environment(PATH=f"{_PEERS}{os.pathsep}{os.environ['PATH']}", NODE_ENV="production")


def _existing(path: Path, otherwise: str) -> str:
    if not path.exists():
        raise NotMeasured(otherwise)
    return str(path)
