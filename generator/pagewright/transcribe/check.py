"""Compare specs with their pages, to find pages that have changed.

Every difference is either covered by an erratum or a finding, and every erratum is held against its page: one whose
`documented` the page no longer says has expired.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from ..findings import Finding
from ..specs.document import Document
from ..specs.pointers import parameter_pointer, token, tokens
from ..specs.spec import ABSENT, Catalog, Erratum, Model
from ..specs.values import cut, is_list, same
from .forms.source import bytes_of
from .page_files import page_file
from .pages.page import NotAModelPage
from .pages.read_page import PageContent, read_page
from .schema import is_number_as_text
from .service import service_of

_LISTS = ("enum", "x-known-values")
_PROSE = ("minimum", "maximum", "multipleOf")
#: Parts of a spec that are in our own words: an erratum there quotes the page.
_QUOTED = re.compile(r"/(?:summary|task|title|input/properties/[^/]+/description)\Z")


def check_pages(catalog: Catalog, pages: Path) -> list[Finding]:
    """Compares each model with each of its pages in the folder `pages`, and the platform's errata with theirs."""
    findings: list[Finding] = []
    service = service_of(catalog.platform)
    everything: dict[str, PageContent] = {}
    for model in catalog.models:
        readings: dict[str, PageContent] = {}
        for name in model.pages:
            path = page_file(pages, name) or pages / f"{name}.txt"
            place = f"/pages/{model.pages.index(name)}"
            try:
                readings[name] = read_page(bytes_of(path), service)
            except FileNotFoundError:
                findings.append(model.document.finding(place, "P001", "page-missing", f"{path} is not there."))
                continue
            except NotAModelPage as error:
                findings.append(model.document.finding(place, "P002", "page-unreadable", f"{path}: {error}."))
        findings += compare_with_pages(model, readings)
        everything |= readings
    for erratum in catalog.platform.errata:
        if erratum.page in everything:
            findings += _platform_erratum(catalog.platform.document, erratum, everything[erratum.page])
    return sorted(set(findings))


def said_by_page(reading: PageContent) -> dict[str, Any]:
    """Return the facts of the page, by JSON pointer into a spec; facts that it does not state are left out. A list of values is under
    `values`, whichever keyword a spec keeps it in."""
    facts = reading.facts
    said: dict[str, Any] = {"/slug": facts.slug, "/title": facts.title}
    shown = {"sync": facts.sync_shown, "async": facts.async_shown}
    said |= {at: path for at, path in _paths(reading).items() if shown[tokens(at)[0]]}
    if facts.price_usd is not None:
        said["/price_usd"] = facts.price_usd
    if facts.latency_s is not None:
        said["/latency_s"] = facts.latency_s
    if facts.returns:
        said["/responses/returns"] = facts.returns
    said |= {f"/responses/statuses/{status}": title for status, title in facts.statuses.items()}
    if facts.states:
        said["/responses/states"] = facts.states
    for row in reading.rows:
        at = parameter_pointer(row.name)
        said[f"{at}/type"] = row.type
        said[f"{at}/required"] = row.required
        optional = {
            "format": row.format,
            "minimum": row.minimum,
            "maximum": row.maximum,
            "values": row.values,
            "x-known-total": row.total,
        }
        said |= {f"{at}/{key}": value for key, value in optional.items() if value is not None}
        if row.default is not ABSENT:
            said[f"{at}/default"] = row.default
        if is_number_as_text(row.type, reading.sample.values.get(row.name)):
            said[f"{at}/x-accepts-text"] = True
    for name, value in reading.sample.values.items():
        if name not in reading.sample.calls:
            said[f"/example/{token(name)}"] = value
    return said


def said_by_spec(model: Model) -> dict[str, Any]:
    """Return the facts of a spec, in the same form as `said_by_page`."""
    data = model.document.data
    said: dict[str, Any] = {
        key: data[key[1:]] for key in ("/slug", "/title", "/price_usd", "/latency_s") if key[1:] in data
    }
    for key in ("sync", "async"):
        if key in data:
            said[f"/{key}/path"] = data[key]["path"]
    responses: Mapping[str, Any] = data.get("responses", {})
    said |= {f"/responses/{key}": responses[key] for key in ("returns", "states") if key in responses}
    said |= {f"/responses/statuses/{status}": title for status, title in responses.get("statuses", {}).items()}
    for parameter in model.parameters:
        said[f"{parameter.pointer}/required"] = parameter.required
        for key, value in parameter.schema.items():
            if key not in ("description", "items", "properties", "required"):
                said[f"{parameter.pointer}/{'values' if key in _LISTS else key}"] = value
    said |= {f"/example/{token(name)}": value for name, value in model.example.items()}
    return said


def compare_with_pages(model: Model, readings: Mapping[str, PageContent]) -> Iterator[Finding]:
    """Yield the differences between the spec of `model` and its pages that no erratum covers, and the errata that have expired.

    A page that is silent about a fact agrees with another that documents it.
    """
    documented = {page: said_by_page(reading) for page, reading in readings.items()}
    for page, reading in readings.items():
        elsewhere = {
            at for other in documented if other != page for at, value in documented[other].items() if value != []
        }
        yield from _compare_with_page(model, page, reading, elsewhere)


def _compare_with_page(model: Model, page: str, reading: PageContent, elsewhere: Set[str]) -> Iterator[Finding]:
    """Compare the spec with one of its pages; `elsewhere` are the facts that other pages document."""
    for offset, doubt in _doubts(reading):
        message = f"{page}:{reading.page.place(offset)[0]}: {doubt}."
        yield model.document.finding("/pages", "P006", "page-unsure", message)
    documented, used = said_by_page(reading), said_by_spec(model)
    # A path that the page does not print is the one that follows from its slug.
    inferred = {at: path for at, path in _paths(reading).items() if at in used}
    errata = {_plain(erratum.at): erratum for erratum in model.errata if erratum.page == page}
    for erratum in errata.values():
        yield from _erratum(model.document, erratum, documented, reading)
    for at in sorted(documented.keys() | used.keys()):
        if at in errata:
            continue
        there, here = documented.get(at, inferred.get(at)), used.get(at)
        if there in (None, []) and at in elsewhere:
            continue
        if same(there, here) or (at.endswith("/values") and _is_list_with_default(there, here, used, at)):
            continue
        finding = f"{page}{_line(reading, at)} says {_shown(there)}, the spec {_shown(here)}."
        fix = " Fix the spec, or add an erratum."
        yield model.document.finding(_pointer(model, at), "P003", "page-differs", f"{at}: {finding}{fix}")


def _is_list_with_default(there: Any, here: Any, used: Mapping[str, Any], at: str) -> bool:
    """Return whether the lists differ only in the default, which counts as a value even if the page's list lacks it."""
    if not there and here is None:
        return True
    if not is_list(there) or not is_list(here):
        return False
    extra = [value for value in here if value not in there]
    example = used.get(f"/example/{at.split('/')[3]}")
    known = [used.get(at.removesuffix("values") + "default"), *([example] if not there else [])]
    return [value for value in here if value in there] == list(there) and all(value in known for value in extra)


def _erratum(
    document: Document, erratum: Erratum, documented: Mapping[str, Any], reading: PageContent
) -> Iterator[Finding]:
    at = _plain(erratum.at)
    if not same(document.get(erratum.at), erratum.used):
        message = f"the spec holds {_shown(document.get(erratum.at))}, not {_shown(erratum.used)}."
        place = f"{erratum.pointer}/used"
        yield document.finding(place, "P005", "erratum-unused", f"{erratum.at}: {message} Drop the erratum, or fix it.")
    if _QUOTED.search(erratum.at) and at not in documented:
        holds = erratum.documented is None or str(erratum.documented).lower() in reading.page.text.lower()
        now = "no such words"
    elif at.startswith("/example") and at.count("/") == 1:
        holds, now = same(erratum.documented, dict(reading.sample.values)), "another sample"
    else:
        holds, now = same(documented.get(at), erratum.documented), _shown(documented.get(at))
    if not holds:
        message = f"{erratum.page}{_line(reading, at)} now says {now}, not {_shown(erratum.documented)}."
        yield _expired(document, erratum, f"{message} Drop the erratum, or fix it.")
    elif erratum.documented is None and at.rpartition("/")[2] in _PROSE and erratum.basis == "page":
        # The table says nothing, so the figure must be in the description.
        row = next((row for row in reading.rows if row.name == tokens(at)[2]), None)
        numbers = {float(number) for number in re.findall(r"-?[0-9]+(?:\.[0-9]+)?", row.description if row else "")}
        if erratum.used not in numbers:
            message = f"{erratum.page}{_line(reading, at)} does not speak of {_shown(erratum.used)} in its description."
            yield _expired(document, erratum, message)


def _paths(reading: PageContent) -> dict[str, str]:
    paths = {"/sync/path": reading.facts.sync_path, "/async/path": reading.facts.async_path}
    return {at: path for at, path in paths.items() if path}


def _doubts(reading: PageContent) -> Iterator[tuple[int, str]]:
    yield from ((reading.sample.offset, doubt) for doubt in reading.sample.doubts)
    for doubt in (*reading.facts.doubts, *(doubt for row in reading.rows for doubt in row.doubts)):
        # A page may leave out what follows from its slug; that is no drift.
        if not doubt.pointer:
            yield doubt.offset, doubt.message
    if not reading.complete:
        yield len(reading.page.text), "the page ends before its table of parameters does"


def _platform_erratum(document: Document, erratum: Erratum, reading: PageContent) -> Iterator[Finding]:
    facts = reading.facts
    status = re.fullmatch(r"/statuses/([0-9]{3})/title", erratum.at)
    if status:
        now: Any = facts.statuses.get(int(status[1]))
    elif erratum.at.startswith("/sync/"):
        now = facts.returns
    else:
        now = erratum.documented if str(erratum.documented).lower() in reading.page.text.lower() else None
    if not same(now, erratum.documented):
        message = f"{erratum.page} now says {_shown(now)}, not {_shown(erratum.documented)}."
        yield _expired(document, erratum, f"{message} Drop the erratum, or fix it.")


def _expired(document: Document, erratum: Erratum, message: str) -> Finding:
    place = f"{erratum.pointer}/documented"
    return document.finding(place, "P004", "erratum-expired", f"{erratum.at}: {message}")


def _plain(pointer: str) -> str:
    """Return the pointer that both sides use for the fact. Lists of values share one, whatever their keyword."""
    head, _, last = pointer.rpartition("/")
    return f"{head}/values" if last in _LISTS and head.startswith("/input/properties/") else pointer


def _pointer(model: Model, at: str) -> str:
    """Return the pointer to report a finding at: the list's own keyword, or the parameter if it has no such keyword."""
    head, _, last = at.rpartition("/")
    if last == "values":
        return next((f"{head}/{keyword}" for keyword in _LISTS if f"{head}/{keyword}" in model.document.values), head)
    return at


def _line(reading: PageContent, at: str) -> str:
    """Return `:LINE` of the row that states the fact at `at`, or an empty string."""
    parts = tokens(at)
    if parts[:2] == ["input", "properties"]:
        row = next((row for row in reading.rows if row.name == parts[2]), None)
        if row:
            return f":{reading.page.place(row.offset)[0]}"
    return ""


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return cut(repr(value), 80)
