"""The headers of an answer: those that the spec names, and their values."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ..service.wire import Answer
from ..spec.contract import Platform
from ..spec.facts import Source

if TYPE_CHECKING:
    from ..service.probe import Probe

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3}(?![0-9]))?")
#: A time in seconds since 1970.
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
#: Our names of numbers that are never below zero.
_NOT_NEGATIVE = frozenset({"generation_time", "cost"})
#: Names that say nothing about the service: the mock's own, and what servers add for browsers.
_IGNORED = re.compile(r"x-mock-|x-content-type-options$|x-frame-options$|x-xss-protection$|x-powered-by$")


def number_in(text: str | None) -> Decimal | None:
    """The first number in a header's value, which some workers wrap into a list; None if there is none."""
    found = _NUMBER.search(text) if text else None
    return Decimal(found[0]) if found else None


def check_good(probe: Probe, answer: Answer, where: str, kind: str) -> None:
    """The headers that an answer with a picture (`sync`) or a new job (`submit`) carries."""
    for name, header in probe.platform.headers.items():
        if kind not in header.on:
            continue
        source = probe.platform.source(f"/headers/{name}", header.basis)
        value = answer.headers.get(header.name.lower())
        if value is None:
            probe.note("missing-header", f"{where}, {header.name}", "the header", "none", source)
        elif header.type == "number" and (
            (number := number_in(value)) is None or (name in _NOT_NEGATIVE and number < 0)
        ):
            expected = "a number that is not negative" if name in _NOT_NEGATIVE else "a number"
            probe.note("bad-header", f"{where}, {header.name}", expected, value, source)
        elif name == "request_id" and not probe.place.memory.is_new(value):
            probe.note("same-name", f"{where}, {header.name}", "a name for this request alone", value, source)


def check_headers(probe: Probe, answer: Answer, where: str) -> None:
    """What holds for every answer: no header that looks like the service's own and that the spec does not know."""
    known = {header.name.lower() for header in probe.platform.headers.values()}
    for name in answer.headers:
        if name.startswith("x-") and name not in known and not _IGNORED.match(name):
            if not (probe.place.strict or probe.place.memory.is_first("unknown-header", name)):
                continue
            source = Source("platform.yaml, /headers, which does not name it", "inferred")
            probe.note("unknown-header", f"{where}, {name}", "no such header", answer.headers[name], source)
    length = answer.headers.get("content-length")
    if length is not None and "content-encoding" not in answer.headers and length != str(len(answer.body)):
        source = Source("HTTP", "page")
        probe.note("wrong-length", f"{where}, content-length", str(len(answer.body)), length, source)


def check_reset(probe: Probe, answer: Answer, where: str, now: float) -> None:
    """Check the time at which a rate limit ends. `now` is the service's own time, in seconds since 1970."""
    header = probe.platform.headers.get("rate_limit_reset")
    if header is None or "rate_limited" not in header.on:
        return
    source = probe.platform.source("/headers/rate_limit_reset", header.basis)
    value = answer.headers.get(header.name.lower())
    if value is None:
        probe.note("missing-header", f"{where}, {header.name}", "the header", "none", source)
    elif (reset := _time_in(value)) is None:
        probe.note("bad-header", f"{where}, {header.name}", "a time", value, source)
    elif reset <= now:
        probe.note("bad-header", f"{where}, {header.name}", "a time to come", value, source)
    else:
        form = probe.platform.value_of("rate-limit-reset")
        if form is not None and (form == "epoch-s") != bool(_SECONDS.fullmatch(value)):
            assumed = probe.platform.assumed("rate-limit-reset")
            probe.note("bad-header", f"{where}, {header.name}", f"a time as {form}", value, assumed)


def waiting_time(platform: Platform, answer: Answer) -> float:
    """For how many seconds a rate limit asks to wait; a few if it does not say."""
    asked = answer.headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,6}", asked):
        return float(asked)
    header = platform.headers.get("rate_limit_reset")
    reset = _time_in(answer.headers.get(header.name.lower(), "")) if header is not None else None
    return 5.0 if reset is None else reset - time.time()


def _time_in(text: str) -> float | None:
    """A time as ISO 8601 (UTC if it does not say) or in seconds since 1970, in those seconds."""
    try:
        if _SECONDS.fullmatch(text):
            return float(text)
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
