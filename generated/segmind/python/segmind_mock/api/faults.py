"""The answers that scenarios give in place of any work, as the platform would send them."""

from __future__ import annotations

from datetime import UTC, datetime

from ..platform.assumptions import RESET_FORMAT
from ..platform.bodies import job_body
from ..server.asgi import Answer, error_answer, html_answer, json_answer
from ..spec.platform import PLATFORM
from ..state.clock import SECOND
from .exchange import Exchange, add_header
from .jobs import FAILED

#: How far ahead the end of a rate limit is said to be, in seconds.
_RATE_LIMIT_S = 60


def fault_answer(exchange: Exchange, endpoint: str | None) -> Answer | None:
    """The answer that the request's scenario gives without any work at this endpoint (None: there is no such path);
    None if the work is to be done."""
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
        answer = json_answer(job_body("failed", FAILED, error_text=scenario.message), status)
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
    """A time in seconds since 1970, as the platform writes it."""
    if RESET_FORMAT == "epoch-s":
        return str(reset)
    return datetime.fromtimestamp(reset, UTC).isoformat().replace("+00:00", "Z")
