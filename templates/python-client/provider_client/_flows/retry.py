"""When to send a request again: pure functions of what happened, of data from the platform, and of a random number.

A request that costs money (a POST) is sent again only if the service cannot have begun to work on it: the connection
was never made, or the status says so. Everything else about it is either an answer or an ambiguity.
"""

from __future__ import annotations

from collections.abc import Mapping

from .._answers.images import number_in
from ..spec.service import Limits, Status


def may_retry_status(method: str, status: int, statuses: Mapping[int, Status], *, at_least_once: bool = False) -> bool:
    """Whether a request that got this error status may be sent again.

    A status that no page documents may be for GETs if it is a server's (5xx), and never for POSTs. A POST whose outcome
    is unknown may be for a caller who would rather pay twice than go without (`at_least_once`).
    """
    if at_least_once and is_ambiguous_status(method, status, statuses):
        return True
    known = statuses.get(status)
    if known is None:
        return method == "GET" and status >= 500
    return known.retry == "always" or (known.retry == "get" and method == "GET")


def is_ambiguous_status(method: str, status: int, statuses: Mapping[int, Status]) -> bool:
    """Whether a POST that got this status may have been carried out, and billed, behind a gateway's back."""
    if method == "GET":
        return False
    known = statuses.get(status)
    return known.outcome == "unknown" if known else status >= 500


def may_retry_broken(method: str, *, at_least_once: bool = False) -> bool:
    """Whether a request that went out, and to which no whole answer came back, may be sent again."""
    return method == "GET" or at_least_once


def poll_pause(interval: float, asked: float | None, remaining: float, limits: Limits) -> float:
    """Seconds until a job is asked for again: the interval, or longer if the service asked for it, but neither beyond
    `max_retry_after_s` for that (a wrong clock must not cost the whole wait) nor beyond what remains of the wait."""
    return min(max(interval, min(asked or 0.0, limits.max_retry_after_s)), remaining)


def backoff(attempt: int, limits: Limits, random: float) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1), for a `random` in [0, 1).

    The whole wait is drawn evenly from [cap / 2, cap) with cap = min(max_backoff_s, backoff_s * 2 ** (attempt - 1)).
    """
    cap = min(limits.max_backoff_s, limits.backoff_s * 2.0 ** min(attempt - 1, 60))
    return cap * (0.5 + random / 2)


def asked_delay(headers: Mapping[str, str], reset_header: str, now: float) -> float | None:
    """Seconds after which the service wants to be asked again, None if it does not say so.

    Reads Retry-After (seconds or an HTTP date), then the header that names the end of a rate limit (seconds or
    milliseconds since the epoch, or a date in ISO 8601 or as HTTP writes it, in UTC). `now` is in seconds since the
    epoch. Moments that have passed give 0; nonsense is ignored.
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
    # Digits first: thirteen of them would pass for an ISO date of long ago.
    is_number = reset[:1] == "[" or _seconds(reset) is not None
    number = number_in(reset) if is_number else None
    # No moment in seconds is that far away.
    moment = _moment(reset) if number is None else number / 1000 if number > 1e11 else number
    return None if moment is None else max(0.0, moment - now)


def _seconds(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _moment(text: str) -> float | None:
    """Seconds since the epoch of an ISO or HTTP date, None for anything else."""
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
