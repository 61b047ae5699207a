"""The generated contract suite under pytest: on the mock, on wrong services, with and without a limit of the cost."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import httpx2
import pytest

from generated.segmind.contract.report import as_html
from generated.segmind.contract.results import CaseResult, RunResults
from generated.segmind.contract.service.environment import InvalidOptions, RunOptions, check_options
from generated.segmind.contract.service.http import NoResponse, Request, Response, http_sender, stop_after_silence
from generated.segmind.contract.spec.service import Limits
from generated.segmind.contract.suite import CONTRACT
from segmind_mock import Settings, serving
from tests.contract.fakes import answering, refusing

ROOT = Path(__file__).parents[2]
KEY = "SG_marker_0123456789abcdef"
SUITE = ROOT / "generated" / "segmind" / "contract"
PATHS = os.pathsep.join([str(ROOT / "generated" / "segmind" / "python"), str(ROOT)])
#: One model of the suite: starting with all of them takes longer.
TINY = SUITE / "test_tinysd1_5_txt2img.py"


def run(*options: str, target: Path = SUITE, **environment: str) -> subprocess.CompletedProcess[str]:
    """The suite as a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(target)]
    quick = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    # A worker of pytest-xdist shares the money with the others; this is none, though its parent may be one.
    others = ("SEGMIND", "PYTEST_XDIST")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return subprocess.run(
        command,
        env={**clean, **quick, "PYTHONPATH": PATHS, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_mock_keeps_the_contract(tmp_path: Path) -> None:
    page, xml = tmp_path / "c.html", tmp_path / "c.xml"
    done = run("--contract-html", str(page), "--junitxml", str(xml))
    assert done.returncode == 0, done.stdout
    assert "0 drift, 0 not available, 0 not checked" in done.stdout
    assert "parameters 52/52, boundaries 52/52, enum values 94/94" in done.stdout
    assert "missing headers: output_metadata" in done.stdout
    text = page.read_text()
    assert text.count("<script") == 1 and "http://" not in text and "src=" not in text
    properties = {node.get("name"): node.get("value") for node in ElementTree.parse(xml).iter("property")}
    assert properties["contract.states"] == "16/16"
    assert properties["contract.outcome"] == "kept"


def test_junit_xml_has_the_coverage_also_with_xdist(tmp_path: Path) -> None:
    alone, shared = tmp_path / "alone.xml", tmp_path / "shared.xml"
    for xml, more in ((alone, ()), (shared, ("-p", "xdist", "-n", "2"))):
        done = run("--junitxml", str(xml), *more, target=TINY)
        assert done.returncode == 0, done.stdout
    one, other = (
        [dict(node.attrib) for node in ElementTree.parse(xml).findall("testsuite/properties/property")]
        for xml in (alone, shared)
    )
    assert one == other
    assert {"contract.parameters", "contract.states"} <= {entry["name"] for entry in one}


def test_a_copy_in_another_folder_runs_by_itself(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "checks" / "service_contract"
    shutil.copytree(ROOT / "generated" / "segmind" / "contract", folder)
    done = run("-k", "guidance", "--rootdir", str(tmp_path), target=folder / TINY.name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_the_mock_a_run_of_all_tests_skips_the_contract(tmp_path: Path) -> None:
    """If the contract folder is named on the command line, the suite says what is missing instead."""
    folder = tmp_path / "checks" / "contract"
    shutil.copytree(ROOT / "generated" / "segmind" / "contract", folder)
    (tmp_path / "test_own.py").write_text("def test_it():\n    assert True\n")
    keep = "import sys, pytest\nfrom importlib import util\nfound = util.find_spec\n"
    keep += "util.find_spec = lambda name, *rest: None if name == 'segmind_mock' else found(name, *rest)\n"
    (tmp_path / "without.py").write_text(f"{keep}sys.exit(pytest.main(sys.argv[1:]))\n")
    for asked, status, words in ((".", 0, "1 passed"), ("checks/contract", 4, "the mock is not installed")):
        done = subprocess.run(
            [sys.executable, "without.py", "-q", "-rs", "-p", "no:cacheprovider", "--rootdir", ".", asked],
            cwd=tmp_path,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status and words in done.stdout + done.stderr, done.stdout + done.stderr
        assert "the mock is not installed" in done.stdout + done.stderr


def test_a_served_mock_with_scenarios() -> None:
    with serving(Settings()) as mock:
        done = run(
            "--base-url", mock.url, "--free", "--provoke", "--strict-basis", "-k", "tinysd and (job or guidance)"
        )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (RunOptions("http://127.0.0.1:1"), "--max-usd"),
        (RunOptions("http://127.0.0.1:1", "1", free=True), "--max-usd"),
        (RunOptions("http://127.0.0.1:1", "much"), "is not an amount"),
        (RunOptions("http://127.0.0.1:1", "-1"), "is not an amount"),
        (RunOptions("http://127.0.0.1:1", "nan"), "is not an amount"),
        (RunOptions("127.0.0.1:1", free=True), "is not an absolute http or https URL"),
        (RunOptions("http://127.0.0.1:1", "1", provoke=True), "--free"),
        (RunOptions(max_usd="1"), "--base-url"),
    ],
)
def test_invalid_options_are_refused(options: RunOptions, words: str) -> None:
    with pytest.raises(InvalidOptions, match=re.escape(words)):
        check_options(CONTRACT.platform, options, {"SEGMIND_API_KEY": KEY})


def test_a_service_needs_a_key_from_the_environment() -> None:
    done = run("--base-url", "http://127.0.0.1:1", "--max-usd", "1")
    assert done.returncode == 4
    assert "SEGMIND_API_KEY" in done.stderr


@pytest.mark.parametrize("status", [401, 503])
def test_an_unavailable_service_is_not_drift(status: int) -> None:
    with answering(refusing(status)) as (url, _):
        done = run("--base-url", url, "--free", "-k", "example or job", target=TINY)
    assert done.returncode == 11, done.stdout
    assert "not available" in done.stdout and str(status) in done.stdout


@pytest.mark.parametrize("key", ["secret-key\n", " secret-key", "secret\nkey", "sécret-key"])
def test_a_key_that_is_invalid_in_a_header_is_refused_and_not_shown(key: str, tmp_path: Path) -> None:
    xml = tmp_path / "c.xml"
    done = run("--base-url", "http://127.0.0.1:9", "--free", "--junitxml", str(xml), target=TINY, SEGMIND_API_KEY=key)
    assert done.returncode == 4 and "invalid in a header" in done.stderr
    assert "cret" not in done.stdout + done.stderr and not xml.exists()


@pytest.mark.parametrize("options", [("--contract-html", "/dev/null/c.html"), ("--contract-html", "/")])
def test_an_unwritable_summary_is_refused_before_anything_is_sent(options: tuple[str, ...]) -> None:
    with answering(refusing(404)) as (url, asked):
        done = run("--base-url", url, "--free", *options, target=TINY)
    assert done.returncode == 4 and "--contract-html" in done.stderr
    assert not asked


def test_the_folder_of_the_summary_is_created(tmp_path: Path) -> None:
    page = tmp_path / "new" / "folder" / "c.html"
    assert run("-k", "guidance", "--contract-html", str(page), target=TINY).returncode == 0
    assert "<h1>Contract</h1>" in page.read_text()


def test_options_of_other_plugins_keep_their_short_names(tmp_path: Path) -> None:
    (tmp_path / "others.py").write_text(
        "def pytest_addoption(parser):\n"
        "    group = parser.getgroup('others')\n"
        "    group.addoption('--base-url', dest='base_url')\n"
        "    group.addoption('--free', dest='free', action='store_true')\n"
        "    parser.addoption('--provoke', action='store_true')\n"
    )
    with serving(Settings()) as mock:
        ours = ("--contract-url", mock.url, "--contract-free", "--contract-provoke")
        done = run(
            "-p", "others", *ours, "-k", "guidance", target=TINY, PYTHONPATH=os.pathsep.join([PATHS, str(tmp_path)])
        )
    assert done.returncode == 0, done.stdout + done.stderr


def limits(seconds: float, size: int) -> Limits:
    return CONTRACT.platform.limits._replace(total_timeout_s=seconds, max_response_bytes=size)


def test_the_suite_gives_up_on_a_service_that_sends_too_much_or_nothing() -> None:
    """It saves memory and time of the user."""
    sent = 0

    def silent(request: Request) -> Response:
        nonlocal sent
        sent += 1
        raise NoResponse("no answer")

    send = stop_after_silence(silent, 3)
    for _ in range(5):
        with pytest.raises(NoResponse):
            send(Request("GET", "http://x/", {}))
    assert sent == 3
    with (
        answering(lambda method, path, headers: (200, b"x" * 4096, "text/plain")) as (url, _),
        httpx2.Client() as client,
    ):
        assert len(http_sender(client, limits(60, 4096))(Request("GET", url, {})).body) == 4096
        with pytest.raises(NoResponse, match="more than 4095 bytes"):
            http_sender(client, limits(60, 4095))(Request("GET", url, {}))
        with pytest.raises(NoResponse, match="not complete"):
            http_sender(client, limits(0, 4096))(Request("GET", url, {}))


def test_the_summary_groups_findings_and_counts_no_coverage_without_a_response() -> None:
    with answering(lambda method, path, headers: (302, b"", "text/plain")) as (url, _):
        done = run("--base-url", url, "--free", target=TINY)
    assert done.returncode == 10
    summary = done.stdout.partition("= contract =")[2]
    assert "drift, by cause:\n" in summary
    assert re.search(
        r"\n  [0-9]+ × Invalid values are refused with 302 instead of 400: values of a wrong type", summary
    )
    assert re.search(r"\n      first undocumented-status: POST .*\n      curl -sS -i -X POST http", summary)
    assert "parameters 0/10, boundaries 0/" in summary
    assert "headers 0/7, states 0/4" in summary


def test_one_model_can_be_chosen() -> None:
    done = run("--model", "tinysd1.5-txt2img", "-k", "guidance or not_found or unknown")
    assert done.returncode == 0, done.stdout
    assert "spec of tinysd1.5-txt2img" in done.stdout and "stable-diffusion" not in done.stdout
    done = run("--model", "tinysd15-txt2img")
    assert done.returncode == 4 and "did you mean tinysd1.5-txt2img" in done.stderr


def test_a_fake_of_one_model_is_one_finding_for_each_other_model() -> None:
    with serving(Settings()) as mock:

        def one_of(method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes, str]:
            if "stable-diffusion" in path:
                return 404, b'{"error": "Not Found"}', "application/json"
            answer = httpx2.request(method, mock.url + path, headers={"x-api-key": headers.get("x-api-key", "")})
            return answer.status_code, answer.content, answer.headers["content-type"]

        with answering(one_of) as (url, _):
            done = run("--base-url", url, "--free", "-k", "no_key or wrong_key or (sync and key)")
    assert done.returncode == 10, done.stdout
    causes = done.stdout.partition("drift, by cause:\n")[2]
    for slug in ("stable-diffusion-3.5-large-txt2img", "stable-diffusion-3.5-turbo-txt2img"):
        assert causes.count(f"× {slug}: not served (404)") == 1
    assert "--model SLUG chooses the models to check" in causes
    assert "DRIFT generated" not in done.stdout and "FAILURES" not in done.stdout


def test_a_missing_key_stops_the_run_with_one_line() -> None:
    with answering(refusing(401)) as (url, asked):
        done = run("--base-url", url, "--free")
    assert done.returncode == 11, done.stdout
    assert done.stdout.startswith("SEGMIND_API_KEY is not set, and requests are refused: POST /v")
    assert len(asked) <= 3 and "0 kept, 0 in doubt, 0 drift, 1 not available" in done.stdout


def test_values_in_messages_are_json() -> None:
    with answering(lambda method, path, headers: (200, b"{}", "application/json")) as (url, _):
        done = run("--base-url", url, "--free", "-k", "img_height", target=TINY)
    assert 'img_height: "512" is not of type integer' in done.stdout
    assert "img_height: null is not of type integer" in done.stdout


def test_the_platform_tests_alone_cover_no_model() -> None:
    done = run(target=SUITE / "test_platform.py")
    assert "parameters 0/0, boundaries 0/0" in done.stdout


def test_a_failed_connection_is_not_drift() -> None:
    done = run("--base-url", "http://127.0.0.1:1", "--free", "-k", "example", target=TINY)
    assert done.returncode == 11, done.stdout
    assert "ConnectError" in done.stdout


def test_drift_is_reported_with_place_and_source() -> None:
    with answering(lambda method, path, headers: (200, b"{}", "application/json")) as (url, asked):
        done = run("--base-url", url, "--max-usd", "1", "-k", "example or below", target=TINY, SEGMIND_API_KEY=KEY)
    assert done.returncode == 10, done.stdout
    assert "no-file: POST /v1/tinysd1.5-txt2img, body (the example on the page): expected an image" in done.stdout
    assert "num_inference_steps: 19 is just below the minimum 20" in done.stdout
    assert "page tinysd1.5-txt2img.spaced, parameter guidance_scale, minimum 0.1 (page)" in done.stdout
    assert {headers.get("x-api-key") for _, _, headers, _ in asked} == {KEY}
    assert KEY not in done.stdout + done.stderr


def test_the_price_of_a_request_is_reserved_before_it_is_sent() -> None:
    with answering(lambda method, path, headers: (200, b"{}", "application/json")) as (url, asked):
        done = run("--base-url", url, "--max-usd", "0.02", target=TINY, SEGMIND_API_KEY=KEY)
    # Three calls at $0.006 are covered, a fourth is not.
    assert sum(method == "POST" for method, *_ in asked) == 3
    assert "at most $0.018 of --max-usd 0.02 were spent" in done.stdout
    assert "is not covered" in done.stdout and "not checked" in done.stdout


def test_a_limit_of_zero_sends_nothing_that_is_billed() -> None:
    with answering(refusing(404)) as (url, asked):
        run("--base-url", url, "--max-usd", "0", target=TINY, SEGMIND_API_KEY=KEY)
    assert {method for method, *_ in asked} <= {"GET"}


def test_the_html_summary_escapes_texts_of_the_service() -> None:
    results = RunResults(CONTRACT)
    evil = "<script>alert(1)</script>"
    finding = dict.fromkeys(
        ("code", "where", "expected", "got", "source", "about", "request", "basis", "message"), evil
    )
    results.add(CaseResult(evil, "drift", evil, evil, [finding], [finding], [], "0", evil, evil, evil))
    page = as_html(results, evil, None)
    assert page.count("<script") == 1
    assert page.count("&lt;script&gt;") >= 20
