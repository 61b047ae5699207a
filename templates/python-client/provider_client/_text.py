"""Text from outside, made safe to print, and warnings to the caller."""

from __future__ import annotations

import sys
import warnings


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


def warn_caller(message: str, category: type[Warning]) -> None:
    """Warn with the line of the first caller outside this package."""
    level, frame = 1, sys._getframe()  # pyright: ignore[reportPrivateUsage]
    while frame.f_back and f"{frame.f_globals.get('__name__', '')}.".startswith(f"{__package__}."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
