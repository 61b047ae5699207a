"""Resolve conflicts: take files as they are now as the merge of both sides.

A resolved file changes nothing in the package. The record notes that the file contains the edits of both sides, so the
next update merges with the version that it conflicted with instead of the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import PagewrightError, UsageError
from ..rendering.provenance import split_header
from .markers import has_markers, with_taken
from .merge import python_error
from .record import NAME, Conflict, Record, plain, read_base, read_record, text_digest
from .transaction import Write, apply

_BESIDE = re.compile(r"\.new\d*$")


class NotInConflict(UsageError):
    """The file is in no package, or no update has found a conflict in it."""


class Unmerged(PagewrightError):
    """The file can't be the merge of both sides."""


def package_of(file: Path, places: Iterable[Path] = ()) -> tuple[Path, str]:
    """Return the folder of the package that `file` is in, and its path in there. `places` are packages in which a file may
    be named by that path alone.

    Raises:
        NotInConflict: It is in no package.
    """
    # The file itself may be a link that leads out of the package.
    absolute = file.resolve() if file.is_dir() else file.parent.resolve() / file.name
    for folder in absolute.parents:
        if (folder / NAME).is_file():
            return folder, absolute.relative_to(folder).as_posix()
    if (absolute / NAME).is_file():
        left = ", ".join(_open(read_record(absolute))) or "none is in conflict"
        raise NotInConflict(f"{file} is a package. Name the files that you have merged: {left}.")
    inner = file.as_posix()
    for folder in places:
        if (folder / NAME).is_file() and _path_of(inner, read_record(folder)) in read_record(folder).merges:
            return folder, inner
    raise NotInConflict(f"{file} is in no vendored package: no folder above it has a {NAME}.")


def check(folder: Path, record: Record, files: Iterable[str]) -> list[str]:
    """Return the paths in the record of the `files` that are to be resolved now.

    Raises:
        NotInConflict: There is no conflict in one of them.
        Unmerged: One is missing, has conflict markers or is not valid Python.
    """
    base = read_base(folder, record)
    paths = list(dict.fromkeys(_path_of(file, record) for file in files))
    for path in paths:
        if path not in record.merges:
            left = ", ".join(_open(record))
            hint = f"In conflict: {left}." if left else "`pagewright vendor update` finds out what is."
            raise NotInConflict(f"{folder / path} is not in conflict. {hint}")
    problems = [problem for path in paths if (problem := _problem(folder, path, record.merges[path], base.get(path)))]
    if problems:
        raise Unmerged("\n".join([*problems, "Nothing was resolved."]))
    return [path for path in paths if not record.merges[path].resolved]


def resolve(folder: Path, record: Record, paths: Sequence[str]) -> Record:
    """Note that these files are merged, and remove each FILE.new that was not edited. Call it while holding the lock."""
    merges = dict(record.merges)
    conflicts = dict(record.conflicts)
    writes: list[Write] = []
    for path in paths:
        merges[path] = replace(merges[path], resolved=True, marked="")
        for name in [name for name in conflicts if _BESIDE.sub("", name) == path]:
            there = folder / name
            if there.is_file() and text_digest(there.read_bytes()) == conflicts[name]:
                writes.append(Write(name, None))
            del conflicts[name]
    new = replace(record, merges=merges, conflicts=conflicts)
    if new != record:
        apply(folder, [*writes, Write(NAME, new.to_bytes())])
    return new


def left_out(folder: Path, record: Record, paths: Sequence[str]) -> dict[str, tuple[bytes, bytes]]:
    """Return the changes of the new version on lines that the files have unchanged, as a pair of texts by path.

    Lines that the file has in a third way were merged by hand.
    """
    base = read_base(folder, record)
    found: dict[str, tuple[bytes, bytes]] = {}
    for path in paths:
        incoming, place = record.merges[path].incoming, folder / path
        if incoming is None or not place.is_file():
            continue
        was, mine, new = (_body(each) for each in (base.get(path, b""), place.read_bytes(), incoming))
        taken = new if b"\0" in was + mine + new else with_taken(was, mine, new, decided=True)
        if path in base and taken != new:
            found[path] = taken, new
    return found


def _body(content: bytes) -> bytes:
    """Return a file without its header, which an update takes from the new version."""
    before, _, after = split_header(plain(content))
    return before + after


def _open(record: Record) -> list[str]:
    return sorted(path for path, conflict in record.merges.items() if not conflict.resolved)


def _path_of(file: str, record: Record) -> str:
    """Return the path in conflict; FILE.new stands for FILE."""
    return _BESIDE.sub("", file) if file in record.conflicts else file


def _problem(folder: Path, path: str, conflict: Conflict, base: bytes | None) -> str:
    """Return what is wrong with the file as a merge; empty if nothing is."""
    place = folder / path
    if not place.is_file():
        if conflict.incoming is None:
            return ""
        return (
            f"{place} is missing. Restore it from version control, or take the new version with "
            f"`pagewright vendor update {folder} --theirs {path}`."
        )
    content = plain(place.read_bytes())
    if has_markers(content, base, conflict.incoming):
        return f"{place} has conflict markers in it. Merge the lines between them and delete the markers."
    error = python_error(content) if path.endswith(".py") else ""
    return f"{place} is not valid Python: {error}. Fix it first." if error else ""
