"""What was asked and what was answered: written before the answer leaves, bounded in number and in bytes."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .clock import SECOND
from .redaction import Redactor

#: What an entry costs beside its payload, roughly, in bytes.
_OVERHEAD = 400


class Entry(NamedTuple):
    """One request and its answer. `at` is the mock's time in microseconds, `refused` the reason in words."""

    number: int
    at: int
    key: str | None
    method: str
    path: str
    slug: str | None
    status: int
    refused: str | None
    scenario: str | None
    request_id: str | None
    payload: Mapping[str, Any] | None
    size: int

    @property
    def weight(self) -> int:
        """About how much memory the entry holds, in bytes."""
        return _OVERHEAD + 2 * self.size


class Journal:
    """The last requests, oldest first. An entry that is too large alone is kept without its payload."""

    def __init__(self, most: int, most_bytes: int, redactor: Redactor) -> None:
        self._entries: deque[Entry] = deque()
        self._most = most
        self._most_bytes = most_bytes
        self._weight = 0
        self._count = 0
        self._redactor = redactor

    def __len__(self) -> int:
        return len(self._entries)

    def number(self) -> int:
        """The number of the next entry; numbers are never used twice."""
        self._count += 1
        return self._count

    def write(self, entry: Entry) -> None:
        """Adds an entry and drops the oldest ones beyond the bounds."""
        if entry.weight > self._most_bytes // 4:
            entry = entry._replace(payload=None, size=0, path=entry.path[:1000])
        self._entries.append(entry)
        self._weight += entry.weight
        while len(self._entries) > self._most or self._weight > self._most_bytes:
            self._weight -= self._entries.popleft().weight

    def forget(self, key: str | None) -> None:
        """Drops the entries of the key with this label, or all of them."""
        kept = [entry for entry in self._entries if key is not None and entry.key != key]
        self._entries = deque(kept)
        self._weight = sum(entry.weight for entry in kept)

    def read(self, wanted: Callable[[Entry], bool], most: int) -> list[dict[str, Any]]:
        """The last `most` entries that are wanted, oldest first, without keys."""
        found: list[dict[str, Any]] = []
        for entry in reversed(self._entries):
            if len(found) == most:
                break
            if wanted(entry):
                found.append(self._show(entry))
        return found[::-1]

    def _show(self, entry: Entry) -> dict[str, Any]:
        clean = self._redactor.clean
        shown = {name: value for name, value in entry._asdict().items() if name not in ("at", "size")}
        shown["at"] = entry.at / SECOND
        for name in ("path", "refused", "request_id", "scenario"):
            if shown[name] is not None:
                shown[name] = clean(shown[name])
        if entry.payload is not None:
            # As text, so that a key is found wherever it stands; JSON's own escapes keep it parseable.
            shown["payload"] = json.loads(clean(json.dumps(entry.payload)))
        return shown
