"""`generated/<provider>/MANIFEST.json`: which files are ours, what is in them and what they were made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import PagewrightError

NAME = "MANIFEST.json"
#: Where new files wait, inside `generated/`, until all of them are complete.
STAGING = ".staging"
#: What `cache.py` keeps there; no part of what is generated.
CACHE = ".cache"
#: What a run locks, in the folder that it changes; see `lock.py`.
LOCK_FILE = ".pagewright.lock"
VERSION = 1


class ManifestEntry(NamedTuple):
    """Hashes (SHA-256) of a file's content and of everything that decided it."""

    content: str
    inputs: str
    target: str
    model: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """`inputs` is the fingerprint of the whole run, '' if the last run did not make everything; `formatter` names the
    formatter that laid the files out, and its version."""

    inputs: str = ""
    files: Mapping[str, ManifestEntry] = field(default_factory=dict[str, ManifestEntry])
    formatter: str = ""

    def to_bytes(self) -> bytes:
        from ..rendering.formatting import json_text  # not needed by a run with nothing to do

        files = {
            path: {key: value for key, value in entry._asdict().items() if value is not None}
            for path, entry in sorted(self.files.items())
        }
        return json_text(
            {"version": VERSION, "formatter": self.formatter, "inputs": self.inputs, "files": files}
        ).encode()


class BadManifest(PagewrightError):
    """The manifest can't be read, so generated files can't be told from others."""


def read_manifest(path: Path, *, force: bool = False) -> Manifest | None:
    """Return the manifest at `path`, or None if there is none; with `force` also if it can't be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        data: Any = json.loads(content)
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']!r}, not {VERSION}")
        files = {
            str(name): ManifestEntry(
                str(entry["content"]), str(entry["inputs"]), str(entry["target"]), entry.get("model")
            )
            for name, entry in data["files"].items()
        }
        return Manifest(str(data["inputs"]), files, str(data.get("formatter", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if force:
            return None
        why = f"no {error}" if isinstance(error, KeyError) else str(error)
        place = "/".join(path.parts[-3:])
        raise BadManifest(f"{place}: unreadable ({why}). Restore it, or run `pagewright generate --force`.") from error
