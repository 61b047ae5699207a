"""The validation proxy: forwards requests to the real service, and reports where either side departs from the spec.

The caller's key is not forwarded; the proxy's own key is only sent to the service. A request that may cost money is
counted before it is forwarded. One beyond the limit, or that the validator refuses, is not forwarded.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import NamedTuple

from ..api.exchange import Exchange, sent_key
from ..api.routes import Route
from ..api.scenario_choice import has_scenario
from ..checks.drift import check_answer, check_request, error_text
from ..checks.findings import ProxyFinding, departs
from ..checks.observed_exchange import Endpoint, ObservedExchange
from ..checks.sequence import SequenceChecker
from ..platform.statuses import INVALID
from ..program import PACKAGE
from ..server.asgi import Answer, Request, error_answer, error_body, json_answer, shown
from ..server.hosts import ELSEWHERE
from ..server.limits import RequestRefused, parameters_in, parse_json, refusal
from ..spec.answers import find
from ..spec.origins import origin_of
from ..spec.platform import PLATFORM
from ..state.redaction import SHORTEST_KEY
from .failure_causes import SendTracker
from .headers import DRIFT, FINDINGS, SOURCE
from .paths import AmbiguousPath, check_path
from .recording import Recorder
from .rewriting import move, rewrite, split_query
from .upstream import Reply, Upstream, UpstreamError, for_caller
from .upstream_route import UpstreamRoute

log = logging.getLogger(PACKAGE)

#: Methods that are never billed.
_FREE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Maximum findings per check of one exchange, since an object may have a hundred thousand unknown keys.
_MOST_FOUND = 50
#: Size in bytes from which bodies are processed in a thread; a file in base64 can have 30 MB.
_LONG = 1 << 20
#: Status of an answer when no paid calls are left.
_BUDGET_SPENT = known.status if (known := PLATFORM.status("no_credits")) is not None else 402


class ProxySettings(NamedTuple):
    """Settings of a proxy. `key` is only sent to the service; at most `most_paid` billable requests are forwarded.

    `origin` is the service's. If it is the platform's own, and the platform's queue has another origin, requests to the
    queue are sent there.
    """

    origin: str
    key: str
    most_paid: int
    forward_invalid: bool = False
    route: UpstreamRoute = UpstreamRoute()

    def origin_for(self, endpoint: Endpoint) -> str:
        """Return the origin for requests to this endpoint."""
        return self.origins[-1] if endpoint in ("submit", "status", "result") else self.origin

    @property
    def origins(self) -> tuple[str, ...]:
        """All origins of the service: that of synchronous calls, and that of the queue if it differs."""
        queue = origin_of(PLATFORM.queue.base_url)
        if queue is None or queue == self.origin or self.origin != origin_of(PLATFORM.base_url):
            return (self.origin,)
        return (self.origin, queue)


class Proxy:
    """A responder that forwards requests to the service. Create it before the first request."""

    def __init__(
        self,
        proxy_settings: ProxySettings,
        recorder: Recorder | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.proxy_settings = proxy_settings
        self.recorder = recorder
        self.paid = 0
        self.passed = 0
        self.refused = 0
        self.unsent = 0
        self.unanswered = 0
        self.cut_off = 0
        self._ticks = ticks
        self._sequence = SequenceChecker()
        self._via = f"1.1 provider-mock-{secrets.token_hex(4)}"
        self._upstream = Upstream(proxy_settings.key, self._via, proxy_settings.route)

    async def close(self) -> None:
        """Close the connections to the service."""
        await self._upstream.close()

    async def __call__(self, exchange: Exchange) -> Answer:
        """Return the answer to one request: the service's, or a refusal of the proxy."""
        try:
            answer = await self._answer(exchange)
        except RequestRefused as refused:
            answer = error_answer(refused.status, refused.message)
            if answer.body[:1] != b"{":
                answer = json_answer(error_body(refused.message), refused.status)
                answer.refusal = refused.message
            answer.add(SOURCE, "proxy")
        except UpstreamError as failed:
            answer = json_answer(error_body(failed.message), failed.status)
            answer.refusal = failed.message
            answer.add(SOURCE, "proxy")
        found = exchange.findings
        answer.add(DRIFT, sum(finding.severity == "drift" for finding in found))
        if found:
            answer.add(FINDINGS, ",".join(dict.fromkeys(finding.code for finding in found)))
        return answer

    async def _answer(self, exchange: Exchange) -> Answer:
        request = exchange.request
        self._check_caller(exchange)
        # The mock alone answers below this prefix.
        route = exchange.mock.routes.find(request.path) if not request.path.startswith(ELSEWHERE) else None
        if route is not None and route.kind != "media":
            exchange.request_id = route.request_id
            exchange.slug = route.slug
            exchange.pointer = route.parameters
        keyed = exchange.mock.identify(request.headers) is not None
        if await has_scenario(exchange):
            raise RequestRefused(400, "Scenarios only work with the mock, not with this proxy. Nothing was sent.")
        observed = _read(exchange, route, keyed, self._sequence.announced(request.path))
        medium = self._sequence.medium_of(exchange.request_id) if observed.endpoint == "result" else None
        observed = replace(observed, medium=medium)
        query, secret = split_query(request.query, sent_key(request.headers))
        found = exchange.findings
        found += (departs("key-in-query", "query", "no secret in the URL", name) for name in secret)
        found += islice(check_request(observed), _MOST_FOUND)
        paid = request.method not in _FREE
        if not keyed and (paid or observed.endpoint != "other"):
            raise refusal("unauthorized")
        if paid:
            self._pay(observed)
        return await self._forward(exchange, observed, query, paid)

    def _check_caller(self, exchange: Exchange) -> None:
        """Raise RequestRefused for web pages of other hosts, for loops, and for invalid paths."""
        request = exchange.request
        if not exchange.mock.answers_page(request):
            message = (
                "The proxy does not answer web pages of other hosts, since it spends money, unless --cors allows it"
            )
            raise RequestRefused(403, f"{message}: Origin is {shown(request.headers, b'origin')}.")
        if self._via.encode("ascii") in request.headers.get(b"via", b""):
            raise RequestRefused(400, "This request came from the proxy itself: --proxy is set to its own address.")
        try:
            decoded, routes = check_path(request.path), exchange.mock.routes
            if decoded != request.path and routes.find(decoded) != routes.find(request.path):
                raise AmbiguousPath(f"leads to another endpoint if it is decoded again ({decoded[:100]!a})")
        except AmbiguousPath as error:
            raise RequestRefused(
                400, f"The path {error}, which servers read in different ways. Nothing was sent."
            ) from None
        key = sent_key(request.headers)
        if key and len(key) >= SHORTEST_KEY:
            if key in request.path:
                raise RequestRefused(400, "The path contains the caller's API key. Nothing was sent.")
            # As a value of its own: within a text, a short key may be a word.
            if f'"{key}"'.encode("latin-1", "replace") in request.body:
                raise RequestRefused(400, "The body contains the caller's API key. Nothing was sent.")

    def _pay(self, observed: ObservedExchange) -> None:
        """Count a request that may be billed. Raises RequestRefused if it must not be forwarded. Must not await."""
        if not self.proxy_settings.forward_invalid:
            wrong = observed.malformed or "; ".join(map(str, observed.violations))
            if wrong:
                self.refused += 1
                raise RequestRefused(INVALID, f"{wrong} Nothing was sent; --forward-invalid forwards such requests.")
        most = self.proxy_settings.most_paid
        if self.paid >= most:
            self.refused += 1
            raise RequestRefused(
                _BUDGET_SPENT,
                f"The proxy has made {most} paid calls, the maximum of --max-paid-calls. Nothing was sent.",
            )
        self.paid += 1

    async def _forward(self, exchange: Exchange, observed: ObservedExchange, query: str, paid: bool) -> Answer:
        request, found = exchange.request, exchange.findings
        keyed = observed.keyed
        turn = self._sequence.begin(paid)
        observed = replace(observed, began=self._ticks(), origin=self.proxy_settings.origin_for(observed.endpoint))
        self.passed += 1
        tracker = SendTracker()
        try:
            reply = await self._upstream.send(request, observed.origin, query, keyed, tracker)
        except BaseException as error:
            self._sequence.observe(observed, turn, paid)
            if tracker.sent:
                self.unanswered += 1
            else:
                self.passed -= 1
                self.paid -= paid
                self.unsent += 1
            if isinstance(error, UpstreamError):
                found.append(departs(error.code, "body", "an answer", error.message))
                log.warning(
                    "%s", exchange.mock.redactor.clean(f"{request.method} {request.path[:200]}: {error.message}")
                )
                self._log_findings(exchange)
            else:
                # The proxy is shutting down.
                self.cut_off += paid and tracker.sent
            raise
        ended = self._ticks()
        check = partial(_check_reply, observed, reply, exchange.mock.redactor.strip)
        # Checking a long answer takes time and must not block other requests.
        reply, observed, own = await asyncio.to_thread(check) if len(reply.body) > _LONG else check()
        observed = replace(observed, ended=ended)
        found += own
        found += self._sequence.observe(observed, turn, paid)
        exchange.request_id = exchange.request_id or _name_of(observed)
        self._log_findings(exchange)
        if self.recorder is not None:
            number, codes = self.recorder.number(), [finding.code for finding in found]
            kept, key = request._replace(query=query), sent_key(request.headers)
            await asyncio.to_thread(self.recorder.keep, number, kept, reply, key, codes)
        returned = partial(self._returned, request, reply, error_text(observed) if reply.status >= 400 else None)
        return await asyncio.to_thread(returned) if len(reply.body) > _LONG else returned()

    def _returned(self, request: Request, reply: Reply, message: str | None) -> Answer:
        """Return the service's answer for the caller, with its URLs moved to the proxy."""
        new, body = request.origin, reply.body
        for old in self.proxy_settings.origins:
            body = rewrite(body, old, new)
        answer = Answer(reply.status, body)
        if reply.status >= 400:
            answer.refusal = message or f"{reply.status} of the service"
        answer.own = False
        answer.headers = [(b"content-length", b"%d" % len(answer.body))]
        for name, value in for_caller(reply.headers):
            answer.add(name, self._moved(value, new) if name == "location" else value)
        answer.add(SOURCE, "service")
        return answer

    def _moved(self, url: str, new: str) -> str:
        """Return a URL of the service moved to the proxy."""
        return next((moved for old in self.proxy_settings.origins if (moved := move(url, old, new)) is not None), url)

    def _log_findings(self, exchange: Exchange) -> None:
        clean = exchange.mock.redactor.clean
        for finding in exchange.findings:
            level = logging.WARNING if finding.severity == "drift" else logging.INFO
            line = f"{finding.severity} ({finding.side}) {exchange.request.method} {exchange.request.path[:200]}: {finding}"
            log.log(level, "%s", clean(line))


def _read(exchange: Exchange, route: Route | None, keyed: bool, announced: bool) -> ObservedExchange:
    """Read the request as plain data with its violations."""
    request = exchange.request
    endpoint: Endpoint = route.kind if route is not None and route.kind != "media" else "other"
    model = route.model if route is not None else None
    observed = ObservedExchange(
        endpoint,
        request.method,
        request.path,
        model,
        exchange.request_id,
        keyed=keyed,
        announced=announced,
        media_type=request.headers.get(b"content-type", b"").decode("latin-1"),
    )
    if request.method != "POST":
        return observed
    try:
        payload = exchange.payload = parameters_in(parse_json(request.body), exchange.pointer)
    except RequestRefused as refused:
        return replace(observed, malformed=refused.message if model is not None else None)
    if model is None:
        return replace(observed, payload=payload)
    violations = model.validate(payload)
    return replace(observed, payload=payload, violations=violations, doubts=[] if violations else model.advise(payload))


def _name_of(observed: ObservedExchange) -> str | None:
    """Return the service's id of a request."""
    header = PLATFORM.headers.get("request_id")
    line = find(observed.object, PLATFORM.roles.get("request_id")) if observed.endpoint == "submit" else None
    line = line or (observed.headers.get(header.name) if header is not None else None)
    return line[:100] if isinstance(line, str) else None


def _check_reply(
    observed: ObservedExchange, reply: Reply, strip: Callable[[bytes], bytes]
) -> tuple[Reply, ObservedExchange, list[ProxyFinding]]:
    """Return the reply without keys, the exchange, and the findings about it."""
    reply, echoed = _without_keys(reply, strip)
    found = [departs("key-echoed", "answer", "no API key", "a key in headers or body")] if echoed else []
    observed = replace(observed, status=reply.status, headers=dict(reply.headers), body=reply.body)
    return reply, observed, [*found, *islice(check_answer(observed), _MOST_FOUND)]


def _without_keys(reply: Reply, strip: Callable[[bytes], bytes]) -> tuple[Reply, bool]:
    """Return the reply without known keys, and whether it contained one."""
    body = strip(reply.body)
    headers = [(name, strip(value.encode("latin-1", "replace")).decode("latin-1")) for name, value in reply.headers]
    echoed = body != reply.body or headers != reply.headers
    return Reply(reply.status, headers, body), echoed
