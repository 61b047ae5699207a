"""Text from outside, made safe to print."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return `text` on one line, with every control character replaced by a space.

    The text may come from the service or from a page; a terminal must not interpret anything in it.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, which gets an s unless the number is 1.

    >>> counted(1, "new line"), counted(2, "file")
    ('1 new line', '2 files')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
