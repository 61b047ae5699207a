"""Files in `.cache` of a provider's folder in `generated/`: what earlier runs know. Version control passes them over; losing them costs time alone."""

from __future__ import annotations

import os
from pathlib import Path

from ..workspace import digest
from .manifest import CACHE
from .publish import write_own


def read_retained(generated: Path, name: str) -> bytes | None:
    """What was kept under this name; None if nothing was, or it is damaged."""
    try:
        stated, _, body = (generated / CACHE / name).read_bytes().partition(b"\n")
    except OSError:
        return None
    return body if stated == digest(body).encode() else None


def write_retained(generated: Path, name: str, body: bytes) -> None:
    """Keeps it, whole or not at all. What can't be written is not kept."""
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
