"""One request, attempt by attempt: what is sent again, when, and what is said about it on the way.

The half of the core that every conversation shares; like the rest of it, it does no input or output of its own.
"""

from __future__ import annotations

from .._answers.images import number_in
from .._config import Config, Terms
from .._errors import (
    AmbiguousOutcome,
    BudgetExceeded,
    ConfigurationError,
    ConnectionFailed,
    ProviderError,
    StatusError,
    UnreadableResponse,
)
from .._hooks import DEBUG, INFO, ShownHeaders, call, log, shown_url
from .._wire import SHELL_ERRORS, BadURL, Flow, NotSent, Oversized, Pause, Request, Response, Unusable, origin_of
from ..spec.platform import PLATFORM
from .messages import header, status_error
from .order import Order
from .retry import backoff, may_retry_broken, may_retry_status

#: Request headers whose values a log may show.
_OURS = frozenset({"accept", "content-type", "user-agent"})


def send(
    config: Config,
    request: Request,
    terms: Terms,
    expected: frozenset[int] = frozenset(),
    *,
    order: Order | None = None,
) -> Flow[Response]:
    """Sends a request as often as it may be sent; returns a success, or a status that is `expected`, or raises.

    An `order` is told what becomes of each attempt: the request costs money.
    """
    attempt = 0
    failure: ProviderError | None = None
    while True:
        attempt += 1
        if terms.hooks.request is not None:
            terms.hooks.request(request)
        try:
            if order is not None:
                yield from order.begin(request)
            answer = yield from _attempt(config, request, terms)
        except BudgetExceeded as error:
            # A budget that another call has used up meanwhile does not make unsaid what became of this one.
            raise failure or error from None
        except GeneratorExit:
            if order is not None:
                order.abandoned()
            raise
        if isinstance(answer, Response) and (answer.is_success or answer.status_code in expected):
            if order is not None:
                order.answered(answer)
            _note_credits(terms, request, answer)
            return answer
        failure = status_error(config, answer, request.method) if isinstance(answer, Response) else answer
        if order is not None:
            yield from order.failed(failure)
        if isinstance(answer, Response):
            _note_credits(terms, request, answer)
        pause = _pause_before_next(config, request, terms, attempt, answer, failure)
        if pause is None:
            raise failure
        log(INFO, "%s %s again in %.2f s, after %s", request.method, shown_url(request.url), pause, failure)
        call(terms.hooks.retry, request, failure, pause)
        yield Pause(pause)


def _attempt(config: Config, request: Request, terms: Terms) -> Flow[Response | ProviderError]:
    """Sends a request once; gives the response, of whatever status, or what went wrong on the way."""
    start = config.clock()
    size, headers = len(request.body or b""), ShownHeaders(request.headers, _OURS)
    log(DEBUG, "%s %s, %d bytes, headers %s", request.method, shown_url(request.url), size, headers)
    try:
        response = yield request
    except SHELL_ERRORS as error:
        failure = _failure(request, error)
        # Code of the caller's own, if that is what failed.
        failure.__cause__ = error.__cause__
        return failure
    assert response is not None
    response = config.cleaned(response)
    seconds = config.clock() - start
    log(INFO, "%s %s: %d in %.2f s", request.method, shown_url(request.url), response.status_code, seconds)
    log(DEBUG, "answer of %d bytes, headers %s", len(response.content), ShownHeaders(response.headers))
    call(terms.hooks.response, request, response)
    return response


def _failure(request: Request, error: Exception) -> ProviderError:
    """The exception for a request that got no response."""
    if isinstance(error, BadURL):
        if request.with_key:
            return ConfigurationError(
                f"nothing was sent: {request.url[:200]} can't be requested, check base_url: {error}"
            )
        return UnreadableResponse(f"the image's address {request.url[:200]!r} can't be requested: {error}")
    if isinstance(error, Unusable):
        return ConfigurationError(f"nothing was sent: {error}")
    if isinstance(error, Oversized):
        return UnreadableResponse(str(error))
    if isinstance(error, NotSent) or request.method == "GET":
        return ConnectionFailed(f"{origin_of(request.url)}: {error}")
    return AmbiguousOutcome(detail=f"{request.method} {request.url} was sent, then: {error}")


def _note_credits(terms: Terms, request: Request, response: Response) -> None:
    """Tells the budget what is left in the account: after the request itself was settled, whose cost is in it."""
    if terms.budget is not None and request.with_key:
        call(terms.budget.note_credits, number_in(header(response, "remaining_credits")))


def _pause_before_next(
    config: Config,
    request: Request,
    terms: Terms,
    attempt: int,
    answer: Response | ProviderError,
    failure: ProviderError,
) -> float | None:
    """Seconds until the request is sent again, None if it is not to be."""
    if isinstance(answer, Response):
        again = may_retry_status(
            request.method, answer.status_code, PLATFORM.statuses, at_least_once=terms.at_least_once
        )
    elif isinstance(failure, AmbiguousOutcome):
        again = may_retry_broken(request.method, at_least_once=terms.at_least_once)
    else:
        again = isinstance(failure, ConnectionFailed)
    asked = (failure.retry_after if isinstance(failure, StatusError) else None) or 0.0
    if not again or attempt >= terms.max_attempts or asked > PLATFORM.limits.max_retry_after_s:
        return None
    # Asked to come back at once, or at a time that has passed here, the client still does not hammer.
    pause = max(asked, backoff(attempt, PLATFORM.limits, config.random()))
    return None if config.clock() + pause >= request.deadline else pause
