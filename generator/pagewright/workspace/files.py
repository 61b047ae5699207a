"""Files and their hashes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

#: A larger file is told from another by its size and date: no spec is that large, and reading it would take the memory.
_LARGEST = 64 << 20


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content`, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def files_below(folder: Path) -> list[Path]:
    """Return every file below `folder`, in order of its path by code point.

    What editors and tools leave is not listed: names that begin with `.` or end in `~`, and `__pycache__`. Links to
    folders are not followed.
    """
    return [folder / name for name in _names_below(folder)]


def tree(folder: Path) -> dict[str, Path]:
    """Return every file below `folder` by its path relative to it."""
    return {name: folder / name for name in _names_below(folder)}


def _names_below(folder: Path) -> list[str]:
    """Return the paths of `files_below` relative to `folder`, as text: a catalogue has hundreds."""
    found: list[str] = []
    top = len(f"{folder}{os.sep}")
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        names = [name for name in files if not name.startswith(".") and not name.endswith("~")]
        found += [f"{place}{os.sep}{name}"[top:].replace(os.sep, "/") for name in names]
    return sorted(found)


def fingerprint(files: Mapping[str, Path]) -> str:
    """Return one hash of the names and contents of `files`."""
    total = hashlib.sha256()
    for name, path in sorted(files.items()):
        total.update(os.fsencode(name) + f"\0{_state(path)}\n".encode())
    return total.hexdigest()


def _state(path: Path) -> str:
    """Return a hash of a file's content, or a word for anything else at `path`: a pipe or a device is never opened."""
    try:
        status = path.stat()
    except OSError as error:
        return f"unreadable: {error.errno}"
    if not stat.S_ISREG(status.st_mode):
        return f"no file: {stat.S_IFMT(status.st_mode)}"
    if status.st_size > _LARGEST:
        return f"{status.st_size} bytes of {status.st_mtime_ns}"
    return digest(path.read_bytes())
