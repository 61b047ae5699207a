"""What was asked and what was answered: written before the answer leaves, bounded in number and in bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .clock import SECOND
from .money import dollars
from .redaction import label

#: What an entry costs beside its payload, roughly, in bytes.
_OVERHEAD = 800


class JournalEntry(NamedTuple):
    """One request and its answer.

    `number` is the store's, never used twice. `at` is the mock's time in microseconds, `refused` the reason in words,
    `charged` what the request cost in millionths of a dollar, `size` that of the request's body in bytes.
    """

    number: int
    at: int
    account: str | None
    method: str
    path: str
    slug: str | None
    status: int
    refused: str | None
    scenario: str | None
    request_id: str | None
    payload: Mapping[str, Any] | None
    headers: Mapping[str, str]
    charged: int
    size: int

    @property
    def weight(self) -> int:
        """About how much memory the entry holds, in bytes."""
        return _OVERHEAD + 2 * self.size

    def within(self, most: int) -> JournalEntry:
        """The entry, without its payload and headers if it alone would take a quarter of the journal's bytes."""
        if self.weight <= most // 4:
            return self
        return self._replace(payload=None, headers={}, size=0, path=self.path[:1000])

    def dump(self, clean: Callable[[str], str]) -> str:
        """The entry as a line of JSON, for a store outside this process: without keys."""
        return clean(json.dumps(self))

    @classmethod
    def load(cls, text: str) -> JournalEntry:
        """The entry that `dump` wrote."""
        return cls(*json.loads(text))

    def show(self, clean: Callable[[str], str]) -> dict[str, Any]:
        """The entry as people and tests read it, without keys."""
        # As text, so that a key is found wherever it stands; JSON's own escapes keep it parseable.
        shown = JournalEntry.load(self.dump(clean))._asdict()
        del shown["account"], shown["size"]
        shown["at"] = self.at / SECOND
        shown["charged"] = float(dollars(self.charged)) if self.charged >= 0 else -float(dollars(-self.charged))
        shown["key"] = label(self.account) if self.account is not None else None
        return shown
