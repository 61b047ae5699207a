"""Every row of the scenario table does what it says, by whatever door it is asked for."""

from __future__ import annotations

import threading
from base64 import b64decode
from math import exp
from statistics import mean, median

import httpx2
import pytest

from segmind_mock import serving
from segmind_mock.api.answer_latency import Latency
from segmind_mock.api.scenarios import DESCRIPTIONS, SCENARIOS, Scenario
from segmind_mock.spec.facts import Model
from segmind_mock.spec.platform import PLATFORM
from segmind_mock.state.money import dollars
from tests.mock.conftest import MakeMock, MockCaller, PayloadOf, submit_path, sync_path

(DONE,), (FAILED,) = PLATFORM.queue.done, PLATFORM.queue.failed


@pytest.fixture(params=list(SCENARIOS.values()), ids=list(SCENARIOS))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    row: Scenario = request.param
    return row


def test_each_scenario_plays_on_v1(mock: MockCaller, large: Model, payload: PayloadOf, scenario: Scenario) -> None:
    before = mock.credits()
    headers = {"x-mock-scenario": scenario.name}
    if scenario.delivery != "whole":
        # No server carries this call that could break its connection; see test_delivery.
        with pytest.raises(ConnectionResetError):
            mock.post(sync_path(large), payload(large), headers=headers)
        assert (mock.credits() == before) == (scenario.delivery == "unmade")
        return
    answer = mock.post(sync_path(large), payload(large), headers=headers)
    assert "scenario=inferred" in answer.headers["x-mock-basis"]
    if scenario.status is not None and "sync" in scenario.on:
        assert answer.status_code == scenario.status
        assert mock.credits() == before
        assert answer.headers["content-type"].startswith("text/html" if is_page(scenario) else "application/json")
        return
    assert answer.status_code == 200
    said = answer.headers["content-type"]
    assert said == ("application/json" if scenario.as_json or scenario.claims else "image/jpeg")
    assert (answer.content == b"") == scenario.empty
    assert (mock.credits() == 0) == scenario.drains
    assert answer.headers["x-remaining-credits"] == dollars(mock.credits())


def test_each_scenario_plays_through_the_queue(
    mock: MockCaller, large: Model, payload: PayloadOf, scenario: Scenario
) -> None:
    before = mock.credits()
    told = mock.post("/__mock/scenarios", {"scenario": scenario.name})
    assert told.json()["scenarios"] == [scenario.name]
    if scenario.delivery != "whole":
        with pytest.raises(ConnectionResetError):
            mock.post(submit_path(large), payload(large))
        assert (mock.credits() == before) == (scenario.delivery == "unmade")
        assert mock.get("/__mock/credits").json()["accounts"][0]["jobs"] == (scenario.delivery != "unmade")
        return
    submitted = mock.post(submit_path(large), payload(large))
    if scenario.status is not None and "submit" in scenario.on:
        assert submitted.status_code == scenario.status
        assert mock.credits() == before
        return
    assert submitted.status_code == 200
    if scenario.empty:
        assert submitted.content == b""
        return
    job = submitted.json()
    path = PLATFORM.queue.status_path.replace("{request_id}", job["request_id"])
    assert (job["status_url"] == f"http://mock{path}") == (scenario.urls == "own")
    plan, states = scenario.plan, []
    for number in range(5):
        if number == 0 and plan.fault == "reset-before-work":
            with pytest.raises(ConnectionResetError):
                mock.get(path)
            continue
        poll = mock.get(path)
        states.append(poll.json().get("status") if "json" in poll.headers["content-type"] else poll.status_code)
    assert states == expected_states(scenario)
    result = mock.get(path.removesuffix("/status"))
    assert result.status_code == (404 if plan.fleeting else 422 if plan.error else 200)
    assert ("output" in result.json()) == (states[-1] == DONE)


def expected_states(scenario: Scenario) -> list[object]:
    """The answers to five polls under each scenario."""
    ended = FAILED if scenario.plan.error else DONE
    usual: list[object] = ["QUEUED", "PROCESSING", ended, ended, ended]
    odd: dict[str, list[object]] = {
        "poll-502-once": [502, *usual[:4]],
        "poll-429-once": [None, *usual[:4]],
        "poll-reset-once": usual[:4],
        "completed-at-once": [DONE] * 5,
        "starts-processing": ["PROCESSING", "PROCESSING", *usual[2:]],
        "stuck": ["QUEUED", "PROCESSING", "PROCESSING", "PROCESSING", "PROCESSING"],
        "unknown-state": ["THROTTLED"] * 5,
        "unknown-state-passing": ["THROTTLED", "THROTTLED", *usual[2:]],
        "completed-then-expired": [*usual[:3], None, None],
    }
    return odd.get(scenario.name, usual)


def is_page(scenario: Scenario) -> bool:
    assert scenario.status is not None
    known = PLATFORM.statuses.get(scenario.status)
    return scenario.html or (known is not None and known.media_type == "text/html")


@pytest.mark.parametrize("status", sorted(PLATFORM.statuses))
def test_each_documented_status_by_prisms_header_too(
    mock: MockCaller, model: Model, payload: PayloadOf, status: int
) -> None:
    known = PLATFORM.statuses[status]
    for prefer in (f"code={status}", f"dynamic=true, code={status}", f'code="{status}"'):
        answer = mock.post(sync_path(model), payload(model), headers={"Prefer": prefer})
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith(known.media_type)
        if known.media_type == "application/json":
            assert answer.json()[PLATFORM.roles["error_text"][1:]].startswith(known.title)
        else:
            assert answer.text.startswith("<html>")
    poll = mock.get(PLATFORM.queue.status_path, headers={"Prefer": f"code={status}"})
    assert poll.status_code == status
    assert mock.post(sync_path(model), payload(model), headers={"Prefer": "code=200"}).status_code == 200
    assert mock.post(sync_path(model), payload(model), headers={"Prefer": "respond-async"}).status_code == 200


def test_a_failed_job_by_scenario_has_the_body_of_a_failed_job(mock: MockCaller) -> None:
    answer = mock.get(PLATFORM.queue.status_path, headers={"x-mock-scenario": "status-422"})
    assert answer.json()["status"] == FAILED


def test_429_says_when_it_is_over(mock: MockCaller, large: Model) -> None:
    answer = mock.post(sync_path(large), headers={"x-mock-scenario": "rate-limited"})
    assert answer.headers["x-rate-limit-reset-at-utc"].endswith("Z")
    assert "retry-after" not in answer.headers


def test_an_unknown_scenario_is_refused_with_the_likely_one(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    answer = mock.post(submit_path(large), payload(large), headers={"x-mock-scenario": "job-fail"})
    assert answer.status_code == 400
    assert "Did you mean job-fails?" in answer.json()["error"]
    assert all(name in answer.json()["error"] for name in SCENARIOS)
    assert mock.post(submit_path(large), headers={"Prefer": "code=999"}).status_code == 400
    assert mock.post("/__mock/scenarios", {"scenario": "nope"}).status_code == 400


def test_the_next_requests_of_a_key_can_be_told_beforehand(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    told = mock.post("/__mock/scenarios", {"scenario": "rate-limited", "times": 2})
    assert told.json()["scenarios"] == ["rate-limited"] * 2
    seen = [mock.post(sync_path(large), payload(large)).status_code for _ in range(3)]
    assert seen == [429, 429, 200]
    mock.post("/__mock/scenarios", {"scenario": "status-500"})
    assert mock.post(sync_path(large), payload(large), key="another-key").status_code == 200


def test_scenarios_are_listed(mock: MockCaller) -> None:
    listed = mock.get("/__mock/scenarios", key=None).json()["scenarios"]
    assert listed == DESCRIPTIONS
    assert set(SCENARIOS) < set(listed)
    assert all(doc.endswith(".") for doc in listed.values())


@pytest.mark.parametrize("status", [402, 418, 520, 599])
def test_a_status_that_nobody_documents_can_be_had_too(mock: MockCaller, large: Model, status: int) -> None:
    answer = mock.post(sync_path(large), headers={"Prefer": f"code={status}"})
    assert (answer.status_code, answer.json()) == (status, {"error": f"Status {status}"})


def test_prisms_example_names_a_scenario(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    answer = mock.post(sync_path(large), payload(large), headers={"Prefer": "code=200, example=json-on-200"})
    assert answer.headers["content-type"] == "application/json"
    assert mock.post(sync_path(large), payload(large), headers={"Prefer": 'example="content-block"'}).status_code == 400


def test_broken_base64_cannot_be_read(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    answer = mock.post(
        sync_path(large), payload(large) | {"base64": True}, headers={"x-mock-scenario": "broken-base64"}
    )
    with pytest.raises(ValueError, match="base64"):
        b64decode(answer.json()["image"], validate=True)


def test_the_scenario_of_a_redirect_names_another_host(mock: MockCaller, large: Model) -> None:
    answer = mock.post(submit_path(large), headers={"x-mock-scenario": "redirect-302"})
    assert (answer.status_code, answer.headers["location"]) == (302, "https://elsewhere.invalid/")


def test_credits_run_out_after_the_request_that_is_said_to_be_the_last(
    mock: MockCaller, large: Model, payload: PayloadOf
) -> None:
    before = mock.credits()
    seen = []
    for number in range(5):
        headers = {"x-mock-scenario": "credits-run-out"} if number == 2 else {}
        seen.append(mock.post(submit_path(large), payload(large), headers=headers).status_code)
    assert seen == [200, 200, 200, 406, 406]
    account = mock.account()
    assert (account.credits, account.charged) == (0, before)


def test_a_foreign_url_shows_whether_the_key_was_sent_there(
    make_mock: MakeMock, large: Model, payload: PayloadOf
) -> None:
    mock = make_mock()
    headers = {"x-mock-scenario": "foreign-status-url", "host": "127.0.0.1:8787"}
    job = mock.post(submit_path(large), payload(large), headers=headers).json()
    assert job["status_url"].startswith("http://localhost:8787/elsewhere/v2/requests/")
    there = job["status_url"].removeprefix("http://localhost:8787")
    assert mock.get(there).json()["status"] == "QUEUED"
    assert mock.get("/__mock/requests").json()["requests"][-1]["path"] == there
    far = mock.post(submit_path(large), payload(large), headers={**headers, "host": "mock"}).json()
    assert far["status_url"].startswith("https://elsewhere.invalid/")


def test_polls_can_meet_any_other_scenario_for_a_while(mock: MockCaller, large: Model) -> None:
    job = mock.submit(large, "poll:rate-limited:3")
    assert [mock.get(job["status_url"]).status_code for _ in range(5)] == [429, 429, 429, 200, 200]


@pytest.mark.parametrize(
    "wrong",
    [
        "latency",
        "latency:",
        "latency:x",
        "latency:-1",
        "latency:1e9",
        "latency:nan",
        "latency:uniform:2:1",
        "latency:lognormal:0:1",
        "latency:1:2:3:4",
        "poll:stuck:1",
        "poll:html-502:0",
        "poll:html-502",
        "status-99",
        "status-1000",
        "status-0404",
        "status-04001",
        "status-40a",
        "status-400, status-500",
        "stuck,",
        "x" * 1000,
    ],
)
def test_impossible_scenarios_are_refused_with_a_reason(mock: MockCaller, large: Model, wrong: str) -> None:
    answer = mock.post(submit_path(large), headers={"x-mock-scenario": wrong})
    assert answer.status_code == 400
    assert "scenario" in answer.json()["error"] or "contradict" in answer.json()["error"]


def test_several_scenarios_are_combined(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    before = mock.get("/__mock/clock").json()["now"]
    answer = mock.post(sync_path(large), headers={"x-mock-scenario": "latency:7.5, status-500"})
    assert answer.status_code == 500
    assert mock.get("/__mock/clock").json()["now"] == pytest.approx(before + 7.5)
    job = mock.submit(large, "starts-processing, job-fails, latency:1")
    assert [mock.get(job["status_url"]).json()["status"] for _ in range(3)] == ["PROCESSING", "PROCESSING", "FAILED"]


def test_latency_is_the_same_in_each_run_and_shaped_as_asked() -> None:
    def drawn(text: str) -> list[float]:
        latency = Latency.parse(text.split(":"))
        return [latency.draw(f"account {turn}") for turn in range(2000)]

    assert set(drawn("1.5")) == {1.5}
    uniform = drawn("uniform:0.5:2")
    assert uniform == drawn("uniform:0.5:2") != drawn("uniform:0.5:2:seed=7")
    assert 0.5 <= min(uniform) < 0.6 < 1.9 < max(uniform) <= 2
    assert median(uniform) == pytest.approx(1.25, abs=0.1)
    skewed = drawn("lognormal:1:0.5")
    assert median(skewed) == pytest.approx(1, abs=0.1)
    assert mean(skewed) == pytest.approx(exp(0.5**2 / 2), abs=0.1)


def test_latency_passes_on_a_running_clock_until_it_is_pushed(large: Model, payload: PayloadOf) -> None:
    with serving() as mock, httpx2.Client(base_url=mock.url, headers={"x-api-key": "k" * 8}) as client:
        answers: list[httpx2.Response] = []

        def ask() -> None:
            headers = {"x-mock-scenario": "latency:500"}
            answers.append(client.post(submit_path(large), json=payload(large), headers=headers, timeout=60))

        asking = threading.Thread(target=ask)
        asking.start()
        while not client.get("/__mock/requests").json()["requests"]:
            assert asking.is_alive(), "the answer is held back, its entry is not"
        client.post("/__mock/clock", json={"advance": 499})
        assert asking.is_alive()
        client.post("/__mock/clock", json={"advance": 2})
        asking.join(30)
        assert [answer.status_code for answer in answers] == [200]
