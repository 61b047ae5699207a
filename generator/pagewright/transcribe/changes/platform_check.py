"""Compare the platform's file with all pages of its models at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...findings import Finding
from ...specs.document import Document
from ...specs.spec import Erratum, Platform
from ...specs.values import among, cut, is_list, same
from ...workspace import Provider
from ..pages.read_page import PageContent
from ..service import Service
from .apart import difference
from .claims import facts_of_platform
from .difference import Change
from .page_facts import facts_of_page
from .record import PageRecord

#: How a review names the file.
PLATFORM = "platform.yaml"
#: What differs from model to model: a video takes longer than an image.
_OF_MODELS = frozenset(
    {"/platform/queue/timeout_s", "/platform/queue/interval_s", "/platform/bodies/result", "/platform/headers"}
)
#: What decides whether a call reaches the service: pages that differ are told one by one, whatever others say.
_OF_CALLS = frozenset(
    {
        "/platform/base_url",
        "/platform/auth/header",
        "/platform/auth/scheme",
        "/platform/queue/status_path",
        "/platform/queue/result_path",
    }
)
_PLACES = {
    "/platform/auth/header": "/auth",
    "/platform/auth/scheme": "/auth",
    "/platform/queue/failed_status": "/queue/acceptors",
    "/platform/queue/final_states": "/queue/acceptors",
    "/platform/queue/unknown_status": "/statuses/404",
}


def platform_findings(
    platform: Platform,
    readings: Mapping[str, PageContent],
    service: Service,
    records: Callable[[str], PageRecord | None],
    reviews: Sequence[str],
    advice: str = "",
    *,
    is_all: bool = True,
) -> Iterator[Finding]:
    """Yield the facts of the platform's file that no page states while some state another.

    What has changed since a page was last read is a finding of its model. `reviews` are the `# review:` comments of the
    specs: what waits in one is not told a second time. `advice` says how to change the file. What a call needs is told for
    each page that differs, even if others agree with the file, and whether `readings` are of all pages or not.
    """
    claims = facts_of_platform(platform)
    said = {page: facts_of_page(reading, service) for page, reading in readings.items()}
    told: set[tuple[str, str]] = set()
    for at, claim in claims.items():
        stating = {page: facts[at] for page, facts in said.items() if at in facts}
        agrees = _meets if at in _OF_CALLS else _agree
        differing = {page: value for page, value in stating.items() if not agrees(value, claim)}
        place = place_of(at)
        if at in _OF_MODELS or waits(place, reviews):
            continue
        known = {
            page: value
            for page, value in differing.items()
            if (record := records(page))
            and same(record.facts.get(at), value)
            and (place, page) not in told
            and not any(erratum.page == page and erratum.at == place for erratum in platform.errata)
        }
        if at not in _OF_CALLS:
            if not is_all:
                continue
            known = dict([*known.items()][:1]) if len(differing) == len(stating) else {}
        for page, value in known.items():
            told.add((place, page))
            theirs = {**claims, **said[page], at: value}
            message = f"{difference(Change(at, ''), 'the platform', claims, theirs)} {page}"
            yield platform.document.finding(place, "P003", "page-differs", f"{message}. {_advice(place, advice)}.")


def _advice(place: str, advice: str) -> str:
    return f"{PLATFORM}: {place}{advice}" if advice else "Fix the platform's file"


def place_of(at: str) -> str:
    """Return where the platform's file has a fact that pages state."""
    return _PLACES.get(at, at.removeprefix("/platform"))


def platform_advice(provider: Provider) -> str:
    """Return how to change the platform's file where it is an installed one; "" if it is the workspace's own."""
    if provider.platform.is_relative_to(provider.root):
        return ""
    own = provider.workspace.origin(provider.specs / PLATFORM)
    return (
        f" is that of the installed pagewright, which this workspace can't change: take a newer pagewright, or copy the file to {own} and "
        "change it there (docs/page-changes.md)"
    )


def waits(place: str, reviews: Sequence[str]) -> bool:
    """Return whether a `# review:` comment of a spec asks a person to look at `place` in the platform's file."""
    return any(f"{PLATFORM}: {place}" in review for review in reviews)


def _meets(value: Any, claim: Any) -> bool:
    """Return whether a page has one of the hosts of the platform: then a call reaches the service."""
    return any(among(item, claim) for item in value) if is_list(value) and is_list(claim) else same(value, claim)


def _agree(value: Any, claim: Any) -> bool:
    if is_list(value) and is_list(claim):
        return all(among(item, claim) for item in value)
    return same(value, claim)


def platform_erratum(document: Document, erratum: Erratum, reading: PageContent) -> Iterator[Finding]:
    """Yield a finding if an erratum of the platform's file no longer fits its page."""
    facts = reading.facts
    status = re.fullmatch(r"/statuses/([0-9]{3})/title", erratum.at)
    if status:
        now: Any = facts.statuses.get(int(status[1]))
    elif erratum.at.startswith("/sync/"):
        now = facts.returns
    else:
        now = erratum.documented if str(erratum.documented).lower() in reading.page.text.lower() else None
    if not same(now, erratum.documented):
        there, here = (cut(repr(value), 80) if value is not None else "nothing" for value in (erratum.documented, now))
        message = f"{erratum.at}: {erratum.page} now says {here}, not {there}. Drop the erratum, or fix it."
        yield document.finding(f"{erratum.pointer}/documented", "P004", "erratum-expired", message)
