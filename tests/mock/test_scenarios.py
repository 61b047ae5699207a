"""Every row of the scenario table does what it says, by whatever door it is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_mock.jobs import DONE, FAILED
from segmind_mock.scenarios import SCENARIOS, Scenario
from segmind_mock.spec.platform import PLATFORM


@pytest.fixture(params=SCENARIOS.values(), ids=SCENARIOS)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    row: Scenario = request.param
    return row


def test_each_scenario_plays_on_v1_and_through_the_queue(mock: Any, large: Any, payload: Any, scenario: Any) -> None:
    headers = {"x-mock-scenario": scenario.name}
    before = mock.credits()
    sync = mock.post(large.sync.path, payload(large), headers=headers)
    assert "scenario=inferred" in sync.headers["x-mock-basis"]
    if scenario.status is not None and "sync" in scenario.on:
        assert sync.status_code == scenario.status
        assert mock.credits() == before
    else:
        assert sync.status_code == 200
    assert sync.headers["content-type"].startswith("application/json") == (
        scenario.as_json or (scenario.status is not None and "sync" in scenario.on and not is_page(scenario))
    )
    submitted = mock.post(large.submit.path, payload(large), headers=headers)
    if scenario.status is not None and "submit" in scenario.on:
        assert submitted.status_code == scenario.status
        assert mock.credits() == before
        return
    job = submitted.json()
    polls = [mock.get(job["status_url"]) for _ in range(4)]
    assert [poll.status_code for poll in polls].count(502) == scenario.plan.faults
    last = polls[-1].json()["status"]
    assert last == (FAILED if scenario.plan.error else DONE) or scenario.plan.stuck


def is_page(scenario: Scenario) -> bool:
    assert scenario.status is not None
    return scenario.html or PLATFORM.statuses[scenario.status].media_type == "text/html"


@pytest.mark.parametrize("status", sorted(PLATFORM.statuses))
def test_each_documented_status_by_prisms_header_too(mock: Any, model: Any, payload: Any, status: int) -> None:
    known = PLATFORM.statuses[status]
    for prefer in (f"code={status}", f"dynamic=true, code={status}", f'code="{status}"'):
        answer = mock.post(model.sync.path, payload(model), headers={"Prefer": prefer})
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith(known.media_type)
        if known.media_type == "application/json":
            assert answer.json()[PLATFORM.error_key].startswith(known.title)
        else:
            assert answer.text.startswith("<html>")
    poll = mock.get(PLATFORM.queue.status_path, headers={"Prefer": f"code={status}"})
    assert poll.status_code == status
    assert mock.post(model.sync.path, payload(model), headers={"Prefer": "code=200"}).status_code == 200
    assert mock.post(model.sync.path, payload(model), headers={"Prefer": "respond-async"}).status_code == 200


def test_a_failed_job_by_scenario_has_the_body_of_a_failed_job(mock: Any) -> None:
    answer = mock.get(PLATFORM.queue.status_path, headers={"x-mock-scenario": "status-422"})
    assert answer.json()["status"] == FAILED


def test_429_says_when_it_is_over(mock: Any, large: Any) -> None:
    answer = mock.post(large.sync.path, headers={"x-mock-scenario": "rate-limited"})
    assert answer.headers["x-rate-limit-reset-at-utc"].endswith("Z")
    assert "retry-after" not in answer.headers


def test_an_unknown_scenario_is_refused_with_the_likely_one(mock: Any, large: Any, payload: Any) -> None:
    answer = mock.post(large.submit.path, payload(large), headers={"x-mock-scenario": "job-fail"})
    assert answer.status_code == 400
    assert "Did you mean job-fails?" in answer.json()["error"]
    assert all(name in answer.json()["error"] for name in SCENARIOS)
    assert mock.post(large.submit.path, headers={"Prefer": "code=418"}).status_code == 400
    assert mock.post("/__mock/scenarios", {"scenario": "nope"}).status_code == 400


def test_the_next_requests_of_a_key_can_be_told_beforehand(mock: Any, large: Any, payload: Any) -> None:
    told = mock.post("/__mock/scenarios", {"scenario": "rate-limited", "times": 2})
    assert told.json()["scenarios"] == ["rate-limited"] * 2
    seen = [mock.post(large.sync.path, payload(large)).status_code for _ in range(3)]
    assert seen == [429, 429, 200]
    mock.post("/__mock/scenarios", {"scenario": "status-500"})
    assert mock.post(large.sync.path, payload(large), key="another-key").status_code == 200


def test_scenarios_are_listed(mock: Any) -> None:
    listed = mock.get("/__mock/scenarios", key=None).json()["scenarios"]
    assert listed == {scenario.name: scenario.doc for scenario in SCENARIOS.values()}
    assert all(doc.endswith(".") for doc in listed.values())
