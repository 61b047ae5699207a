"""Causes in the summary: counts, order, words, and times."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from generated.segmind.contract.calls import Call
from generated.segmind.contract.findings import DOUBT, DRIFT, KEPT, UNAVAILABLE
from generated.segmind.contract.grouping import groups_of
from generated.segmind.contract.report import as_html, as_json, as_text
from generated.segmind.contract.results import CaseResult, RunResults
from generated.segmind.contract.service import environment
from generated.segmind.contract.service.environment import InvalidOptions, RunOptions, check_options
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.suite import CONTRACT
from tests.contract.mutation.mocks import kind_of
from tests.contract.mutation.play import Mutation
from tests.contract.played.playing import ANY, CASES, REFUSALS, Run, answer

pytestmark = pytest.mark.usefixtures("no_waiting")
SEEDS = itertools.count(1000)
DEFAULTS = [case for case in CASES.values() if case.check == "default"]
KEYS = [case for case in ANY if case.check.endswith(("-no-key", "-wrong-key"))]


def ignoring_the_seed(request: Request, send: Send) -> Response:
    try:
        content = json.loads(request.body)
        content["seed"] = next(SEEDS)
    except (ValueError, TypeError):
        return send(request)
    body = json.dumps(content).encode()
    return send(request._replace(body=body, headers={**request.headers, "content-length": str(len(body))}))


def without(*names: str) -> Mutation:
    """A service whose results lack these keys."""

    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        content = response.json_object
        if kind_of(request) != "result" or content is None:
            return response
        body = json.dumps({name: value for name, value in content.items() if name not in names}).encode()
        return response._replace(body=body, headers={**response.headers, "content-length": str(len(body))})

    return mutated


def listed(results: RunResults, severity: str) -> set[str]:
    """The cases that groups of this severity list."""
    return {case for group in groups_of(results.records) if group.severity == severity for case in group.cases}


@pytest.mark.parametrize("mutation", [ignoring_the_seed, without("output", "images"), without("images"), None])
def test_counts_are_those_of_the_cases_that_are_listed(play: Callable[..., Run], mutation: Mutation | None) -> None:
    run = play(mutation or (lambda request, send: send(request)), *DEFAULTS, CASES["job"], CASES["job of several"])
    results = run.results()
    counts = json.loads(as_json(results, "here", None))["counts"]
    assert counts[DOUBT] == len(listed(results, "doubt")) and counts[DRIFT] == len(listed(results, "drift"))
    assert f"{counts[DOUBT]} in doubt" in next(as_text(results, "here", None))
    assert counts["counted twice"] == len(listed(results, "doubt") & listed(results, "drift"))
    assert sum(counts.values()) - 2 * counts["counted twice"] == len(run.verdicts)
    if mutation is ignoring_the_seed:
        assert counts[DOUBT] == len(DEFAULTS) - 1
        assert not any(item.startswith("default: ") for verdict in run.verdicts.values() for item in verdict.covers)


def test_a_seed_without_effect_is_named(play: Callable[..., Run]) -> None:
    run = play(ignoring_the_seed, *DEFAULTS)
    assert "The seed has no effect: the same request gives different files" in run.titles("doubt")
    assert run.titles() == []


def accepting_keys(request: Request, send: Send) -> Response:
    """A service that answers every request that starts something, whatever its key."""
    right = "contract-suite"
    return (
        send(request._replace(headers={**request.headers, "x-api-key": right}))
        if request.method == "POST"
        else send(request)
    )


def test_keys_that_are_not_checked_come_before_polls(play: Callable[..., Run]) -> None:
    def mutated(request: Request, send: Send) -> Response:
        response = accepting_keys(request, send)
        return answer(404) if response.status == 401 else response

    run = play(mutated, *KEYS, *REFUSALS[:1])
    assert run.titles() == [
        "No key, a wrong key: status 200 instead of 401",
        "A poll with no key, a poll with a wrong key: status 404 instead of 401",
    ]


@pytest.mark.parametrize("status", [404, 403])
def test_a_file_that_can_not_be_downloaded_is_named(play: Callable[..., Run], status: int) -> None:
    def mutated(request: Request, send: Send) -> Response:
        return answer(status) if kind_of(request) == "media" else send(request)

    run = play(mutated, CASES["job"], CASES["job of several"])
    assert run.titles() == [f"The URL of a file answers {status}"]


def test_a_wrong_method_is_named_with_the_address(play: Callable[..., Run]) -> None:
    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        return answer(404) if response.status == 405 else response

    run = play(mutated, *(case for case in ANY if case.check.endswith("-method")))
    assert run.titles() == [
        "GET to the address of a synchronous call, GET to the address of a submission: status 404 instead of 405"
    ]
    assert run.titles("doubt") == [
        "POST to the address of a job's status, POST to the address of a job's result: status 404 instead of 405"
    ]


def test_a_refused_sample_is_based_on_the_sample(play: Callable[..., Run]) -> None:
    """An erratum says that its scheduler is not one of the row's."""

    def closed(request: Request, send: Send) -> Response:
        return answer(400) if b"dpmpp_2m" in request.body or b"no-such" in request.body else send(request)

    silent = [case for case in CASES.values() if case.silent and case.parameter == "scheduler"]
    run = play(closed, CASES["example"], *silent)
    assert run.titles() == []
    (doubt,) = run.verdicts["example"].doubts
    assert doubt.source.description.startswith(
        "the sample of page tinysd1.5-txt2img.spaced, whose scheduler may be wrong"
    )
    assert "erratum /example/scheduler in tinysd1.5-txt2img.yaml" in doubt.source.description
    run = play(lambda request, send: answer(418), CASES["example"])
    (drift,) = run.verdicts["example"].drift
    assert str(drift.source) == "page tinysd1.5-txt2img.spaced, the sample (page)"


def test_times_are_told_by_kind_beside_the_documented_time() -> None:
    results, slug = RunResults(CONTRACT), "stable-diffusion-3.5-large-txt2img"
    calls = [Call("synchronous call", 200, seconds) for seconds in (1.0, 2.0, 9.0)]
    calls += [Call("synchronous call", 400, 99.0), Call("poll", 200, 0.5)]
    results.add(
        CaseResult(
            f"{slug}: a",
            KEPT,
            "",
            "",
            [],
            [],
            [],
            "0",
            calls=[(call.kind, call.status, call.seconds) for call in calls],
        )
    )
    call, poll = results.times()
    assert (call.median, call.slowest, call.number, call.documented) == (2.0, 9.0, 3, 17.51)
    assert str(call) == f"{slug}, synchronous call: median 2 s, slowest 9 s of 3; the page names 17.51 s"
    assert (poll.kind, poll.documented) == ("poll", None)
    lines = list(as_text(results, "here", None))
    assert f"  {call}" in lines and str(call) in as_html(results, "here", None)
    assert json.loads(as_json(results, "here", None))["times"][0]["median"] == 2.0
    results.is_mock = True
    assert results.times() == [] and "<h2>Times" not in as_html(results, "here", None)


def test_times_are_those_of_the_requests(play: Callable[..., Run]) -> None:
    kinds = {call.kind for call in play(lambda request, send: send(request), CASES["example"], CASES["job"]).calls()}
    assert kinds == {"synchronous call", "submission", "poll", "job", "file"}


def test_a_failed_job_after_doubts_is_still_not_available(play: Callable[..., Run]) -> None:
    def mutated(request: Request, send: Send) -> Response:
        if kind_of(request) == "media":
            return answer(503)
        return without("images")(request, send)

    run = play(mutated, CASES["job"])
    (verdict,) = run.verdicts.values()
    assert verdict.outcome == UNAVAILABLE and verdict.doubts
    assert run.results().is_unreliable()


def test_both_limits_of_the_cost_are_refused_in_their_own_words() -> None:
    with pytest.raises(InvalidOptions, match="--max-usd and --free were both given; expected one of them"):
        check_options(CONTRACT.platform, RunOptions("http://127.0.0.1:1", "1", free=True), {"SEGMIND_API_KEY": "x"})
    with pytest.raises(InvalidOptions, match="needs a limit for the cost"):
        check_options(CONTRACT.platform, RunOptions("http://127.0.0.1:1"), {"SEGMIND_API_KEY": "x"})


@pytest.mark.parametrize("vendored", [False, True])
def test_without_the_mock_a_vendored_suite_names_no_distribution(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, vendored: bool
) -> None:
    if vendored:
        (tmp_path / "VENDORED.json").write_text("{}")
    monkeypatch.setattr(environment, "HERE", tmp_path)
    monkeypatch.setattr(environment, "find_spec", lambda name: None if name == "segmind_mock" else object())
    with pytest.raises(InvalidOptions) as refused:
        check_options(CONTRACT.platform, RunOptions(), {})
    said = str(refused.value)
    assert "`python -m PACKAGE.mock`" in said and "--base-url http://127.0.0.1:8787" in said
    assert "pip install" not in said and ("segmind-client" in said) is not vendored
