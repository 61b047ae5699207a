"""Queues of every pace, and jobs that never end."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from generated.segmind.contract.findings import DRIFT, KEPT, UNCHECKED
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.service.runner import run_case
from generated.segmind.contract.suite import CONTRACT
from segmind_mock.api.jobs import Pace
from tests.contract.mutation.mocks import kind_of
from tests.contract.mutation.play import MockFactory
from tests.contract.played.playing import ANY, CASES, PLATFORM_CASES, Run

QUEUED = [case for case in ANY if case.check in ("job", "failure", "retention", "foreign", "submit-refuses")]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "pace",
    ["instant", "polls:0", "polls:1", "polls:7", "time:0", "time:0.05", "time:2", "time:2.34", "time:120", "time:599"],
)
def test_a_mock_of_any_pace_keeps_the_contract(mocks: MockFactory, pace: str, strict: bool) -> None:
    """As with `--base-url URL --free --provoke`, and `--strict-basis`."""
    with mocks.service(pace=Pace.parse(pace)) as service:
        served = service._replace(base="https://api.segmind.com", strict=strict)
        verdicts = {case.name: run_case(CONTRACT, served, case) for case in QUEUED}
    assert {name: verdict for name, verdict in verdicts.items() if verdict.outcome != KEPT} == {}
    assert len(verdicts) >= 6


@pytest.mark.parametrize("pace", ["polls:1000000", "time:1000000"])
def test_a_mock_that_is_told_to_be_slow_is_not_drift(mocks: MockFactory, pace: str) -> None:
    with mocks.service(pace=Pace.parse(pace)) as service:
        served = service._replace(base="https://api.segmind.com", strict=False)
        verdicts = [run_case(CONTRACT, served, case) for case in (CASES["job"], PLATFORM_CASES["retention"])]
    assert [verdict.outcome for verdict in verdicts] == [UNCHECKED, UNCHECKED]
    assert not any((*verdict.drift, *verdict.doubts) for verdict in verdicts)


@pytest.mark.parametrize("seconds", [3599, 3601, 3540, 3660])
@pytest.mark.parametrize("pace", ["instant", "polls:2", "time:2"])
def test_a_wrong_retention_is_noticed_at_any_pace(mocks: MockFactory, pace: str, seconds: int) -> None:
    platform = CONTRACT.platform._replace(queue=CONTRACT.platform.queue._replace(retention_s=seconds))
    platform.errata = CONTRACT.platform.errata
    with mocks.service(pace=Pace.parse(pace)) as service:
        verdict = run_case(CONTRACT._replace(platform=platform), service, PLATFORM_CASES["retention"])
    assert verdict.outcome == DRIFT


def never_done(request: Request, send: Send) -> Response:
    """A service whose jobs never end."""
    response = send(request)
    if kind_of(request) != "status" or response.status != 200:
        return response
    body = json.dumps({"status": "PROCESSING"}).encode()
    return Response(200, {"content-type": "application/json", "content-length": str(len(body))}, body)


@pytest.mark.usefixtures("no_waiting")
def test_a_job_that_never_ends_is_said_and_waited_for_once(play: Callable[..., Run]) -> None:
    jobs = [case for case in CASES.values() if case.check == "job"]
    run = play(never_done, *jobs)
    assert [verdict.outcome for verdict in run.verdicts.values()] == [DRIFT, UNCHECKED, UNCHECKED]
    assert run.titles() == ["Jobs do not end, or later than a client waits"] and not run.codes("doubts")
    assert "an earlier one did not end within 600 s" in run.verdicts[jobs[1].name].description
    polls = [request for request in run.sent if kind_of(request) == "status"]
    assert 600 <= len(polls) <= 600 + 2 * 31 + 6
    assert len(run.said) == len(jobs)
    assert run.said[0].startswith("waiting up to 600 s for a job, which is PROCESSING after 10 s (GET /v2/requests/")
    assert run.said[1].startswith("waiting up to 30 s for a job")


@pytest.mark.usefixtures("no_waiting")
def test_a_usual_job_is_not_said(play: Callable[..., Run]) -> None:
    assert play(lambda request, send: send(request), CASES["job"]).said == []
