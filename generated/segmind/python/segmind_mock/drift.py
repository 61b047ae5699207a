"""Where one request and its answer depart from the spec. Functions over plain data: no HTTP, no state, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from .deliveries import check_outputs, check_sync
from .findings import Finding, assumed, departs, pointer
from .images import number_in
from .passage import NOTHING, Passage, origin_of
from .spec.facts import Basis
from .spec.platform import PLATFORM

_QUEUE = PLATFORM.queue
#: The keys of each JSON object that the queue answers with, their types, and what they rest on.
_FIELDS: Mapping[str, Mapping[str, tuple[str, Basis]]] = {
    "submit": {
        "request_id": ("a text", "page"),
        "status_url": ("a text", "page"),
        "response_url": ("a text", "page"),
        "status": ("a text", "observed"),
        "poll_url": ("a text", "observed"),
    },
    "status": {"status": ("a text", "page"), "metrics": ("an object", "observed")},
    "result": {
        "status": ("a text", "page"),
        "output": ("a text or a list", "page"),
        "metrics": ("an object", "page"),
        "images": ("a list", "observed"),
    },
    "failed": {"status": ("a text", "page"), PLATFORM.roles["error_text"][1:]: ("a text", "page"), "metrics": ("an object", "page")},
}
_KINDS: Mapping[str, tuple[type, ...]] = {
    "a text": (str,),
    "an object": (dict,),
    "a list": (list,),
    "a text or a list": (str, list),
    "a number": (int, float),
}
#: Beyond this, two seeds that differ may be one number.
_EXACT = 2**53
#: Headers with a number, by our own names for them, and where each is looked for.
_NUMBERS = {
    "remaining_credits": ("sync", "submit"),
    "cost": ("sync", "submit"),
    "generation_time": ("sync",),
    "seed": ("sync",),
}


def check_request(passage: Passage) -> Iterator[Finding]:
    """What is wrong with what the caller sent."""
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
    """What is wrong with the answer, as far as it shows by itself."""
    where, status = passage.where, passage.status
    if where == "other" or not status:
        return
    if status == 200 and passage.method != "HEAD":
        yield from _check_type(passage)
        if where == "sync":
            yield from check_sync(passage)
        else:
            yield from _check_object(passage)
    elif status != 200:
        yield from _check_status(passage)
        if passage.method != "HEAD" and (passage.object or {}).get("status") in _QUEUE.failed:
            yield from _check_type(passage)
            yield from _check_object(passage)
        elif status >= 400 and passage.method != "HEAD":
            yield from _check_error(passage)
    yield from _check_headers(passage)


def _check_status(passage: Passage) -> Iterator[Finding]:
    status = passage.status
    if 200 < status < 300 and passage.where == "submit":
        yield assumed("submit-status", "status", "200", status)
    elif status not in PLATFORM.statuses:
        known = ", ".join(map(str, (200, *sorted(PLATFORM.statuses))))
        yield departs("undocumented-status", "status", f"one of {known}", status)
    elif status == 400 and passage.model is not None and passage.payload is not None and not passage.violations:
        doubts = f"; the validator doubts {', '.join(d.parameter for d in passage.doubts)}" if passage.doubts else ""
        came = f"{status}: {error_text(passage) or 'no words'}{doubts}"
        yield departs("refused-valid", "status", "200, since nothing is wrong by the page", came)


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
        yield assumed("error-body", pointer(PLATFORM.roles["error_text"][1:]), "a text", came, "error-envelope")


def error_text(passage: Passage) -> str | None:
    """The words of an error, where the platform has them; None if they are not there."""
    words = (passage.object or {}).get(PLATFORM.roles["error_text"][1:])
    return words if isinstance(words, str) else None


def _check_type(passage: Passage) -> Iterator[Finding]:
    """Does the answer that is JSON say so, and is it JSON if it says so? Pictures have their own check."""
    if passage.content is NOTHING:
        # A picture that is declared as JSON is told by its bytes.
        if (
            passage.says_json
            and passage.body
            and not passage.body.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF", b"GIF8"))
        ):
            yield departs("malformed-json", "body", "JSON, as declared", f"{len(passage.body)} bytes that are none")
    elif not passage.says_json:
        yield departs("content-type-mismatch", "content-type", "application/json", passage.declared or "nothing")


def _check_object(passage: Passage) -> Iterator[Finding]:
    """The JSON objects of the queue: their keys and types, and the URLs in them."""
    content = passage.object
    if content is None:
        if not passage.body:
            yield departs("empty-body", "body", "a JSON object", "nothing")
        elif passage.content is not NOTHING or not passage.says_json:
            came = "no JSON" if passage.content is NOTHING else _type(passage.content)
            yield departs("wrong-type", "body", "a JSON object", came)
        return
    where: str = passage.where
    state = content.get("status")
    if state in _QUEUE.failed:
        where = "failed"
    fields = _FIELDS[where]
    early = where == "result" and state not in _QUEUE.done
    for name, (kind, basis) in fields.items():
        if name in content:
            if not isinstance(content[name], _KINDS[kind]):
                yield departs("wrong-type", pointer(name), kind, _type(content[name]), basis)
        elif not early or name == "status":
            yield departs("missing-field", pointer(name), kind, "nothing", basis)
    for name in content:
        if name not in fields:
            yield departs("additional-field", pointer(name), "no such key", _type(content[name]), "inferred")
    if where == "submit":
        yield from _check_urls(passage, content)
    elif where == "result" and not early:
        metrics = content.get("metrics")
        if isinstance(metrics, dict):
            time = cast("dict[str, Any]", metrics).get("inference_time")
            if time is None:
                yield departs("missing-field", "/metrics/inference_time", "a number", "nothing")
            elif _type(time) != "a number":
                yield departs("wrong-type", "/metrics/inference_time", "a number", _type(time))
        yield from check_outputs(passage, content)


def _check_urls(passage: Passage, content: Mapping[str, Any]) -> Iterator[Finding]:
    request_id = content.get("request_id")
    templates: tuple[tuple[str, str, Basis], ...] = (
        ("status_url", _QUEUE.status_path, "page"),
        ("response_url", _QUEUE.result_path, "page"),
        ("poll_url", _QUEUE.status_path, "observed"),
    )
    for name, template, basis in templates:
        url = content.get(name)
        if not isinstance(url, str):
            continue
        origin = origin_of(url)
        wanted = template.replace("{request_id}", request_id) if isinstance(request_id, str) else None
        if origin is None:
            sure: Basis = "sdk" if basis == "page" else basis
            yield departs("relative-url", pointer(name), "an absolute URL", url, sure)
        elif origin != passage.origin:
            yield departs("foreign-url", pointer(name), f"a URL at {passage.origin}", url, basis)
        if wanted is not None and unquote(urlsplit(url).path if origin is not None else url) != wanted:
            yield departs("wrong-url", pointer(name), wanted, url, basis)


def _check_headers(passage: Passage) -> Iterator[Finding]:
    for name, places in _NUMBERS.items():
        header = PLATFORM.headers.get(name)
        if header is None:
            continue
        value = passage.headers.get(header.name)
        if value is None:
            if passage.status == 200 and passage.where in places:
                # The page that has it speaks of the answer with the picture; elsewhere it is only seen.
                basis = header.basis if passage.where == "sync" else "observed"
                yield departs("missing-header", header.name, header.meaning, "nothing", basis)
        elif number_in(value) is None:
            yield departs("bad-header", header.name, "a number", value, header.basis)
    header = PLATFORM.headers.get("seed")
    asked = (passage.payload or {}).get("seed")
    if header is not None and passage.status == 200 and type(asked) is int and 0 <= asked <= _EXACT:
        used = number_in(passage.headers.get(header.name))
        if used is not None and used != asked:
            yield departs("wrong-seed", header.name, str(asked), passage.headers[header.name], header.basis)
    header = PLATFORM.headers.get("rate_limit_reset")
    if header is not None and passage.status == 429:
        until = passage.headers.get(header.name)
        if until is None:
            yield departs("missing-header", header.name, header.meaning, "nothing", header.basis)
        elif not _is_time(until):
            yield departs("bad-header", header.name, "a time", until, header.basis)


def _type(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a boolean"
    return next(kind for kind, types in _KINDS.items() if isinstance(value, types))


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return number_in(text) is not None
    return True
