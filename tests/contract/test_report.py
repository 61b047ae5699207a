"""The report of a run: groups of findings by cause, requests as curl, HTML and JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from generated.segmind.contract.cases import Case, model_cases
from generated.segmind.contract.curl import as_curl, without_key
from generated.segmind.contract.grouping import Group, groups_of
from generated.segmind.contract.report import as_html, as_json, as_text
from generated.segmind.contract.results import CaseResult, RunResults
from generated.segmind.contract.service.environment import KEY
from generated.segmind.contract.service.http import Request, Response, Send
from generated.segmind.contract.service.runner import run_case
from generated.segmind.contract.spec.places import place_on_page
from generated.segmind.contract.spec.service import Auth
from generated.segmind.contract.suite import CONTRACT
from tests.contract.fakes import answering
from tests.contract.mutation.play import MockFactory, Mutation
from tests.contract.test_suite import TINY, run
from tests.material import absent
from tests.waiting import LIMIT_S

CHROMIUM = Path("/usr/bin/chromium")
MODEL = next(model for model in CONTRACT.models if model.slug == "tinysd1.5-txt2img")
CASES = [case for case in model_cases(CONTRACT.platform, MODEL) if not case.needs_mock]


def results_of(mocks: MockFactory, mutation: Mutation, cases: list[Case] = CASES) -> RunResults:
    """Run the cases of one model against a wrong service that is not known to be a mock."""
    results = RunResults(CONTRACT)
    with mocks.service(mutation) as service:
        service = service._replace(strict=False, provokes=True)
        for case in cases:
            results.add(CaseResult.of(case, run_case(CONTRACT, service, case), "0"))
    return results


def drift(results: RunResults) -> list[Group]:
    return [group for group in groups_of(results.records) if group.severity == "drift"]


def without_header(request: Request, send: Send) -> Response:
    response = send(request)
    return response._replace(
        headers={name: value for name, value in response.headers.items() if name != "x-remaining-credits"}
    )


def png_labelled(label: str) -> Mutation:
    file = BytesIO()
    Image.new("RGB", (512, 512)).save(file, "PNG")

    def mutated(request: Request, send: Send) -> Response:
        response = send(request)
        if response.declared != "image/jpeg":
            return response
        length = str(len(file.getvalue()))
        headers = {**response.headers, "content-type": label, "content-length": length}
        return response._replace(headers=headers, body=file.getvalue())

    return mutated


def failing_on_invalid(request: Request, send: Send) -> Response:
    response = send(request)
    return response._replace(status=500) if response.status == 400 else response


def failing(request: Request, send: Send) -> Response:
    return Response(500, {"content-type": "application/json"}, b'{"error": "boom"}')


def test_a_missing_header_is_one_group_with_every_case(mocks: MockFactory) -> None:
    results = results_of(mocks, without_header)
    (group,) = drift(results)
    assert group.title == "The header x-remaining-credits is missing"
    assert len(group.cases) > 30
    data = json.loads(as_json(results, "here", None))
    assert data["counts"]["drift"] == data["groups"][0]["cases"] == len(group.cases)
    assert len(data["groups"][0]["places"]) >= len(group.cases)
    assert data["groups"][0]["based_on"] == "platform.yaml, /headers/remaining_credits (page)"
    assert "SEGMIND_API_KEY" in data["groups"][0]["request"] and KEY not in as_json(results, "here", None)
    lines = list(as_text(results, "here", None))
    assert f"  {len(group.cases)} × The header x-remaining-credits is missing" in lines


@pytest.mark.parametrize("label", ["image/jpeg", "image/png"])
def test_a_wrong_format_is_drift_whatever_the_label(mocks: MockFactory, label: str) -> None:
    cases = [case for case in CASES if case.check == "example"]
    (group,) = drift(results_of(mocks, png_labelled(label), cases))
    assert (group.code, group.title) == ("wrong-format", "Files are image/png, not image/jpeg")
    got = group.places[0].finding["got"]
    assert got == ("image/png" if label == "image/png" else "image/png with the label image/jpeg")


def test_a_service_that_fails_on_invalid_values_only_has_drift(mocks: MockFactory) -> None:
    cases = [case for case in CASES if case.check == "refuse"]
    (group,) = drift(results_of(mocks, failing_on_invalid, cases))
    assert group.code == "server-error" and "while valid requests succeed: values of a wrong type" in group.title
    assert set(group.parameters) >= {"prompt", "samples"}
    assert not drift(results_of(mocks, failing, cases)), "a service that is down is not drift"


def test_a_request_as_curl_can_be_repeated_and_has_no_key() -> None:
    auth = Auth("authorization", "Bearer")
    body = json.dumps({"prompt": "it's $HOME `id`"}).encode()
    request = Request("POST", "https://x.example/v1/a?b=$(id)", {"authorization": "Bearer secret-key"}, body)
    command = as_curl(request, auth, "secret-key", "X_API_KEY", "")
    assert "secret" not in command
    assert "-H 'authorization: Bearer '\"$X_API_KEY\"" in command
    words = shlex.split(command)
    assert words[:5] == ["curl", "-sS", "-i", "-X", "POST"]
    assert words[5] == request.url and words[-1] == body.decode()
    other = as_curl(request, auth, "other-key", "X_API_KEY", "http://127.0.0.1:8787")
    assert "secret" not in other and "another-key" in other
    assert "'http://127.0.0.1:8787/v1/a?b=$(id)'" in other
    broken = request._replace(body=b"\xfc'\n")
    assert as_curl(broken, auth, "", "X", "").endswith(r"--data-binary $'\xfc\x27\x0a'")
    long = request._replace(body=b"x" * 30_000)
    assert "# the body was cut, it has 30000 bytes" in as_curl(long, auth, "", "X", "")
    assert without_key("no such key: secret-key", "secret-key", "X") == "no such key: $X"


def test_a_finding_names_the_place_on_the_page_or_the_erratum() -> None:
    source = MODEL.source
    page = "page tinysd1.5-txt2img.spaced"
    assert str(source("/input/properties/samples/maximum")) == f"{page}, parameter samples, maximum 4 (page)"
    assert source("/input/properties/img_height/enum").description.endswith("img_height, allowed values 512, 768, 1024")
    assert source("/output/count").description == f"{page}, parameter samples", "it decides the number of files"
    assert source("/output/media").description == f"{page}, the response type"
    assert source("/price_usd").description == f"{page}, the price"
    both = MODEL._replace(pages=("one", "two")).source("/input/properties/samples/minimum").description
    assert both == "pages one and two, parameter samples, minimum 1"
    long = place_on_page("/input/properties/n/x-known-values", {"n": {"x-known-values": list(range(99))}})
    assert long.startswith("parameter n, known values 0, 1, 2") and long.endswith("…")
    for erratum in MODEL.errata:
        assert source(erratum.at).description.startswith(
            f"erratum {erratum.at} in {MODEL.slug}.yaml to page {erratum.page}"
        )
    assert (
        CONTRACT.platform.source("/statuses/401/title").description
        == "platform.yaml, /statuses/401/title (row 401 of the error codes on the pages)"
    )


@pytest.mark.parametrize("char", ["\n", "\x1b", "\u202e"])
def test_a_value_of_a_page_is_quoted_in_ascii(char: str) -> None:
    stated = place_on_page("/input/properties/a~1b/default", {"a/b": {"default": f"x{char}"}})
    assert stated.startswith('parameter a/b, default "x\\') and stated.isascii() and stated.isprintable()


def test_a_key_in_an_answer_is_not_in_the_report(tmp_path: Path) -> None:
    page, data, key = tmp_path / "r.html", tmp_path / "new" / "r.json", "sg-1234567890"
    body = json.dumps({"error": f"the key {key} is unknown"}).encode()
    with answering(lambda method, path, headers: (418, body, "application/json")) as (url, _):
        reports = ("--report", str(page), "--report", str(data))
        done = run("--base-url", url, "--free", *reports, "-k", "example", target=TINY, SEGMIND_API_KEY=key)
    assert done.returncode == 10, done.stdout + done.stderr
    group = json.loads(data.read_text())["groups"][0]
    assert group["title"] == "The example on the page: status 418 instead of 200"
    assert "the key $SEGMIND_API_KEY is unknown" in group["got"]
    assert key not in page.read_text() + data.read_text() + done.stdout


def test_a_report_in_an_unknown_form_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    done = run("--report", str(tmp_path / "r.pdf"), target=TINY)
    assert done.returncode == 4
    assert "r.pdf: expected a file that ends in .html or .json" in done.stderr


def many_refusals() -> RunResults:
    """Nine parameters with one cause; the first case has two findings."""
    results = RunResults(CONTRACT)
    finding = {"code": "wrong-status", "where": "POST /v1/x", "expected": "status 400", "got": "200 with 3 bytes"}
    finding |= dict.fromkeys(("source", "about", "request", "message"), "x") | {"basis": "page"}
    for number in range(9):
        found = [finding] * (2 if number == 0 else 1)
        name, outcome = f"{MODEL.slug}: p{number} is too small", "drift"
        results.add(
            CaseResult(name, outcome, "", "", found, [], [], "0", "refuse", f"parameter_{number}", rule="minimum")
        )
    return results


def test_names_of_parameters_are_not_cut_silently() -> None:
    results = many_refusals()
    (group,) = groups_of(results.records)
    assert group.title.endswith(
        "numbers outside the range (" + ", ".join(f"parameter_{n}" for n in range(8)) + " and 1 more)"
    )
    page = as_html(results, "here", None)
    assert "<summary>all 9 parameters</summary>" in page and "<li>parameter_8" in page
    assert "drift, 9 cases, 10 findings" in page and "<summary>the other 9 findings</summary>" in page


def test_reports_have_time_address_and_versions() -> None:
    results = many_refusals()
    data = json.loads(as_json(results, "http://127.0.0.1:9/x", None))
    assert data["service"] == "http://127.0.0.1:9/x"
    assert data["begun"] == results.begun.isoformat(timespec="seconds")
    assert set(data["versions"]) == {"suite", "spec of the platform", f"spec of {MODEL.slug}"}
    assert len(set(data["versions"].values())) == 3
    page, lines = as_html(results, "http://127.0.0.1:9/x", None), list(as_text(results, "http://127.0.0.1:9/x", None))
    for words in (f"{results.begun:%Y-%m-%d %H:%M:%S} UTC", *data["versions"].values()):
        assert words in page and any(words in line for line in lines)
    assert "http://127.0.0.1:9/x" in page


def test_the_causes_of_drift_come_last_and_complete() -> None:
    results = many_refusals()
    for number in range(30):
        finding = {"code": f"odd-{number}", "where": "POST /v1/x", "expected": "a", "got": "b", "source": "s"}
        finding |= {"about": "", "request": "", "message": "m", "basis": "page"}
        results.add(CaseResult(f"{MODEL.slug}: {number}", "drift", "", "", [finding], [], [], "0"))
    finding = {**results.records[0].drift[0], "code": "no-file", "expected": "an image"}
    results.add(CaseResult(f"{MODEL.slug}: image", "drift", "", "", [finding], [], [], "0"))
    lines = list(as_text(results, "here", None))
    causes = lines[lines.index("drift, by cause:") + 1 :]
    assert sum(" × " in line for line in causes) == 32
    assert causes[0] == "  1 × Responses do not hold an image", "the gravest first, though fewer cases found it"
    assert len(list(as_text(results, "here", None, every=True))) > len(lines)


@pytest.fixture(scope="module")
def page_of_hostile_texts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A report with two groups and hostile texts in all places."""
    evil = "</script><img src=x onerror=alert(1)>'\"`${alert(2)}"
    results = RunResults(CONTRACT)
    for slug, code, times in (("model-a", "missing-header", 3), ("model-b", "zz-odd", 1)):
        texts = dict.fromkeys(("expected", "got", "source", "about", "request", "message"), evil)
        finding = {**texts, "code": code, "where": f"POST /v1/x, {code}-{evil}", "basis": "page"}
        for number in range(times):
            results.add(CaseResult(f"{slug}: {number} {evil}", "drift", evil, evil, [finding], [], [], "0"))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(as_html(results, evil, None), encoding="utf-8")
    yield path


def test_the_page_sorts_and_filters_in_a_browser(page_of_hostile_texts: Path) -> None:
    if not CHROMIUM.exists():
        absent(str(CHROMIUM))
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=LIMIT_S * 1000)
        page = browser.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(page_of_hostile_texts.as_uri())
        titles = page.locator("article:visible h2")
        assert page.locator("#shown").text_content() == "2 of 2 groups"
        assert titles.first.text_content().startswith("The header missing-header")  # type: ignore[union-attr]
        page.select_option("#order", "code")
        page.select_option("#model", "model-b")
        assert page.locator("#shown").text_content() == "1 of 2 groups"
        assert page.locator("#cases tbody tr:visible").count() == 1
        page.select_option("#model", "")
        page.fill("#words", "header POST")
        assert titles.count() == 1
        page.fill("#words", "")
        page.locator("#cases th button").nth(1).click()
        page.locator("#cases th button").nth(1).click()
        assert page.locator("#cases tbody tr td:nth-child(2)").first.text_content().startswith("model-b")  # type: ignore[union-attr]
        assert page.locator("img").count() == 0
        browser.close()
    assert complaints == []
