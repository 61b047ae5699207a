"""Write `{path: bytes}` to a tree on disk, so that a crash at any point loses nothing.

New contents are staged beside the old ones, together with the manifest that is to be. Then they are moved into place
one by one, files that are no longer wanted are deleted, and last the manifest is replaced. Wherever that stops, a file
is as some staged manifest or the old one says; the next run accepts all of them, and goes on.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import PagewrightError
from .manifest import CACHE, LOCK_FILE, NAME, STAGING, Manifest, read_manifest


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that publishing `added`, `changed` or `deleted`."""

    path: str
    kind: str


class UnsafePath(PagewrightError):
    """A path leads outside `generated/`, or to something that is not a generated file."""


def inside(folder: Path, path: str) -> Path:
    """Return the location of one path, as `locations` does."""
    return locations(folder, [path])[path]


def locations(folder: Path, paths: Iterable[str]) -> dict[str, Path]:
    """Return the location of each path, which must be below `folder` even when every link on the way is followed.

    Raises:
        UnsafePath: One is not, or a folder stands there.
    """
    top = folder.resolve()
    are_below: dict[Path, bool] = {}
    places: dict[str, Path] = {}
    for path in paths:
        place = places[path] = folder / path
        parent = place.parent
        if parent not in are_below:
            are_below[parent] = parent.resolve().is_relative_to(top)
        parts = Path(path).parts
        if (
            not parts
            or ".." in parts
            or parts[0] in (NAME, STAGING, CACHE, LOCK_FILE)
            or not are_below[parent]
            or (place.is_symlink() and not place.resolve().is_relative_to(top))
            or place.is_dir()
        ):
            raise UnsafePath(
                f"{path} would not be a file below {folder.name}/. Remove the link or folder that stands there."
            )
    return places


def was_interrupted(folder: Path) -> bool:
    """Return whether an earlier run stopped before it was done."""
    return (folder / STAGING).exists()


def vouchers(folder: Path, *, force: bool = False) -> list[Manifest]:
    """Return the manifests that interrupted runs staged. Files may have the content that any of them states."""
    return [manifest for path in _staged_manifests(folder) if (manifest := read_manifest(path, force=force))]


def publish(folder: Path, new: Mapping[str, bytes], unwanted: Iterable[str], manifest: Manifest) -> list[FileChange]:
    """Write `new`, delete `unwanted`, and replace the manifest last. Call it while holding the lock."""
    places = locations(folder, new)
    doomed = locations(folder, sorted(unwanted))
    staging = folder / STAGING
    if staging.is_symlink() or staging.is_file():
        staging.unlink()
    staging.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(new.values()):
        write_own(staging / f"{number}.new", content)
    # From here on the staged manifest vouches for every new file, as those of interrupted runs do for theirs.
    number = len(_staged_manifests(folder))
    stated = manifest.to_bytes()
    write_own(staging / "manifest.part", stated)
    (staging / "manifest.part").replace(staging / f"{number:04}-{NAME}")
    changes: list[FileChange] = []
    for number, (path, place) in enumerate(places.items()):
        place.parent.mkdir(parents=True, exist_ok=True)
        changes.append(FileChange(path, "changed" if place.exists() else "added"))
        (staging / f"{number}.new").replace(place)
    for path, place in doomed.items():
        if place.is_file():
            place.unlink()
            changes.append(FileChange(path, "deleted"))
            _drop_empty(place.parent, folder)
    write_own(staging / "manifest.part", stated)
    (staging / "manifest.part").replace(folder / NAME)
    shutil.rmtree(staging)
    return changes


def write_own(path: Path, content: bytes) -> None:
    """Write a file that no other process uses. A link at `path` is replaced; its target is not changed."""
    if path.is_symlink():
        path.unlink()
    with path.open("wb") as file:
        file.write(content)


def write_whole(path: Path, content: bytes) -> None:
    """Create or replace a file: killed at any moment, it is the old one or the new one. Missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        write_own(part, content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _staged_manifests(folder: Path) -> list[Path]:
    return sorted((folder / STAGING).glob(f"*-{NAME}"))


def _drop_empty(folder: Path, top: Path) -> None:
    """Remove folders that hold nothing but what Python left there."""
    while folder != top and all(child.name == "__pycache__" for child in folder.iterdir()):
        shutil.rmtree(folder)
        folder = folder.parent
