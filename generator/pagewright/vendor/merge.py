"""Three-way merge: of a file as it was written, as it was edited, and as it would be written now.

Pure functions on bytes; they know nothing of files.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from ..rendering.provenance import split_header


class _Hunk(NamedTuple):
    """Lines `start` to `end` of the base are replaced by `lines`, on one side."""

    start: int
    end: int
    lines: tuple[bytes, ...]
    ours: bool


class Region(NamedTuple):
    """Lines `start` to `end` of the base, and what each side has instead; None for a side that does not change them."""

    start: int
    end: int
    ours: tuple[bytes, ...] | None
    theirs: tuple[bytes, ...] | None

    @property
    def collides(self) -> bool:
        """Both sides change these lines, in different ways."""
        return self.ours is not None and self.theirs is not None and self.ours != self.theirs


def merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Return the base with the edits of both sides; None if they overlap or touch and are not the same."""
    if b"\0" in base + ours + theirs:
        return None
    lines = split(base)
    merged: list[bytes] = []
    at = 0
    for region in regions(lines, split(ours), split(theirs)):
        if region.collides:
            return None
        changed = region.theirs if region.ours is None else region.ours
        merged += [*lines[at : region.start], *(changed or ())]
        at = region.end
    return b"".join([*merged, *lines[at:]])


def regions(base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes]) -> Iterator[Region]:
    """Yield the regions of the base that a side changes, in order."""
    hunks = sorted([*_hunks(base, ours, ours=True), *_hunks(base, theirs, ours=False)])
    for group in _grouped(hunks):
        start, end = group[0].start, max(hunk.end for hunk in group)
        sides = {
            side: _side(base[start:end], start, [hunk for hunk in group if hunk.ours is side])
            for side in {hunk.ours for hunk in group}
        }
        yield Region(start, end, sides.get(True), sides.get(False))


def merge_generated(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Merge generated files as `merge` does, but take the header from `theirs`.

    A header that is new or changed would otherwise collide with an edit of the line below it. A header that was deleted
    in `ours` stays deleted; one that was edited there is merged like any other line.
    """
    was, mine, new = split_header(base), split_header(ours), split_header(theirs)
    if mine[1] not in (was[1], b""):
        return merge(base, ours, theirs)
    merged = merge(was[0] + was[2], mine[0] + mine[2], new[0] + new[2])
    if merged is None or mine[1] != was[1]:
        return merged
    lines = split(merged)
    position = len(split(new[0]))
    return b"".join([*lines[:position], new[1], *lines[position:]])


def is_python(content: bytes) -> bool:
    return not python_error(content)


def python_error(content: bytes) -> str:
    """Return why `content` is not valid Python, with the line; empty if it is."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(content, "<merged>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}" if error.lineno else str(error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""


def likeness(first: bytes, second: bytes) -> float:
    """Return how similar two texts are by lines, from 0 to 1."""
    matcher = SequenceMatcher(None, split(first), split(second), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() > 0.5 else 0.0


def split(content: bytes) -> list[bytes]:
    """Lines, each with its LF; no other character ends one."""
    return io.BytesIO(content).readlines()


def _hunks(base: Sequence[bytes], edited: Sequence[bytes], *, ours: bool) -> Iterator[_Hunk]:
    for tag, start, end, first, last in SequenceMatcher(None, base, edited, autojunk=False).get_opcodes():
        if tag != "equal":
            yield _Hunk(start, end, tuple(edited[first:last]), ours)


def _grouped(hunks: Sequence[_Hunk]) -> Iterator[list[_Hunk]]:
    """Hunks that overlap or touch each other, together."""
    group: list[_Hunk] = []
    for hunk in hunks:
        if group and hunk.start > max(each.end for each in group):
            yield group
            group = []
        group.append(hunk)
    if group:
        yield group


def _side(lines: Sequence[bytes], start: int, hunks: Sequence[_Hunk]) -> tuple[bytes, ...]:
    """Return the region that begins at `start` as one side has it."""
    result: list[bytes] = []
    at = 0
    for hunk in hunks:
        result += [*lines[at : hunk.start - start], *hunk.lines]
        at = hunk.end - start
    return (*result, *lines[at:])
