"""What a check comes to: findings, each in words that say what differs, where, and what the expectation rests on."""

from __future__ import annotations

import json
from typing import NamedTuple

from .spec.facts import Source

#: Expectations with these bases are documented; what rests on another basis is a doubt, unless all is to be held.
DOCUMENTED = frozenset({"page", "sdk"})

KEPT, DRIFT, UNAVAILABLE, UNCHECKED = "kept", "drift", "not available", "not checked"


class Finding(NamedTuple):
    """One difference. `code` names its kind, `where` the request and the part of the answer, `about` what was sent."""

    code: str
    where: str
    expected: str
    came: str
    source: Source
    about: str = ""

    @property
    def kind(self) -> str:
        """What it has in common with others: the code, and the part of the answer."""
        part = self.where.partition(", ")[2]
        return f"{self.code} ({part})" if part else self.code

    def __str__(self) -> str:
        where = f"{self.where} ({self.about})" if self.about else self.where
        return f"{self.code}: {where}: expected {self.expected}, came {self.came}. This rests on {self.source}."


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


def spelt(value: object, most: int = 80) -> str:
    """A value in a message as JSON spells it, so that `"7"` is told from `7`."""
    try:
        return shown(json.dumps(value, ensure_ascii=False), most)
    except (TypeError, ValueError):
        return shown(repr(value), most)


def shown(value: object, most: int = 80) -> str:
    """A value in a message: control characters escaped, and cut where it is long."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(sign if sign.isprintable() else f"<U+{ord(sign):04X}>" for sign in text[: most + 1])
    return text if len(text) <= most else f"{text[:most]}…"
