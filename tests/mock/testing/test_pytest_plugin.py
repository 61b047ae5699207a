"""The plugin as its users meet it: what passes, what fails and with which words, and that tests don't meet each other."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import unittest.mock
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from segmind_mock.testing import SegmindMock, fixtures
from segmind_mock.testing.expectations import ABSENT, ANY, Expectation, RecordedRequest
from tests.material import absent

pytest_plugins = ["pytester", "segmind_mock.pytest_plugin"]

SLUG = "tinysd1.5-txt2img"
PLUGIN = ("-p", "segmind_mock.pytest_plugin", "-p", "no:cacheprovider", "-W", "error", "--strict-markers")
PRELUDE = f"""
import os, re
import httpx2
import pytest

SLUG = {SLUG!r}

def order(mock, headers=None, **payload):
    headers = {{"x-api-key": "k", **(headers or {{}})}}
    return httpx2.post(f"{{mock.url}}/v2/{{SLUG}}", json={{"prompt": "fog", **payload}}, headers=headers)
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a test file with the plugin and no other, in a process of its own."""
    for variable in ("SEGMIND_BASE_URL", "SEGMIND_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def running(source: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(PRELUDE + source)
        return pytester.runpytest_subprocess(*PLUGIN, *arguments)

    return running


# What a disappointed expectation says


def test_a_disappointed_expectation_is_a_failure_and_shows_the_nearest_request(run: Run) -> None:
    result = run("""
def test_it(segmind_mock):
    segmind_mock.expect(SLUG, prompt="fog", samples=2, seed=7, guidance_scale=7.5)
    order(segmind_mock, prompt="sun")
    order(segmind_mock, samples=9, guidance_scale=7.5)
    order(segmind_mock, prompt="rain")
""")
    result.assert_outcomes(failed=1)
    line = PRELUDE.count("\n") + 2
    result.stdout.fnmatch_lines(
        [
            f"test_*.py:{line}: expected 1 request, and none of 3 matched.",
            f"  slug = '{SLUG}'",
            "  method = 'POST'",
            "  samples = 2",
            f"The nearest is request 2, POST /v2/{SLUG} -> 400:",
            "  samples",
            "    expected  2",
            "    sent      9",
            "  seed",
            "    expected  7",
            "    sent      (nothing)",
            "  the same: slug, method, prompt, guidance_scale",
            "It was refused: samples: 9 is above the maximum 4.*",
            "*Captured segmind_mock call*",
            f"<request 1: POST /v2/{SLUG} -> 200>",
        ]
    )


def test_too_many_requests_are_listed_and_none_is_reported(run: Run) -> None:
    result = run("""
def test_too_many(segmind_mock):
    segmind_mock.expect(SLUG)
    segmind_mock.expect(SLUG, prompt="never", times=0)
    for _ in range(15):
        order(segmind_mock)
    order(segmind_mock, prompt="never")

def test_none(segmind_mock):
    segmind_mock.expect(SLUG, times=None)
""")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*: expected 1 request, and 16 of 16 matched.",
            "These matched:",
            "  (6 earlier ones)",
            f"  16: POST /v2/{SLUG} -> 200",
            "*: expected no request, and 1 of 16 matched.",
            "*: expected at least 1 request, and none was sent.",
        ]
    )


def test_only_the_tests_own_failure_is_told_when_it_fails_itself(run: Run) -> None:
    result = run("""
def test_it(segmind_mock):
    segmind_mock.expect(SLUG, prompt="never sent")
    order(segmind_mock)
    assert "own" == "failure"

def test_skipped(segmind_mock):
    segmind_mock.expect(SLUG)
    pytest.skip("not now")

@pytest.mark.xfail(strict=True)
def test_known(segmind_mock):
    segmind_mock.expect(SLUG)
""")
    result.assert_outcomes(failed=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*assert 'own' == 'failure'", f"<request 1: POST /v2/{SLUG} -> 200>"])
    result.stdout.no_fnmatch_line("*never sent'*matched*")


def test_an_expectation_can_be_verified_at_once(run: Run) -> None:
    result = run("""
def test_met(segmind_mock):
    order(segmind_mock)
    segmind_mock.expect(SLUG).verify()
    order(segmind_mock)
    segmind_mock.verify()

def test_not_met(segmind_mock):
    early = segmind_mock.expect(SLUG, seed=3)
    with pytest.raises(AssertionError, match="none was sent"):
        early.verify()
    order(segmind_mock)

def test_shown(segmind_mock):
    segmind_mock.expect(SLUG, seed=3).verify()
""")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [">*segmind_mock.expect(SLUG, seed=3).verify()", "E*expected 1 request, and none was sent*"]
    )
    result.stdout.no_fnmatch_line("*expectations.py*")


def test_hostile_texts_are_printed_inert_and_keys_as_labels(run: Run) -> None:
    result = run(
        r"""
def test_it(segmind_mock):
    hostile = "\x1b]0;owned\x07 \x9b31m \u202e " + "secret-key-123 " + "x" * 5000
    segmind_mock.expect(SLUG, prompt="fog", extra_parameters={"\x1b[2J": 1})
    order(segmind_mock, {"x-api-key": "secret-key-123"}, prompt=hostile, **{"\x1b[1m": "\x1b[1m"})
    httpx2.get(segmind_mock.url + "/%1b%5b31m/secret-key-123", headers={"x-api-key": "secret-key-123"})
""",
        "--color=no",
    )
    result.assert_outcomes(failed=1)
    told = result.stdout.str().partition("expected 1 request")[2]
    assert re.search(r"sent +'\\x1b\]0;owned\\x07 \\x9b31m \\u202e key-[0-9a-f]{8} x+", told)
    assert "secret-key-123" not in told
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told)
    assert max(map(len, told.splitlines())) < 1500


# How values match


def recorded(number: int = 1, **payload: object) -> RecordedRequest:
    entry = {"number": number, "at": 0.0, "method": "POST", "path": f"/v1/{SLUG}", "slug": SLUG, "status": 200}
    return RecordedRequest.read({**entry, "payload": payload})


@pytest.mark.parametrize(
    ("expected", "sent", "agree"),
    [
        (7, 7, True),
        (7, 7.0, True),
        (1, True, False),
        (False, 0, False),
        ("", "", True),
        ("", None, False),
        (None, None, True),
        (ANY, None, True),
        (ANY, ABSENT, False),
        (ABSENT, ABSENT, True),
        (ABSENT, None, False),
        (None, ABSENT, False),
        (re.compile("gh.h"), "lighthouse", True),
        (re.compile("gh.h"), 7, False),
        (str, "text", True),
        (int, True, False),
        (bool, True, True),
        (float, 7, False),
        (lambda value: value > 5, 6, True),
        (lambda value: value > 5, 5, False),
        ([1, 2], [1, 2], True),
        (unittest.mock.ANY, True, True),
        (pytest.approx(7.5), 7.5000000001, True),
    ],
)
def test_expected_values_agree_with_sent_ones(expected: object, sent: Any, agree: bool) -> None:
    payload = {} if sent is ABSENT else {"value": sent}
    expectation = Expectation({}, {"value": expected}, 1, "here", lambda: [recorded(**payload)])
    assert (expectation.failure() is None) is agree
    assert len(expectation.matches) == agree


def test_the_nearest_is_the_one_with_the_fewest_differences() -> None:
    requests = [recorded(1, a=1, b=2, c=9), recorded(2, a=1), recorded(3, a=1, b=2, c=8), recorded(4)]
    expectation = Expectation({}, {"a": 1, "b": 2, "c": 3}, 1, "here", lambda: requests)
    failure = expectation.failure()
    assert failure is not None
    assert "The nearest is request 3," in failure


def test_a_parameter_may_have_the_name_of_an_option(segmind_mock: SegmindMock) -> None:
    expectation = Expectation({}, {"status": "x", "times": 2}, 1, "here", lambda: [recorded(status="x", times=2)])
    assert expectation.failure() is None
    segmind_mock.expect(extra_parameters={"times": 2, "method": ANY}, times=0)


@pytest.mark.parametrize("times", [-1, 1.5, True, "1"])
def test_times_is_checked(times: Any, segmind_mock: SegmindMock) -> None:
    with pytest.raises(ValueError, match="times: expected a number ≥ 0"):
        segmind_mock.expect(SLUG, times=times)


def test_an_unknown_model_is_said_at_once(segmind_mock: SegmindMock) -> None:
    with pytest.raises(ValueError, match=r"no model 'tinysd1\.5'\. Did you mean 'tinysd1\.5-txt2img'"):
        segmind_mock.expect("tinysd1.5")


@pytest.mark.parametrize(
    ("slug", "options", "message"),
    [
        (
            SLUG,
            {"promt": "fog"},
            r"tinysd1\.5-txt2img has no parameter 'promt'. Did you mean 'prompt'\? .*extra_parameters",
        ),
        (SLUG, {"parameters": {"sampels": ABSENT}}, "Did you mean 'samples'"),
        (ANY, {"promt": "fog"}, "The models have no parameter 'promt'. Did you mean 'prompt'"),
        (re.compile("^tinysd"), {"negativ_prompt": ""}, r"tinysd1\.5-txt2img has no .*'negative_prompt'"),
        (re.compile("^nothing"), {}, r"no model '\^nothing'"),
        (SLUG, {"method": "post"}, "method: expected one of GET, POST, .*, got 'post'"),
        (SLUG, {"scenario": "rate-limit"}, "Did you mean rate-limited"),
    ],
)
def test_an_unknown_name_is_said_at_once(
    slug: object, options: dict[str, Any], message: str, segmind_mock: SegmindMock
) -> None:
    with pytest.raises(ValueError, match=message):
        segmind_mock.expect(slug, **options)
    assert segmind_mock.failures() == []


def test_names_that_are_known_or_undocumented_are_taken(segmind_mock: SegmindMock) -> None:
    segmind_mock.expect(SLUG, prompt=ANY, samples=2, extra_parameters={"turbo": True}, times=0)
    segmind_mock.expect(lambda slug: True, prompt=str, scenario="rate-limited, latency:1", times=0)
    segmind_mock.expect(re.compile("sd"), method=re.compile("post", re.I), prompt=str, times=0)


# The object


@pytest.fixture(params=["segmind_mock", "segmind_mock_server"])
def mock(request: pytest.FixtureRequest) -> SegmindMock:
    found: SegmindMock = request.getfixturevalue(request.param)
    return found


def test_both_fixtures_have_the_same_knobs(mock: SegmindMock) -> None:
    import httpx2

    def ask(method: str, path: str, **rest: Any) -> httpx2.Response:
        return httpx2.request(method, mock.url + path, headers={"x-api-key": mock.key}, **rest)

    assert mock.requests == []
    with pytest.raises(AssertionError, match="received no request"):
        _ = mock.last
    submitted = ask("POST", f"/v2/{SLUG}", json={"prompt": "fog"}).json()
    assert submitted["status_url"].startswith(mock.url)
    last = mock.last
    assert (last.number, last.method, last.slug, last.status) == (1, "POST", SLUG, 200)
    assert (last.payload, last.request_id) == ({"prompt": "fog"}, submitted["request_id"])
    assert repr(last) == f"<request 1: POST /v2/{SLUG} -> 200>"
    assert mock.credits == 99.994
    mock.credits = 0.5
    assert mock.credits == 0.5

    status = f"/v2/requests/{submitted['request_id']}/status"
    assert ask("GET", status).json()["status"] == "COMPLETED"
    mock.clock.freeze()
    before = mock.clock.now()
    mock.clock.advance(3600)
    assert mock.clock.now() - before == 3600
    assert ask("GET", status).status_code == 404

    mock.scenario("rate-limited", times=2)
    assert [ask("GET", status).status_code for _ in range(3)] == [429, 429, 404]
    assert mock.last.refused is not None
    assert mock.requests[-2].scenario == "rate-limited"

    mock.expect(SLUG, times=50)
    mock.reset()
    assert (mock.requests, mock.credits) == ([], 100)


def test_mistakes_are_told_in_the_mocks_words(mock: SegmindMock) -> None:
    with pytest.raises(ValueError, match="Did you mean rate-limited"):
        mock.scenario("rate-limit")
    with pytest.raises(ValueError, match="only advances"):
        mock.clock.advance(-1)
    with pytest.raises(ValueError, match="credits from 0"):
        mock.credits = -1


def test_the_served_fixture_has_no_transport(segmind_mock_server: SegmindMock) -> None:
    with pytest.raises(TypeError, match="use the fixture segmind_mock"):
        segmind_mock_server.transport()


def test_the_served_fixture_answers_curl(segmind_mock_server: SegmindMock, tmp_path: Path) -> None:
    curl = shutil.which("curl") or absent("curl")
    command = f'{curl} -s "$SEGMIND_BASE_URL/v1/{SLUG}" -H "x-api-key: $SEGMIND_API_KEY" -o card.jpeg -d \'{{"prompt": "fog"}}\''
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path)
    segmind_mock_server.expect(SLUG, prompt="fog", status=200)
    assert (tmp_path / "card.jpeg").read_bytes().startswith(b"\xff\xd8")


# From test to test


def test_tests_do_not_meet_each_other(run: Run) -> None:
    result = run("""
@pytest.fixture(params=["segmind_mock", "segmind_mock_server"])
def mock(request):
    return request.getfixturevalue(request.param)

@pytest.mark.parametrize("turn", [1, 2])
def test_it(mock, turn):
    assert mock.requests == []
    assert mock.credits == 100
    assert order(mock).status_code == 200
    mock.credits = 1
    mock.scenario("status-500", times=3)
    mock.clock.advance(1e8)
    mock.clock.freeze()

def test_the_clock(mock):
    import time
    assert abs(mock.clock.now() - time.time()) < 1e6
""")
    result.assert_outcomes(passed=6)


def test_options_come_with_the_marker(run: Run) -> None:
    result = run("""
pytestmark = pytest.mark.segmind_mock(queue="polls:1", credits=5)

def status(mock, submitted, key="k"):
    answer = httpx2.get(submitted.json()["status_url"], headers={"x-api-key": key})
    return answer.status_code, answer.json().get("status")

def test_of_the_module(segmind_mock):
    submitted = order(segmind_mock)
    assert status(segmind_mock, submitted) == (200, "QUEUED")
    assert status(segmind_mock, submitted) == (200, "COMPLETED")
    assert segmind_mock.credits == 4.994

@pytest.mark.segmind_mock(queue="time:10", frozen=True)
class TestOfTheClass:
    def test_it(self, segmind_mock):
        submitted = order(segmind_mock)
        segmind_mock.clock.advance(9.999999)
        assert status(segmind_mock, submitted) == (200, "PROCESSING")
        segmind_mock.clock.advance(0.000001)
        assert status(segmind_mock, submitted) == (200, "COMPLETED")
        assert segmind_mock.credits == 4.994

    @pytest.mark.segmind_mock(credits=0, keys=["first", "second"], basis="documented")
    def test_the_nearest_wins(self, segmind_mock):
        assert segmind_mock.key == os.environ["SEGMIND_API_KEY"] == "first"
        assert order(segmind_mock).status_code == 401
        assert order(segmind_mock, {"x-api-key": "first"}).status_code == 406
        segmind_mock.credits = 1
        submitted = order(segmind_mock, {"x-api-key": "first"})
        assert status(segmind_mock, submitted, "second")[0] == 404
        assert status(segmind_mock, submitted, "first")[0] == 200
        assert order(segmind_mock, {"x-api-key": "first"}, samples=2).status_code == 501
""")
    result.assert_outcomes(passed=3)


def test_wrong_options_are_a_clear_error(run: Run) -> None:
    result = run("""
@pytest.mark.segmind_mock(credit=5)
def test_name(segmind_mock): pass

@pytest.mark.segmind_mock(queue="soon")
def test_value(segmind_mock): pass

@pytest.mark.segmind_mock("polls:2")
def test_position(segmind_mock_server): pass
""")
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(
        [
            "*are invalid: unknown option 'credit', expected one of queue, credits, basis, keys, price, frozen.",
            "*are invalid: queue: expected polls:N, time:SECONDS or instant, got 'soon'.",
            "*takes its options by name.",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*another exception*")


@pytest.mark.parametrize(
    "options", [{"credits": -1}, {"basis": "some"}, {"keys": "one"}, {"price": "much"}, {"queue": None}, {"hosts": []}]
)
def test_options_of_the_marker_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        fixtures.read_options(options)


def test_the_fixtures_work_with_xdist(run: Run) -> None:
    result = run(
        """
@pytest.mark.parametrize("turn", range(6))
def test_in_process(segmind_mock, turn):
    segmind_mock.expect(SLUG, seed=turn)
    order(segmind_mock, seed=turn)

@pytest.mark.parametrize("turn", range(6))
def test_served(segmind_mock_server, turn):
    segmind_mock_server.expect(SLUG, seed=turn)
    order(segmind_mock_server, seed=turn)

def test_failing(segmind_mock):
    segmind_mock.expect(SLUG)
""",
        *("-p", "xdist.plugin", "-n", "2", "--import-mode=importlib"),
    )
    result.assert_outcomes(passed=12, failed=1)
    result.stdout.fnmatch_lines(["*expected 1 request, and none was sent."])


@pytest.mark.parametrize("order", ["segmind_mock, segmind_mock_server", "segmind_mock_server, segmind_mock"])
def test_one_test_may_use_both_fixtures(order: str, run: Run) -> None:
    result = run(f"""
def test_both({order}):
    order(segmind_mock)
    order(segmind_mock_server, prompt="served")
    segmind_mock.expect(SLUG, prompt="fog").verify()
    segmind_mock_server.expect(SLUG, prompt="served").verify()
""")
    result.assert_outcomes(passed=1)


def test_a_vendored_copy_works_under_any_name(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = pytester.path / "vendor" / "deep" / "drawing_mock"
    shutil.copytree(Path(fixtures.__file__).parents[1], copy, ignore=shutil.ignore_patterns("__pycache__"))
    pytester.makepyfile("""
import sys
import httpx2

def test_it(segmind_mock):
    answer = httpx2.get("https://api.segmind.com/v1/x", headers={"x-api-key": "k"})
    segmind_mock.expect(method="GET", status=404).verify()
    assert "segmind_mock" not in sys.modules
""")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    options = ("-p", "vendor.deep.drawing_mock.pytest_plugin", "-p", "no:cacheprovider", "-W", "error")
    result = pytester.runpython_c(f"import pytest; raise SystemExit(pytest.main({list(options)!r}))")
    result.assert_outcomes(passed=1)


def test_no_thread_is_left(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
import threading

def pytest_unconfigure():
    print("left at the end:", [thread.name for thread in threading.enumerate()])
""")
    result = run("""
def test_both(segmind_mock, segmind_mock_server):
    for mock in (segmind_mock, segmind_mock_server):
        answer = httpx2.post(f"{mock.url}/v1/{SLUG}", json={"prompt": "fog"}, headers={"x-api-key": "k"})
        assert answer.status_code == 200
        assert len(mock.requests) == 1
""")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["left at the end: [[]'MainThread']"])


def test_tests_without_the_fixture_do_not_load_the_mock(run: Run, pytester: pytest.Pytester) -> None:
    """The plugin is also an entry point; loading it by name as well does no harm."""
    info = pytester.path / "site" / "mocked-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mocked\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pytest11]\nsegmind_mock.pytest_plugin = segmind_mock.pytest_plugin\n")
    pytester.makeconftest('pytest_plugins = ["segmind_mock.pytest_plugin"]')
    source = """
import sys

def test_unused():
    mine = {name for name in sys.modules if name.startswith("segmind_mock")}
    assert mine == {"segmind_mock", "segmind_mock._version", "segmind_mock.pytest_plugin"}

def test_used(segmind_mock):
    assert segmind_mock.requests == []
"""
    pytester.makepyfile(source)
    pytester.syspathinsert(info.parent)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=2)


def test_the_example_of_a_users_project_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("SEGMIND_API_KEY", "a real key")
    shutil.copytree(Path(__file__).parent / "plugin_project", pytester.path, dirs_exist_ok=True)
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"], cwd=pytester.path, capture_output=True, text=True
    )
    assert re.search(r"\b20 passed in", result.stdout), result.stdout + result.stderr
