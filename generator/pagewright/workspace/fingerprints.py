"""Hashes of everything that decides what is generated."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .files import digest, fingerprint, tree
from .find import INSTALLED, find_installed
from .layers import SCHEMAS, SPECS, TEMPLATES, Provider

LOCK = "requirements.lock"
#: Modules that don't decide what is generated: they read pages, compare specs, vendor, lock, and speak to the user.
_NO_BYTES = (
    "transcribe",
    "vendor",
    "comparing",
    "commands",
    "cli.py",
    "command_context.py",
    "signals.py",
    "lock.py",
    INSTALLED,
)


def generator_fingerprint() -> str:
    """Return a hash of the generator: its code, and the lock that pins its formatter and type maker."""
    return _fingerprint_of(Path(__file__).parent.parent, find_installed() / LOCK)


@cache
def _fingerprint_of(package: Path, lock: Path) -> str:
    """Return the hash of a package's code and its lock. Neither changes while it runs."""
    code = {
        name: path
        for name, path in tree(package).items()
        if name.endswith(".py") and name.split("/")[0] not in _NO_BYTES
    }
    return digest(f"{fingerprint(code)}{digest(lock.read_bytes()) if lock.is_file() else ''}".encode())


def templates_fingerprint(provider: Provider) -> str:
    """Return a hash of all templates, those of the workspace included."""
    return fingerprint({f"{TEMPLATES}/{name}": path for name, path in provider.workspace.templates.items()})


def inputs_fingerprint(provider: Provider) -> str:
    """Return a hash that changes whenever a run could give other bytes than the last one."""
    inputs = {f"{SCHEMAS}/{name}": path for name, path in tree(provider.workspace.schemas).items()}
    for folder in provider.layers:
        inputs |= {f"{SPECS}/{provider.name}/{name}": path for name, path in tree(folder).items()}
    inputs |= {f"{TEMPLATES}/{name}": path for name, path in provider.workspace.templates.items()}
    return digest(f"{generator_fingerprint()}{fingerprint(inputs)}".encode())
