"""Facts of a page outside its table: endpoints, price, latency and responses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..service import Service
from ..values.http_titles import is_standard
from ..values.prices import read_latency, read_prices
from .answer_shape import read_answer_shape
from .leftovers import in_facts
from .origin import Call, called_in, calls_of, compare_credentials, has_slug, own_calls
from .page import NotAModelPage, Page
from .rows import Doubt
from .sample import Sample
from .title import read_title

_RETURNS = re.compile(
    r"Returns[ \t]*:[ \t\u00a0]*\n?((?:Text/JSON|[a-z]{3,12}/[a-z0-9.+-]+|[A-Z][a-z]+|[A-Z]+)|[^\n]{1,60})|"
    r"\bRESPONSE\s+((?:image|video|audio|application|text)/[a-z0-9.+-]+)"
)
_WORKFLOW = re.compile(r"/workflows/[0-9a-f]{8,}")
_OLD_STATUS = re.compile(
    r"\b([1-5]\d\d) - (OK|Unauthorized|Not Found|Method Not Allowed|Not Acceptable|Server Error|"
    r"Bad Request|Forbidden|Too Many Requests|[A-Z][^\n]{0,60})"
)
_STATUS = re.compile(r"^[ \t\u00a0]*([1-5]\d\d)[ \t\u00a0]*\n\s*([A-Z][A-Za-z ]{1,60}?)[ \t\u00a0]*\n", re.MULTILINE)
_STATUS_COLUMNS = re.compile(
    r"^[ \t\u00a0|]*([1-5]\d\d)(?:[ ]*[\t|][ ]*| {2,})([A-Z][A-Za-z ]{1,60}?)[ \u00a0]*(?:[\t|]|  |$)", re.MULTILINE
)
_STATUS_INLINE = re.compile(r"(?<![0-9])([45][0-9]{2})[ ]?(?=[A-Z][a-z])")
_MOST_HEADINGS = 10
_POST = re.compile(r"POST(?<![A-Za-z]POST)[ \t\u00a0]*(/[A-Za-z0-9._~/-]{2,200})")
_CODE_STARTS = re.compile(r"(?:^|\s)1?(?:import |const |# pip install)")

#: A status with its description, and half of the next one: what may follow the last title of a page that was cut off.
_SHORT_END, _LAST_LINES = 300, 4


@dataclass(slots=True)
class PageFacts:
    """The facts outside the table. `sync_shown` and `async_shown` say whether a path is printed or inferred; a path is
    None if the provider has no such calls. It `ends_in_answers` if the page breaks off where it speaks of responses.
    """

    slug: str
    title: str
    sync_path: str | None
    async_path: str | None
    sync_shown: bool
    async_shown: bool
    latency_s: float | None = None
    price_usd: float | None = None
    pricing: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    returns: str | None = None
    statuses: dict[int, str] = field(default_factory=dict[int, str])
    states: list[str] = field(default_factory=list[str])
    api_format: str = ""
    schema: dict[str, Any] | None = None
    doubts: list[Doubt] = field(default_factory=list[Doubt])
    ends_in_answers: bool = False


def read_facts(page: Page, sample: Sample | None, service: Service) -> PageFacts:
    """Return the facts of a page of `service`.

    Raises:
        NotAModelPage: The page names no model.
    """
    calls = calls_of(page)
    found = _model(page, calls, sample, service)
    sync, queue = service.sync, service.queue
    printed = {path for path, _ in queue.printed_in(page.text)} if queue else set[str]()
    async_path = queue.path_of(found.slug) if queue else None
    sync_path = (sync.whole(found.before, found.slug) if found.before else sync.path_of(found.slug)) if sync else None
    sync_path = found.moved_to or sync_path
    if queue and async_path not in printed and (other := _other_path(page, found.slug, service)):
        async_path = other
        printed.add(other)
    printed |= {call.path for call in calls}
    async_shown = async_path in printed or (sync is None and bool(found.before))
    sync_shown = bool(found.before or found.moved_to)
    facts = PageFacts(found.slug, "", sync_path, async_path, sync_shown, async_shown, doubts=found.doubts)
    if sync and not facts.sync_shown:
        message = "the path of the synchronous call is not on the page; it is taken to follow from the slug"
        facts.doubts.append(Doubt(0, message, "/sync"))
    facts.title = read_title(page, found.slug, facts.doubts)
    code = _CODE_STARTS.search(page.text)
    head = page.text[: code.start() if code else 2000]
    prices = read_prices(head)
    facts.price_usd, facts.pricing = prices.price_usd, prices.pricing
    facts.doubts += [Doubt(at, message, "/pricing" if facts.pricing else "/price_usd") for at, message in prices.doubts]
    facts.latency_s, others = read_latency(head)
    facts.doubts += [Doubt(at, message, "/latency_s") for at, message in others]
    _read_answers(page, facts, service)
    shape = read_answer_shape(page, service.chat_formats)
    facts.api_format, facts.schema = shape.api_format, shape.schema
    facts.doubts += shape.doubts
    facts.doubts += in_facts(page, prices.used, set(facts.statuses))
    return facts


def _other_path(page: Page, slug: str, service: Service) -> str | None:
    """Return a path to which the page posts the model's jobs that is not one of the provider's, if there is any."""
    paths = {found[1].rstrip("./-") for found in _POST.finditer(page.text)}
    return next(
        (
            path
            for path in sorted(paths)
            if path.endswith(f"/{slug}") and not any(endpoint.parted(path) for endpoint in service.endpoints)
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """The model of a page.

    `before` is what its path has before the slug, "" if no path is printed. `moved_to` is the path of the call if the
    platform has no such path, else "".
    """

    slug: str
    before: str
    doubts: list[Doubt]
    moved_to: str = ""


def _model(page: Page, calls: list[Call], sample: Sample | None, service: Service) -> _Found:
    if _WORKFLOW.search(page.text):
        raise NotAModelPage("this is the page of a workflow (its URL has /workflows/), not of a model")
    doubts: list[Doubt] = []
    seen: Counter[tuple[str, str]] = Counter()
    places: dict[str, int] = {}
    endpoint = service.endpoints[0]
    own = own_calls(page, calls, service, doubts)
    doubts += compare_credentials(page, service, has_own_host=bool(own))
    for path, offset in [*((call.path, call.offset) for call in own), *endpoint.printed_in(page.text)]:
        parted = None if service.is_job_path(path) else endpoint.parted(path)
        if parted and (odd := page.odd_sign(offset)):
            doubts.append(Doubt(offset, f"the address holds {odd}, so the slug {parted[1]!r} may be wrong", "/slug"))
        if parted and not page.ends_with(path):
            seen[parted] += 1
            places.setdefault(parted[1], offset)
    if moved := _moved(page, calls, sample, service, [slug for _, slug in seen]):
        return moved
    if seen:
        (before, slug), _ = seen.most_common(1)[0]
        others = sorted({name for _, name in seen if name != slug})
        if others:
            doubts.append(Doubt(places[others[0]], f"the page names other models, too: {', '.join(others)[:200]}"))
        if len({before for before, name in seen if name == slug}) > 1:
            doubts.append(Doubt(places[slug], "the page serves the model at different paths", "/sync"))
        if sample and sample.slug and sample.slug != slug:
            doubts.append(Doubt(sample.offset, f"the sample calls {sample.slug[:100]!r}, the endpoint is {slug!r}"))
        return _Found(slug, before, doubts)
    named = endpoint.parted(endpoint.path_of(sample.slug)) if sample and sample.slug else None
    if sample and named and named[1] == sample.slug:
        return _Found(named[1], "", doubts)
    queued = (
        [*((path, at) for path, at in service.queue.printed_in(page.text)), *((call.path, call.offset) for call in own)]
        if service.queue
        else []
    )
    for path, _ in queued:
        parted = service.queue.parted(path) if service.queue and not service.is_job_path(path) else None
        if parted and not page.ends_with(path):
            return _Found(parted[1], "", doubts)
    hosts = dict.fromkeys(call.host for call in calls)
    listed = f"; it names {', '.join(list(hosts)[:3])}"[:200] if hosts else ""
    raise NotAModelPage(f"no endpoint of a model of {service.name} (…{endpoint.path_of('<slug>')}) is on it{listed}")


def _moved(
    page: Page, calls: list[Call], sample: Sample | None, service: Service, seen: Sequence[str]
) -> _Found | None:
    """Return the model of a page that a spec names, if the page still names it but calls it at another path."""
    slug = service.known_slug
    if not slug or slug in seen or not service.sync:
        return None
    called = [call for call in called_in(page, calls) if not service.is_job_path(call.path)]
    own = [call for call in called if has_slug(call.path, slug)]
    printed = [found[1] for found in _POST.finditer(page.text) if has_slug(found[1], slug)]
    if not called or not (own or printed or (sample and sample.slug == slug)):
        return None
    return _Found(slug, "", [], (own or called)[0].path)


def _read_answers(page: Page, facts: PageFacts, service: Service) -> None:
    """Read the response type, the statuses and the queue's states. Words at the end of the page may be incomplete."""
    returns = _RETURNS.search(page.text)
    if returns:
        facts.returns = (returns[1] or returns[2]).strip()
    facts.statuses = _statuses(page.text, service)
    states = page.text.partition("Status states")[2].partition("Common Error Codes")[0]
    facts.states = list(dict.fromkeys(found[1] or found[2] for found in _any_of(service.states).finditer(states)))
    last = page.text.rstrip()[-80:]
    ends = [text for text in (facts.returns, *facts.statuses.values(), *facts.states) if text and last.endswith(text)]
    answers = page.text.partition("Response Type")[2]
    # The last of the newer pages' error table: a page that goes on after its title is whole.
    last_title = re.search(rf"\b{re.escape(service.last_title)}\s*\S", answers)
    cut = "Response Type" in page.text and bool(service.last_title) and not last_title
    listed = page.text.find("Common Error Codes")
    for status, title in _after_errors(page.text).items():
        is_plain = is_standard(status, title) and status not in service.titles.values()
        if title not in service.titles and not is_plain:
            place = re.compile(rf"^[ \t\u00a0]*{status}[ \t\u00a0]*$", re.MULTILINE).search(page.text, listed)
            message = f"no other page of {service.name} has a status titled {title[:60]!r}: make sure that it is the whole title and no more"
            facts.doubts.append(Doubt(place.start() if place else listed, message, f"/responses/statuses/{status}"))
    is_last = bool(ends) or (returns is not None and returns.end() >= len(page.text.rstrip()))
    # Of markup it can be told whether it is whole.
    facts.ends_in_answers = not page.whole if page.form == "html" else is_last or (cut and _ends_soon(page, facts))
    if is_last or cut:
        facts.doubts.append(Doubt(len(page.text), "the page ends in what it says of responses", "/responses"))


def _ends_soon(page: Page, facts: PageFacts) -> bool:
    """Return whether hardly anything follows the last status that was read."""
    title = next(reversed(facts.statuses.values()), "Response Type")
    rest = page.text[page.text.rfind(title) + len(title) :].strip()
    return len(rest) < _SHORT_END and rest.count("\n") < _LAST_LINES


def _any_of(states: Sequence[str]) -> re.Pattern[str]:
    """Match a state, or any word in capitals at the start of a line, before a description or the line's end."""
    known = "|".join(map(re.escape, states)) or "(?!)"
    return re.compile(
        rf"(?:(?<![A-Z_])({known})(?=[ \t]*[A-Z][a-z]|[ \t]*\n)|^[ \t\u00a0]*([A-Z][A-Z_]{{3,30}})(?=[ \t]*[A-Z][a-z]|[ \t]*\n))",
        re.MULTILINE,
    )


def _statuses(text: str, service: Service) -> dict[int, str]:
    statuses = {int(found[1]): found[2].strip() for found in _OLD_STATUS.finditer(text)}
    statuses |= _after_errors(text)
    if "Common Error Codes" in text and not statuses:
        statuses = _in_one_line(text.partition("Common Error Codes")[2], service)
    if "Common Error Codes" in text and not statuses:
        lines = {line.strip() for line in text.partition("Common Error Codes")[2].split("\n")}
        statuses = {status: title for title, status in service.titles.items() if title in lines}
    return statuses


def _in_one_line(text: str, service: Service) -> dict[int, str]:
    """Return the statuses of a list whose line breaks were lost, if each has a title that the provider's pages have."""
    statuses: dict[int, str] = {}
    listed = list(_STATUS_INLINE.finditer(text))
    for found in listed:
        after = text[found.end() : found.end() + 80]
        title = next(
            (title for title, status in service.titles.items() if status == int(found[1]) and after.startswith(title)),
            "",
        )
        if not title:
            return {}
        statuses[int(found[1])] = title
    return statuses


def _after_errors(text: str) -> dict[int, str]:
    """Return the titles in the list of newer pages: below their status, or beside it in the columns of a line.

    A table of contents names the list, too: the heading with the most statuses after it counts.
    """
    lists = [
        {int(found[1]): found[2] for pattern in (_STATUS, _STATUS_COLUMNS) for found in pattern.finditer(after)}
        for after in text.split("Common Error Codes")[1:][:_MOST_HEADINGS]
    ]
    return max(lists, key=len) if lists else {}
