"""A cache of valid specs, so that a run after one change among five hundred specs parses and checks one.

It holds the data of specs by the hash of their files, and is ignored by another version of the generator or the
meta-schemas. A spec from the cache has no lines and columns: to report a finding, read the files again.
"""

from __future__ import annotations

import json
from typing import Any

from ..publishing.retained import read_retained, write_retained
from ..workspace import Provider, digest, fingerprint, generator_fingerprint, tree

_FILE = "specs.json"
#: Below this many specs, the cache is not faster.
_WORTH_IT = 32


class Cache:
    """The data of specs, by path and hash. `hits` counts how many were taken from it."""

    def __init__(self, provider: Provider) -> None:
        self._generated = provider.generated
        self._maker = digest((generator_fingerprint() + fingerprint(tree(provider.workspace.schemas))).encode())
        self._known = self._read()
        self._used: dict[str, tuple[str, Any]] = {}
        self.hits = 0

    def _read(self) -> dict[str, tuple[str, Any]]:
        try:
            kept: Any = json.loads(read_retained(self._generated, _FILE) or b'{"maker": ""}')
            if kept["maker"] == self._maker:
                return {str(path): (str(content), data) for path, (content, data) in kept["specs"].items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass  # of another generator: as good as none
        return {}

    def find(self, path: str, content: bytes) -> Any:
        """Return the data of the file at `path` if this content was valid before, else None."""
        known, data = self._known.get(path, ("", None))
        if known != digest(content):
            return None
        self.hits += 1
        self._used[path] = known, data
        return data

    def keep(self, path: str, content: bytes, data: Any) -> None:
        """Remember a valid file."""
        self._used[path] = digest(content), data

    def write(self) -> None:
        """Write what this run used, if it has changed and there are enough specs."""
        if self._used != self._known and len(self._used) >= _WORTH_IT:
            body = json.dumps({"maker": self._maker, "specs": self._used}, separators=(",", ":")).encode()
            write_retained(self._generated, _FILE, body)
