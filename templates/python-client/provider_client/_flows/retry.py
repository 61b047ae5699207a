"""Retry rules: pure functions of what happened, the platform's data and a random number.

A POST costs money, so it is sent again only if the service can't have started work on it: the connection was never made, or
the status says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..spec.answers import header_number
from ..spec.service import Limits, Status


def may_retry_status(method: str, status: int, statuses: Mapping[int, Status], *, at_least_once: bool = False) -> bool:
    """Return whether a request that got this error status may be sent again.

    An undocumented status is retried for GETs if it is 5xx, and never for POSTs. `at_least_once` also allows a POST whose
    outcome is unknown to be sent again.
    """
    if at_least_once and is_ambiguous_status(method, status, statuses):
        return True
    known = statuses.get(status)
    if known is None:
        return method == "GET" and status >= 500
    return known.retry == "always" or (known.retry == "get" and method == "GET")


def is_ambiguous_status(method: str, status: int, statuses: Mapping[int, Status]) -> bool:
    """Return whether a request that got this status may have been carried out and billed, as behind a gateway."""
    if method == "GET":
        return False
    known = statuses.get(status)
    return known.outcome == "unknown" if known else status >= 500


def may_retry_broken(method: str, *, at_least_once: bool = False) -> bool:
    """Return whether a request that was sent and got no complete response may be sent again."""
    return method == "GET" or at_least_once


def poll_pause(interval: float, asked: float | None, remaining: float, limits: Limits) -> float:
    """Return the seconds until the next poll of a job.

    This is `interval`, or longer if the service asked for it (at most `max_retry_after_s`, since its clock may be wrong), but
    never more than `remaining`.
    """
    return min(max(interval, min(asked or 0.0, limits.max_retry_after_s)), remaining)


def backoff(attempt: int, limits: Limits, random: float) -> float:
    """Return the seconds to wait after failed attempt number `attempt` (from 1), for a `random` in [0, 1).

    The wait is uniform in [cap / 2, cap) with cap = min(max_backoff_s, backoff_s * 2 ** (attempt - 1)).
    """
    cap = min(limits.max_backoff_s, limits.backoff_s * 2.0 ** min(attempt - 1, 60))
    return cap * (0.5 + random / 2)


def asked_delay(headers: Mapping[str, str], reset_header: str, now: float) -> float | None:
    """Return the seconds after which the service wants the next attempt; None if it does not say.

    Reads Retry-After (seconds or an HTTP date), then `reset_header`, the end of a rate limit (seconds or milliseconds since
    the epoch, an ISO 8601 date, or an HTTP date; UTC). `now` is in seconds since the epoch. A time in the past gives 0;
    invalid values are ignored.
    """
    after = headers.get("retry-after", "").strip()
    if after:
        seconds = _seconds(after)
        if seconds is not None:
            return seconds
        moment = _moment(after)
        if moment is not None:
            return max(0.0, moment - now)
    reset = headers.get(reset_header, "").strip()
    # Numbers first: thirteen digits also parse as an ISO date in the distant past.
    is_number = reset[:1] == "[" or _seconds(reset) is not None
    number = header_number(reset) if is_number else None
    # Values above 1e11 are milliseconds.
    moment = _moment(reset) if number is None else number / 1000 if number > 1e11 else number
    return None if moment is None else max(0.0, moment - now)


def _seconds(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _moment(text: str) -> float | None:
    """Return an ISO or HTTP date in seconds since the epoch; None for anything else."""
    if not text:
        return None
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        from email.utils import parsedate_to_datetime

        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
