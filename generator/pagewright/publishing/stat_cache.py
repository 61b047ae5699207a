"""Tell which of thousands of files are unchanged without reading them, by their size and times, as git's index does.

A file whose size, number and times are those it had when it was last read has the content that it had then: whoever
writes to a file can turn back one of its times, but not the other. A file that was changed a moment ago is read again,
since the clock of a file system may stand still for a tick.
"""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import Any

from ..workspace import digest
from .manifest import ManifestEntry
from .retained import read_retained, write_retained

_FILE = "files.json"
#: Below this many files, the cache is not faster.
_WORTH_IT = 1000
#: The cache is written if at least one in this many files had to be read.
_PART = 20
_TICK_NS = 2_000_000_000


class StatCache:
    """Sizes, times and hashes of the files below `generated/`."""

    def __init__(self, generated: Path) -> None:
        self._generated = generated
        self._settled = time.time_ns() - _TICK_NS
        self._known = self._read()
        self._seen: dict[str, list[Any]] = {}
        self._new = 0

    def _read(self) -> dict[str, list[Any]]:
        try:
            return {
                str(path): list(known)
                for path, known in json.loads(read_retained(self._generated, _FILE) or b"{}").items()
            }
        except (ValueError, TypeError, AttributeError, RecursionError):
            return {}

    def holds(self, path: str, entry: ManifestEntry) -> bool:
        """Return whether the file at `path` has the content that the entry states, and is not a link."""
        place = f"{self._generated}/{path}"  # a `Path` for each of thousands takes as long as reading them
        try:
            status = os.lstat(place)
            if not stat.S_ISREG(status.st_mode):
                return False
            trace = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]
            known = self._known.get(path)
            if known and known[1:] == trace:
                content = known[0]
            else:
                with open(place, "rb", buffering=0) as file:  # noqa: PTH123
                    content = digest(file.read())
                self._new += 1
        except OSError:
            return False
        if max(trace[2:]) < self._settled:
            self._seen[path] = [content, *trace]
        return bool(content == entry.content)

    def write(self) -> None:
        """Write what this run saw, if there are enough files and enough of them had to be read."""
        if len(self._seen) >= _WORTH_IT and self._new * _PART > len(self._seen):
            write_retained(self._generated, _FILE, json.dumps(self._seen, separators=(",", ":")).encode())
