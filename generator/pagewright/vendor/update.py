"""Update a vendored package: merge three versions of each file, for all files or for none.

If a single file can't be merged, nothing in the package changes: a tree half old and half new might not even import.
What would have come goes beside such files, under their name with `.new`, and the package works as before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import UsageError
from .markers import BESIDE, has_markers, marked_conflict, with_taken
from .merge import is_python, likeness, merge_generated
from .package import Package
from .record import BASE, NAME, Conflict, Record, pack, plain, read_base, record_of, text_digest, unpacked, with_ends_of
from .transaction import Write, apply, free_name

#: Two files are one file renamed if they have at least this much in common.
_RENAMED = 0.6


class NoConflict(UsageError):
    """--ours or --theirs names a file that is not in the package, or --ours one with conflict markers."""


@dataclass(frozen=True, slots=True)
class FileUpdate:
    """The result of an update for one file. `content` is None if it is deleted; `kind` is one of

    `same`, `added`, `changed`, `deleted`, `merged` (both sides changed it), `kept` (only the edit is there), `restored`
    (it was missing), `renamed` (its edits moved here), `conflict` (`content` is what would have come, if that is new).
    `moved_to` is the new path of a renamed file that is in conflict. `waiting` says that the conflict is one that an
    earlier update wrote markers for, so the file is left alone.
    """

    path: str
    kind: str
    content: bytes | None
    why: str = ""
    moved_to: str = ""
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Versions:
    """A file as it was written, as it is, and as it would be written, None if absent. `was` is its recorded hash."""

    base: bytes | None
    ours: bytes | None
    theirs: bytes | None
    was: str | None


@dataclass(slots=True)
class Outcome:
    """Result of an update. With conflicts, nothing was written but `FILE.new` files, which `beside` names, and conflict
    markers, into the files that `marked` names. `untaken` are the changes that files kept with --ours do not have, as a
    pair of texts by path; the second is None for a file that the new version does not have."""

    fates: list[FileUpdate]
    package: Package
    before: Record
    beside: dict[str, str] = field(default_factory=dict[str, str])
    left: list[str] = field(default_factory=list[str])
    marked: list[str] = field(default_factory=list[str])
    untaken: dict[str, tuple[bytes, bytes | None]] = field(default_factory=dict[str, tuple[bytes, bytes | None]])

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
    for path, merge in record.merges.items():
        if merge.resolved and merge.incoming is not None and path in versions and not merge.moved_to:
            incoming = plain(merge.incoming)
            versions[path] = replace(versions[path], base=incoming, was=text_digest(incoming))
    decided = {path: _fate(path, each) for path, each in versions.items()}
    settled = _settled(record, versions, decided, exempt={*ours, *theirs})
    decided |= settled
    decided |= _renamed(versions, decided, exempt={*ours, *theirs, *settled})
    for path in (*ours, *theirs):
        if path not in versions:
            raise NoConflict(f"{path} is not a file of this package.")
        mine, new = versions[path].ours, versions[path].theirs
        if path in ours and path in record.merges and is_marked(record.merges[path], versions[path]):
            raise NoConflict(
                f"{path} has conflict markers in it. Take them out, or discard your edits with --theirs {path}."
            )
        decided[path] = FileUpdate(path, "kept", mine) if path in ours else _taken(path, mine, new)
    return [decided[path] for path in sorted(decided)]


def update(
    folder: Path,
    record: Record,
    package: Package,
    ours: Collection[str] = (),
    theirs: Collection[str] = (),
    style: str = BESIDE,
) -> Outcome:
    """Update the package at `folder` to `package`, keeping local edits; `style` says how conflicts are shown. Call it
    while holding the lock."""
    outcome = Outcome(fates(folder, record, package, ours, theirs), package, record)
    writes = list(_cleared(folder, record, outcome))
    if outcome.conflicts:
        writes, merges = _shown(folder, record, outcome, writes, style)
        new = replace(record, conflicts=outcome.beside, merges=merges)
    else:
        outcome.untaken = dict(_untaken(folder, record, package, ours))
        new = replace(record_of(package), renamed=_renamed_keywords(folder, record, package))
        writes += [Write(fate.path, fate.content) for fate in outcome.changes]
        writes += _base(folder, package)
    writes = [write for write in writes if _read(folder / write.path) != write.content]
    if writes or new != record:
        apply(folder, [*writes, Write(NAME, new.to_bytes())])
    return outcome


def _renamed_keywords(folder: Path, record: Record, package: Package) -> dict[str, Mapping[str, str]]:
    """Return the parameters that have another name now, for those who call them by the old one: this update's, and those
    of earlier ones."""
    from .callers.renamed import all_renamed, module_of

    base = read_base(folder, record)
    found = {
        slug: all_renamed(
            record.renamed.get(slug, {}),
            module_of(base, record.models.get(slug)),
            module_of(package.files, origin),
        )
        for slug, origin in package.models.items()
    }
    return {slug: names for slug, names in found.items() if names}


def is_marked(conflict: Conflict, versions: Versions) -> bool:
    """Return whether the conflict markers that an update wrote are still in the file."""
    if conflict.resolved or not conflict.marked or versions.ours is None:
        return False
    return has_markers(plain(versions.ours), versions.base, conflict.incoming)


def _settled(
    record: Record, versions: Mapping[str, Versions], decided: Mapping[str, FileUpdate], exempt: Collection[str]
) -> dict[str, FileUpdate]:
    """Return the results for files that an earlier update could not merge: what was resolved stays as it is or moves to
    its new path, and a file with conflict markers waits."""
    settled: dict[str, FileUpdate] = {}
    for path, conflict in record.merges.items():
        if path not in versions or path in exempt:
            continue
        there = versions[path]
        if not conflict.resolved:
            if conflict.marked and (there.ours is None or text_digest(there.ours) != conflict.marked):
                settled |= _waiting(path, conflict, there, decided[path])
        elif conflict.incoming is None and there.theirs is None:
            settled[path] = FileUpdate(path, "same" if there.ours is None else "kept", there.ours)
        elif conflict.moved_to in versions and conflict.incoming is not None and there.theirs is None:
            settled |= _moved(path, conflict.moved_to, conflict.incoming, versions, record)
    return settled


def _waiting(path: str, conflict: Conflict, there: Versions, fate: FileUpdate) -> dict[str, FileUpdate]:
    if fate.kind != "same" and is_marked(conflict, there):
        return {path: FileUpdate(path, "conflict", None, "there are conflict markers in it", waiting=True)}
    if fate.kind == "conflict" and there.ours is not None:
        return {path: FileUpdate(path, "conflict", None, "its conflict is not resolved yet", waiting=True)}
    return {}


def _moved(
    path: str, target: str, incoming: bytes, versions: Mapping[str, Versions], record: Record
) -> dict[str, FileUpdate]:
    """Return the results for a renamed file whose edits were merged by hand: it moves to its new path."""
    ours, new, there = versions[path].ours, versions[target].theirs, versions[target].ours
    if ours is None or new is None:
        return {}
    if there is not None:
        resolved = target in record.merges and record.merges[target].resolved
        return {path: FileUpdate(path, "kept", ours)} if resolved else {}
    fate = _fate(target, Versions(plain(incoming), ours, new, text_digest(incoming)))
    if fate.kind == "conflict":
        return {path: FileUpdate(path, "conflict", fate.content, fate.why, target)}
    return {
        path: FileUpdate(path, "deleted", None),
        target: FileUpdate(target, "renamed", fate.content, f"with your edits of {path}"),
    }


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
            why = f"it is {best} now, and that changes the lines that you edited"
            moved[path] = FileUpdate(path, "conflict", new, why, best)
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


def _shown(
    folder: Path, record: Record, outcome: Outcome, writes: list[Write], style: str
) -> tuple[list[Write], dict[str, Conflict]]:
    """Return what to write in order to show the conflicts, and the conflicts for the record. Those that are resolved stay
    so; `writes` are the deletions of files beside that an earlier update wrote."""
    cleared = {write.path for write in writes}
    base = read_base(folder, record)
    merges = {path: each for path, each in record.merges.items() if each.resolved}
    for fate in outcome.conflicts:
        before = record.merges.get(fate.path)
        if fate.waiting and before:
            merges[fate.path] = before
            continue
        was = before.incoming if before and before.resolved else base.get(fate.path)
        merges[fate.path] = Conflict(fate.content, fate.moved_to)
        if fate.content is None:
            continue
        ours = _read(folder / fate.path) or b""
        marked = None if style == BESIDE else marked_conflict(plain(was or b""), plain(ours), fate.content, style)
        if marked is not None:
            writes.append(Write(fate.path, with_ends_of(ours, marked)))
            outcome.marked.append(fate.path)
            merges[fate.path] = Conflict(fate.content, fate.moved_to, text_digest(ours))
            continue
        name = free_name(folder, fate.path, cleared)
        writes = [write for write in writes if write.path != name]
        writes.append(Write(name, fate.content))
        outcome.beside[name] = text_digest(fate.content)
    return writes, merges


def _untaken(
    folder: Path, record: Record, package: Package, ours: Collection[str]
) -> Iterable[tuple[str, tuple[bytes, bytes | None]]]:
    """Yield the changes of the new version that files kept as they are do not have."""
    base = read_base(folder, record)
    for path in dict.fromkeys(ours):
        before = record.merges.get(path)
        was = before.incoming if before and before.resolved else base.get(path)
        mine, new = plain(_read(folder / path) or b""), package.files.get(path)
        taken = mine if new is None or was is None or b"\0" in was + mine + new else with_taken(plain(was), mine, new)
        if taken != new:
            yield path, (taken, new)


def _base(folder: Path, package: Package) -> Iterable[Write]:
    """Yield the archive if its content has changed. Packing it again with another version of xz could change its bytes."""
    if dict(package.files) != unpacked(folder):
        yield Write(BASE, pack(package.files))


def _read(place: Path) -> bytes | None:
    return place.read_bytes() if place.is_file() else None
