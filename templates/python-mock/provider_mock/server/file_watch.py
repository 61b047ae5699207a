"""Notices that files have changed, by looking at them now and then: nothing to install, and the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TypeAlias

#: Of each file there is: when it was written, how long it is, and which file it is.
Snapshot: TypeAlias = dict[str, tuple[int, int, int]]


def snapshot(paths: Iterable[str]) -> Snapshot:
    """What the files look like now: each path itself, or all the modules below it where it is a folder."""
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
