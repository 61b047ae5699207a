"""From `{path: bytes}` to a tree on disk, so that a crash at any point loses nothing.

New contents are staged beside the old ones, together with the manifest that is to be. Then they are moved into place
one by one, files that are no longer wanted are deleted, and last the manifest is replaced. Wherever that stops, a file
is either as the old or as the new manifest says; the next run sees the staged manifest, accepts both, and goes on.
"""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import PagewrightError
from .manifest import NAME, STAGING, Manifest, read_manifest
from .workspace import digest, files_below


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as it should be: `missing`, `extra`, `changed` or, edited by hand since, `edited`."""

    path: str
    kind: str
    diff: str = ""

    def __str__(self) -> str:
        meanings = {
            "missing": "is missing",
            "extra": "belongs to no spec and no template",
            "changed": "is not what the specs and templates give",
            "edited": "was edited by hand",
        }
        return f"{self.path}: {meanings[self.kind]}{chr(10) + self.diff if self.diff else ''}"


@dataclass(frozen=True, slots=True)
class Change:
    """What publishing did to one file: `added`, `changed` or `deleted`."""

    path: str
    kind: str


class UnsafePath(PagewrightError):
    """An output would land outside `generated/`, or where something that is no file of ours stands."""


def differences(folder: Path, wanted: Mapping[str, bytes]) -> list[Difference]:
    """How the tree below `folder` differs from `wanted`, which is all there should be besides the manifest."""
    found = {path.relative_to(folder).as_posix() for path in _present(folder)}
    result = []
    for path in sorted(found | wanted.keys()):
        if path not in wanted:
            result.append(Difference(path, "extra"))
        elif path not in found:
            result.append(Difference(path, "missing"))
        else:
            there = (folder / path).read_bytes()
            if there != wanted[path]:
                result.append(Difference(path, "changed", _diff(path, there, wanted[path])))
    return result


def hand_edits(folder: Path, manifest: Manifest, new: Mapping[str, bytes]) -> list[Difference]:
    """Files we own, or are about to write or delete, that hold neither what we wrote nor what we would write.

    `new` holds what is to be written; a file of the manifest that is not in it is to be deleted or kept, and counts
    only if it was changed.
    """
    interrupted = read_manifest(folder / STAGING / NAME)
    edits = []
    for path in sorted(manifest.files.keys() | new.keys()):
        place = _inside(folder, path)
        if not place.is_file():
            continue
        there = place.read_bytes()
        accepted = {digest(new[path])} if path in new else set()
        for known in (manifest, interrupted):
            if known and path in known.files:
                accepted.add(known.files[path].content)
        if digest(there) not in accepted:
            edits.append(Difference(path, "edited", _diff(path, there, new.get(path, there))))
    return edits


def was_interrupted(folder: Path) -> bool:
    """Whether an earlier run stopped before it was done."""
    return (folder / STAGING).exists()


def publish(folder: Path, new: Mapping[str, bytes], old: Manifest | None, manifest: Manifest) -> list[Change]:
    """Writes `new`, deletes what `old` owned and `manifest` does not, and replaces the manifest last."""
    staging = folder / STAGING
    places = {path: _inside(folder, path) for path in new}
    if staging.is_dir() and not staging.is_symlink():
        shutil.rmtree(staging)
    staging.mkdir(parents=True)
    for number, content in enumerate(new.values()):
        (staging / str(number)).write_bytes(content)
    # From here on the staged manifest vouches for every file, old or new.
    _write(staging / "manifest.part", manifest.to_bytes())
    os.replace(staging / "manifest.part", staging / NAME)
    changes = []
    for number, (path, place) in enumerate(places.items()):
        place.parent.mkdir(parents=True, exist_ok=True)
        changes.append(Change(path, "changed" if place.exists() else "added"))
        os.replace(staging / str(number), place)
    for path in sorted(old.files.keys() - manifest.files.keys() if old else ()):
        place = _inside(folder, path)
        if place.is_file():
            place.unlink()
            changes.append(Change(path, "deleted"))
            _drop_empty(place.parent, folder)
    os.replace(staging / NAME, folder / NAME)
    shutil.rmtree(staging)
    return changes


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _inside(folder: Path, path: str) -> Path:
    """Where `path` stands, if that is below `folder` even when every link on the way is followed."""
    place = folder / path
    if not place.resolve().is_relative_to(folder.resolve()) or ".." in Path(path).parts or place.is_dir():
        raise UnsafePath(f"{path} would not be a file below {folder.name}/. Remove the link or folder that stands there.")
    return place


def _present(folder: Path) -> Iterator[Path]:
    for path in files_below(folder):
        inside = path.relative_to(folder).parts
        if inside != (NAME,) and inside[0] != STAGING:
            yield path


def _drop_empty(folder: Path, top: Path) -> None:
    while folder != top and folder.is_dir() and all(child.name == "__pycache__" for child in folder.iterdir()):
        shutil.rmtree(folder)
        folder = folder.parent


def _diff(path: str, there: bytes, wanted: bytes, limit: int = 40) -> str:
    """The first lines of a unified diff from what is there to what should be."""
    before, after = (content.decode("utf-8", "replace").splitlines() for content in (there, wanted))
    lines = list(difflib.unified_diff(before, after, f"{path} (there)", f"{path} (wanted)", lineterm=""))
    if not lines and there != wanted:
        return "  (line ends differ)"
    more = [f"  … {len(lines) - limit} more lines"] if len(lines) > limit else []
    return "\n".join([f"  {line}" for line in lines[:limit]] + more)
