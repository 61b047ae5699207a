"""Judge recorded traffic with the checks of the validating proxy, and note which documented facts it covered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from ..api.routes import Routes
from ..server.limits import RequestRefused, parameters_in, parse_json
from ..spec.answers import find
from ..spec.origins import origin_of
from ..spec.platform import PLATFORM
from ..state.redaction import KEY_HEADER, REDACTED, SHORTEST_KEY, Redactor, is_secret_header
from .drift import check_answer, check_request
from .findings import ProxyFinding, departs
from .har import HarEntry
from .observed_exchange import Endpoint, ObservedExchange
from .queue_answers import STATE
from .sequence import SequenceChecker

_FREE = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_FOUND = 50
_UNAUTHORIZED = known.status if (known := PLATFORM.status("unauthorized")) is not None else 401


@dataclass
class Judged:
    """Findings by entry, how many entries were judged or skipped, and the documented facts that were seen, by kind."""

    findings: list[tuple[HarEntry, ProxyFinding]] = field(default_factory=list[tuple[HarEntry, ProxyFinding]])
    judged: int = 0
    skipped: int = 0
    without_body: int = 0
    covered: dict[str, dict[str, bool]] = field(default_factory=dict[str, dict[str, bool]])
    redactor: Redactor = field(default_factory=Redactor)

    @property
    def drifted(self) -> bool:
        """Return whether anything departs from what a page documents."""
        return any(finding.severity == "drift" for _, finding in self.findings)


def judge(entries: Collection[HarEntry], origins: Collection[str] = ()) -> Judged:
    """Judge the entries whose URL is at the service, or at one of `origins`. Entries of other hosts are counted."""
    judged = Judged(covered=_documented())
    own = {*filter(None, (origin_of(PLATFORM.base_url), origin_of(PLATFORM.queue.base_url))), *origins}
    routes, sequence = Routes(), SequenceChecker()
    for entry in entries:
        for name, value in entry.request_headers.items():
            if is_secret_header(name):
                _pin(judged.redactor, value)
    for entry in entries:
        origin = origin_of(entry.url)
        if origin not in own or entry.method == "OPTIONS":
            judged.skipped += 1
            continue
        judged.judged += 1
        judged.without_body += entry.body is None
        for finding in _judge(entry, origin, routes, sequence, judged):
            judged.findings.append((entry, finding))
    return judged


def _pin(redactor: Redactor, value: str) -> None:
    """Remember a secret, and what follows a scheme such as Bearer."""
    for secret in {value, value.rpartition(" ")[2]}:
        if len(secret) >= SHORTEST_KEY and secret != REDACTED:
            redactor.pin(secret)


def _judge(
    entry: HarEntry, origin: str, routes: Routes, sequence: SequenceChecker, judged: Judged
) -> Iterator[ProxyFinding]:
    observed = replace(_observed(entry, routes, sequence), origin=origin)
    paid = entry.method not in _FREE
    turn = sequence.begin(paid)
    yield from islice(check_request(observed), _MOST_FOUND)
    if not entry.status:
        yield departs("no-answer", "body", "an answer", "nothing")
        sequence.observe(observed, turn, paid)
        return
    body = judged.redactor.strip(entry.body or b"")
    answered = replace(observed, status=entry.status, headers=entry.headers, body=body, ended=entry.ended)
    # Of a body that the file leaves out, only status and headers can be judged.
    yield from islice(
        check_answer(answered if entry.body is not None else replace(answered, method="HEAD")), _MOST_FOUND
    )
    yield from sequence.observe(answered, turn, paid)
    _cover(judged.covered, answered)


def _observed(entry: HarEntry, routes: Routes, sequence: SequenceChecker) -> ObservedExchange:
    route = routes.find(entry.path)
    endpoint: Endpoint = route.kind if route is not None and route.kind != "media" else "other"
    model = route.model if route is not None else None
    # Browsers leave keys out of what they save; only the service's own answer shows that there was none.
    keyed = KEY_HEADER in entry.request_headers or entry.status != _UNAUTHORIZED
    observed = ObservedExchange(
        endpoint,
        entry.method,
        entry.path,
        model,
        route.request_id if route is not None else None,
        keyed=keyed,
        announced=sequence.announced(entry.path),
        media_type=entry.request_headers.get("content-type", ""),
        began=entry.began,
        ended=entry.ended,
    )
    if entry.method != "POST":
        return observed
    try:
        payload: dict[str, Any] = parameters_in(parse_json(entry.request_body), route.parameters if route else "")
    except RequestRefused as refused:
        return replace(observed, malformed=refused.message if model is not None else None)
    if model is None:
        return replace(observed, payload=payload)
    violations = model.validate(payload)
    return replace(observed, payload=payload, violations=violations, doubts=[] if violations else model.advise(payload))


def _documented() -> dict[str, dict[str, bool]]:
    """Return the facts that the platform documents, none of them seen."""
    queue = PLATFORM.queue
    states = (*queue.pending, *queue.done, *queue.failed)
    documented = [str(status) for status, known in PLATFORM.statuses.items() if known.basis == "page"]
    headers = [header.name for header in PLATFORM.headers.values() if header.basis == "page"]
    kinds = {
        "endpoints": ("sync", "submit", "status", "result"),
        "states": states,
        "statuses": documented,
        "headers": headers,
    }
    return {kind: dict.fromkeys(names, False) for kind, names in kinds.items()}


def _cover(covered: dict[str, dict[str, bool]], answered: ObservedExchange) -> None:
    seen = {
        "endpoints": [answered.endpoint],
        "states": [find(answered.object, STATE)],
        "statuses": [str(answered.status)],
        "headers": list(answered.headers),
    }
    for kind, names in seen.items():
        for name in names:
            if isinstance(name, str) and name in covered[kind]:
                covered[kind][name] = True
