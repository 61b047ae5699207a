"""Conflict markers, as git writes them, and the changes of a new version that a file does not have.

Pure functions on bytes; they know nothing of files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ..rendering.provenance import split_header
from .merge import Region, regions, split

#: What an update does with a file that it can't merge: FILE.new beside it, or conflict markers in it, as `git merge-file`
#: writes them, or with `diff3` those that also show the lines of the base.
BESIDE, MARKERS, DIFF3 = "beside", "markers", "diff3"

_MARKER = re.compile(rb"(?:<{7}|\|{7}|>{7})(?: [^\n]*)?\n?|={7}\n?")


def with_markers(base: bytes, ours: bytes, theirs: bytes, style: str = MARKERS, *, whole: bool = False) -> bytes | None:
    """Return the merge of both sides with markers around the lines that both changed; None for files that are no text.

    With `whole`, everything from the first changed line to the last is one conflict: for edits that can be merged line by
    line and still do not fit together. The header is that of `theirs`, unless it was edited or deleted.
    """
    if b"\0" in base + ours + theirs:
        return None
    was, mine, new = split_header(base), split_header(ours), split_header(theirs)
    if mine[:2] != was[:2] or not new[1]:
        return b"".join(_merged(split(base), split(ours), split(theirs), style, whole))
    body = _merged(split(was[2]), split(mine[2]), split(new[2]), style, whole)
    return b"".join([new[0], new[1], *body])


def marked_conflict(base: bytes, ours: bytes, theirs: bytes, style: str = MARKERS) -> bytes | None:
    """Return the file with markers, also where the sides could be merged line by line and do not fit together."""
    marked = with_markers(base, ours, theirs, style)
    if marked is not None and not has_markers(marked, base, ours, theirs):
        return with_markers(base, ours, theirs, style, whole=True)
    return marked


def has_markers(content: bytes, *known: bytes | None) -> bool:
    """Return whether `content` has lines that look like conflict markers and are not in one of the `known` files."""
    found = _marker_lines(content)
    return any(
        count > max((_marker_lines(each)[line] for each in known if each), default=0) for line, count in found.items()
    )


def with_taken(base: bytes, ours: bytes, theirs: bytes, *, decided: bool = False) -> bytes:
    """Return the base with those changes of `theirs` that `ours` has, too.

    With `decided`, lines that both change count as taken in any case: somebody has merged them as `ours` has them.
    """
    lines = split(base)
    result: list[bytes] = []
    at = 0
    for region in regions(lines, split(ours), split(theirs)):
        is_taken = region.ours is not None if decided else region.ours == region.theirs
        if region.theirs is not None and is_taken:
            result += [*lines[at : region.start], *region.theirs]
            at = region.end
    return b"".join([*result, *lines[at:]])


def _marker_lines(content: bytes) -> Counter[bytes]:
    return Counter(line[:7] for line in split(content) if _MARKER.fullmatch(line))


def _merged(
    base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes], style: str, whole: bool
) -> list[bytes]:
    found = list(regions(base, ours, theirs))
    if whole and found:
        found = [_joined(base, found)]
    result: list[bytes] = []
    at = 0
    for region in found:
        result += base[at : region.start]
        if region.collides:
            result += _conflict(base[region.start : region.end], region.ours or (), region.theirs or (), style)
        else:
            result += region.theirs if region.ours is None and region.theirs is not None else region.ours or ()
        at = region.end
    return [*result, *base[at:]]


def _joined(base: Sequence[bytes], found: Sequence[Region]) -> Region:
    """Return one region for all of `found`, with what each side has there."""
    sides: list[tuple[bytes, ...]] = []
    for name in ("ours", "theirs"):
        lines: list[bytes] = []
        at = found[0].start
        for region in found:
            changed: tuple[bytes, ...] | None = getattr(region, name)
            lines += [*base[at : region.start], *(base[region.start : region.end] if changed is None else changed)]
            at = region.end
        sides.append(tuple(lines))
    return Region(found[0].start, found[-1].end, *sides)


def _conflict(base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes], style: str) -> list[bytes]:
    """Return the conflict with its markers; lines that both sides have at its ends stay outside."""
    shortest = min(len(ours), len(theirs)) if style == MARKERS else 0
    start = next((index for index in range(shortest) if ours[index] != theirs[index]), shortest)
    left = shortest - start
    end = next((index for index in range(left) if ours[-1 - index] != theirs[-1 - index]), left)
    shared = ours[len(ours) - end :]
    middle = [b"||||||| base\n", *_ended(base)] if style == DIFF3 else []
    return [
        *ours[:start],
        b"<<<<<<< ours\n",
        *_ended(ours[start : len(ours) - end]),
        *middle,
        b"=======\n",
        *_ended(theirs[start : len(theirs) - end]),
        b">>>>>>> theirs\n",
        *shared,
    ]


def _ended(lines: Sequence[bytes]) -> list[bytes]:
    """Return the lines, the last one with a line end: a marker follows."""
    return [*lines[:-1], lines[-1] if lines[-1].endswith(b"\n") else lines[-1] + b"\n"] if lines else []
