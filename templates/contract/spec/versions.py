"""Versions of the suite and of the specs that it was made from: hashes of their content, since each may be changed in a copy."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

_HERE = Path(__file__).parent.parent
_DIGITS = 12


def versions(slugs: Iterable[str]) -> dict[str, str]:
    """Return the versions of the suite, of the platform's spec, and of the specs of these models."""
    found = {
        "suite": _hash(sorted(_HERE.rglob("*.py"))),
        "spec of the platform": _hash([_HERE / "platform.json"]),
    }
    wanted = set(slugs)
    for path in sorted((_HERE / "models").glob("*.json")):
        slug = json.loads(path.read_text(encoding="utf-8"))["slug"]
        if slug in wanted:
            found[f"spec of {slug}"] = _hash([path])
    return found


def _hash(paths: Iterable[Path]) -> str:
    """Return a hash of the files that does not depend on how their lines end."""
    content = b"".join(path.read_bytes().replace(b"\r\n", b"\n") for path in paths)
    return sha256(content).hexdigest()[:_DIGITS]
