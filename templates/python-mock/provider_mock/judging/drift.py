"""Check one request and its answer against the spec. Functions over plain data: no HTTP, no state, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from ..api.routes import path_of
from ..facts.assumptions import SUBMITTED
from ..facts.bodies import BODIES
from ..facts.statuses import INVALID
from ..spec.answers import find, header_number, verdict
from ..spec.platform import PLATFORM
from ..spec.service import Header
from .deliveries import check_sync
from .findings import Finding, assumed, departs, pointer
from .passage import NOTHING, Passage, origin_of
from .queue_answers import GOOD, RESULT_HAS_STATE, STATE, acceptor_of, outcome_of
from .schemas import basis_at, judge, kind_of

_QUEUE = PLATFORM.queue
_ROLES = PLATFORM.roles
#: Beyond this, two seeds that differ may be one number.
_EXACT = 2**53
#: The URLs that a submit answers with, by their roles, and the paths that they lead to.
_URLS = {"status_url": _QUEUE.status_path, "result_url": _QUEUE.result_path, "poll_url": _QUEUE.status_path}
#: What pictures begin with.
_MAGIC = (b"\xff\xd8", b"\x89PNG", b"RIFF", b"GIF8")


def check_request(passage: Passage) -> Iterator[Finding]:
    """Yield the findings about a request."""
    if not passage.keyed and passage.where != "other":
        yield departs("missing-key", PLATFORM.auth.header, "an API key", "none that is accepted here")
    if passage.where == "other":
        if passage.announced:
            return
        yield departs("unknown-path", "path", "a path of the spec", f"{passage.method} {passage.path}", "inferred")
        return
    posts = passage.where in ("sync", "submit")
    allowed = ("POST",) if posts else ("GET", "HEAD")
    if passage.method not in allowed:
        yield departs("wrong-method", "method", " or ".join(allowed), passage.method)
        return
    if not posts:
        return
    if passage.media_type.partition(";")[0].strip().lower() != "application/json":
        came = passage.media_type or "nothing"
        yield departs("request-type", "content-type", "application/json", came, "observed")
    if passage.malformed is not None:
        yield departs("malformed-body", "body", "a JSON object", passage.malformed)
    for code, doubted in (("invalid-parameter", passage.violations), ("doubtful-parameter", passage.doubts)):
        for violation in doubted:
            source = violation.source or "the model's page"
            expected = f"{violation.rule} {violation.allowed}" if violation.allowed is not None else violation.rule
            yield departs(code, pointer(violation.parameter), expected, violation.message, "page", source)


def check_answer(passage: Passage) -> Iterator[Finding]:
    """Yield the findings about an answer that need no other exchange."""
    where, status = passage.where, passage.status
    if where == "other" or not status:
        return
    good, read = status in GOOD[where], passage.method != "HEAD"
    acceptor = acceptor_of(passage.object) if where in ("status", "result") or not good else None
    if not good:
        yield from _check_status(passage)
    if read and acceptor is not None and acceptor.outcome == "failed":
        yield from _check_type(passage)
        yield from _check_object(passage, "failed")
    elif read and good:
        yield from _check_type(passage)
        if where == "sync":
            yield from check_sync(passage)
        else:
            yield from _check_object(passage, "submitted" if where == "submit" else where)
    elif read and status >= 400:
        yield from _check_error(passage)
    yield from _check_headers(passage)


def _check_status(passage: Passage) -> Iterator[Finding]:
    status, where = passage.status, passage.where
    if 200 <= status < 300 and where == "submit":
        yield assumed("submit-status", "status", str(SUBMITTED), status)
    elif where in ("status", "result") and verdict(_QUEUE.acceptors, status, passage.object) and status >= 300:
        return
    elif status not in PLATFORM.statuses:
        known = ", ".join(map(str, sorted({*GOOD[where], *PLATFORM.statuses})))
        yield departs("undocumented-status", "status", f"one of {known}", status)
    elif status == INVALID and passage.model is not None and passage.payload is not None and not passage.violations:
        doubts = f"; the validator doubts {', '.join(d.parameter for d in passage.doubts)}" if passage.doubts else ""
        came = f"{status}: {error_text(passage) or 'no words'}{doubts}"
        yield departs("refused-valid", "status", "no refusal, since nothing is wrong by the page", came)


def _check_error(passage: Passage) -> Iterator[Finding]:
    known = PLATFORM.statuses.get(passage.status)
    content = passage.object
    if known is not None and known.media_type.startswith("text/html"):
        if content is not None or passage.says_json:
            came = passage.declared or "JSON"
            yield departs(
                "error-type", "content-type", known.media_type, came, "observed", f"statuses/{passage.status}"
            )
        return
    if content is not None:
        yield from _check_type(passage)
    if error_text(passage) is None:
        came = "another JSON" if passage.content is not NOTHING else f"{passage.declared or 'no type'}, no JSON"
        if content is not None:
            came = f"the keys {', '.join(content) or '(none)'}"
        yield assumed("error-body", _ROLES["error_text"], "a text", came, "error-envelope")


def error_text(passage: Passage) -> str | None:
    """The words of an error, where the platform has them; None if they are not there."""
    words = find(passage.object, _ROLES["error_text"])
    return words if isinstance(words, str) else None


def _check_type(passage: Passage) -> Iterator[Finding]:
    """Yield findings where the content type and the body disagree about JSON. Images have their own check."""
    if passage.content is NOTHING:
        # A picture that is declared as JSON is told by its bytes.
        if passage.says_json and passage.body and not passage.body.startswith(_MAGIC):
            yield departs("malformed-json", "body", "JSON, as declared", f"{len(passage.body)} bytes that are none")
    elif not passage.says_json:
        yield departs("content-type-mismatch", "content-type", "application/json", passage.declared or "nothing")


def _check_object(passage: Passage, name: str) -> Iterator[Finding]:
    """The JSON objects of the queue: their keys and types, and the URLs in them. `name` is that of the body."""
    content = passage.object
    if content is None:
        if not passage.body:
            yield departs("empty-body", "body", "a JSON object", "nothing")
        elif passage.content is not NOTHING or not passage.says_json:
            came = "no JSON" if passage.content is NOTHING else kind_of(passage.content)
            yield departs("wrong-type", "body", "a JSON object", came)
        return
    early = name == "result" and outcome_of("result", passage.status, content) != "done"
    if early and not RESULT_HAS_STATE:
        yield from judge(BODIES.get("status", {}), content)
        return
    yield from judge(BODIES.get(name, {}), content, partial=early)
    if early and find(content, STATE, NOTHING) is NOTHING:
        yield departs("missing-field", STATE, "the state of the job", "nothing", basis_at("status", STATE))
    if name == "submitted":
        yield from _check_urls(passage, content)


def _check_urls(passage: Passage, content: Mapping[str, Any]) -> Iterator[Finding]:
    request_id = find(content, _ROLES.get("request_id"))
    for role, template in _URLS.items():
        place = _ROLES.get(role)
        url = find(content, place)
        if place is None or not isinstance(url, str):
            continue
        origin, basis = origin_of(url), basis_at("submitted", place)
        if origin is not None and origin != passage.origin:
            yield departs("foreign-url", place, f"a URL at {passage.origin}", url, basis)
        if not isinstance(request_id, str):
            continue
        wanted = path_of(template, passage.model.slug if passage.model is not None else "", request_id)
        if unquote(urlsplit(url).path if origin is not None else url) != wanted:
            yield departs("wrong-url", place, wanted, url, basis)


def _check_headers(passage: Passage) -> Iterator[Finding]:
    where = "rate_limited" if _is_rate_limit(passage.status) else passage.where
    good = passage.status in GOOD[passage.where]
    for name, header in PLATFORM.headers.items():
        if header.type == "string":
            continue
        value = passage.headers.get(header.name)
        if value is None:
            if where in header.on and (good or where == "rate_limited"):
                # A page speaks of one kind of answer. On the others a header has only been seen.
                basis = header.basis if where == header.on[0] else "observed"
                yield departs("missing-header", header.name, header.meaning, "nothing", basis)
        elif header.type == "number" and header_number(value) is None:
            yield departs("bad-header", header.name, "a number", value, header.basis)
        elif header.type == "time" and where == "rate_limited" and not _is_time(value):
            yield departs("bad-header", header.name, "a time", value, header.basis)
        if name == "seed" and good:
            yield from _check_seed(passage, header)


def _check_seed(passage: Passage, header: Header) -> Iterator[Finding]:
    asked = (passage.payload or {}).get("seed")
    used = header_number(passage.headers.get(header.name))
    if type(asked) is int and 0 <= asked <= _EXACT and used is not None and used != asked:
        yield departs("wrong-seed", header.name, str(asked), passage.headers[header.name], header.basis)


def _is_rate_limit(status: int) -> bool:
    documented = PLATFORM.statuses.get(status)
    return documented is not None and documented.role == "rate_limited"


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return header_number(text) is not None
    return True
