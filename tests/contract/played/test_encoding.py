"""Services whose base64 has another default, or no effect."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from generated.segmind.contract.findings import DRIFT, KEPT
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.suite import CONTRACT
from tests.contract.mutation.mocks import kind_of
from tests.contract.played.playing import ANY, CASES, TINY, Run

ACCEPTED = [case for case in ANY if case.check in ("accept", "example", "default") and not case.needs_mock]


def with_base64(request: Request, value: bool) -> Request:
    body = json.dumps({**json.loads(request.body), "base64": value}).encode()
    return request._replace(body=body, headers={**request.headers, "content-length": str(len(body))})


def is_valid(request: Request) -> bool:
    try:
        return kind_of(request) == "sync" and isinstance(json.loads(request.body), dict)
    except ValueError:
        return False


def default_true(request: Request, send: Send) -> Response:
    left_out = is_valid(request) and "base64" not in json.loads(request.body)
    return send(with_base64(request, True) if left_out else request)


def always(value: bool) -> Callable[[Request, Send], Response]:
    return lambda request, send: send(with_base64(request, value) if is_valid(request) else request)


def test_another_default_of_base64_is_one_drift(play: Callable[..., Run]) -> None:
    run = play(default_true, *ACCEPTED)
    assert run.titles() == ["Defaults are not the documented ones: base64"] and not run.codes("doubts")
    drifted = [name for name, verdict in run.verdicts.items() if verdict.outcome == DRIFT]
    assert len(drifted) <= 2 and "base64: default" in drifted
    assert (
        run.verdicts["base64: true is a boolean"].outcome == run.verdicts["base64: false is a boolean"].outcome == KEPT
    )
    finding, *_ = run.verdicts["base64: default"].drift
    assert str(finding.source) == "page tinysd1.5-txt2img.spaced, parameter base64, default false (page)"


def test_another_default_of_base64_is_told_where_money_is_limited(play: Callable[..., Run]) -> None:
    run = play(default_true, CASES["base64: default"], most="1")
    assert run.titles() == ["Defaults are not the documented ones: base64"]


def test_json_everywhere_is_drift_from_the_row_of_base64(play: Callable[..., Run]) -> None:
    run = play(always(True), *ACCEPTED)
    assert run.titles() == ["The value base64: false has no effect: files come as base64 in JSON"]
    assert not run.codes("doubts")
    kept = {name for name, verdict in run.verdicts.items() if verdict.outcome == KEPT}
    assert kept >= {"base64: true is a boolean", "base64"} and "samples: 1 is the minimum" not in kept
    (finding,) = run.verdicts["example"].drift
    assert str(finding.source) == "page tinysd1.5-txt2img.spaced, parameter base64 (page)"
    assert any(item.startswith("default: ") for verdict in run.verdicts.values() for item in verdict.covers)


def test_files_everywhere_are_drift_from_the_row_of_base64(play: Callable[..., Run]) -> None:
    run = play(always(False), *ACCEPTED)
    assert run.titles() == ["The value base64: true has no effect: files come as they are, and not in JSON"]
    assert {name for name, verdict in run.verdicts.items() if verdict.outcome == DRIFT} >= {
        "base64",
        "base64-of-several",
    }
    assert not run.codes("doubts")


def test_json_where_no_parameter_asks_for_it_is_a_doubt_with_the_erratum_about_the_models_page(
    play: Callable[..., Run],
) -> None:
    """The page says Text/JSON, which the spec takes for a mistake."""

    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        if kind_of(request) != "sync" or response.status != 200:
            return response
        body = json.dumps({"image_url": "https://cdn.example.com/1.jpeg"}).encode()
        headers = {**response.headers, "content-type": "application/json", "content-length": str(len(body))}
        return response._replace(headers=headers, body=body)

    run = play(mutated, CASES["samples: 1 is the minimum"])
    assert not run.codes()
    doubt, *_ = run.verdicts["samples: 1 is the minimum"].doubts
    assert doubt.code == "in-json"
    assert f"erratum /sync/returns in platform.yaml to page {TINY.pages[0]}: " in str(doubt.source)


@pytest.mark.parametrize("slug", ["stable-diffusion-3-medium-txt2img.compact", "tinysd1.5-txt2img.spaced"])
def test_an_erratum_of_the_platform_is_that_about_the_models_page(slug: str) -> None:
    model = next(model for model in CONTRACT.models if slug in model.pages)
    assert f"to page {slug}" in CONTRACT.platform.of(model).source("/sync/returns").description
