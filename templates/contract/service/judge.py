"""Judgement of an unexpected status: a wrong answer, a service that is not available, or an endpoint that does not exist.

Only a valid request can tell: a service that refuses a wrong key with 503 is wrong if it accepts the right one meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ..findings import KeyRefused, NotServed, Unavailable, Unchecked
from ..payloads import smallest_payload
from ..spec.contract import Platform
from ..spec.facts import Operation, Source
from .http import Response
from .run_state import Absence

if TYPE_CHECKING:
    from .checker import Checker

#: Statuses that say nothing about the contract unless a case expects them, by their meaning in HTTP and by role.
_UNRELATED_STATUSES = frozenset({401, 402, 403, 429, *range(500, 600)})
_UNRELATED_ROLES = frozenset({"unauthorized", "forbidden", "no_credits", "rate_limited"})
_GONE_STATUSES, _GONE_ROLES = frozenset({404, 410}), frozenset({"not_found", "retired"})
#: After so many proofs that a status answers wrong requests only, valid requests are no longer sent in between.
_PROOFS = 3
#: How often a request is sent again before its status counts as the answer to it: usually, for the status of a rate limit,
#: where money is limited, and after the status has passed by itself in this run.
_REPEATS, _REPEATS_OF_LIMIT, _REPEATS_FOR_MONEY, _REPEATS_OF_FLAKY = 3, 2, 1, 9
#: How many valid requests are sent to find one that succeeds, as long as the endpoint is not known to be down.
_VALID_TRIES = 5


class Attempt(NamedTuple):
    """A request that can be sent again; `send` takes whether to wait for a rate limit.

    `key` is as in `Checker.post`. The `usual` request is the smallest valid one, with the service's own key.
    """

    send: Callable[[bool], Response]
    operation: Operation
    expected: Collection[int]
    key: str | None
    usual: bool = False

    @property
    def refused(self) -> bool:
        """Return whether the service has to refuse the request."""
        return min(self.expected) >= 300


def is_unrelated(platform: Platform, status: int) -> bool:
    """Return whether a status may have nothing to do with the request: the account, the load or a failure."""
    known = platform.statuses.get(status)
    return status in _UNRELATED_STATUSES if known is None else known.role in _UNRELATED_ROLES or status >= 500


def endpoint_behind(checker: Checker, operation: Operation) -> Operation:
    """Return the endpoint of the model that a request is about; that of the queue for polls."""
    sync, submit = checker.model.sync, checker.model.submit
    if sync is not None and (submit is None or (operation.base_url, operation.path) == (sync.base_url, sync.path)):
        return sync
    return submit or operation


def judged(checker: Checker, attempt: Attempt) -> tuple[Response, str]:
    """Send a request. Return its response, and the proof that an unrelated status is meant as the answer, else "".

    Raises KeyRefused, NotServed, Unavailable, Unchecked and CaseStopped.
    """
    service, behind = checker.service, endpoint_behind(checker, attempt.operation)
    # The mock in this process has every model and accepts the key; whatever it answers is meant.
    if service.is_own_mock:
        return attempt.send(True), ""
    if behind_is_absent(checker, behind):
        raise not_served(checker, behind)
    try:
        response = attempt.send(not _may_prove(checker, attempt))
    except Unavailable as silent:
        return _after_silence(checker, attempt, behind, silent), ""
    status = response.status
    if status in attempt.expected:
        if status < 300 and attempt.key == "" and attempt.operation == behind:
            service.run_state.served.add(_key(behind))
        return response, ""
    if attempt.key == "" and _refuses_key(checker, status):
        _judge_key(checker, attempt, behind, response)
    if _is_gone(checker.platform, status):
        _judge_absence(checker, attempt, behind, response)
    if is_unrelated(checker.platform, status) and not service.strict:
        return _judge_unrelated(checker, attempt, behind, response)
    return response, ""


def _may_prove(checker: Checker, attempt: Attempt) -> bool:
    """Return whether another, valid request can prove that a status is the answer to this one."""
    return attempt.refused or (not attempt.usual and checker.service.budget.most is None)


def _key(operation: Operation) -> tuple[str, str]:
    return operation.base_url, operation.path


def behind_is_absent(checker: Checker, behind: Operation) -> bool:
    """Return whether an earlier case found that the service does not have an endpoint."""
    return _key(behind) in checker.service.run_state.not_served


def not_served(checker: Checker, behind: Operation) -> NotServed:
    """Return the exception for an endpoint that does not exist. The first case of the model also reports it."""
    state = checker.service.run_state
    status, got, checker.sent = state.not_served[_key(behind)]
    if not checker.any_model and state.is_first("not-served", *_key(behind)):
        source = Source(f"{checker.model.source().description}, the path {behind.path}", behind.basis)
        checker.report("not-served", str(behind), "the model", got, source)
    return NotServed(f"{behind} is not served ({status})")


def _refuses_key(checker: Checker, status: int) -> bool:
    known = checker.platform.statuses.get(status)
    role = {401: "unauthorized", 403: "forbidden"}.get(status) if known is None else known.role
    # Gateways refuse a missing key with 403; with a key, it may be about the model only.
    return role == "unauthorized" or (role == "forbidden" and not checker.service.key_given)


def _is_gone(platform: Platform, status: int) -> bool:
    known = platform.statuses.get(status)
    return status in _GONE_STATUSES if known is None else known.role in _GONE_ROLES


def _valid(checker: Checker, behind: Operation) -> Response | None:
    """Return the response to the smallest valid request; None if it can't be sent or has no response."""
    sent, response = checker.sent, None
    with suppress(Unchecked, Unavailable):
        response = checker.post_once(behind, smallest_payload(checker.model), waits=False)
        if response.status < 300:
            checker.service.run_state.served.add(_key(behind))
    if response is None or response.status < 300:
        checker.sent = sent
    return response


def _judge_key(checker: Checker, attempt: Attempt, behind: Operation, response: Response) -> None:
    """Raise KeyRefused if the service refuses its key with valid requests, too."""
    state, status = checker.service.run_state, response.status
    if _key(behind) in state.served:
        return
    valid = _valid_at_endpoint(checker, attempt, behind, response)
    if valid is not None and valid.status == status:
        variable = checker.platform.environment.api_key
        whose = f"the key in {variable} is" if checker.service.key_given else f"{variable} is not set, and requests are"
        state.key_refused = f"{whose} refused: {behind} gives {checker.shown_response(valid)}"
        checker.service.say(state.key_refused)
        raise KeyRefused(state.key_refused)


def _judge_absence(checker: Checker, attempt: Attempt, behind: Operation, response: Response) -> None:
    """Raise NotServed if the service does not find the endpoint with a valid request either."""
    if _key(behind) not in checker.service.run_state.served:
        _valid_at_endpoint(checker, attempt, behind, response)


def _valid_at_endpoint(checker: Checker, attempt: Attempt, behind: Operation, response: Response) -> Response | None:
    """Return what `_valid` does, or the response itself if its request was valid. Raises NotServed if there is no such endpoint."""
    sent = checker.sent
    valid = response if attempt.usual else _valid(checker, behind)
    if valid is not None and _is_gone(checker.platform, valid.status):
        raise _absent(checker, behind, valid)
    checker.sent = sent
    return valid


def _absent(checker: Checker, behind: Operation, valid: Response) -> NotServed:
    """Remember that the service does not have an endpoint, and return the exception."""
    assert checker.sent is not None, "the valid request was sent"
    absence = Absence(valid.status, checker.shown_response(valid), checker.sent)
    checker.service.run_state.not_served[_key(behind)] = absence
    return not_served(checker, behind)


def _judge_unrelated(checker: Checker, attempt: Attempt, behind: Operation, response: Response) -> tuple[Response, str]:
    """Find out whether an unrelated status is the answer to this request only, or one that passes."""
    state, status = checker.service.run_state, response.status
    limited = checker.is_rate_limit(response)
    known = checker.platform.statuses.get(status)
    lacks_credits = status == 402 if known is None else known.role == "no_credits"
    if lacks_credits and not attempt.refused:
        # A valid request may need more credits than the smallest one.
        return response, ""
    if not _may_prove(checker, attempt):
        costs = checker.service.budget.most is not None and attempt.operation.method != "GET"
        if costs or limited or _is_down(checker, behind):
            return response, ""
        again, same = _repeated(checker, attempt, response)
        state.in_vain[_key(behind)] += same
        return again, ""
    proof = (f"{checker.model.slug} {endpoint_behind(checker, attempt.operation)}", status, min(attempt.expected))
    if state.proven[proof] >= _PROOFS and not state.flaky[status]:
        return response, "; valid requests succeed"
    if not _is_healthy(checker, attempt, behind, limited):
        return (attempt.send(True) if limited else response), ""
    if limited and not checker.wait(response, str(attempt.operation)):
        return response, ""
    between = (lambda: _is_healthy(checker, attempt, behind, True)) if limited else None
    again, same = _repeated(checker, attempt, response, between)
    if not same:
        return again, ""
    state.proven[proof] += 1
    return again, f", {_repeats(checker, response) + 1} times in a row; a valid request in between succeeded"


def _repeats(checker: Checker, response: Response) -> int:
    """Return how often a request with this response is sent again."""
    if checker.service.budget.most is not None:
        return _REPEATS_FOR_MONEY
    if checker.service.run_state.flaky[response.status]:
        return _REPEATS_OF_FLAKY
    return _REPEATS_OF_LIMIT if checker.is_rate_limit(response) else _REPEATS


def _repeated(
    checker: Checker, attempt: Attempt, response: Response, between: Callable[[], bool] | None = None
) -> tuple[Response, bool]:
    """Send a request again until it gets a status that is about it. Return its last response, and whether it always got the same status.

    `between` is called before each attempt but the first, and ends them by returning False.
    """
    status, times, same = response.status, 1, True
    for number in range(_repeats(checker, response)):
        if number and between is not None and not between():
            return response, False
        response = attempt.send(False)
        if response.status != status:
            checker.passed(status, times)
            if response.status in attempt.expected or not is_unrelated(checker.platform, response.status):
                return response, False
            status, times, same = response.status, 0, False
        times += 1
    return response, same


def _is_healthy(checker: Checker, attempt: Attempt, behind: Operation, limited: bool) -> bool:
    """Return whether a valid request succeeds now. For a poll with another key, the same poll with the right key tells."""
    if attempt.operation.method == "GET" and attempt.key != "":
        with suppress(Unavailable):
            return not is_unrelated(checker.platform, checker.get_once(attempt.operation).status)
        return False
    once = limited or checker.service.budget.most is not None or _is_down(checker, behind)
    refused: list[int] = []
    for _ in range(1 if once else _VALID_TRIES):
        valid = _valid(checker, behind)
        if valid is not None and valid.status < 300:
            for status in refused:
                checker.passed(status, 1)
            return True
        if valid is None or not is_unrelated(checker.platform, valid.status):
            return False
        refused.append(valid.status)
    checker.service.run_state.in_vain[_key(behind)] += 1
    return False


def _is_down(checker: Checker, behind: Operation) -> bool:
    """Return whether no valid request has succeeded at an endpoint, though several were sent."""
    state = checker.service.run_state
    return _key(behind) not in state.served and state.in_vain[_key(behind)] > 0


def _after_silence(checker: Checker, attempt: Attempt, behind: Operation, silent: Unavailable) -> Response:
    """Return the response to another attempt. Raises CaseStopped if a valid request succeeds and every attempt fails.

    Only where requests cost nothing.
    """
    service = checker.service
    if not attempt.refused or service.strict or service.budget.most is not None or not silent.broke:
        raise silent
    valid = _valid(checker, behind)
    if valid is None or valid.status >= 300:
        raise silent
    where, again = str(attempt.operation), silent
    for _ in range(_REPEATS):
        try:
            return attempt.send(False)
        except Unavailable as failed:
            again = failed
    got = (
        f"{str(again).removeprefix(f'{where}: ')}, {_REPEATS + 1} times in a row; a valid request in between succeeded"
    )
    raise checker.stop("server-error", where, f"status {min(attempt.expected)}", got, checker.source) from None
