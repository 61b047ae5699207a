"""Results of a check: findings, which say what differs, where, and what the expectation is based on."""

from __future__ import annotations

import json
from typing import NamedTuple

from .calls import Call
from .spec.facts import Source

#: Bases of documented expectations. A difference from any other expectation is a doubt, unless the run is strict.
DOCUMENTED = frozenset({"page", "sdk"})

KEPT, DOUBT, DRIFT = "kept", "in doubt", "drift"
UNAVAILABLE, UNCHECKED = "not available", "not checked"


class Finding(NamedTuple):
    """One difference. `code` names its kind, `where` the request and part of the response, `about` what was sent.

    `request` repeats the request as a curl command.
    """

    code: str
    where: str
    expected: str
    got: str
    source: Source
    about: str = ""
    request: str = ""

    @property
    def kind(self) -> str:
        """Group of similar findings: the code and the part of the response."""
        part = self.where.partition(", ")[2]
        return f"{self.code} ({part})" if part else self.code

    def __str__(self) -> str:
        where = f"{self.where} ({self.about})" if self.about else self.where
        return f"{self.code}: {where}: expected {self.expected}, got {self.got}. Based on {self.source}."


class Verdict(NamedTuple):
    """Result of one case. `description` says why it was not checked; `covers` lists the items that it checked.

    `slug` names the model that showed it; a case of the platform may be shown with any. `calls` are the requests with their
    times, `passing` the statuses that a request got and, sent again, did not get.
    """

    outcome: str
    description: str = ""
    drift: tuple[Finding, ...] = ()
    doubts: tuple[Finding, ...] = ()
    covers: tuple[str, ...] = ()
    slug: str = ""
    calls: tuple[Call, ...] = ()
    passing: tuple[int, ...] = ()


class Unavailable(Exception):
    """The service gave no response that can be checked: a refused key, a rate limit, or a service that is down.

    `broke` says that it failed with this request: by a server error or without a response.
    """

    def __init__(self, message: str, broke: bool = False) -> None:
        super().__init__(message)
        self.broke = broke


class KeyRefused(Unavailable):
    """The service refuses the key with valid requests, so that no case can be checked."""


class Unchecked(Exception):
    """The case can't be checked in this run, for lack of money or because it needs a mock."""


class NotServed(Unchecked):
    """The service does not have the endpoint that the case is about."""


class CaseStopped(Exception):
    """A finding makes the rest of the case pointless."""


def as_json(value: object, most: int = 80) -> str:
    """Return a value as JSON for a message, so that `"7"` differs from `7`."""
    try:
        return printable(json.dumps(value, ensure_ascii=False), most)
    except (TypeError, ValueError):
        return printable(repr(value), most)


def printable(value: object, most: int = 80) -> str:
    """Return a value for a message, with control characters escaped and cut to `most` characters."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text[: most + 1])
    return text if len(text) <= most else f"{text[:most]}…"
