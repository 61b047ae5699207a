"""`generated/MANIFEST.json`: which files are ours, what is in them and what they were made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .errors import PagewrightError
from .workspace import digest

NAME = "MANIFEST.json"
#: Where new files wait, inside `generated/`, until all of them are complete.
STAGING = ".staging"


class Entry(NamedTuple):
    """Hashes (SHA-256) of a file's content and of everything that decided it."""

    content: str
    inputs: str
    target: str
    model: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """`inputs` is the fingerprint of the whole run, '' if the last run did not make everything."""

    inputs: str = ""
    files: Mapping[str, Entry] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        files = {
            path: {key: value for key, value in entry._asdict().items() if value is not None}
            for path, entry in sorted(self.files.items())
        }
        return (json.dumps({"version": 1, "inputs": self.inputs, "files": files}, indent=1) + "\n").encode()


class BadManifest(PagewrightError):
    """The manifest can't be read, so nobody knows which files are ours."""


def read_manifest(path: Path) -> Manifest | None:
    """The manifest at `path`, or None where there is none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        data = json.loads(content)
        files = {
            name: Entry(entry["content"], entry["inputs"], entry["target"], entry.get("model"))
            for name, entry in data["files"].items()
        }
        return Manifest(str(data["inputs"]), files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadManifest(f"{path}: unreadable ({error}). Restore it from version control, or run generate --force.") from error


def is_unchanged(folder: Path, inputs: str) -> bool:
    """Whether the last run had these inputs, made everything, and every file is still as it left it."""
    manifest = read_manifest(folder / NAME)
    if manifest is None or manifest.inputs != inputs or (folder / STAGING).exists():
        return False
    try:
        return all(digest((folder / path).read_bytes()) == entry.content for path, entry in manifest.files.items())
    except OSError:
        return False
