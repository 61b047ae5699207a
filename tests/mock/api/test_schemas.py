"""Bodies made from a schema and judged by it, for schemas of providers that are unlike any other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from segmind_mock.api import jobs, queue
from segmind_mock.api.exchange import pay
from segmind_mock.api.faults import format_reset
from segmind_mock.api.generation_request import GenerationRequest, read_generation_request
from segmind_mock.api.jobs import DONE, FAILED, FIRST, Job, JobPlan, Pace
from segmind_mock.api.routes import Routes, path_of, pattern_of
from segmind_mock.checks.schemas import check_schema, kind_of
from segmind_mock.platform import bodies
from segmind_mock.platform.bodies import BODIES, job_body, kinds, one_or_list, schema_at
from segmind_mock.server.asgi import error_body
from segmind_mock.server.limits import RequestRefused, parameters_in
from segmind_mock.spec.answers import find
from segmind_mock.spec.catalog import SLUGS, get
from segmind_mock.spec.facts import Model
from segmind_mock.spec.platform import PLATFORM
from segmind_mock.spec.service import Platform
from segmind_mock.state.account import Account
from segmind_mock.state.clock import SECOND
from tests.mock.conftest import MockCaller

URI = {"type": "string", "format": "uri"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["images", "seed"],
    "properties": {
        "images": {"type": "array", "items": {"type": "object", "required": ["url"], "properties": {"url": URI}}},
        "seed": {"type": "integer"},
        "note": {"type": ["string", "null"], "x-basis": "observed"},
        "either": {"anyOf": [URI, {"type": "array", "items": URI}]},
    },
}
GOOD = {"images": [{"url": "https://x.example/1"}], "seed": 1}


def found(value: object, **options: Any) -> list[tuple[str, str, str]]:
    return [(each.code, each.place, each.severity) for each in check_schema(SCHEMA, value, **options)]


CHANGES: list[tuple[dict[str, Any], list[Any]]] = [
    ({}, []),
    ({"note": None, "either": "https://x.example/2"}, []),
    ({"either": ["https://x.example/2"]}, []),
    ({"seed": "1"}, [("wrong-type", "/seed", "drift")]),
    ({"seed": True}, [("wrong-type", "/seed", "drift")]),
    ({"note": 5}, [("wrong-type", "/note", "note")]),
    ({"either": 5}, [("wrong-type", "/either", "drift")]),
    ({"either": ["/2"]}, [("relative-url", "/either/0", "drift")]),
    ({"images": [{}]}, [("missing-field", "/images/0/url", "drift")]),
    ({"images": ["x"]}, [("wrong-type", "/images/0", "drift")]),
    ({"more": 1}, [("additional-field", "/more", "note")]),
]


@pytest.mark.parametrize(("changes", "expected"), CHANGES)
def test_what_departs_from_a_schema_is_found_where_it_is(changes: dict[str, object], expected: list[object]) -> None:
    assert found({**GOOD, **changes}) == expected


def test_what_is_missing_is_found_unless_nothing_has_to_be_there() -> None:
    assert found({"images": []}) == [("missing-field", "/seed", "drift")]
    assert found({}, partial=True) == []
    assert found({"images": [{}]}, partial=True) == []


def test_types_of_values_and_of_schemas() -> None:
    values: list[Any] = [True, 1, 1.5, "", [], {}, None]
    assert [kind_of(value) for value in values] == [
        "boolean",
        "integer",
        "number",
        "string",
        "array",
        "object",
        "null",
    ]
    assert kinds(SCHEMA["properties"]["either"]) == ("string", "array")
    assert schema_at(SCHEMA, "/images/0/url") == URI
    assert schema_at(SCHEMA, "/images/0/more") is None


def test_a_body_about_a_job_has_its_state_and_what_has_been_seen_on_the_wire() -> None:
    for acceptor in PLATFORM.queue.acceptors:
        body = json.loads(job_body("status", acceptor))
        assert not list(check_schema(BODIES["status"], body))
        assert acceptor.value in body.values()
    assert not list(check_schema(BODIES["error"], error_body("no")))
    assert one_or_list("result", "output", ["a"]) == "a"
    assert one_or_list("result", "output", ["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize("text", ["", "100 % of 5 %s", '"\\u0000" \0 \0001 %', "naïve \U0001f41d\n"])
def test_what_a_body_says_is_kept_whatever_it_is(text: str) -> None:
    assert FAILED is not None
    body = json.loads(job_body("failed", FAILED, error_text=text, inference_time=2.5))
    roles = PLATFORM.media["image"].roles
    assert (find(body, roles["error_text"]), find(body, FAILED.path)) == (text, FAILED.value)


@pytest.mark.parametrize("text", ["\0001", "\0\0000", "100 %s", '"\\u00000"'])
def test_what_a_spec_says_is_kept_whatever_it_is(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FAILED is not None
    failed = BODIES["failed"]
    schema = {**failed, "properties": {text: {"const": text}, **failed["properties"]}}
    monkeypatch.setattr(bodies, "bodies_of", lambda medium: {"failed": schema})
    monkeypatch.setattr(bodies, "_form", bodies._form.__wrapped__)
    body = json.loads(job_body("failed", FAILED, error_text="no"))
    assert (body[text], find(body, PLATFORM.media["image"].roles["error_text"])) == (text, "no")


def test_facts_without_a_role_or_a_place_are_left_out() -> None:
    assert job_body("status", FIRST, unheard_of=1, file_url="x") == job_body("status", FIRST)


def test_parameters_are_where_the_pointer_says_or_the_refusal_names_it() -> None:
    assert parameters_in({"a": 1}, "") == {"a": 1}
    assert parameters_in({"input": {"a": 1}}, "/input") == {"a": 1}
    wrongs: list[dict[str, Any]] = [{}, {"input": 5}, {"input": []}]
    for wrong in wrongs:
        with pytest.raises(RequestRefused, match="/input"):
            parameters_in(wrong, "/input")


def test_paths_of_jobs_may_hold_a_slug_with_a_slash() -> None:
    path = path_of("/jobs/{slug}/requests/{request_id}/status", "acme/paint-2", "7")
    assert path == "/jobs/acme/paint-2/requests/7/status"
    job = pattern_of("/jobs/{slug}/requests/{request_id}/status").fullmatch(path)
    assert job is not None
    assert job.groupdict() == {"slug": "acme/paint-2", "request_id": "7"}
    assert pattern_of("").fullmatch("") is None
    assert Routes().find("/nowhere") is None


def order() -> GenerationRequest:
    model = get(SLUGS[0])
    return read_generation_request(model, model.example)


def test_whether_a_failure_is_billed_is_the_platforms_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for bills, back in ((False, 5), (True, 0)):
        monkeypatch.setattr(jobs, "BILLS_FAILURES", bills)
        job = Job("id", "key", order(), Pace("instant"), JobPlan(error="no"), 0, 5)
        job.look(0)
        assert job.outcome == "failed"
        assert job.settle() == back


def test_retention_begins_where_the_platform_says(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = round(PLATFORM.queue.retention_s * SECOND)
    for from_submit, gone in ((False, False), (True, True)):
        monkeypatch.setattr(jobs, "KEEPS_FROM_SUBMIT", from_submit)
        job = Job("id", "key", order(), Pace("time", 5), JobPlan(), 0, 5)
        job.look(5 * SECOND)
        assert job.acceptor == DONE
        assert job.expired(kept) is gone
        assert job.expired(kept + 5 * SECOND)


def test_the_end_of_a_rate_limit_is_written_as_the_platform_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert format_reset(0) == "1970-01-01T00:00:00Z"
    monkeypatch.setattr("segmind_mock.api.faults.RESET_FORMAT", "epoch-s")
    assert format_reset(5) == "5"


def test_a_submit_with_wrong_parameters_may_be_accepted_and_fail_later(
    monkeypatch: pytest.MonkeyPatch, mock: MockCaller, large: Model
) -> None:
    assert FAILED is not None
    monkeypatch.setattr(queue, "VALIDATES_LATER", True)
    job = mock.submit(large, steps=1000)
    answers = [mock.get(job["status_url"]) for _ in range(3)]
    assert answers[-1].status_code == FAILED.http
    assert "1000 is above the maximum" in answers[-1].text


def test_a_platform_without_a_state_for_failures_answers_an_error(
    monkeypatch: pytest.MonkeyPatch, mock: MockCaller, large: Model
) -> None:
    monkeypatch.setattr(queue, "FAILED", None)
    job = mock.submit(large, "job-fails")
    answer = [mock.get(job["status_url"]) for _ in range(3)][-1]
    documented = PLATFORM.status("job_failed")
    assert documented is not None
    assert answer.status_code == documented.status
    assert answer.json() == error_body("The worker ran out of memory.")


def no_status(platform: Platform, role: str) -> None:
    return None


def test_nothing_runs_out_of_credits_where_no_page_documents_that(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account("id", 3)
    with pytest.raises(RequestRefused):
        pay(account, 5)
    monkeypatch.setattr(Platform, "status", no_status)
    assert pay(account, 5) == 3
    assert pay(account, 5) == 0
    assert (account.credits, account.charged) == (0, 3)
