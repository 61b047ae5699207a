"""What a page says besides its table: where the model is served, what it costs, what it answers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from .page import NotAModelPage, Page
from .rows import Doubt
from .sample import Sample
from .title import read_title

_MODEL_PATH = re.compile(r"(/v1/(?:[A-Za-z0-9][A-Za-z0-9._-]{0,99}/){0,4})([A-Za-z0-9][A-Za-z0-9._-]{0,99})\Z")
_PRINTED_V1 = re.compile(r"POST[ \t\u00a0]*(/v1/[A-Za-z0-9._/-]{0,400}[A-Za-z0-9])")
_PRINTED_V2 = re.compile(r"POST[ \t\u00a0]*(/v2/[A-Za-z0-9._/-]{0,400}[A-Za-z0-9])")
_LATENCY = re.compile(r"(?:^|(?<=\s))~[ \t]*([0-9]{1,6}(?:\.[0-9]{1,6})?)[ \t]*s(?=\s|~|\$|\d|POST|\Z)", re.MULTILINE)
_PRICE = re.compile(r"(?:^|(?<=[\ss]))~?[ \t]*\$[ \t]*([0-9]{1,6}(?:\.[0-9]{1,8})?)(?=\s|POST|\Z)", re.MULTILINE)
_RETURNS = re.compile(
    r"Returns[ \t]*:[ \t\u00a0]*((?:Text/JSON|[A-Z][a-z]+|[A-Z]+)|[^\n]{1,60})|"
    r"\bRESPONSE\s+((?:image|video|audio|application|text)/[a-z0-9.+-]+)"
)
_WORKFLOW = re.compile(r"/workflows/[0-9a-f]{8,}")
_OLD_STATUS = re.compile(
    r"\b([1-5]\d\d) - (OK|Unauthorized|Not Found|Method Not Allowed|Not Acceptable|Server Error|"
    r"Bad Request|Forbidden|Too Many Requests|[A-Z][^\n]{0,60})"
)
_STATUS = re.compile(r"^[ \t\u00a0]*([1-5]\d\d)[ \t\u00a0]*\n\s*([A-Z][A-Za-z ]{1,60}?)[ \t\u00a0]*\n", re.MULTILINE)
#: Titles of the error table of the newer pages, with the statuses that the layouts which keep numbers print with them.
_TITLES = {
    "Bad Request": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "Not Found": 404,
    "Insufficient Credits": 406,
    "Rate Limited": 429,
    "Server Error": 500,
    "Bad Gateway": 502,
    "Timeout": 504,
}
#: The last of the newer pages' error table: a page that goes on after its title is whole.
_LAST_STATUS = re.compile(r"\bTimeout\s*\S")
_STATES = re.compile(r"\b(QUEUED|PROCESSING|COMPLETED|FAILED)(?=[A-Z][a-z]|[ \t]*\n)")
_CODE_STARTS = re.compile(r"(?:^|\s)1?(?:import |const |# pip install)")


@dataclass(slots=True)
class PageFacts:
    """What stands outside of the table. `sync_shown` and `async_shown` say whether a path is printed or inferred."""

    slug: str
    title: str
    sync_path: str
    async_path: str
    sync_shown: bool
    async_shown: bool
    latency_s: float | None = None
    price_usd: float | None = None
    returns: str | None = None
    statuses: dict[int, str] = field(default_factory=dict[int, str])
    states: list[str] = field(default_factory=list[str])
    doubts: list[Doubt] = field(default_factory=list[Doubt])


def read_facts(page: Page, sample: Sample | None) -> PageFacts:
    """Reads them.

    Raises:
        NotAModelPage: The page names no model.
    """
    slug, prefix, sync_shown, doubts = _slug(page, sample)
    printed = {found[1] for found in _PRINTED_V2.finditer(page.text)}
    async_path = f"/v2/{slug}"
    facts = PageFacts(slug, "", f"{prefix}{slug}", async_path, sync_shown, async_path in printed, doubts=doubts)
    if not sync_shown:
        message = "the path of the synchronous call is not on the page; it is taken to follow from the slug"
        doubts.append(Doubt(0, message, "/sync"))
    facts.title = read_title(page, slug, doubts)
    code = _CODE_STARTS.search(page.text)
    head = page.text[: code.start() if code else 2000]
    latency, price = _LATENCY.search(head), _PRICE.search(head)
    facts.latency_s = float(latency[1]) if latency else None
    facts.price_usd = float(price[1]) if price else None
    _read_answers(page, facts)
    return facts


def _slug(page: Page, sample: Sample | None) -> tuple[str, str, bool, list[Doubt]]:
    """The slug, what stands before it in v1's path, whether that path is printed, and doubts."""
    if _WORKFLOW.search(page.text):
        raise NotAModelPage("this is the page of a workflow (its URL has /workflows/), not of a model")
    doubts: list[Doubt] = []
    seen: Counter[tuple[str, str]] = Counter()
    places: dict[str, int] = {}
    printed = [(found[1], found.start(1)) for found in _PRINTED_V1.finditer(page.text)]
    for path, offset in [*((path, offset) for _, path, offset in page.endpoints()), *printed]:
        found = _MODEL_PATH.match(path)
        if found and not page.ends_with(path):
            seen[found[1], found[2]] += 1
            places.setdefault(found[2], offset)
    if seen:
        (prefix, slug), _ = seen.most_common(1)[0]
        others = sorted({name for _, name in seen if name != slug})
        if others:
            doubts.append(Doubt(places[others[0]], f"the page names other models, too: {', '.join(others)[:200]}"))
        if len({prefix for prefix, name in seen if name == slug}) > 1:
            doubts.append(Doubt(places[slug], "the page serves the model at different paths", "/sync"))
        if sample and sample.slug and sample.slug != slug:
            doubts.append(Doubt(sample.offset, f"the sample calls {sample.slug[:100]!r}, the endpoint is {slug!r}"))
        return slug, prefix, True, doubts
    if sample and sample.slug and _MODEL_PATH.match(f"/v1/{sample.slug}") and "/" not in sample.slug:
        return sample.slug, "/v1/", False, doubts
    for v2 in _PRINTED_V2.finditer(page.text):
        if not page.ends_with(v2[1]) and (found := _MODEL_PATH.match(f"/v1/{v2[1].rpartition('/')[2]}")):
            return found[2], "/v1/", False, doubts
    raise NotAModelPage("no endpoint of a model (…/v1/<slug>) is on it")


def _read_answers(page: Page, facts: PageFacts) -> None:
    """What it returns, its statuses and the queue's states; what touches the page's end may be half a word."""
    returns = _RETURNS.search(page.text)
    if returns:
        facts.returns = (returns[1] or returns[2]).strip()
    facts.statuses = _statuses(page.text)
    states = page.text.partition("Status states")[2]
    facts.states = list(dict.fromkeys(found[1] for found in _STATES.finditer(states)))
    last = page.text.rstrip()[-80:]
    ends = [text for text in (facts.returns, *facts.statuses.values(), *facts.states) if text and last.endswith(text)]
    answers = page.text.partition("Response Type")[2]
    cut = "Response Type" in page.text and not _LAST_STATUS.search(answers)
    odd = [title for title in _after_errors(page.text).values() if title not in _TITLES]
    if odd:
        facts.doubts.append(
            Doubt(0, f"titles of statuses that no other page has: {', '.join(odd)[:200]}", "/responses")
        )
    if ends or cut or (returns and returns.end() >= len(page.text.rstrip())):
        facts.doubts.append(Doubt(len(page.text), "the page ends in what it says of responses", "/responses"))


def _statuses(text: str) -> dict[int, str]:
    statuses = {int(found[1]): found[2].strip() for found in _OLD_STATUS.finditer(text)}
    statuses |= _after_errors(text)
    if "Common Error Codes" in text and not statuses:
        lines = {line.strip() for line in text.partition("Common Error Codes")[2].split("\n")}
        statuses = {status: title for title, status in _TITLES.items() if title in lines}
    return statuses


def _after_errors(text: str) -> dict[int, str]:
    """The newer pages' list: a status on a line of its own, its title on the next one."""
    return {int(found[1]): found[2] for found in _STATUS.finditer(text.partition("Common Error Codes")[2])}
