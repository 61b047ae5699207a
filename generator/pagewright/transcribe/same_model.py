"""Find the page of a spec that a file with another name holds, by the model that it documents.

A browser names a saved page after its title, and a second copy "… (1).html". A spec with one page means that page; of
several, the one that was last read with the same calls.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..specs.spec import Model
from .changes.page_facts import facts_of_page
from .changes.record import PageRecord
from .forms.source import bytes_of
from .page_files import SUFFIXES, page_name
from .pages.page import NotAModelPage
from .pages.read_page import read_page
from .service import Service

_CALLS = ("/sync/path", "/async/path")


@dataclass(frozen=True, slots=True)
class FoundPages:
    """Files by the page that they are taken for, and by page the rivals: several files of which any could be it."""

    files: Mapping[str, Path]
    rivals: Mapping[str, tuple[Path, ...]]


def page_of_model(model: Model, said: Mapping[str, Any], record_of: Callable[[str], PageRecord | None]) -> str | None:
    """Return the only page of `model`, or else the one whose record has the same calls as `said`.

    If several have, it is the one that is filed under the model's slug, and None if there is no such page.
    """
    if len(model.pages) == 1:
        return model.pages[0]
    calls = {at for at in _CALLS if at in said}
    records = {page: record_of(page) for page in model.pages}
    fitting = [
        page for page, record in records.items() if record and {at for at in _CALLS if at in record.facts} == calls
    ]
    own = model.slug.replace("/", "-")
    return fitting[0] if len(fitting) == 1 else own if own in fitting else None


def find_pages(
    paths: Collection[Path], models: Collection[Model], service: Service, record_of: Callable[[str], PageRecord | None]
) -> FoundPages:
    """Return the files among `paths` that hold pages of `models`. Several files that hold one page are rivals."""
    held: dict[str, list[Path]] = {}
    for path in paths:
        for page in _pages_in(path, models, service, record_of):
            held.setdefault(page, []).append(path)
    return FoundPages(
        {page: files[0] for page, files in held.items() if len(files) == 1},
        {page: tuple(files) for page, files in held.items() if len(files) > 1},
    )


def stray_files(folder: Path, known: Collection[str]) -> list[Path]:
    """Return the files of a folder that look like pages, and that no spec names."""
    files = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES and path.is_file())
    return [path for path in files if page_name(path) not in known]


def _pages_in(
    path: Path, models: Collection[Model], service: Service, record_of: Callable[[str], PageRecord | None]
) -> Iterator[str]:
    try:
        content = bytes_of(path)
        named = [model for model in models if b"\x00" in content or model.slug.encode() in content]
        said = facts_of_page(read_page(content, service), service) if named else {}
    except (NotAModelPage, OSError):
        return
    model = next((model for model in named if model.slug == said["/slug"]), None)
    page = page_of_model(model, said, record_of) if model else None
    if page is not None:
        yield page
