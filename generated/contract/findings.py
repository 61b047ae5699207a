"""What a check comes to: findings, each in words that say what differs, where, and what the expectation rests on."""

from __future__ import annotations

from typing import NamedTuple

from .facts import Source

#: Expectations with these bases are documented; what rests on another basis is a doubt, unless all is to be held.
DOCUMENTED = frozenset({"page", "sdk"})

KEPT, DRIFT, UNAVAILABLE, UNCHECKED = "kept", "drift", "not available", "not checked"


class Finding(NamedTuple):
    """One difference. `code` names its kind, `where` the request and the part of the answer."""

    code: str
    where: str
    expected: str
    came: str
    source: Source

    def __str__(self) -> str:
        return f"{self.code}: {self.where}: expected {self.expected}, came {self.came}. This rests on {self.source}."


class Verdict(NamedTuple):
    """What became of one case: its outcome, why it was not checked (`words`), what was found, and what it covers."""

    outcome: str
    words: str = ""
    drift: tuple[Finding, ...] = ()
    doubts: tuple[Finding, ...] = ()
    covers: tuple[str, ...] = ()


class Unavailable(Exception):
    """The service gave no answer that could be judged: who asks, how often, or a service that is down."""


class Unchecked(Exception):
    """This can't be checked here: no money, or nobody who could bring it about."""


class Ended(Exception):
    """The rest of a case makes no sense after what was found."""


def shown(value: object, most: int = 80) -> str:
    """A value in a message: control characters escaped, and cut where it is long."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(sign if sign.isprintable() else f"<U+{ord(sign):04X}>" for sign in text[: most + 1])
    return text if len(text) <= most else f"{text[:most]}…"
