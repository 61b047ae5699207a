"""Compare specs with their pages, to find pages that have changed.

A page must say what its spec claims: the spec's own facts, what errata document in place of them, and the facts last
read from the page for which a spec has no place. Each change is one finding, in words. Latency, free texts of the
sample and the order of rows are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..findings import Finding
from ..specs.spec import Catalog, Erratum, Model, Platform
from ..specs.values import cut
from .changes.last_read import headings_of
from .changes.page_facts import SAMPLE_TEXT, facts_of_page
from .changes.page_language import is_translated
from .changes.platform_check import platform_erratum, platform_findings, waits
from .changes.record import PageRecord, hashed
from .compare_page import PageComparison
from .forms.source import bytes_of
from .pages.page import NotAModelPage
from .pages.read_page import PageContent, read_page
from .service import Service, service_of

_CUT_LIST = re.compile(r"\A(.*): it says ([0-9]+) values in all, but shows [0-9]+\Z")
_PROSE = ("minimum", "maximum", "multipleOf")
Records = Callable[[str], PageRecord | None]
FindPage = Callable[[str], Path | None]


@dataclass(slots=True)
class Checked:
    """Result of a check: findings, and notes about pages that changed in no fact.

    `pages` counts the pages that were compared.
    """

    findings: list[Finding] = field(default_factory=list[Finding])
    notes: list[Finding] = field(default_factory=list[Finding])
    pages: int = 0


def no_record(_page: str) -> PageRecord | None:
    """Stand for records of pages that were never kept."""
    return None


def check_pages(
    catalog: Catalog,
    find_page: FindPage,
    records: Records = no_record,
    only: Collection[str] | None = None,
    reviews: Sequence[str] = (),
    advice: str = "",
) -> Checked:
    """Compare each model with each of its pages, and the platform with all of them.

    `find_page` gives the file of a page, which may be missing. With `only`, other pages than those are not looked at.
    `reviews` are the `# review:` comments of the specs. `advice` says how to change the platform's file, if that is not plain.
    """
    checked = Checked()
    service = service_of(catalog.platform)
    everything: dict[str, PageContent] = {}
    for model in catalog.models:
        readings: dict[str, PageContent] = {}
        for name in model.pages:
            if only is not None and name not in only:
                continue
            reading = _read(model, name, find_page(name), service, checked)
            if reading is not None:
                readings[name] = reading
        others = {page: record.facts for page in model.pages if page not in readings and (record := records(page))}
        checked.findings += compare_with_pages(model, catalog.platform, readings, service, records, others)
        checked.notes += _notes(model, readings, records)
        everything |= readings
        checked.pages += len(readings)
    for erratum in catalog.platform.errata:
        if erratum.page in everything and not (waits(erratum.at, reviews) or _is_told(erratum, checked.findings)):
            checked.findings += platform_erratum(catalog.platform.document, erratum, everything[erratum.page])
    checked.findings += platform_findings(
        catalog.platform, everything, service, records, reviews, advice, is_all=only is None
    )
    checked.findings = sorted(set(checked.findings))
    return checked


def _read(model: Model, name: str, path: Path | None, service: Service, checked: Checked) -> PageContent | None:
    """Read a page of a model; what keeps it from being compared is one finding."""
    place = f"/pages/{model.pages.index(name)}"
    if path is None:
        message = f"the page {name} is not there, in any form."
        checked.findings.append(model.document.finding(place, "P001", "page-missing", message))
        return None
    try:
        reading = read_page(bytes_of(path), replace(service, known_slug=model.slug))
    except NotAModelPage as error:
        checked.findings.append(model.document.finding(place, "P002", "page-unreadable", f"{path}: {error}."))
        return None
    why = ""
    if is_translated(reading):
        why = "its labels are translated. Save the page in English"
    elif not reading.complete and not _ended(reading):
        where = "inside" if reading.rows else "before"
        why = f"the page ends {where} its table of parameters. Save the whole page"
    if why:
        message = f"{name}: not compared: {why}."
        checked.findings.append(model.document.finding(place, "P008", "page-not-compared", message))
        return None
    return reading


def _ended(reading: PageContent) -> bool:
    """Return whether a page without a whole table is one that goes on after it: rows were lost, not the page's end."""
    table = reading.page.table()
    return bool(reading.rows) and table is not None and table.closed


def _is_told(erratum: Erratum, findings: Sequence[Finding]) -> bool:
    """Return whether a finding of a model tells of the change because of which an erratum of the platform expires."""
    return erratum.at.startswith("/sync/") and any(
        "the type of the response" in finding.message and erratum.page in finding.message for finding in findings
    )


def _notes(model: Model, readings: Mapping[str, PageContent], records: Records) -> Iterator[Finding]:
    """Yield a note for each heading that came with prose since a page was last read."""
    for page, reading in readings.items():
        record = records(page)
        for heading in headings_of(reading) if record else ():
            if record and hashed([heading])[0] not in record.headings:
                place = f"/pages/{model.pages.index(page)}"
                message = f"{page}: new section {cut(heading, 80)!r}, which holds no fact."
                yield model.document.finding(place, "P010", "page-note", message)


def compare_with_pages(
    model: Model,
    platform: Platform,
    readings: Mapping[str, PageContent],
    service: Service,
    records: Records = no_record,
    others: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[Finding]:
    """Yield the differences between the spec of `model` and its pages that no erratum covers, and the errata that have
    expired.

    A page that is silent about a fact agrees with another that documents it; `others` are the facts of further pages.
    """
    documented = {page: facts_of_page(reading, service) for page, reading in readings.items()}
    for page, reading in readings.items():
        known = {**(others or {}), **documented}
        elsewhere = {
            at.replace(SAMPLE_TEXT, "default")
            for other in known
            if other != page
            for at, value in known[other].items()
            if value != []
        }
        record = records(page)
        comparison = PageComparison(model, platform, service, page, reading, documented[page], record)
        yield from comparison.findings(elsewhere)
