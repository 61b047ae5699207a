"""Check the headers of a response."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ..cases import item
from ..service.http import Response
from ..spec.contract import Platform
from ..spec.facts import Source

if TYPE_CHECKING:
    from ..service.checker import Checker

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3}(?![0-9]))?")
#: A time in seconds since 1970.
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
#: Headers whose numbers are never negative.
_NOT_NEGATIVE = frozenset({"generation_time", "cost"})
#: Headers that are not part of the contract: those of the mock, and those that servers add for browsers.
_IGNORED = re.compile(r"x-mock-|x-content-type-options$|x-frame-options$|x-xss-protection$|x-powered-by$")


def number_in(text: str | None) -> Decimal | None:
    """Return the first number in a header's value, which some services wrap into a list; None if there is none."""
    found = _NUMBER.search(text) if text else None
    return Decimal(found[0]) if found else None


def check_success(checker: Checker, response: Response, where: str, kind: str) -> None:
    """Check the headers of a response with an image (`sync`) or a new job (`submit`)."""
    for name, header in checker.platform.headers.items():
        if kind not in header.on:
            continue
        source = checker.platform.source(f"/headers/{name}", header.basis)
        value = response.headers.get(header.name.lower())
        checker.shown.add(item("header", name))
        if value is None:
            checker.report("missing-header", f"{where}, {header.name}", "the header", "none", source)
        elif header.type == "number" and (
            (number := number_in(value)) is None or (name in _NOT_NEGATIVE and number < 0)
        ):
            expected = "a number that is not negative" if name in _NOT_NEGATIVE else "a number"
            checker.report("bad-header", f"{where}, {header.name}", expected, value, source)
        elif name == "request_id" and not checker.service.run_state.is_new(value):
            checker.report("repeated-id", f"{where}, {header.name}", "an id of this request only", value, source)


def check_headers(checker: Checker, response: Response, where: str) -> None:
    """Check the headers of any response: no unknown `x-` header, and a correct content-length."""
    known = {header.name.lower() for header in checker.platform.headers.values()}
    for name in response.headers:
        if name.startswith("x-") and name not in known and not _IGNORED.match(name):
            if not (checker.service.strict or checker.service.run_state.is_first("unknown-header", name)):
                continue
            source = Source("platform.yaml, /headers, which does not name it", "inferred")
            checker.report("unknown-header", f"{where}, {name}", "no such header", response.headers[name], source)
    length = response.headers.get("content-length")
    if length is not None and "content-encoding" not in response.headers and length != str(len(response.body)):
        source = Source("HTTP", "page")
        checker.report("wrong-length", f"{where}, content-length", str(len(response.body)), length, source)


def check_reset(checker: Checker, response: Response, where: str, now: float) -> None:
    """Check the time at which a rate limit ends. `now` is the service's own time, in seconds since 1970."""
    header = checker.platform.headers.get("rate_limit_reset")
    if header is None or "rate_limited" not in header.on:
        return
    source = checker.platform.source("/headers/rate_limit_reset", header.basis)
    value = response.headers.get(header.name.lower())
    if value is None:
        checker.report("missing-header", f"{where}, {header.name}", "the header", "none", source)
    elif (reset := _time_in(value)) is None:
        checker.report("bad-header", f"{where}, {header.name}", "a time", value, source)
    elif reset <= now:
        checker.report("bad-header", f"{where}, {header.name}", "a time in the future", value, source)
    else:
        form = checker.platform.value_of("rate-limit-reset")
        if form is not None and (form == "epoch-s") != bool(_SECONDS.fullmatch(value)):
            assumed = checker.platform.assumed("rate-limit-reset")
            checker.report("bad-header", f"{where}, {header.name}", f"a time as {form}", value, assumed)


def waiting_time(platform: Platform, response: Response) -> float:
    """Return how many seconds a rate limit asks to wait; 5 if it does not say."""
    asked = response.headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,6}", asked):
        return float(asked)
    header = platform.headers.get("rate_limit_reset")
    reset = _time_in(response.headers.get(header.name.lower(), "")) if header is not None else None
    return 5.0 if reset is None else reset - time.time()


def _time_in(text: str) -> float | None:
    """Read a time in ISO 8601 (UTC by default) or in seconds since 1970. Return those seconds; None if invalid."""
    try:
        if _SECONDS.fullmatch(text):
            return float(text)
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
