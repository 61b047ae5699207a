"""Files in `generated/<provider>/.cache` that are retained from run to run. Version control ignores them, and losing them
costs only time."""

from __future__ import annotations

import os
from pathlib import Path

from ..workspace import digest
from .manifest import CACHE
from .publish import write_own


def read_retained(generated: Path, name: str) -> bytes | None:
    """Return the retained file of this name; None if there is none or it is damaged."""
    try:
        stated, _, body = (generated / CACHE / name).read_bytes().partition(b"\n")
    except OSError:
        return None
    return body if stated == digest(body).encode() else None


def write_retained(generated: Path, name: str, body: bytes) -> None:
    """Write a retained file completely or not at all. A file that can't be written is not retained."""
    folder = generated / CACHE
    if folder.is_symlink():
        return
    part = folder / f"{name}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_own(folder / ".gitignore", b"*\n")
        write_own(part, digest(body).encode() + b"\n" + body)
        part.replace(folder / name)
    except OSError:
        return
