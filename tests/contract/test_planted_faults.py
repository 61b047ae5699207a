"""A fake with a fault that was planted: the suite names it, and does not blame a service that is only busy."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from generated.segmind.contract.findings import DOUBT, DRIFT, KEPT, UNAVAILABLE, UNCHECKED
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.suite import CONTRACT
from tests.contract.mutation.mocks import kind_of
from tests.contract.mutation.play import Mutation
from tests.contract.played.playing import CASES, PLATFORM_CASES, REFUSALS, Run, answer, with_body

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda body: b'{"error": "boom"}', "no-file"),
        (lambda body: b'{"error": "boom", "help": "https://example.com/help"}', "no-file"),
        (lambda body: b'{"status": "Success"}', "no-file"),
        (lambda body: b"", "no-file"),
        (lambda body: b"<html>oops</html>", "no-file"),
        (lambda body: body[: len(body) // 2], "damaged-file"),
    ],
)
def test_an_answer_without_an_image_is_drift(
    play: Callable[..., Run], change: Callable[[bytes], bytes], code: str
) -> None:
    run = play(with_body(change), CASES["samples: 1 is the minimum"])
    assert run.codes() == {code}
    (verdict,) = run.verdicts.values()
    assert verdict.outcome == DRIFT and verdict.drift[0].source.basis == "page"


@pytest.mark.parametrize("image", [None, "", "boom", "/9j/4AAQ"])
def test_base64_without_an_image_is_drift(play: Callable[..., Run], image: str | None) -> None:
    body = json.dumps({"status": "Success", "image": image, "image_format": "jpeg", "infer_time": 1}).encode()
    run = play(with_body(lambda good: body), CASES["base64: true is a boolean"])
    assert run.codes() <= {"no-file", "damaged-file"} and run.codes()


def test_an_image_in_another_form_than_observed_is_a_doubt(play: Callable[..., Run]) -> None:
    body = json.dumps({"image_url": "https://cdn.example.com/1.jpeg"}).encode()
    run = play(with_body(lambda good: body, "application/json"), CASES["samples: 1 is the minimum"])
    (verdict,) = run.verdicts.values()
    assert verdict.outcome == DOUBT and run.codes("doubts") >= {"in-json"}


def refusing_keys(status: int) -> Mutation:
    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        return answer(status) if response.status == 401 else response

    return mutated


@pytest.mark.parametrize("status", [402, 403, 406, 429, 500, 503])
def test_a_wrong_status_for_a_wrong_key_is_named(play: Callable[..., Run], status: int) -> None:
    polls = [PLATFORM_CASES[name] for name in ("status: no key", "result: wrong key")]
    run = play(refusing_keys(status), CASES["sync: no key"], CASES["submit: wrong key"], *polls)
    assert {verdict.outcome for verdict in run.verdicts.values()} == {DRIFT}
    assert run.titles() == [
        f"No key, a wrong key, a poll with no key, a poll with a wrong key: status {status} instead of 401"
    ]


@pytest.mark.parametrize("status", [402, 403, 406, 429, 503])
def test_a_wrong_status_for_invalid_values_is_one_group(play: Callable[..., Run], status: int) -> None:
    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        return answer(status) if response.status == 400 else response

    run = play(mutated, *REFUSALS, CASES["sync: no object"])
    assert {verdict.outcome for verdict in run.verdicts.values()} == {DRIFT}
    (title,) = run.titles()
    assert "bodies that are no JSON object" in title and "and 2 more)" in title
    # Three proofs of five requests each.
    assert len(run.sent) <= len(REFUSALS) + 1 + 12
    assert len(run.said) == (3 if status == 429 else 0)


def test_a_proof_costs_money_and_stays_within_the_limit(play: Callable[..., Run]) -> None:
    run = play(refusing_keys(403), CASES["sync: no key"], most="1")
    assert {verdict.outcome for verdict in run.verdicts.values()} == {DRIFT}
    run = play(refusing_keys(403), CASES["sync: no key"], most="0.007")
    (verdict,) = run.verdicts.values()
    assert verdict.outcome == UNCHECKED and "is not covered" in verdict.description
    assert len(run.sent) == 2


@pytest.mark.parametrize("status", [402, 403, 406, 503])
def test_a_service_that_refuses_valid_requests_too_is_not_available(play: Callable[..., Run], status: int) -> None:
    run = play(lambda request, send: answer(status), *REFUSALS[:4], CASES["sync: no key"])
    assert {verdict.outcome for verdict in run.verdicts.values()} == {UNAVAILABLE}


def test_a_passing_failure_is_not_drift(play: Callable[..., Run]) -> None:
    failed: list[bool] = []

    def once(request: Request, send: Send) -> Response:
        failed.append(True)
        return answer(503) if len(failed) == 1 else send(request)

    run = play(once, REFUSALS[0])
    assert {verdict.outcome for verdict in run.verdicts.values()} == {KEPT}


def test_a_valid_value_that_makes_the_service_fail_is_drift(play: Callable[..., Run]) -> None:
    def mutated(request: Request, send: Send) -> Response:
        return answer(503) if b'"guidance_scale": 25' in request.body else send(request)

    name = "guidance_scale: 25 is the maximum"
    run = play(mutated, CASES[name])
    assert run.verdicts[name].outcome == DRIFT
    assert run.titles() == ["Valid values are refused with 503 (guidance_scale)"]


def test_an_endless_rate_limit_is_said_and_bounded(play: Callable[..., Run]) -> None:
    def mutated(request: Request, send: Send) -> Response:
        response = answer(429)
        return response._replace(headers={**response.headers, "retry-after": "30"})

    run = play(mutated, *REFUSALS[:5], CASES["samples: 1 is the minimum"])
    assert {verdict.outcome for verdict in run.verdicts.values()} == {UNAVAILABLE}
    assert len(run.said) == 4, "two minutes of 30 seconds in the whole run"
    assert "waiting 30 s, since POST /v1/tinysd1.5-txt2img was refused with 429" in run.said[0]


def without_models(*served: str) -> Mutation:
    def mutated(request: Request, send: Send) -> Response:
        slug = urlsplit(request.url).path.rpartition("/")[2]
        known = [model.slug for model in CONTRACT.models]
        return answer(404, b'{"error": "Not Found"}') if slug in known and slug not in served else send(request)

    return mutated


def test_a_model_that_is_not_served_is_one_finding(play: Callable[..., Run]) -> None:
    run = play(without_models(), *REFUSALS, CASES["sync: no key"], CASES["submit: no object"], CASES["job"])
    outcomes = [verdict.outcome for verdict in run.verdicts.values()]
    assert outcomes.count(DRIFT) == 2 and outcomes.count(UNCHECKED) == len(outcomes) - 2
    path = "tinysd1.5-txt2img"
    assert run.titles() == [f"{path}: not served (404): POST /v1/{path}, POST /v2/{path}"]
    assert len(run.sent) <= 4


def test_a_model_without_a_queue_is_checked_without_it(play: Callable[..., Run]) -> None:
    def mutated(request: Request, send: Send) -> Response:
        return answer(404) if kind_of(request) == "submit" else send(request)

    run = play(mutated, REFUSALS[0], CASES["job"])
    assert run.verdicts[REFUSALS[0].name].outcome == KEPT
    assert run.titles() == ["tinysd1.5-txt2img: not served (404): POST /v2/tinysd1.5-txt2img"]


def test_404_for_a_bad_value_of_a_served_model_is_a_wrong_status(play: Callable[..., Run]) -> None:
    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        return answer(404) if response.status == 400 else response

    run = play(mutated, *REFUSALS[:3])
    assert run.codes() == {"wrong-status"}


def test_cases_of_the_platform_use_a_model_that_is_served(play: Callable[..., Run]) -> None:
    last = CONTRACT.models[0].slug
    run = play(without_models(last), PLATFORM_CASES["sync: null as the body"], PLATFORM_CASES["status: no key"])
    assert {verdict.outcome for verdict in run.verdicts.values()} == {KEPT}
    assert run.verdicts["sync: null as the body"].slug == last


def test_a_refused_key_is_said_once_and_nothing_more_is_sent(play: Callable[..., Run]) -> None:
    run = play(lambda request, send: answer(401), *REFUSALS, CASES["job"])
    assert {verdict.outcome for verdict in run.verdicts.values()} == {UNAVAILABLE}
    assert len({verdict.description for verdict in run.verdicts.values()}) == 1
    assert run.said == [next(iter(run.verdicts.values())).description]
    assert "the key in SEGMIND_API_KEY is refused" in run.said[0] and len(run.sent) <= 2


def test_a_wrong_label_of_a_wrong_format_is_named_too(play: Callable[..., Run]) -> None:
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\0\0\0\2\0\x08\2\0\0\0....\0\0\0\0IEND...."
    for label, codes in (
        ("application/octet-stream", {"wrong-format", "wrong-content-type"}),
        ("image/jpeg", {"wrong-format"}),
        ("image/png", {"wrong-format"}),
    ):
        run = play(with_body(lambda body: png, label), CASES["samples: 1 is the minimum"])
        assert run.codes() == codes


def test_another_success_status_is_one_group(play: Callable[..., Run]) -> None:
    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        return response._replace(status=201) if kind_of(request) == "sync" and response.status == 200 else response

    cases = [case for case in CASES.values() if case.check == "accept" and case.rule and not case.silent]
    run = play(mutated, *cases)
    assert run.titles() == ["Valid requests get 201 instead of 200"]
    assert not any("200" in item for verdict in run.verdicts.values() for item in verdict.covers)


def test_a_value_beyond_the_known_ones_is_not_called_valid(play: Callable[..., Run]) -> None:
    def mutated(request: Request, send: Send) -> Response:
        return answer(400) if b"no-such-value" in request.body else send(request)

    silent = [case for case in CASES.values() if case.silent and case.parameter == "scheduler"]
    run = play(mutated, *silent)
    assert run.titles("doubt") == ["Values of scheduler beyond the known ones are refused with 400"]
    assert not run.codes()
    source = str(silent[0].source)
    assert source.endswith(
        "parameter scheduler: the list of its values may be incomplete, and what no page rules out is taken to be valid (inferred)"
    )


def test_a_status_that_a_case_did_not_ask_for_is_covered_too(play: Callable[..., Run]) -> None:
    run = play(lambda request, send: send(request), CASES["samples: 1 is the minimum"])
    (verdict,) = run.verdicts.values()
    assert "status: 200" in verdict.covers
