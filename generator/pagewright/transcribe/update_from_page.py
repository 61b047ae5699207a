"""Update the spec of a saved page in a workspace: find both, merge, and write what changed, the record last.

Killed between the two writes, the next run finds the spec up to date and writes the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import PagewrightError
from ..findings import Finding
from ..publishing.publish import write_whole
from ..rendering.target import load_targets
from ..specs.document import read_document
from ..specs.lint import lint
from ..specs.load import load
from ..specs.notes import review_comments
from ..specs.spec import Catalog, Model, model_from
from ..workspace import Provider
from ..workspace.schemas import write_schemas
from .changes.difference import Change
from .changes.page_facts import facts_of_page
from .changes.page_language import is_translated
from .changes.platform_check import platform_advice
from .changes.record import PageRecord, read_record, record_path, write_record
from .check_spec import compare_with_pages
from .merging.updated_spec import PageUpdate, Updated
from .page_files import SavedPage
from .pages.page import NotAModelPage
from .pages.read_page import PageContent, read_page
from .same_model import page_of_model
from .service import service_of

#: Findings of a check that say that a spec and its page differ in a fact.
_DIFFERING = ("P003", "P004", "P005", "P012")


class NotUpdated(PagewrightError):
    """A page can't be merged into a spec. Nothing was written."""


@dataclass(slots=True)
class UpdatedSpec:
    """Result of `update_from_page`: names of the spec and of the record, if they were written, and what changed.

    With `findings` nothing was written. `note` says for which page a file was taken, if its name does not. The page may
    be as it was last read, and the spec `differing` from it. `installed` is the spec from which one of the workspace's own
    was made, "" if it had one; `reviews` are those of the written spec with their lines.
    """

    spec: str
    record: str
    changes: list[Change] = field(default_factory=list[Change])
    reviews: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    findings: list[Finding] = field(default_factory=list[Finding])
    wrote_spec: bool = False
    wrote_record: bool = False
    slug: str = ""
    note: str = ""
    installed: str = ""
    differing: list[Finding] = field(default_factory=list[Finding])


def update_from_page(provider: Provider, page: SavedPage, *, write: bool = True) -> UpdatedSpec:
    """Merge a page into its spec; without `write`, only see what that would do.

    Raises:
        NotUpdated: There is no such spec, or the page can't be compared.
        OtherModel: The page documents another model than its spec.
        BadRecord: A record can't be read.
    """
    loaded = load(provider)
    if loaded.catalog is None:
        return UpdatedSpec("", "", findings=loaded.findings)
    catalog = loaded.catalog
    name = _name_of(catalog, page)
    reading = _read(catalog, page, name)
    model = _model_of(catalog, name, reading, page)
    note = ""
    if name not in model.pages:
        said = facts_of_page(reading, service_of(catalog.platform))
        known = page_of_model(model, said, lambda other: read_record(provider, other))
        if known is None:
            raise NotUpdated(_not_named(page, model, name or page.unusable))
        note = f"{page.given} is taken for page {known!r} of {model.slug}, the model that it documents."
        name = known
    path = provider.slugs[model.slug]
    # An installed spec is not touched: what is merged from it is the workspace's own.
    own = path if path.is_relative_to(provider.specs) else provider.models / f"{model.slug}.yaml"
    records = {other: read_record(provider, other) for other in model.pages}
    text = path.read_bytes().decode()
    updated = PageUpdate(
        model=model,
        platform=catalog.platform,
        service=service_of(catalog.platform),
        text=text,
        page=name,
        reading=reading,
        record=records[name],
        others={other: record.facts for other, record in records.items() if record and other != name},
        unknown=[other for other, record in records.items() if record is None and other != name],
        advice=platform_advice(provider),
    ).run()
    result = UpdatedSpec(provider.workspace.origin(path), "", updated.changes, slug=model.slug, note=note)
    result.installed = result.spec if own != path else ""
    if updated.unread:
        result.note += f"{' ' if result.note else ''}{updated.unread} can't be read in this form, and was left as it was. Save the page as HTML."
    result.findings = _findings(provider, catalog, model, updated)
    if not updated.changes and records[name]:
        others = {other: record.facts for other, record in records.items() if record and other != name}
        readings = {name: reading}
        service = service_of(catalog.platform)
        differing = compare_with_pages(model, catalog.platform, readings, service, lambda page: records[page], others)
        result.differing = sorted(finding for finding in differing if finding.code in _DIFFERING)
        result.record = provider.workspace.origin(record_path(provider, name))
    if write and not result.findings:
        _write(provider, own, text, updated, records[name], result)
    return result


def _name_of(catalog: Catalog, page: SavedPage) -> str:
    """Return the name of a page: the one that a spec gives to its address, or that of its file."""
    urls = ((name, url) for model in catalog.models for name, url in model.page_urls.items())
    return next((name for name, url in urls if url == page.url), page.name)


def _read(catalog: Catalog, page: SavedPage, name: str) -> PageContent:
    known = next((model.slug for model in catalog.models if name in model.pages), "")
    try:
        reading = read_page(page.content, replace(service_of(catalog.platform), known_slug=known))
    except NotAModelPage as error:
        raise NotUpdated(f"{page.given}: not a model's page: {error}. Nothing was updated.") from None
    if is_translated(reading):
        raise NotUpdated(f"{page.given}: its labels are translated. Save the page in English. Nothing was updated.")
    if not reading.complete:
        line, column = reading.page.place(len(reading.page.text.rstrip()))
        where = "inside" if reading.rows else "before"
        raise NotUpdated(
            f"{page.given}:{line}:{column}: the page is cut off here, {where} its table of parameters. Save the whole page. Nothing was updated."
        )
    return reading


def _model_of(catalog: Catalog, name: str, reading: PageContent, page: SavedPage) -> Model:
    model = next((model for model in catalog.models if name in model.pages), None)
    if model is not None:
        return model
    model = next((model for model in catalog.models if model.slug == reading.facts.slug), None)
    if model is None:
        raise NotUpdated(f"{page.given}: there is no spec of {reading.facts.slug!r} yet. Write one with --write.")
    return model


def _not_named(page: SavedPage, model: Model, name: str) -> str:
    known = ", ".join(model.pages)
    return (
        f"{page.given}: the spec of {model.slug!r} does not name a page {name!r}, and has several that it could be. Rename the file to one of "
        f"them ({known}), or add {name!r} to `pages`."
    )


def _findings(provider: Provider, catalog: Catalog, model: Model, updated: Updated) -> list[Finding]:
    """Return what is wrong with the new spec and was not with the old one."""
    document, findings = read_document(model.document.path, updated.text.encode())
    if document is None or findings:
        return findings
    targets, _ = load_targets(provider.workspace)
    others = [other for other in catalog.models if other.slug != model.slug]

    def found(one: Model) -> list[Finding]:
        models = sorted([*others, one], key=lambda other: other.slug)
        return [
            finding
            for finding in lint(catalog.platform, models, targets=targets)
            if finding.path == (one.document.origin or one.document.path)
        ]

    before = {(finding.code, finding.message) for finding in found(model)}
    return [finding for finding in found(model_from(document)) if (finding.code, finding.message) not in before]


def _write(
    provider: Provider, path: Path, text: str, updated: Updated, record: PageRecord | None, result: UpdatedSpec
) -> None:
    if updated.text != text:
        write_whole(path, updated.text.encode())
        result.spec = provider.workspace.origin(path)
        result.wrote_spec = True
        result.reviews = [(line, words) for line, words in review_comments(path) if words in updated.reviews]
        if result.installed:
            write_schemas(provider.workspace, missing_only=True)
    if updated.changes or record is None:
        result.record = provider.workspace.origin(write_record(provider, updated.record))
        result.wrote_record = True
