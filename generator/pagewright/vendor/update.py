"""Update a vendored package: merge three versions of each file, for all files or for none.

If a single file can't be merged, nothing in the package changes: a tree half old and half new might not even import.
What would have come goes beside such files, under their name with `.new`, and the package works as before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import UsageError
from .merge import is_python, likeness, merge_generated
from .package import Package
from .record import BASE, NAME, Record, pack, plain, read_base, record_of, text_digest, unpacked, with_ends_of
from .transaction import Write, apply, free_name

#: Two files are one file renamed if they have at least this much in common.
_RENAMED = 0.6


class NoConflict(UsageError):
    """--ours or --theirs names a file that is not in the package."""


@dataclass(frozen=True, slots=True)
class FileUpdate:
    """The result of an update for one file. `content` is None if it is deleted; `kind` is one of

    `same`, `added`, `changed`, `deleted`, `merged` (both sides changed it), `kept` (only the edit is there), `restored`
    (it was missing), `renamed` (its edits moved here), `conflict` (`content` is what would have come).
    """

    path: str
    kind: str
    content: bytes | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Versions:
    """A file as it was written, as it is, and as it would be written, None if absent. `was` is its recorded hash."""

    base: bytes | None
    ours: bytes | None
    theirs: bytes | None
    was: str | None


@dataclass(slots=True)
class Outcome:
    """Result of an update. With conflicts, nothing but `FILE.new` files was written, which `beside` names."""

    fates: list[FileUpdate]
    package: Package
    before: Record
    beside: dict[str, str] = field(default_factory=dict[str, str])
    left: list[str] = field(default_factory=list[str])

    @property
    def conflicts(self) -> list[FileUpdate]:
        return [fate for fate in self.fates if fate.kind == "conflict"]

    @property
    def changes(self) -> list[FileUpdate]:
        return [fate for fate in self.fates if fate.kind not in ("same", "kept", "conflict")]


def fates(
    folder: Path, record: Record, package: Package, ours: Collection[str] = (), theirs: Collection[str] = ()
) -> list[FileUpdate]:
    """Return the result of an update to `package` for each file, in order of path. `ours` are files to keep as they are,
    `theirs` files to replace."""
    base = read_base(folder, record)
    versions = {
        path: Versions(base.get(path), _read(folder / path), package.files.get(path), record.files.get(path))
        for path in sorted({*record.files, *package.files})
    }
    decided = {path: _fate(path, each) for path, each in versions.items()}
    decided |= _renamed(versions, decided, exempt={*ours, *theirs})
    for path in (*ours, *theirs):
        if path not in versions:
            raise NoConflict(f"{path} is not a file of this package.")
        mine, new = versions[path].ours, versions[path].theirs
        decided[path] = FileUpdate(path, "kept", mine) if path in ours else _taken(path, mine, new)
    return [decided[path] for path in sorted(decided)]


def update(
    folder: Path, record: Record, package: Package, ours: Collection[str] = (), theirs: Collection[str] = ()
) -> Outcome:
    """Update the package at `folder` to `package`, keeping local edits. Call it while holding the lock."""
    outcome = Outcome(fates(folder, record, package, ours, theirs), package, record)
    writes = list(_cleared(folder, record, outcome))
    if outcome.conflicts:
        cleared = {write.path for write in writes}
        for fate in outcome.conflicts:
            if fate.content is not None:
                name = free_name(folder, fate.path, cleared)
                writes = [write for write in writes if write.path != name]
                writes.append(Write(name, fate.content))
                outcome.beside[name] = text_digest(fate.content)
        new = replace(record, conflicts=outcome.beside)
    else:
        new = record_of(package)
        writes += [Write(fate.path, fate.content) for fate in outcome.changes]
        writes += _base(folder, package)
    writes = [write for write in writes if _read(folder / write.path) != write.content]
    if writes or new != record:
        apply(folder, [*writes, Write(NAME, new.to_bytes())])
    return outcome


def _fate(path: str, versions: Versions) -> FileUpdate:
    base, raw, new, was = versions.base, versions.ours, versions.theirs, versions.was
    ours = None if raw is None else plain(raw)
    if new is None:
        return _removed(path, versions)
    if raw is None or ours is None:
        return FileUpdate(path, "restored" if was else "added", new)
    if ours == new:
        return FileUpdate(path, "same", raw)
    if was is None:
        return FileUpdate(path, "conflict", new, "a file of yours stands where a new one goes")
    if text_digest(ours) == was:
        return FileUpdate(path, "changed", with_ends_of(raw, new))
    if text_digest(new) == was:
        return FileUpdate(path, "kept", raw)
    if base is None:
        return FileUpdate(path, "conflict", new, f"it was edited, and {BASE} does not tell from what")
    merged = merge_generated(base, ours, new)
    if merged is None:
        return FileUpdate(path, "conflict", new, "your edits and the new version change the same lines")
    if path.endswith(".py") and not is_python(merged):
        return FileUpdate(path, "conflict", new, "your edits and the new version together are not valid Python")
    return FileUpdate(path, "kept" if merged == ours else "merged", with_ends_of(raw, merged))


def _removed(path: str, versions: Versions) -> FileUpdate:
    if versions.ours is None or text_digest(versions.ours) == versions.was:
        return FileUpdate(path, "deleted" if versions.ours is not None else "same", None)
    return FileUpdate(path, "conflict", None, "you edited it, and the new version has it no more")


def _taken(path: str, ours: bytes | None, new: bytes | None) -> FileUpdate:
    if new is None:
        return FileUpdate(path, "deleted", None)
    return FileUpdate(path, "added" if ours is None else "changed", with_ends_of(ours, new))


def _renamed(
    versions: Mapping[str, Versions], decided: Mapping[str, FileUpdate], exempt: Collection[str]
) -> dict[str, FileUpdate]:
    """Return the results for renamed files: edits move from the old file to the new one."""
    moved: dict[str, FileUpdate] = {}
    free = [path for path, fate in decided.items() if fate.kind == "added" and path not in exempt]
    for path, fate in decided.items():
        base, ours = versions[path].base, versions[path].ours
        if fate.kind != "conflict" or fate.content is not None or base is None or ours is None or path in exempt:
            continue
        likes = {other: likeness(base, decided[other].content or b"") for other in free}
        best = max(likes, key=lambda other: likes[other], default=None)
        if best is None or likes[best] < _RENAMED:
            continue
        new = decided[best].content or b""
        merged = merge_generated(base, plain(ours), new)
        free.remove(best)
        if merged is None or (best.endswith(".py") and not is_python(merged)):
            moved[path] = FileUpdate(
                path, "conflict", new, f"it is {best} now, and that changes the lines that you edited"
            )
        else:
            moved[path] = FileUpdate(path, "deleted", None)
            moved[best] = FileUpdate(best, "renamed", with_ends_of(ours, merged), f"with your edits of {path}")
    return moved


def _cleared(folder: Path, record: Record, outcome: Outcome) -> Iterable[Write]:
    """Yield the deletion of each `FILE.new` of the last update, unless it was edited."""
    for name, sha in record.conflicts.items():
        there = _read(folder / name)
        if there is not None and text_digest(there) == sha:
            yield Write(name, None)
        elif there is not None:
            outcome.left.append(name)


def _base(folder: Path, package: Package) -> Iterable[Write]:
    """Yield the archive if its content has changed. Packing it again with another version of xz could change its bytes."""
    if dict(package.files) != unpacked(folder):
        yield Write(BASE, pack(package.files))


def _read(place: Path) -> bytes | None:
    return place.read_bytes() if place.is_file() else None
