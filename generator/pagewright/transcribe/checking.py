"""Compare the specs of a workspace with the saved pages in a folder, or with single pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..findings import Finding
from ..specs.load import load
from ..specs.spec import Model
from ..workspace import Provider
from .changes.record import BadRecord, PageRecord, read_record
from .check import Checked, check_pages
from .page_files import page_file, page_name


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
    files = {page_name(path): path for path in named}
    known: set[str] = set()
    for provider in providers:
        loaded = load(provider)
        if loaded.catalog is None:
            total.findings += loaded.findings
            continue
        models = tuple(
            model
            for model in loaded.models
            if (any(name in files for name in model.pages) if files else is_checked(provider, model, folder))
        )
        known.update(name for model in models for name in model.pages)
        checked = _check(provider, replace(loaded.catalog, models=models), folder, files, fetched or {})
        total.findings += checked.findings
        total.notes += checked.notes
        total.pages += checked.pages
        total.specs += len(models)
    total.unknown = [path for name, path in files.items() if name not in known]
    return total


def _check(
    provider: Provider, catalog: object, folder: Path | None, files: Mapping[str, Path], fetched: Mapping[str, Finding]
) -> Checked:
    from ..specs.spec import Catalog

    assert isinstance(catalog, Catalog)
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
        return _file_in(folder, name) if folder else None

    only = set(files) if files else None
    if only is None and fetched:
        only = {name for model in catalog.models for name in model.pages if name not in fetched}
    reviews = [line for model in catalog.models for line in reviews_in(provider.slugs[model.slug])]
    checked = check_pages(catalog, find_page, record_of, only, reviews)
    checked.findings = sorted({*checked.findings, *broken})
    return checked


def _file_in(folder: Path, name: str) -> Path | None:
    """Return the file of a page; what is there under its name and is no file is returned too, to be told of."""
    found = page_file(folder, name)
    other = folder / f"{name}.txt"
    return found or (other if other.exists() or other.is_symlink() else None)


def is_checked(provider: Provider, model: Model, folder: Path | None) -> bool:
    """Return whether a spec is compared: always if it is the workspace's own, otherwise if one of its pages is at hand."""
    if provider.slugs[model.slug].is_relative_to(provider.root):
        return True
    return folder is not None and any(page_file(folder, name) for name in model.pages)


def reviews_in(path: Path) -> list[str]:
    """Return the `# review:` comments of a spec."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.strip() for line in lines if line.lstrip().startswith("# review:")]
