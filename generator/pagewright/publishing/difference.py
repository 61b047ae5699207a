"""Compare the tree on disk with what specs and templates give, and find files that were edited by hand."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..workspace import digest
from .manifest import CACHE, LOCK_FILE, STAGING, Manifest
from .publish import locations

_MEANINGS = {
    "missing": "is missing",
    "extra": "belongs to no spec and no template",
    "changed": "is not what the specs and templates give",
    "edited": "was edited by hand",
    "link": "is a link, not a file",
    "leftover": "is left of a run that was interrupted",
}
#: How many lines of a file's difference are shown.
_SHOWN_LINES = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as it should be: `kind` is a key of the meanings above, `diff` the lines that differ."""

    path: str
    kind: str
    diff: str = ""

    def __str__(self) -> str:
        return "\n".join(filter(None, (f"{self.path}: {_MEANINGS[self.kind]}", self.diff)))


def differences(folder: Path, wanted: Mapping[str, bytes]) -> list[Difference]:
    """Return the differences between the tree below `folder` and `wanted`, which is everything that should be there."""
    found = set(_present(folder))
    result: list[Difference] = []
    for path in sorted(found | wanted.keys()):
        place = folder / path
        if place.is_symlink():
            result.append(Difference(path, "link"))
        elif path not in wanted:
            result.append(Difference(path, "leftover" if path.startswith(f"{STAGING}/") else "extra"))
        elif path not in found:
            result.append(Difference(path, "missing"))
        else:
            there = place.read_bytes()
            if there != wanted[path]:
                result.append(Difference(path, "changed", _diff(path, there, wanted[path])))
    return result


def hand_edits(
    folder: Path, known: Iterable[Manifest], new: Mapping[str, bytes], unwanted: Iterable[str]
) -> list[Difference]:
    """Return the files about to be written (`new`) or deleted (`unwanted`) that were edited: they have neither a content
    that the `known` manifests state nor the one to be written."""
    manifests = list(known)
    edits: list[Difference] = []
    for path, place in locations(folder, sorted({*new, *unwanted})).items():
        if not place.is_file():
            continue
        there = place.read_bytes()
        accepted = {manifest.files[path].content for manifest in manifests if path in manifest.files}
        if there != new.get(path) and digest(there) not in accepted:
            edits.append(Difference(path, "edited", _diff(path, there, new.get(path, b""))))
    return edits


def _present(folder: Path) -> Iterator[str]:
    """Yield every file and every link below `folder`, except for caches and the lock file."""
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        ours = (CACHE,) if Path(place) == folder else ()
        folders[:] = [name for name in folders if name not in ("__pycache__", *ours, *links)]
        for name in (*files, *links):
            path = (Path(place) / name).relative_to(folder).as_posix()
            if path != LOCK_FILE:
                yield path


def _diff(path: str, there: bytes, wanted: bytes) -> str:
    """Return the first lines of a unified diff from the present content to the expected one."""
    before, after = (content.decode("utf-8", "replace").split("\n") for content in (there, wanted))
    lines = list(difflib.unified_diff(before, after, f"{path} (there)", f"{path} (wanted)", lineterm=""))
    if [line.rstrip("\r") for line in before] == after:
        return "  (its lines end in CR LF instead of LF)"
    more = [f"  … {len(lines) - _SHOWN_LINES} more lines"] if len(lines) > _SHOWN_LINES else []
    return "\n".join([f"  {line}" for line in lines[:_SHOWN_LINES]] + more)
