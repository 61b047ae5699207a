"""A service that fails at random: it is said once, and no parameter is blamed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from generated.segmind.contract.findings import KEPT, UNAVAILABLE
from generated.segmind.contract.report import as_html, as_json, as_text
from generated.segmind.contract.service.http import NoResponse, Request, Response, Send
from tests.contract.mutation.play import Mutation
from tests.contract.played.playing import ANY, CASES, REFUSALS, Run, answer

pytestmark = pytest.mark.usefixtures("no_waiting")
ALL = [case for case in ANY if not case.needs_mock]


def flaky(status: int, share: float, seed: int = 1) -> Mutation:
    """A service that answers this share of the requests with one status, whatever they hold."""
    dice = random.Random(seed)

    def mutated(request: Request, send: Send) -> Response:
        return answer(status) if dice.random() < share else send(request)

    return mutated


@pytest.mark.parametrize(("status", "share"), [(500, 0.3), (503, 0.3), (500, 0.02), (500, 0.6), (429, 0.1)])
def test_failures_at_random_are_blamed_on_no_parameter(play: Callable[..., Run], status: int, share: float) -> None:
    run = play(flaky(status, share), *ALL)
    blamed = {finding.code for verdict in run.verdicts.values() for finding in (*verdict.drift, *verdict.doubts)}
    assert not blamed & {"server-error", "wrong-status", "undocumented-status"}, run.titles()
    (passing,) = run.results().passing()
    assert passing.status == status
    assert (
        0 < passing.times <= sum(call.status == status for verdict in run.verdicts.values() for call in verdict.calls)
    )
    unavailable = sum(verdict.outcome == UNAVAILABLE for verdict in run.verdicts.values())
    assert unavailable <= (3 if share <= 0.3 else 30)


def test_failures_at_random_are_said_once_and_change_the_exit_status(play: Callable[..., Run]) -> None:
    results = play(flaky(500, 0.3), *ALL[:40]).results()
    lines = list(as_text(results, "here", None))
    said = [line for line in lines if line.startswith("the service answers 500 to ")]
    assert len(said) == 1 and "at random" in said[0]
    number, total = int(said[0].split()[5]), int(said[0].split()[7])
    assert 0 < number < total
    (passing,) = json.loads(as_json(results, "here", None))["passing"]
    assert (passing["times"], passing["number"]) == (number, total)
    assert said[0] in as_html(results, "here", None)
    assert results.is_unreliable()


def test_a_rate_limit_that_was_waited_for_is_said_and_changes_nothing(play: Callable[..., Run]) -> None:
    results = play(flaky(429, 0.1), *ALL[:60]).results()
    (passing,) = results.passing()
    assert str(passing).endswith("(rate limit); the suite waited and sent them again")
    assert not results.is_unreliable()


def test_a_service_that_fails_on_bad_values_and_at_random_has_both(play: Callable[..., Run]) -> None:
    at_random = flaky(500, 0.2)

    def mutated(request: Request, send: Send) -> Response:
        response = at_random(request, send)
        return answer(500) if response.status == 400 and b'"samples"' in request.body else response

    run = play(mutated, *REFUSALS)
    blamed = {name for name, verdict in run.verdicts.items() if verdict.drift}
    assert blamed == {case.name for case in REFUSALS if case.parameter == "samples"}
    assert [passing.status for passing in run.results().passing()] == [500]


def test_connections_that_break_at_random_are_blamed_on_no_parameter(play: Callable[..., Run]) -> None:
    dice = random.Random(1)

    def mutated(request: Request, send: Send) -> Response:
        if dice.random() < 0.2:
            raise NoResponse("broken")
        return send(request)

    run = play(mutated, *REFUSALS)
    assert not run.codes() and not run.codes("doubts")


def test_a_service_that_is_down_gets_few_requests(play: Callable[..., Run]) -> None:
    run = play(lambda request, send: answer(500), *REFUSALS, CASES["example"], CASES["samples: 1 is the minimum"])
    assert {verdict.outcome for verdict in run.verdicts.values()} == {UNAVAILABLE}
    assert len(run.sent) <= 2 * len(run.verdicts) + 6
    assert run.results().passing() == []


def test_a_poll_that_fails_once_is_repeated_where_requests_cost_money(play: Callable[..., Run]) -> None:
    failed: list[Request] = []

    def mutated(request: Request, send: Send) -> Response:
        if request.method == "GET":
            failed.append(request)
        return answer(500) if len(failed) == 1 and request.method == "GET" else send(request)

    run = play(mutated, CASES["job"], most="1")
    assert run.verdicts["job"].outcome == KEPT
    assert sum(request.method == "POST" for request in run.sent) == 1


def test_where_requests_cost_money_no_more_is_sent(play: Callable[..., Run]) -> None:
    failed: list[Request] = []

    def mutated(request: Request, send: Send) -> Response:
        failed.append(request)
        return answer(500) if len(failed) == 1 else send(request)

    run = play(mutated, CASES["samples: 1 is the minimum"], REFUSALS[0], most="1")
    assert [verdict.outcome for verdict in run.verdicts.values()] == [UNAVAILABLE, KEPT]
    assert len(run.sent) == 2
