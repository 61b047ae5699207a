"""Correct services that differ in what no page says: the suite reports no drift."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from generated.segmind.contract.checks.errors import check_bound, check_listed
from generated.segmind.contract.checks.headers import number_in
from generated.segmind.contract.findings import DOUBT, DRIFT, KEPT, UNAVAILABLE, Verdict
from generated.segmind.contract.service.checker import Checker
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.service.money import Budget, Ledger
from generated.segmind.contract.service.runner import run_case
from generated.segmind.contract.spec.facts import Parameter
from tests.contract.mutation.mocks import kind_of
from tests.contract.mutation.play import MockFactory, Mutation
from tests.contract.mutation.subjects import sample_cases, sample_contract

pytestmark = pytest.mark.usefixtures("no_waiting")


def verdict_of(mocks: MockFactory, name: str, mutation: Mutation, most: str | None = None) -> Verdict:
    """Return the verdict of a case of the first model, on a service that is not a mock."""
    with mocks.service(mutation) as service:
        budget = Budget(None if most is None else Decimal(most))
        service = service._replace(strict=False, provokes=False, budget=budget)
        case = next(case for case in sample_cases() if case.name == name)
        return run_case(sample_contract(), service, case)


def test_media_may_be_on_another_host(mocks: MockFactory) -> None:
    def mutation(request: Request, send: Send) -> Response:
        path = urlsplit(request.url).path
        if kind_of(request) == "media":
            return Response(302, {"location": f"/cdn{path}?signature=1"}, b"")
        if path.startswith("/cdn"):
            response = send(request._replace(url=request.url.partition("?")[0].replace("/cdn/", "/")))
            return response._replace(headers={"content-type": "binary/octet-stream"})
        return send(request)

    verdict = verdict_of(mocks, "job", mutation)
    assert verdict.outcome == DOUBT, verdict
    assert any("wrong-content-type" in str(doubt) for doubt in verdict.doubts)


def test_a_failed_job_or_an_unreachable_image_is_not_drift(mocks: MockFactory) -> None:
    def failing(request: Request, send: Send) -> Response:
        if kind_of(request) == "submit":
            return send(request._replace(headers={**request.headers, "x-mock-scenario": "job-fails"}))
        return send(request)

    def unreachable(request: Request, send: Send) -> Response:
        return Response(503, {}, b"") if kind_of(request) == "media" else send(request)

    assert verdict_of(mocks, "job", failing).outcome == UNAVAILABLE
    assert verdict_of(mocks, "job", unreachable).outcome == UNAVAILABLE


def test_a_state_that_was_not_shown_is_not_covered(mocks: MockFactory) -> None:
    def quick(request: Request, send: Send) -> Response:
        if kind_of(request) == "submit":
            return send(request._replace(headers={**request.headers, "x-mock-scenario": "completed-at-once"}))
        return send(request)

    verdict = verdict_of(mocks, "job", quick)
    assert verdict.outcome == KEPT, verdict
    states = [item for item in verdict.covers if item.startswith("state: ")]
    assert [item.rpartition(" ")[2] for item in states] == ["COMPLETED"]


def test_the_suite_waits_for_a_rate_limit_for_two_minutes_in_vain_at_most(mocks: MockFactory) -> None:
    def limited(most: int) -> tuple[Mutation, list[Request]]:
        asked: list[Request] = []

        def mutation(request: Request, send: Send) -> Response:
            asked.append(request)
            if len(asked) <= most:
                return Response(
                    429, {"content-type": "application/json", "retry-after": "20"}, b'{"error":"slow down"}'
                )
            return send(request)

        return mutation, asked

    mutation, asked = limited(2)
    assert verdict_of(mocks, "example", mutation).outcome == KEPT
    assert len(asked) == 3
    mutation, asked = limited(1000)
    assert verdict_of(mocks, "example", mutation).outcome == UNAVAILABLE
    assert len(asked) == 9, "after one other valid request, two minutes of 20 seconds"


def test_a_redirect_is_reported_with_its_location(mocks: MockFactory) -> None:
    verdict = verdict_of(
        mocks, "example", lambda request, send: Response(301, {"location": "https://elsewhere.invalid/"}, b"")
    )
    assert verdict.outcome == DRIFT
    assert "https://elsewhere.invalid/" in str(verdict.drift[0])


def test_rounding_of_binary_floats_is_not_a_charge() -> None:
    ledger = Ledger()
    assert ledger.see(Decimal("99.994")) is None
    ledger.take(Decimal("0.006"))
    assert ledger.see(Decimal("99.98800000000001")) is None
    assert ledger.see(Decimal("99.98")) == Decimal("99.98800000000001")


@pytest.mark.parametrize(
    ("text", "number"), [("5e-05", "0.00005"), ("[7]", "7"), ("$0.01", "0.01"), ("-1.5", "-1.5"), ("many", None)]
)
def test_numbers_in_headers_are_read(text: str, number: str | None) -> None:
    assert number_in(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("513 is not one of 512, 768, 1024", []),
        ("Error 422 at line 1, column 27: value 513 is not in [512, 768, 1024]", []),
        ("must be one of 512, 768, 1024 or 1280", ["unlisted-value"]),
        ("only 512", []),
    ],
)
def test_values_that_a_refusal_lists_are_compared_with_the_spec(
    mocks: MockFactory, words: str, found: list[str]
) -> None:
    parameter = Parameter("img_width", {"type": "integer", "enum": [512, 768, 1024]}, False)
    assert codes(mocks, lambda checker: check_listed(checker, parameter, 513, words, "POST")) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("steps: 9 is below the minimum 10.", []),
        ("steps must be at least 10.0, not 9", []),
        ("steps: 9 is below the minimum 11.", ["other-bound"]),
        ("Input should be less than or equal to 50", ["other-bound"]),
        ("a minimum of sense", []),
        ("steps must be at least 1,000", []),
        ("steps must be at least 1.0e1", []),
        ("steps must be at least 1e+3", ["other-bound"]),
        ("steps must be at least 10.00000000000000000000001", []),
    ],
)
def test_bounds_that_a_refusal_names_are_compared_with_the_spec(
    mocks: MockFactory, words: str, found: list[str]
) -> None:
    parameter = Parameter("steps", {"type": "integer", "minimum": 10, "maximum": 70}, False)
    assert codes(mocks, lambda checker: check_bound(checker, parameter, words, "POST")) == found


@pytest.mark.parametrize(("maximum", "found"), [(1.2345678901234568e16, []), (1.2345678901234566e16, ["other-bound"])])
def test_a_bound_with_an_exponent_is_read_as_a_whole(mocks: MockFactory, maximum: float, found: list[str]) -> None:
    parameter = Parameter("x", {"type": "number", "maximum": maximum}, False)
    words = "x: 12345678901234569 is above the maximum 1.2345678901234568e+16."
    assert codes(mocks, lambda checker: check_bound(checker, parameter, words, "POST")) == found


def codes(mocks: MockFactory, check: Callable[[Checker], None]) -> list[str]:
    contract = sample_contract()
    with mocks.service() as service:
        checker = Checker(service, contract.platform, contract.models[0], "", contract.models[0].source())
        check(checker)
    return [finding.code for finding in checker.drift]


def test_equal_images_are_paid_for_once(mocks: MockFactory) -> None:
    sent: list[str] = []

    def mutation(request: Request, send: Send) -> Response:
        sent.append(json.dumps(json.loads(request.body), sort_keys=True))
        return send(request)

    contract = sample_contract()
    with mocks.service(mutation) as service:
        service = service._replace(strict=False, provokes=False, budget=Budget(Decimal(10)))
        for case in (
            case for case in sample_cases() if case.check == "default" and case.slug == contract.models[1].slug
        ):
            run_case(contract, service, case)
    assert max(sent.count(payload) for payload in sent) == 2, "each payload is sent twice to compare the images"
