"""Check one request and its answer against the spec. Functions over plain data: no HTTP, no state, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from ..api.routes import path_of
from ..formats.file_info import UnreadableFile
from ..formats.measure import measure
from ..platform.assumptions import SUBMITTED
from ..platform.bodies import BODIES, bodies_of
from ..platform.statuses import INVALID
from ..spec.answers import find, header_number, verdict
from ..spec.catalog import MEDIA
from ..spec.origins import origin_of
from ..spec.platform import PLATFORM
from ..spec.service import Header
from .delivered_files import check_sync
from .findings import ProxyFinding, assumed, departs, pointer
from .observed_exchange import NOT_JSON, ObservedExchange
from .queue_answers import GOOD_STATUSES, RESULT_HAS_STATE, STATE, acceptor_of, outcome_of
from .schemas import basis_at, check_schema, kind_of

_QUEUE = PLATFORM.queue
_ROLES = PLATFORM.roles
#: Above this, two different seeds may be the same double.
_EXACT = 2**53
#: The URLs that a submit answers with, by their roles, and the paths that they lead to.
_URLS = {"status_url": _QUEUE.status_path, "result_url": _QUEUE.result_path, "poll_url": _QUEUE.status_path}


def check_request(observed: ObservedExchange) -> Iterator[ProxyFinding]:
    """Yield the findings about a request."""
    if not observed.keyed and observed.endpoint != "other":
        yield departs("missing-key", PLATFORM.auth.header, "an API key", "none that is accepted here")
    if observed.endpoint == "other":
        if observed.announced:
            return
        yield departs("unknown-path", "path", "a path of the spec", f"{observed.method} {observed.path}", "inferred")
        return
    posts = observed.endpoint in ("sync", "submit")
    allowed = ("POST",) if posts else ("GET", "HEAD")
    if observed.method not in allowed:
        yield departs("wrong-method", "method", " or ".join(allowed), observed.method)
        return
    if not posts:
        return
    if observed.media_type.partition(";")[0].strip().lower() != "application/json":
        got = observed.media_type or "nothing"
        yield departs("request-type", "content-type", "application/json", got, "observed")
    if observed.malformed is not None:
        yield departs("malformed-body", "body", "a JSON object", observed.malformed)
    for code, doubted in (("invalid-parameter", observed.violations), ("doubtful-parameter", observed.doubts)):
        for violation in doubted:
            source = violation.source or "the model's page"
            expected = f"{violation.rule} {violation.allowed}" if violation.allowed is not None else violation.rule
            yield departs(code, pointer(violation.parameter), expected, violation.message, "page", source)


def check_answer(observed: ObservedExchange) -> Iterator[ProxyFinding]:
    """Yield the findings about an answer that need no other exchange."""
    endpoint, status = observed.endpoint, observed.status
    if endpoint == "other" or not status:
        return
    good, read = status in GOOD_STATUSES[endpoint], observed.method != "HEAD"
    acceptor = acceptor_of(observed.object) if endpoint in ("status", "result") or not good else None
    if not good:
        yield from _check_status(observed)
    if read and acceptor is not None and acceptor.outcome == "failed":
        yield from _check_type(observed)
        yield from _check_object(observed, "failed")
    elif read and good:
        yield from _check_type(observed)
        if endpoint == "sync":
            yield from check_sync(observed)
        else:
            yield from _check_object(observed, "submitted" if endpoint == "submit" else endpoint)
    elif read and status >= 400:
        yield from _check_error(observed)
    yield from _check_headers(observed)


def _check_status(observed: ObservedExchange) -> Iterator[ProxyFinding]:
    status, endpoint = observed.status, observed.endpoint
    if 200 <= status < 300 and endpoint == "submit":
        yield assumed("submit-status", "status", str(SUBMITTED), status)
    elif endpoint in ("status", "result") and verdict(_QUEUE.acceptors, status, observed.object) and status >= 300:
        return
    elif status not in PLATFORM.statuses:
        known = ", ".join(map(str, sorted({*GOOD_STATUSES[endpoint], *PLATFORM.statuses})))
        yield departs("undocumented-status", "status", f"one of {known}", status)
    elif status == INVALID and observed.model is not None and observed.payload is not None and not observed.violations:
        doubts = f"; the validator doubts {', '.join(d.parameter for d in observed.doubts)}" if observed.doubts else ""
        got = f"{status}: {error_text(observed) or 'no message'}{doubts}"
        yield departs("refused-valid", "status", "success, since the request is valid by the page", got)


def _check_error(observed: ObservedExchange) -> Iterator[ProxyFinding]:
    known = PLATFORM.statuses.get(observed.status)
    content = observed.object
    if known is not None and known.media_type.startswith("text/html"):
        if content is not None or observed.says_json:
            got = observed.declared or "JSON"
            yield departs(
                "error-type", "content-type", known.media_type, got, "observed", f"statuses/{observed.status}"
            )
        return
    if content is not None:
        yield from _check_type(observed)
    if error_text(observed) is None:
        got = "another JSON" if observed.content is not NOT_JSON else f"{observed.declared or 'no type'}, no JSON"
        if content is not None:
            got = f"the keys {', '.join(content) or '(none)'}"
        yield assumed("error-body", _ROLES["error_text"], "a text", got, "error-envelope")


def error_text(observed: ObservedExchange) -> str | None:
    """Return the message of an error; None if it is not where the platform has it."""
    words = find(observed.object, _ROLES["error_text"])
    return words if isinstance(words, str) else None


def _check_type(observed: ObservedExchange) -> Iterator[ProxyFinding]:
    """Yield findings if the content type and the body disagree about JSON. Files have their own check."""
    if observed.content is NOT_JSON:
        # A file that is declared as JSON is recognised by its bytes.
        if observed.says_json and observed.body and not _is_file(observed.body):
            yield departs("malformed-json", "body", "JSON, as declared", f"{len(observed.body)} bytes that are none")
    elif not observed.says_json:
        yield departs("content-type-mismatch", "content-type", "application/json", observed.declared or "nothing")


def _is_file(body: bytes) -> bool:
    try:
        measure(body)
    except UnreadableFile as unread:
        return unread.media_type != UnreadableFile.media_type
    return True


def _check_object(observed: ObservedExchange, name: str) -> Iterator[ProxyFinding]:
    """Yield the findings about a JSON object of the queue: keys, types and URLs. `name` is that of the body."""
    content = observed.object
    if content is None:
        if not observed.body:
            yield departs("empty-body", "body", "a JSON object", "nothing")
        elif observed.content is not NOT_JSON or not observed.says_json:
            got = "no JSON" if observed.content is NOT_JSON else kind_of(observed.content)
            yield departs("wrong-type", "body", "a JSON object", got)
        return
    early = name == "result" and outcome_of("result", observed.status, content) != "done"
    if early and not RESULT_HAS_STATE:
        yield from check_schema(BODIES.get("status", {}), content)
        return
    yield from _check_body(observed, name, content, early)
    if early and find(content, STATE, NOT_JSON) is NOT_JSON:
        yield departs("missing-field", STATE, "the state of the job", "nothing", basis_at("status", STATE))
    if name == "submitted":
        yield from _check_urls(observed, content)


def _check_body(
    observed: ObservedExchange, name: str, content: Mapping[str, Any], partial: bool
) -> Iterator[ProxyFinding]:
    """Yield the findings about keys and types. If the medium of a job is unknown, the one that fits best counts."""
    media = MEDIA if name == "result" and observed.medium is None else [observed.medium or "image"]
    tried = [list(check_schema(bodies_of(medium).get(name, {}), content, partial=partial)) for medium in media]
    yield from min(tried, key=len)


def _check_urls(observed: ObservedExchange, content: Mapping[str, Any]) -> Iterator[ProxyFinding]:
    request_id = find(content, _ROLES.get("request_id"))
    for role, template in _URLS.items():
        place = _ROLES.get(role)
        url = find(content, place)
        if place is None or not isinstance(url, str):
            continue
        origin, basis = origin_of(url), basis_at("submitted", place)
        if origin is not None and origin != observed.origin:
            yield departs("foreign-url", place, f"a URL at {observed.origin}", url, basis)
        if not isinstance(request_id, str):
            continue
        wanted = path_of(template, observed.model.slug if observed.model is not None else "", request_id)
        if unquote(urlsplit(url).path if origin is not None else url) != wanted:
            yield departs("wrong-url", place, wanted, url, basis)


def _check_headers(observed: ObservedExchange) -> Iterator[ProxyFinding]:
    endpoint = "rate_limited" if _is_rate_limit(observed.status) else observed.endpoint
    good = observed.status in GOOD_STATUSES[observed.endpoint]
    for name, header in PLATFORM.headers.items():
        if header.type == "string":
            continue
        value = observed.headers.get(header.name)
        if value is None:
            if endpoint in header.on and (good or endpoint == "rate_limited"):
                # A page documents the header for one endpoint. For the others it has only been observed.
                basis = header.basis if endpoint == header.on[0] else "observed"
                yield departs("missing-header", header.name, header.meaning, "nothing", basis)
        elif header.type == "number" and header_number(value) is None:
            yield departs("bad-header", header.name, "a number", value, header.basis)
        elif header.type == "time" and endpoint == "rate_limited" and not _is_time(value):
            yield departs("bad-header", header.name, "a time", value, header.basis)
        if name == "seed" and good:
            yield from _check_seed(observed, header)


def _check_seed(observed: ObservedExchange, header: Header) -> Iterator[ProxyFinding]:
    asked = (observed.payload or {}).get("seed")
    used = header_number(observed.headers.get(header.name))
    if type(asked) is int and 0 <= asked <= _EXACT and used is not None and used != asked:
        yield departs("wrong-seed", header.name, str(asked), observed.headers[header.name], header.basis)


def _is_rate_limit(status: int) -> bool:
    documented = PLATFORM.statuses.get(status)
    return documented is not None and documented.role == "rate_limited"


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return header_number(text) is not None
    return True
