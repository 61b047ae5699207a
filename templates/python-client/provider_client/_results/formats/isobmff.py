"""Boxes, of which MP4, QuickTime, AVIF and HEIF files consist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .file_info import Content, big

#: Boxes in one box that are looked at.
_MOST = 20_000


class Box(NamedTuple):
    """A box: its type, and where its content begins and ends. `is_whole` is False if it ends behind its container."""

    kind: bytes
    begin: int
    end: int
    is_whole: bool = True


def boxes(content: Content, begin: int, end: int) -> Iterator[Box]:
    """Yield the boxes between `begin` and `end`. The last one may be cut short; then its end is `end`."""
    at = begin
    for _ in range(_MOST):
        head = content[at : min(at + 16, end)]
        if not head:
            return
        size, body = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            # The last box of a file may leave out its size.
            size = end - at
        if len(head) < body or size < body or at + size > end:
            yield Box(head[4:8], min(at + body, end), end, is_whole=False)
            return
        yield Box(head[4:8], at + body, at + size)
        at += size


def inner(content: Content, box: Box, *path: bytes) -> Box | None:
    """Return the first box at a path of types in `box`; None if there is none."""
    found: Box | None = box
    for kind in path:
        if found is None:
            return None
        found = next((each for each in boxes(content, found.begin, found.end) if each.kind == kind), None)
    return found


def brands(content: Content) -> tuple[bytes, ...]:
    """Return the brands in the first box: the main one, then those that the file is compatible with."""
    end = min(big(content, 0, 4), 512, len(content))
    return (content[8:12], *(content[at : at + 4] for at in range(16, end - 3, 4)))
