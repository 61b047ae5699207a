"""Unified diffs of a vendored package: what was edited in it, and what an update would change."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from .package import Package
from .record import BASE, Record, plain, read_base, text_digest
from .update import fates

#: Ends a diff's line where the text has none, as in git.
_NO_END = "\\ No newline at end of file"


def edits(folder: Path, record: Record) -> Iterator[str]:
    """Yield the lines of a diff from the files as they were written to the present ones."""
    base = read_base(folder, record)
    for path, sha in sorted(record.files.items()):
        there = _read(folder / path)
        if there is not None and text_digest(there) == sha:
            continue
        if path not in base:
            yield f"{path} was edited, and {BASE} does not tell from what."
        else:
            yield from diff(path, base[path], there)


def incoming(folder: Path, record: Record, package: Package) -> Iterator[str]:
    """Yield the lines of a diff from the present files to the result of an update; for a conflict, to the new version."""
    for fate in fates(folder, record, package):
        there = _read(folder / fate.path)
        if fate.kind == "conflict":
            yield f"conflict: {fate.path}: {fate.why}"
        if there is None or fate.content is None or plain(there) != plain(fate.content):
            yield from diff(fate.path, there, fate.content)


def diff(path: str, before: bytes | None, after: bytes | None) -> Iterable[str]:
    """Yield the lines of a unified diff of one file."""
    if before is None and after is None:
        return
    names = [f"{side}/{path}" if text is not None else "/dev/null" for side, text in (("a", before), ("b", after))]
    if b"\0" in (before or b"") + (after or b""):
        yield f"Binary files {names[0]} and {names[1]} differ"
        return
    for line in difflib.unified_diff(_lines(before), _lines(after), names[0], names[1]):
        text = line.removesuffix("\n")
        yield text
        if not line.endswith("\n"):
            yield _NO_END


def _lines(content: bytes | None) -> list[str]:
    text = plain(content or b"").decode("utf-8", "replace")
    return [line for line in text.replace("\n", "\n\0").split("\0") if line]


def _read(place: Path) -> bytes | None:
    return place.read_bytes() if place.is_file() else None
