"""Errors that scenarios answer with instead of doing any work."""

from __future__ import annotations

from datetime import UTC, datetime

from ..platform.assumptions import RESET_FORMAT
from ..platform.bodies import job_body
from ..server.asgi import Answer, error_answer, html_answer
from ..spec.platform import PLATFORM
from ..state.clock import SECOND
from .exchange import Exchange, add_header
from .jobs import FAILED

#: Seconds until the end of a rate limit.
_RATE_LIMIT_S = 60


def fault_answer(exchange: Exchange, endpoint: str | None) -> Answer | None:
    """Return the error that the request's scenario answers with at this endpoint; None if the request is to be handled.

    `endpoint` is None for a path that does not exist.
    """
    scenario = exchange.scenario
    if scenario.delivery == "unmade":
        return Answer(0, b"", refusal="The scenario reset the connection before any work.")
    if scenario.status is None or (endpoint is not None and endpoint not in scenario.on):
        return None
    exchange.payload = exchange.peek()
    status = scenario.status
    if scenario.html:
        known = PLATFORM.statuses.get(status)
        answer = html_answer(status, known.title if known is not None else scenario.message)
    elif FAILED is not None and status == FAILED.http and _is_of_jobs(status):
        answer = Answer(status, job_body("failed", FAILED, error_text=scenario.message))
        answer.refusal = scenario.message
    else:
        answer = error_answer(status, scenario.message)
    if scenario.location is not None:
        answer.add("location", scenario.location)
    documented = PLATFORM.statuses.get(status)
    if documented is not None and documented.role == "rate_limited":
        add_header(answer, "rate_limit_reset", format_reset(exchange.mock.clock.now() // SECOND + _RATE_LIMIT_S))
        exchange.note("rate-limit-reset")
    return answer


def _is_of_jobs(status: int) -> bool:
    """Return whether this status is used for failed jobs only."""
    documented = PLATFORM.statuses.get(status)
    return documented is None or documented.role == "job_failed"


def format_reset(reset: int) -> str:
    """Return a time, in seconds since 1970, in the platform's format."""
    if RESET_FORMAT == "epoch-s":
        return str(reset)
    return datetime.fromtimestamp(reset, UTC).isoformat().replace("+00:00", "Z")
