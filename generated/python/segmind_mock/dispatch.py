"""Which answer a request gets: key, scenario, route, method and only then the work itself, each in this one place."""

from __future__ import annotations

from .asgi import Answer, error_answer, html_answer, json_answer
from .clock import SECOND
from .exchange import Exchange, add_header
from .limits import Refused
from .queued import media, result, status, submit
from .scenarios import Scenario, choose
from .spec.platform import PLATFORM
from .sync import generate

#: How far ahead the end of a rate limit is said to be, in seconds.
_RATE_LIMIT_S = 60


async def respond(exchange: Exchange) -> Answer:
    """The answer to a request to the API. Raises Refused for most errors."""
    mock, request = exchange.mock, exchange.request
    route = mock.routes.find(request.path)
    if route is not None:
        exchange.request_id = route.request_id
        exchange.slug = route.model.slug if route.model is not None else None
        if route.kind == "media":
            if request.method not in route.methods:
                return wrong_method(route.methods)
            return await media(exchange, route.request_id or "", route.file or "")
    exchange.identity = mock.identify(request.headers)
    if exchange.identity is None:
        scenario = choose(request.headers, None)
    else:
        scenario = await exchange.run(lambda transaction: choose(request.headers, transaction.account))
    exchange.scenario = scenario
    if scenario is not None:
        exchange.note("scenario")
        if scenario.status is not None and (route is None or route.kind in scenario.on):
            return _as_asked(exchange, scenario, scenario.status)
    if route is not None and request.method not in route.methods:
        return wrong_method(route.methods)
    if exchange.identity is None:
        raise Refused(401, _said(401))
    if route is None:
        raise Refused(404, _said(404))
    if route.model is not None:
        return await (generate if route.kind == "sync" else submit)(exchange, route.model)
    return await (status if route.kind == "status" else result)(exchange)


def wrong_method(allowed: tuple[str, ...]) -> Answer:
    """405, as a page for people: the one error that is known not to come in JSON."""
    answer = html_answer(405, PLATFORM.statuses[405].title)
    answer.add("allow", ", ".join(allowed))
    return answer


def _as_asked(exchange: Exchange, scenario: Scenario, status: int) -> Answer:
    """The error that a scenario names, as the platform sends it."""
    exchange.payload = exchange.peek()
    if scenario.html:
        answer = html_answer(status, PLATFORM.statuses[status].title)
    elif status == PLATFORM.queue.failed_status:
        failed: dict[str, object] = {
            "status": PLATFORM.queue.failed[0],
            PLATFORM.error_key: scenario.words,
            "metrics": {},
        }
        answer = json_answer(failed, status)
        answer.refusal = scenario.words
    else:
        answer = error_answer(status, scenario.words)
    if status == 429:
        from datetime import UTC, datetime

        reset = exchange.mock.clock.now() // SECOND + _RATE_LIMIT_S
        until = datetime.fromtimestamp(reset, UTC).isoformat().replace("+00:00", "Z")
        add_header(answer, "rate_limit_reset", until)
        exchange.note("rate-limit-reset")
    return answer


def _said(status: int) -> str:
    known = PLATFORM.statuses[status]
    return f"{known.title}: {known.meaning}"
