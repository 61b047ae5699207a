"""Dispatch of requests to the API: key, scenario, route, method, and then the handler."""

from __future__ import annotations

from ..platform.statuses import error_message, status_of
from ..server.asgi import Answer, error_answer
from ..server.limits import refusal
from ..state.store import Transaction
from .exchange import Exchange
from .faults import fault_answer
from .queue import media_file, result, status, submit
from .routes import Route
from .rules import NO_RULES, Subject
from .scenario_choice import next_scenario, requested_scenario
from .scenarios import NO_SCENARIO
from .sync import generate


async def respond(exchange: Exchange) -> Answer:
    """Return the answer to a request to the API. Raises RequestRefused for most errors."""
    mock, request = exchange.mock, exchange.request
    route = mock.routes.find(request.path)
    if route is not None:
        exchange.request_id = route.request_id
        exchange.slug = route.slug
        exchange.pointer = route.parameters
        if route.kind == "media":
            if request.method not in route.methods:
                return wrong_method(route.methods)
            return await media_file(exchange, route.request_id or "", route.file or "")
    exchange.identity = mock.identify(request.headers)
    await _choose_scenario(exchange, route)
    answer = fault_answer(exchange, route.kind if route is not None else None)
    if answer is not None:
        return answer
    if route is not None and request.method not in route.methods:
        return wrong_method(route.methods)
    if exchange.identity is None:
        raise refusal("unauthorized")
    if route is None:
        raise refusal("not_found")
    if route.model is not None:
        return await (generate if route.kind == "sync" else submit)(exchange, route.model)
    return await (status if route.kind == "status" else result)(exchange)


async def _choose_scenario(exchange: Exchange, route: Route | None) -> None:
    """Open the sender's account, select the scenario and draw the latency."""
    mock = exchange.mock
    requested = requested_scenario(exchange.request.headers)
    rules = mock.rules if requested is None and route is not None else NO_RULES
    payload = (exchange.peek() or {}) if rules and exchange.request.body else {}

    def arrive(transaction: Transaction) -> None:
        account = transaction.account
        scenario = requested or next_scenario(account)
        if scenario is None and rules and route is not None:
            job = transaction.job
            slug = job.generation.slug if job is not None else exchange.slug
            scenario = rules.apply(account, Subject(route.kind, slug, account.id, payload))
        exchange.scenario = scenario = scenario or NO_SCENARIO
        if scenario.latency is not None:
            # Counted per account, so that concurrent requests of others change nothing.
            turn = account.uses["latency"] = account.uses.get("latency", 0) + 1
            exchange.delay = scenario.latency.draw(f"{account.id} {turn}")
            if transaction.clock.frozen:
                # A frozen clock never ends a wait, so the latency is added to it.
                transaction.clock.advance(exchange.delay)
                exchange.delay = 0.0

    if exchange.identity is not None:
        await exchange.run(arrive, exchange.request_id if rules else None)
    elif requested is not None:
        exchange.scenario = requested
    if exchange.scenario.name:
        exchange.note("scenario")


def wrong_method(allowed: tuple[str, ...]) -> Answer:
    """Return the error for a method that the path does not allow."""
    status = status_of("method_not_allowed")
    answer = error_answer(status.status, error_message(status))
    answer.add("allow", ", ".join(allowed))
    return answer
