"""Write a new package."""

from __future__ import annotations

import keyword
from pathlib import Path

from ..errors import UsageError
from ..publishing.manifest import LOCK_FILE
from .package import Package
from .record import BASE, NAME, pack, record_of
from .transaction import STAGING, Write, apply, was_interrupted


class NotFree(UsageError):
    """The destination can't hold a new package."""


def refuse_taken(name: str, folder: Path) -> None:
    """Raise unless a new package can be written to `folder`, which the user calls `name`.

    Raises:
        NotFree: Something is there already.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise NotFree(f"{name} is there already, and no folder. Choose another place.")
    if was_interrupted(folder):
        return  # a run that was killed left it, and this one goes on
    if (folder / NAME).is_file():
        raise NotFree(f"{name} holds a vendored package already. `pagewright vendor update {name}` changes it.")
    there = sorted(child.name for child in folder.iterdir()) if folder.is_dir() else []
    others = [child for child in there if child not in ("__pycache__", STAGING, LOCK_FILE)]
    if others:
        raise NotFree(f"{name} is there already, with {others[0]} in it. Choose a folder that is not there yet.")


def refuse_unimportable(name: str, folder: Path) -> None:
    """Raise if Python code could not be imported by the name of its folder.

    Raises:
        NotFree: The name is no identifier.
    """
    last = folder.resolve().name
    if not last.isidentifier() or keyword.iskeyword(last):
        raise NotFree(f"{name}: a package called {last!r} can't be imported. Use a name such as 'images'.")


def add(folder: Path, package: Package) -> None:
    """Write the package. Call it while holding the lock."""
    writes = [Write(path, content) for path, content in package.files.items()]
    apply(folder, [*writes, Write(BASE, pack(package.files)), Write(NAME, record_of(package).to_bytes())])
