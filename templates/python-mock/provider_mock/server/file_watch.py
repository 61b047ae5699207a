"""Detection of changed files by polling, which needs no library and works on every system."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TypeAlias

#: Modification time, size and inode of each existing file.
Snapshot: TypeAlias = dict[str, tuple[int, int, int]]


def snapshot(paths: Iterable[str]) -> Snapshot:
    """Return the state of the files. For a folder, of all Python modules below it."""
    taken: Snapshot = {}
    for path in _files(paths):
        try:
            found = os.stat(path)
        except OSError:
            continue
        taken[path] = (found.st_mtime_ns, found.st_size, found.st_ino)
    return taken


def _files(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in os.walk(path):
                yield from (os.path.join(folder, name) for name in names if name.endswith(".py"))
        else:
            yield path
