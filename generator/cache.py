"""What earlier runs found to be in order, so that one changed spec of five hundred costs reading one.

Kept in `generated/`, where version control passes it over; losing it costs time and nothing else. It holds the data of
specs by the hash of their files, and is worth nothing to another generator or other meta-schemas. A spec out of it has no
lines and columns: whoever has a finding to report reads the files anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .manifest import CACHE
from .metaschema import SCHEMAS
from .publish import write_own
from .workspace import GENERATED, digest, files_below, fingerprint, generator_fingerprint

_FILE = "specs.json"
#: Below this many specs, reading them takes no longer than reading what is kept of them.
_WORTH_IT = 32


class Cache:
    """The data of specs, by path and hash. `hits` counts how many were taken from it."""

    def __init__(self, root: Path) -> None:
        self._folder = root / GENERATED / CACHE
        self._maker = digest((generator_fingerprint(root) + fingerprint(root, files_below(root / SCHEMAS))).encode())
        self._known = self._read()
        self._used: dict[str, tuple[str, Any]] = {}
        self.hits = 0

    def _read(self) -> dict[str, tuple[str, Any]]:
        try:
            stated, _, body = (self._folder / _FILE).read_bytes().partition(b"\n")
            kept: Any = json.loads(body) if stated.decode() == digest(body) else {"maker": ""}
            if kept["maker"] == self._maker:
                return {str(path): (str(content), data) for path, (content, data) in kept["specs"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass  # none yet, or damaged: as good as none
        return {}

    def find(self, path: str, content: bytes) -> Any:
        """The data of the file at `path` if its content was in order before, else None."""
        known, data = self._known.get(path, ("", None))
        if known != digest(content):
            return None
        self.hits += 1
        self._used[path] = known, data
        return data

    def keep(self, path: str, content: bytes, data: Any) -> None:
        """Takes note of a file that is in order."""
        self._used[path] = digest(content), data

    def write(self) -> None:
        """Keeps what this run used, if that has changed and is worth it. What can't be written is not kept."""
        if self._used == self._known or len(self._used) < _WORTH_IT or self._folder.is_symlink():
            return
        body = json.dumps({"maker": self._maker, "specs": self._used}, separators=(",", ":")).encode()
        part = self._folder / f"{_FILE}.{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_own(self._folder / ".gitignore", b"*\n")
            write_own(part, digest(body).encode() + b"\n" + body)
            part.replace(self._folder / _FILE)
        except OSError:
            return
