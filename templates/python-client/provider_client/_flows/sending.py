"""The flow that sends one request: attempts, retries, logging and hooks. All other flows use it."""

from __future__ import annotations

from .._config import CallSettings, Config
from .._errors import (
    AmbiguousOutcome,
    BudgetExceeded,
    ConfigurationError,
    ConnectionFailed,
    ProviderError,
    StatusError,
    UnreadableResponse,
)
from .._flow import DRIVER_ERRORS, BadURL, Flow, Misconfigured, NotSent, Oversized, Pause
from .._hooks import DEBUG, INFO, ShownHeaders, log, run_hook, shown_url
from .._http import Request, Response
from ..spec.answers import header_number
from ..spec.origins import origin_of
from ..spec.platform import PLATFORM
from .billing import BillableCall
from .responses import header, status_error
from .retry import backoff, may_retry_broken, may_retry_status

#: Request headers whose values a log may show.
_OURS = frozenset({"accept", "content-type", "user-agent"})


def send(
    config: Config,
    request: Request,
    settings: CallSettings,
    expected: frozenset[int] = frozenset(),
    *,
    call: BillableCall | None = None,
) -> Flow[Response]:
    """Send a request, again if the retry rules allow it, and return the response.

    The response has a 2xx status or one of `expected`; anything else raises. `call` is for a request that costs money: it is
    told the outcome of each attempt.
    """
    attempt = 0
    failure: ProviderError | None = None
    unsent = request.method != "GET"
    while True:
        attempt += 1
        if settings.hooks.request is not None:
            settings.hooks.request(request)
        try:
            if call is not None:
                yield from call.begin(request)
            answer = yield from _attempt(config, request, settings)
        except BudgetExceeded as error:
            # If another call has used up the budget meanwhile, the outcome of this one still has to be reported.
            raise failure or error from None
        except GeneratorExit:
            if call is not None:
                call.abandoned()
            raise
        if isinstance(answer, Response) and (answer.is_success or answer.status_code in expected):
            if call is not None:
                call.succeeded(answer)
            _note_credits(settings, request, answer)
            return answer
        failure = status_error(config, answer, request.method) if isinstance(answer, Response) else answer
        if call is not None:
            yield from call.failed(failure)
        if isinstance(answer, Response):
            _note_credits(settings, request, answer)
        unsent = unsent and isinstance(failure, ConnectionFailed)
        pause = _pause_before_next(config, request, settings, attempt, answer, failure)
        if pause is None:
            if unsent:
                failure.advice = "nothing was sent, so nothing is billed; check the connection and the base URL"
            raise failure
        log(INFO, "%s %s again in %.2f s, after %s", request.method, shown_url(request.url), pause, failure)
        run_hook(settings.hooks.retry, request, failure, pause)
        yield Pause(pause)


def _attempt(config: Config, request: Request, settings: CallSettings) -> Flow[Response | ProviderError]:
    """Send a request once and return the response, whatever its status, or the exception for a failure to get one."""
    start = config.clock()
    size, headers = len(request.body or b""), ShownHeaders(request.headers, _OURS)
    log(DEBUG, "%s %s, %d bytes, headers %s", request.method, shown_url(request.url), size, headers)
    try:
        response = yield request
    except DRIVER_ERRORS as error:
        failure = _failure(request, error)
        # Set if the caller's own code failed.
        failure.__cause__ = error.__cause__
        return failure
    assert response is not None
    response = config.without_key(response)
    seconds = config.clock() - start
    log(INFO, "%s %s: %d in %.2f s", request.method, shown_url(request.url), response.status_code, seconds)
    log(DEBUG, "answer of %d bytes, headers %s", len(response.body), ShownHeaders(response.headers))
    run_hook(settings.hooks.response, request, response)
    return response


def _failure(request: Request, error: Exception) -> ProviderError:
    """Return the exception for a request that got no response."""
    if isinstance(error, BadURL):
        if request.with_key:
            return ConfigurationError(
                f"nothing was sent: {request.url[:200]} can't be requested ({error}); check the base URL"
            )
        return UnreadableResponse(f"the file's address {request.url[:200]!r} can't be requested: {error}")
    if isinstance(error, Misconfigured):
        return ConfigurationError(f"nothing was sent: {error}")
    if isinstance(error, Oversized):
        return UnreadableResponse(str(error))
    if isinstance(error, NotSent) or request.method == "GET":
        return ConnectionFailed(f"{origin_of(request.url) or 'the host'}: {error}")
    return AmbiguousOutcome(detail=f"{request.method} {request.url} was sent, then: {error}")


def _note_credits(settings: CallSettings, request: Request, response: Response) -> None:
    """Tell the budget the account's remaining credits, after the request was settled: they include its cost."""
    if settings.budget is not None and request.with_key:
        run_hook(settings.budget.note_credits, header_number(header(response, "remaining_credits")))


def _pause_before_next(
    config: Config,
    request: Request,
    settings: CallSettings,
    attempt: int,
    answer: Response | ProviderError,
    failure: ProviderError,
) -> float | None:
    """Return the seconds until the next attempt; None if there is none."""
    if isinstance(answer, Response):
        again = may_retry_status(
            request.method, answer.status_code, PLATFORM.statuses, at_least_once=settings.at_least_once
        )
    elif isinstance(failure, AmbiguousOutcome):
        again = may_retry_broken(request.method, at_least_once=settings.at_least_once)
    else:
        again = isinstance(failure, ConnectionFailed)
    asked = (failure.retry_after if isinstance(failure, StatusError) else None) or 0.0
    if not again or attempt >= settings.max_attempts or asked > PLATFORM.limits.max_retry_after_s:
        return None
    # The backoff applies even if the service asks for an immediate retry.
    pause = max(asked, backoff(attempt, PLATFORM.limits, config.random()))
    return None if config.clock() + pause >= request.deadline else pause
