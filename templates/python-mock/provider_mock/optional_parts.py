"""Parts of the mock that a vendored copy may leave out: Redis, the proxy with its recordings, and the playground.

They are imported by name when they are used, so that a copy without them runs and passes a type checker.
"""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .requirements import MissingRequirement

#: A module of each part.
MODULES = {"playground": "playground.pages", "proxy": "proxy.proxy", "redis": "state.store.redis"}
_RECORD = "VENDORED.json"


class MissingPart(MissingRequirement):
    """This copy of the mock does not have a part. The message is one line with the command that adds it."""


def has(part: str) -> bool:
    """Return whether this copy has the part. Imports none of its modules."""
    try:
        return find_spec(f"{__package__}.{MODULES[part]}") is not None
    except ImportError:
        return False


def load(part: str, module: str = "") -> Any:
    """Return a module of a part, by its name in this package. Raises MissingPart."""
    find_part(part)
    return import_module(f"{__package__}.{module or MODULES[part]}")


def find_part(part: str) -> None:
    """Raise MissingPart unless this copy has the part."""
    if not has(part):
        raise MissingPart(missing(part))


def missing(part: str) -> str:
    """Return the message for a part that is missing."""
    folder = Path(__file__).parents[1]
    here = Path.cwd()
    shown = folder.relative_to(here) if folder.is_relative_to(here) else folder
    try:
        chosen = [str(each) for each in json.loads((folder / _RECORD).read_bytes())["with"]]
    except (OSError, ValueError, KeyError, TypeError):
        chosen = ["mock"]
    parts = ",".join(sorted({*chosen, "mock", part}))
    return (
        f"this copy of the mock was vendored without the part {part}. "
        f"Add it: pagewright vendor update {shown} --with {parts}"
    )
