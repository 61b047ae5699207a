"""Compare the platform's file with all pages of its models at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...findings import Finding
from ...specs.document import Document
from ...specs.spec import Erratum, Platform
from ...specs.values import among, cut, is_list, same
from ..pages.read_page import PageContent
from ..service import Service
from . import wording
from .claims import facts_of_platform
from .difference import Context
from .page_facts import facts_of_page
from .record import PageRecord

#: How a review names the file.
PLATFORM = "platform.yaml"
#: What differs from model to model: a video takes longer than an image.
_OF_MODELS = frozenset(
    {"/platform/queue/timeout_s", "/platform/queue/interval_s", "/platform/bodies/result", "/platform/headers"}
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
) -> Iterator[Finding]:
    """Yield the facts of the platform's file that no page states while some state another.

    What has changed since a page was last read is a finding of its model. `reviews` are the `# review:` comments of the
    specs: what waits in one is not told a second time.
    """
    claims = facts_of_platform(platform)
    said = {page: facts_of_page(reading, service) for page, reading in readings.items()}
    for at, claim in claims.items():
        stating = {page: facts[at] for page, facts in said.items() if at in facts}
        if at in _OF_MODELS or not stating or any(_agree(value, claim) for value in stating.values()):
            continue
        known = {
            page: value
            for page, value in stating.items()
            if (record := records(page)) and same(record.facts.get(at), value)
        }
        place = place_of(at)
        if not known or waits(place, reviews):
            continue
        page, value = next(iter(known.items()))
        message = wording.change([at], claims, {**claims, **said[page], at: value}, Context(is_whole=False))
        yield platform.document.finding(
            place, "P003", "page-differs", f"{message} (page {page}). Fix the platform's file."
        )


def place_of(at: str) -> str:
    """Return where the platform's file has a fact that pages state."""
    return _PLACES.get(at, at.removeprefix("/platform"))


def waits(place: str, reviews: Sequence[str]) -> bool:
    """Return whether a `# review:` comment of a spec asks a person to look at `place` in the platform's file."""
    return any(f"{PLATFORM}: {place}" in review for review in reviews)


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
