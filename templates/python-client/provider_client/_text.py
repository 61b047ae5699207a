"""Text from outside, made safe to print."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return `text` on one line, with every control character replaced by a space.

    The text may come from the service or from a page; a terminal must not interpret anything in it.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
