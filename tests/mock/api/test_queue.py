"""The queue: forward only, one end, an hour of retention, nobody else's jobs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_mock import Pace
from segmind_mock.api.generation_request import read_generation_request
from segmind_mock.api.jobs import PENDING, Job, JobPlan
from segmind_mock.spec.catalog import SLUGS, find
from segmind_mock.spec.facts import Model
from segmind_mock.spec.platform import PLATFORM
from segmind_mock.state.clock import SECOND
from tests.mock.conftest import MakeMock, MockCaller

EVERY_STORE = True

QUEUED, PROCESSING = PENDING
(DONE,), (FAILED,) = PLATFORM.queue.done, PLATFORM.queue.failed


def states(mock: MockCaller, job: dict[str, str], polls: int) -> list[str]:
    return [mock.get(job["status_url"]).json()["status"] for _ in range(polls)]


def test_all_four_states_are_seen_by_polling(mock: MockCaller, model: Model) -> None:
    job = mock.submit(model)
    assert job["status"] == QUEUED
    assert states(mock, job, 4) == [QUEUED, PROCESSING, DONE, DONE]
    failing = mock.submit(model, "job-fails")
    assert states(mock, failing, 3) == [QUEUED, PROCESSING, FAILED]


def test_jobs_move_with_the_clock(make_mock: MakeMock, model: Model) -> None:
    mock = make_mock(pace=Pace("time", 10))
    job = mock.submit(model)
    seen = []
    for seconds in (0, 4.9, 0.1, 4.9, 0.1):
        mock.advance(seconds)
        seen += states(mock, job, 2)
    assert seen == [QUEUED] * 4 + [PROCESSING] * 4 + [DONE] * 2


def test_instant_jobs_have_ended_before_the_first_poll(make_mock: MakeMock, model: Model) -> None:
    mock = make_mock(pace=Pace("instant"))
    assert states(mock, mock.submit(model), 1) == [DONE]


@pytest.mark.parametrize(
    ("scenario", "seen"),
    [
        ("completed-at-once", [DONE, DONE, DONE]),
        ("starts-processing", [PROCESSING, PROCESSING, DONE]),
        ("stuck", [QUEUED, PROCESSING, PROCESSING]),
    ],
)
def test_scenarios_bend_a_jobs_life(mock: MockCaller, large: Model, scenario: str, seen: list[str]) -> None:
    assert states(mock, mock.submit(large, scenario), 3) == seen


def test_a_stuck_job_is_stuck_for_ever(make_mock: MakeMock, large: Model) -> None:
    mock = make_mock(pace=Pace("time", 1))
    job = mock.submit(large, "stuck")
    mock.advance(100_000)
    assert states(mock, job, 5) == [PROCESSING] * 5


def test_a_failed_job_is_422_on_both_urls_and_costs_nothing_in_the_end(mock: MockCaller, model: Model) -> None:
    before = mock.credits()
    job = mock.submit(model, "content-block")
    assert mock.credits() < before
    states(mock, job, 2)
    for url in (job["status_url"], job["response_url"], job["poll_url"]):
        answer = mock.get(url)
        assert answer.status_code == 422
        assert answer.json()["status"] == FAILED
        assert "blocked" in answer.json()["error"]
        assert "failed-charge=inferred" in answer.headers["x-mock-basis"]
    assert mock.credits() == before


def test_late_validation_accepts_and_then_fails_with_the_validators_words(mock: MockCaller, large: Model) -> None:
    job = mock.submit(large, "late-validation", steps=1000)
    assert states(mock, job, 3)[-1] == FAILED
    assert "1000 is above the maximum 70" in mock.get(job["response_url"]).json()["error"]
    fine = mock.submit(large, "late-validation")
    assert states(mock, fine, 3)[-1] == DONE


def test_one_poll_falls_to_a_gateway_and_does_not_count(mock: MockCaller, large: Model) -> None:
    job = mock.submit(large, "poll-502-once")
    fault = mock.get(job["status_url"])
    assert fault.status_code == 502
    assert fault.headers["content-type"].startswith("text/html")
    assert states(mock, job, 3) == [QUEUED, PROCESSING, DONE]


def test_a_result_read_early_has_no_output_and_moves_nothing(mock: MockCaller, large: Model) -> None:
    job = mock.submit(large)
    for _ in range(5):
        early = mock.get(job["response_url"])
        assert (early.status_code, early.json()) == (200, {"status": QUEUED, "metrics": {}})
        assert "early-result=inferred" in early.headers["x-mock-basis"]
    assert states(mock, job, 3) == [QUEUED, PROCESSING, DONE]


def test_a_result_is_kept_for_an_hour_from_its_end_however_often_it_is_read(make_mock: MakeMock, large: Model) -> None:
    mock = make_mock(pace=Pace("time", 5))
    job = mock.submit(large)
    mock.advance(5 + 3599.9)
    done = mock.get(job["response_url"])
    assert done.status_code == 200
    assert mock.get(done.json()["output"], key=None).status_code == 200
    mock.advance(0.1)
    assert mock.get(job["response_url"]).status_code == 404
    assert mock.get(job["status_url"]).status_code == 404
    assert mock.get(done.json()["output"], key=None).status_code == 404


@pytest.mark.parametrize("pace", [Pace("polls", 0), Pace("polls", 2), Pace("time", 5), Pace("instant")])
def test_a_job_that_nobody_polled_expires_too(make_mock: MakeMock, large: Model, pace: Pace) -> None:
    mock = make_mock(pace=pace)
    job = mock.submit(large)
    mock.advance(3599.9)
    assert mock.get(job["response_url"]).status_code == 200
    mock.advance(5.1)
    assert mock.get(job["status_url"]).status_code == 404
    assert mock.get(job["response_url"]).status_code == 404


def test_a_job_whose_polls_stop_expires(make_mock: MakeMock, large: Model) -> None:
    mock = make_mock(pace=Pace("polls", 2))
    job = mock.submit(large)
    for _ in range(2):
        mock.advance(3599)
        assert mock.get(job["status_url"]).status_code == 200
    mock.advance(3600)
    assert mock.get(job["status_url"]).status_code == 404


def test_a_job_of_an_earlier_version_can_be_read(large: Model) -> None:
    job = Job("id", "key", read_generation_request(large, large.example), Pace("polls", 2), JobPlan(), 7)
    job.poll(9)
    *facts, moved = json.loads(job.dump(str))
    assert len(moved) == 6
    older = Job.load(json.dumps([*facts, moved[:5]]))
    assert (older.acceptor, older.expired(8)) == (job.acceptor, False)
    assert Job.load(job.dump(str)).dump(str) == job.dump(str)


def test_a_job_without_duration_has_ended_even_if_the_clock_was_set_back(large: Model) -> None:
    job = Job("id", "key", read_generation_request(large, large.example), Pace("instant"), JobPlan(), 7)
    job.look(5)
    assert (job.outcome, job.expired(8)) == ("done", False)


def test_unknown_expired_malformed_and_foreign_are_the_same_404(make_mock: MakeMock, large: Model) -> None:
    mock = make_mock(pace=Pace("instant"))
    expired = mock.submit(large)["request_id"]
    mock.advance(3600)
    foreign = mock.submit(large, key="somebody-else")["request_id"]
    unknown = "00000000-0000-4000-8000-000000000000"
    seen = set()
    for name in (expired, foreign, unknown, "x", "..%2f..", "%00", "a%0d%0ab", "a/b", "%252e", ""):
        for path in (PLATFORM.queue.status_path, PLATFORM.queue.result_path):
            answer = mock.get(path.replace("{request_id}", name))
            seen.add((answer.status_code, answer.content, answer.headers["x-mock-basis"]))
    assert len(seen) == 1
    assert next(iter(seen))[0] == 404


def test_ids_are_never_given_out_again(mock: MockCaller, large: Model) -> None:
    first = mock.submit(large)
    mock.post("/__mock/reset", {}, key=None)
    assert mock.get(first["status_url"]).status_code == 404
    assert mock.submit(large)["request_id"] != first["request_id"]


def test_jobs_are_bounded_and_those_that_ended_go_first(make_mock: MakeMock, large: Model) -> None:
    mock = make_mock(jobs_per_key=16, pace=Pace("polls", 0))
    live = [mock.submit(large) for _ in range(8)]
    ended = [mock.submit(large) for _ in range(8)]
    for job in ended:
        mock.get(job["status_url"])
    mock.submit(large)
    assert mock.get(ended[0]["status_url"]).status_code == 404
    assert mock.get(ended[-1]["status_url"]).status_code == 200
    assert all(mock.get(job["status_url"]).status_code == 200 for job in live)
    for _ in range(100):
        mock.submit(large)
    assert mock.get("/__mock/credits").json()["accounts"][0]["jobs"] <= 16


def test_a_job_that_has_just_ended_is_kept_though_older_ones_wait(make_mock: MakeMock, large: Model) -> None:
    mock = make_mock(jobs_per_key=16, pace=Pace("polls", 0))
    waiting = [mock.submit(large) for _ in range(15)]
    ended = mock.submit(large)
    assert mock.get(ended["status_url"]).json()["status"] == "COMPLETED"
    mock.submit(large)
    assert mock.get(ended["response_url"]).status_code == 200
    assert mock.get(waiting[0]["status_url"]).status_code == 404


PACES = st.one_of(
    st.builds(Pace, st.just("polls"), st.integers(0, 6)),
    st.builds(Pace, st.just("time"), st.floats(0, 30)),
    st.just(Pace("instant")),
)
PLANS = st.builds(
    JobPlan,
    pace=st.none() | PACES,
    first=st.integers(0, len(PENDING) - 1),
    stuck=st.booleans(),
    error=st.none() | st.just("broke"),
    fault=st.none() | st.just("html-502"),
    faults=st.integers(1, 3),
    odd=st.none() | st.just("THROTTLED"),
    fleeting=st.booleans(),
)
STEPS = st.lists(st.one_of(st.just("poll"), st.just("look"), st.floats(0, 5)), max_size=40)


def state_of(job: Job) -> str:
    return FAILED if job.outcome == "failed" else job.acceptor.value


@settings(max_examples=300)
@given(PACES, PLANS, STEPS)
def test_whatever_happens_states_move_forward_to_one_end(pace: Pace, plan: JobPlan, steps: list[str | float]) -> None:
    model = find(SLUGS[0])
    assert model is not None
    job = Job("id", "key", read_generation_request(model, model.example), pace, plan, 0)
    order = {state: rank for rank, state in enumerate((*PENDING, DONE))} | {FAILED: len(PENDING)}
    now, before = 0, QUEUED
    ends: set[str] = set()
    for step in steps:
        if isinstance(step, float):
            now += round(step * SECOND)
            continue
        if step == "poll":
            job.poll(now)
        else:
            job.look(now)
        state = state_of(job)
        job.look(now)
        assert state == state_of(job), "status and result disagree at one instant"
        if state == plan.odd:
            assert before not in (DONE, FAILED)
            continue
        assert order[state] >= order[before]
        assert order[state] >= plan.first
        if state in (DONE, FAILED):
            ends.add(state)
        before = state
    assert ends <= ({DONE} if plan.error is None else {FAILED})
    assert not (plan.stuck and ends)
