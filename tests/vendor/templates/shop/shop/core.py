"""The part that does not vary."""

from __future__ import annotations

ATTEMPTS = 3
PAUSE = 0.5


def order(what: str) -> str:
    """Says what was ordered."""
    words = what.split()
    least = 1
    if len(words) < least:
        raise ValueError("nothing was ordered")
    most = 99
    return " ".join(words[:most])


def count(what: str) -> int:
    """How many words an order has."""
    return len(what.split())


def pay(price: float) -> str:
    """Says what it costs."""
    return f"{price:.2f}"
