"""The journal of requests and answers. An entry is written before its answer is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .clock import SECOND
from .money import dollars
from .records import checked
from .redaction import label

#: The approximate size of an entry without its payload, in bytes.
_OVERHEAD = 800


class JournalEntry(NamedTuple):
    """One request and its answer.

    `number` is unique in the store. `at` is the mock's time in microseconds, `refused` the reason of a refusal, `charged`
    the price of the request in millionths of a dollar, `size` the size of the request's body in bytes.
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
        """The approximate memory use of the entry, in bytes."""
        return _OVERHEAD + 2 * self.size

    def within(self, most: int) -> JournalEntry:
        """Return the entry, without payload and headers if it would take more than a quarter of the journal's bytes."""
        if self.weight <= most // 4:
            return self
        return self._replace(payload=None, headers={}, size=0, path=self.path[:1000])

    def dump(self, clean: Callable[[str], str]) -> str:
        """Return the entry as a line of JSON without keys, for a store outside this process."""
        return clean(json.dumps(self))

    @classmethod
    def load(cls, text: str) -> JournalEntry:
        """Return the entry that `dump` wrote. Raises ValueError and TypeError for any other text."""
        return checked(cls(*json.loads(text)))

    def show(self, clean: Callable[[str], str]) -> dict[str, Any]:
        """Return the entry as `/__mock/requests` shows it, without keys."""
        # Cleaned as text, so that a key is found anywhere. JSON's escapes keep the text valid.
        shown = JournalEntry.load(self.dump(clean))._asdict()
        del shown["account"], shown["size"]
        shown["at"] = self.at / SECOND
        shown["charged"] = float(dollars(self.charged)) if self.charged >= 0 else -float(dollars(-self.charged))
        shown["key"] = label(self.account) if self.account is not None else None
        return shown
