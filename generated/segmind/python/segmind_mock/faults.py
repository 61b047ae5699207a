"""The answers that scenarios give in place of any work, as the platform would send them."""

from __future__ import annotations

from datetime import UTC, datetime

from .asgi import Answer, error_answer, html_answer, json_answer
from .clock import SECOND
from .exchange import Exchange, add_header
from .spec.platform import PLATFORM

_FAILED_STATUS = next(each.http for each in PLATFORM.queue.acceptors if each.outcome == "failed")

#: How far ahead the end of a rate limit is said to be, in seconds.
_RATE_LIMIT_S = 60


def instead(exchange: Exchange, endpoint: str | None) -> Answer | None:
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
        answer = html_answer(status, known.title if known is not None else scenario.words)
    elif status == _FAILED_STATUS:
        failed: dict[str, object] = {
            "status": PLATFORM.queue.failed[0],
            PLATFORM.roles["error_text"][1:]: scenario.words,
            "metrics": {},
        }
        answer = json_answer(failed, status)
        answer.refusal = scenario.words
    else:
        answer = error_answer(status, scenario.words)
    if scenario.location is not None:
        answer.add("location", scenario.location)
    if status == 429:
        reset = exchange.mock.clock.now() // SECOND + _RATE_LIMIT_S
        until = datetime.fromtimestamp(reset, UTC).isoformat().replace("+00:00", "Z")
        add_header(answer, "rate_limit_reset", until)
        exchange.note("rate-limit-reset")
    return answer
