"""Compare the specs of a workspace with the saved pages in a folder, or with single pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ..findings import Finding
from ..specs.load import load
from ..specs.spec import Catalog, Model
from ..workspace import Provider
from .changes.platform_check import platform_advice
from .changes.record import BadRecord, PageRecord, read_record
from .check_spec import Checked, check_pages
from .page_files import page_file, page_name
from .same_model import FoundPages, find_pages, stray_files
from .service import service_of


@dataclass(slots=True)
class CheckedSpecs:
    """Result of a check of several providers. `unknown` are the pages that were named and that no spec names."""

    findings: list[Finding] = field(default_factory=list[Finding])
    notes: list[Finding] = field(default_factory=list[Finding])
    specs: int = 0
    pages: int = 0
    unknown: list[Path] = field(default_factory=list[Path])


def check_specs(
    providers: Collection[Provider],
    folder: Path | None,
    named: Collection[Path] = (),
    fetched: Mapping[str, Finding] | None = None,
) -> CheckedSpecs:
    """Compare the specs of `providers` with the pages in `folder`, or with the files in `named` and no others.

    `fetched` are findings about pages that could not be fetched, by name; those pages are not compared.
    """
    total = CheckedSpecs()
    loads = [(provider, load(provider)) for provider in providers]
    listed = {name for _, loaded in loads for model in loaded.models for name in model.pages}
    files = {page_name(path): path for path in named}
    stray = [path for name, path in files.items() if name not in listed]
    if not files and folder is not None and folder.is_dir():
        stray = stray_files(folder, listed)
    unknown = set(stray)
    for provider, loaded in loads:
        if loaded.catalog is None:
            total.findings += loaded.findings
            continue
        at_hand = {name: path for name in listed if (path := files.get(name) or _file_in(folder, name))}
        found = _found(provider, loaded.catalog, stray, at_hand)
        rivals = _rivals(loaded.catalog, found)
        total.findings += rivals.values()
        total.notes += _taken(loaded.catalog, found)
        unknown -= {*found.files.values(), *(path for paths in found.rivals.values() for path in paths)}
        here = {**at_hand, **found.files} if files else found.files
        models = tuple(
            model
            for model in loaded.models
            if any(name in here for name in model.pages) or (not files and is_checked(provider, model, folder))
        )
        checked = _check(
            provider,
            replace(loaded.catalog, models=models),
            folder,
            here,
            {**(fetched or {}), **rivals},
            only=bool(files),
        )
        total.findings += checked.findings
        total.notes += checked.notes
        total.pages += checked.pages
        total.specs += len(models)
    total.unknown = [path for path in named if path in unknown]
    return total


def _found(provider: Provider, catalog: Catalog, stray: Collection[Path], at_hand: Collection[str]) -> FoundPages:
    """Find pages that are not at hand in the files `stray`, which no spec names."""
    missing = [model for model in catalog.models if any(name not in at_hand for name in model.pages)]
    if not stray or not missing:
        return FoundPages({}, {})
    found = find_pages(stray, missing, service_of(catalog.platform), partial(_record_or_none, provider))
    return FoundPages(
        {name: path for name, path in found.files.items() if name not in at_hand},
        {name: paths for name, paths in found.rivals.items() if name not in at_hand},
    )


def _taken(catalog: Catalog, found: FoundPages) -> Iterator[Finding]:
    """Yield a note for each file that is taken for a page that has another name."""
    for model in catalog.models:
        for index, name in enumerate(model.pages):
            if name in found.files:
                message = f"{found.files[name]} is taken for page {name}, because it documents the same model."
                yield model.document.finding(f"/pages/{index}", "P010", "page-note", message)


def _rivals(catalog: Catalog, found: FoundPages) -> dict[str, Finding]:
    """Return a finding for each page that several files could be."""
    rivals: dict[str, Finding] = {}
    for model in catalog.models:
        for index, name in enumerate(model.pages):
            if name in found.rivals:
                files = ", ".join(map(str, found.rivals[name]))
                message = f"not compared: several files could be page {name}: {files}. Name one of them {name}, or delete the others."
                rivals[name] = model.document.finding(f"/pages/{index}", "P008", "page-not-compared", message)
    return rivals


def _record_or_none(provider: Provider, page: str) -> PageRecord | None:
    try:
        return read_record(provider, page)
    except BadRecord:
        return None


def _check(
    provider: Provider,
    catalog: Catalog,
    folder: Path | None,
    files: Mapping[str, Path],
    fetched: Mapping[str, Finding],
    *,
    only: bool,
) -> Checked:
    """Compare a provider's specs with pages. `files` are pages under other names; with `only`, only they are read."""
    broken: list[Finding] = []
    records: dict[str, PageRecord | None] = {}

    def record_of(page: str) -> PageRecord | None:
        if page not in records:
            try:
                records[page] = read_record(provider, page)
            except BadRecord as error:
                records[page] = None
                path, _, why = str(error).partition(": ")
                broken.append(Finding(path, 1, 1, "P009", "record-unreadable", why))
        return records[page]

    def find_page(name: str) -> Path | None:
        if name in files:
            return files[name]
        return _file_in(folder, name)

    names = set(files) if only else None
    if names is None and fetched:
        names = {name for model in catalog.models for name in model.pages if name not in fetched}
    reviews = [line for model in catalog.models for line in reviews_in(provider.slugs[model.slug])]
    checked = check_pages(catalog, find_page, record_of, names, reviews, platform_advice(provider))
    checked.findings = sorted({*checked.findings, *broken})
    return checked


def _file_in(folder: Path | None, name: str) -> Path | None:
    """Return the file of a page, or the folder or broken link in its place, which is reported; None without any."""
    if folder is None:
        return None
    found = page_file(folder, name)
    other = folder / f"{name}.txt"
    return found or (other if other.exists() or other.is_symlink() else None)


def is_checked(provider: Provider, model: Model, folder: Path | None) -> bool:
    """Return whether a spec is compared: each of the workspace's own, and others if one of their pages is there."""
    if provider.slugs[model.slug].is_relative_to(provider.root):
        return True
    return folder is not None and any(page_file(folder, name) for name in model.pages)


def reviews_in(path: Path) -> list[str]:
    """Return the `# review:` comments of a spec."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.strip() for line in lines if line.lstrip().startswith("# review:")]
