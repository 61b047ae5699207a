"""The record of a page as it was last read, in `pages/<provider>/<page>.json` of the workspace.

It holds facts and no prose, and is checked in.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import PagewrightError
from ...publishing.publish import write_whole
from ...specs.values import is_list, is_mapping
from ...workspace import Provider

FOLDER = "pages"
FORMAT = 1
_LARGEST = 4 << 20


class BadRecord(PagewrightError):
    """A record can't be read."""


@dataclass(frozen=True, slots=True)
class PageRecord:
    """The facts of a page by pointer.

    `doubts`, `headings` and `endings` are hashes: of what the reader was unsure of, of the headings of the page's prose, so
    that new ones can be told from old ones, and of what the page says of each status, so that the page's end can be told
    from one that is cut off. So are `reviews`, of what was left to a person; None in a record that does not say.
    """

    page: str
    facts: Mapping[str, Any]
    doubts: tuple[str, ...] = field(default=())
    headings: tuple[str, ...] = field(default=())
    endings: tuple[str, ...] = field(default=())
    reviews: tuple[str, ...] | None = None

    def to_json(self) -> str:
        """Return the text of the record's file."""
        data = {
            "format": FORMAT,
            "page": self.page,
            "facts": dict(self.facts),
            "doubts": list(self.doubts),
            "headings": list(self.headings),
            "endings": list(self.endings),
        }
        if self.reviews is not None:
            data["reviews"] = list(self.reviews)
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def record_path(provider: Provider, page: str) -> Path:
    """Return where the workspace keeps the record of a page."""
    return provider.root / FOLDER / provider.name / f"{page}.json"


def read_record(provider: Provider, page: str) -> PageRecord | None:
    """Return the record of a page, the workspace's own before that of an installed spec, or None if there is none.

    Raises:
        BadRecord: The file is not such a record.
    """
    path = record_path(provider, page)
    if not os.path.lexists(path) and provider.installed is not None:
        path = provider.workspace.installed / FOLDER / provider.name / f"{page}.json"
    if not path.is_file() or path.is_symlink():
        return None
    shown = provider.workspace.origin(path)
    try:
        content = path.read_bytes()
        data = json.loads(content) if len(content) <= _LARGEST else None
    except (OSError, ValueError, RecursionError) as error:
        raise BadRecord(f"{shown}: it can't be read as JSON: {error}. Delete it, or restore it.") from None
    if not is_mapping(data) or data.get("format") != FORMAT or not is_mapping(data.get("facts")):
        raise BadRecord(f"{shown}: it is not a record of a page in format {FORMAT}. Delete it, or restore it.")
    doubts, headings, endings = (_hashes(data.get(key)) for key in ("doubts", "headings", "endings"))
    reviews = _hashes(data["reviews"]) if "reviews" in data else None
    return PageRecord(page, dict(data["facts"]), doubts, headings, endings, reviews)


def _hashes(values: Any) -> tuple[str, ...]:
    return tuple(map(str, values)) if is_list(values) else ()


def write_record(provider: Provider, record: PageRecord) -> Path:
    """Write a record, whole or not at all, and return its path."""
    path = record_path(provider, record.page)
    write_whole(path, record.to_json().encode())
    return path


def hashed(texts: Iterable[str]) -> tuple[str, ...]:
    """Return a short hash of each text, in order and without repetitions; figures count."""
    return tuple(dict.fromkeys(hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12] for text in texts))
