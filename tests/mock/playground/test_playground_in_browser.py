"""The playground in a real browser, driven as a person would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response, Route, expect

from pagewright.generate import generate
from pagewright.workspace import find_provider, open_workspace
from segmind_mock import Clock, Pace, Running, Settings, serving
from segmind_mock.api.scenarios import DESCRIPTIONS, SCENARIOS
from segmind_mock.spec.catalog import SLUGS
from tests.chromium import LIMIT_MS
from tests.chromium import browser as browser
from tests.generator.hostile.packages import spec, workspace
from tests.material import absent
from tests.mock.playground.pages import NASTY
from tests.waiting import LIMIT_S

LARGE, TINY = "stable-diffusion-3.5-large-txt2img", "tinysd1.5-txt2img"
HOSTILE = "</script><img src=x onerror=alert(1)><svg onload=alert(2)>'\"`${alert(3)}\n--out\n$(id) é 🌫"
#: Notes what the page's policy has stopped; nothing should ever be.
WATCH = "window.stopped = []; addEventListener('securitypolicyviolation', (e) => stopped.push(`${e.violatedDirective} ${e.blockedURI}`));"


class Visit:
    """One visitor's browser, which keeps an eye on what the pages do."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.url = url
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(LIMIT_MS)
        self.context.add_init_script(WATCH)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.context.on("request", self._look)

    def _listen(self, message: ConsoleMessage) -> None:
        # The browser itself notes each answer that is an error, or is none; those are asked for here.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource: "):
            self.complaints.append(message.text)

    def _look(self, request: Request) -> None:
        # Where a redirect leads is told here although nobody goes there.
        if request.redirected_from is None and not request.url.startswith(
            (f"{self.url}/", f"blob:{self.url}/", "data:image/")
        ):
            self.complaints.append(f"asked for {request.url}")

    def open(self, slug: str) -> Page:
        self.page.goto(f"{self.url}/playground/{slug}")
        expect(self.page.locator("#now")).to_contain_text("UTC")
        expect(self.page.locator("#scenarios option")).to_have_count(len(DESCRIPTIONS))
        return self.page

    def close(self) -> None:
        stopped = self.page.evaluate("window.stopped ?? []")
        self.context.close()
        assert (self.complaints, stopped) == ([], [])


@pytest.fixture
def mock() -> Iterator[Running]:
    with serving(Settings()) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, mock: Running) -> Iterator[Visit]:
    visitor = Visit(browser, mock.url)
    yield visitor
    visitor.close()


def control(page: Page, name: str) -> Locator:
    return page.get_by_label(re.compile(rf"^{re.escape(name)}( required)?$"), exact=False)


def send(page: Page) -> Response:
    """Presses Send, and gives the answer to the POST once the page has shown it."""
    with page.expect_response(
        lambda response: response.request.method == "POST" and "/__mock/" not in response.url
    ) as found:
        page.locator("#send").click()
    expect(page.locator("#send")).to_be_enabled()
    return found.value


def drawn(page: Page) -> list[tuple[int, int]]:
    return [
        tuple(size)
        for size in page.eval_on_selector_all("figure img", "all => all.map(i => [i.naturalWidth, i.naturalHeight])")
    ]


def sample(page: Page, language: str) -> str:
    page.get_by_role("tab", name=language, exact=True).click()
    text: str = page.locator("[data-sample]:visible").text_content() or ""
    return text


def test_the_list_leads_to_a_model(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.url)
    links = page.locator("#models a:visible")
    expect(links).to_have_count(len(SLUGS))
    find = page.get_by_label("Find a model")
    find.fill("TINY sd")
    expect(links).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text(f"1 of {len(SLUGS)} models")
    find.fill("no such thing")
    expect(links).to_have_count(0)
    find.fill("tiny")
    find.press("Enter")
    expect(page).to_have_url(f"{visit.url}/playground/{TINY}")
    page.get_by_role("link", name="All models").click()
    expect(page).to_have_url(f"{visit.url}/")


@pytest.mark.parametrize("slug", SLUGS)
def test_every_model_draws_at_once(visit: Visit, slug: str) -> None:
    page = visit.open(slug)
    assert send(page).status == 200
    assert len(drawn(page)) == 1
    page.locator("#use-example").click()
    assert send(page).status == 200
    assert len(drawn(page)) == 1


def test_v1_draws_what_was_asked_for(visit: Visit, mock: Running) -> None:
    page = visit.open(LARGE)
    page.locator("summary", has_text="Size and file").click()
    control(page, "prompt").fill("A lighthouse in fog")
    control(page, "width").fill("320")
    control(page, "height").fill("192")
    control(page, "image_format").select_option(label="png")
    answer = send(page)
    assert json.loads(answer.request.post_data or "") == {
        "prompt": "A lighthouse in fog", "sampler": "euler", "scheduler": "sgm_uniform",
        "width": 320, "height": 192, "image_format": "png",
    }  # fmt: skip
    assert drawn(page) == [(320, 192)]
    expect(page.locator("figcaption")).to_contain_text("320 × 192 · image/png")
    expect(page.locator("#status")).to_contain_text("200 OK")
    expect(page.locator("#credits")).to_have_text(re.compile(r"before\s*100\s*after\s*99\.99\s*cost\s*0\.01"))
    expect(page.locator("#basis")).to_contain_text(
        "No page shows the headers x-request-id, x-generation-time, x-seed-value, x-cost"
    )
    page.locator("summary", has_text="Response headers").click()
    expect(page.locator("#headers")).to_contain_text("x-remaining-credits")
    expect(page.locator("#entries > li")).to_have_count(1)
    journal = httpx2.get(f"{mock.url}/__mock/requests").json()["requests"]
    assert [entry["path"] for entry in journal] == [f"/v1/{LARGE}"]


def test_a_parameter_that_is_cleared_is_left_out_again(visit: Visit) -> None:
    page = visit.open(LARGE)
    steps = control(page, "steps")
    steps.fill("20")
    assert "steps=20" in sample(page, "Python")
    steps.fill("")
    assert "steps" not in sample(page, "Python")
    page.locator("summary", has_text="Size and file").click()
    for value in ("true", "false", "left out"):
        page.locator("[data-parameter*='\"base64\"'] label", has_text=value).click()
        assert ("base64=" in sample(page, "Python")) == (value != "left out")
    assert set(json.loads(send(page).request.post_data or "")) == {"prompt", "sampler", "scheduler"}


def test_base64_is_shown_as_the_images_it_holds(visit: Visit) -> None:
    page = visit.open(LARGE)
    page.locator("summary", has_text="Size and file").click()
    page.locator("[data-parameter*='\"base64\"'] label", has_text="true").click()
    control(page, "batch_size").fill("3")
    control(page, "width").fill("128")
    control(page, "height").fill("64")
    assert send(page).header_value("content-type") == "application/json"
    assert drawn(page) == [(128, 64)] * 3


def test_v2_shows_the_job_on_its_way(visit: Visit) -> None:
    page = visit.open(TINY)
    page.locator(".ways label", has_text="queued").click()
    assert send(page).status == 200
    states = page.locator("#polls li").evaluate_all(
        "all => all.map(i => [i.querySelector('.what').textContent, i.querySelector('b')?.textContent])"
    )
    assert states == [
        ["submitted", "QUEUED"], ["poll 1", "QUEUED"], ["poll 2", "PROCESSING"], ["poll 3", "COMPLETED"],
        ["result", None], ["files", "COMPLETED"],
    ]  # fmt: skip
    times = [float(text[1:-2]) for text in page.locator("#polls time").all_text_contents()]
    assert times == sorted(times) and all(
        re.search(r"^\d+ in \d+ ms$", text) for text in page.locator("#polls .code").all_text_contents()
    )
    expect(page.locator("#track [aria-current]")).to_have_text("COMPLETED")
    expect(page.locator("#track .reached")).to_have_count(3)
    expect(page.locator("#status")).to_contain_text("COMPLETED")
    expect(page.locator("#basis")).to_contain_text("as the SDK has it")
    assert drawn(page) == [(512, 512)]


def test_a_job_that_fails_says_why(visit: Visit) -> None:
    page = visit.open(LARGE)
    page.locator(".ways label", has_text="queued").click()
    page.locator("#scenario").fill("job-fails")
    expect(page.locator("#scenario-about")).to_have_text("The job ends FAILED.")
    page.locator("#scenario").fill("job-fails, poll:status-429:2,nonsense")
    expect(page.locator("#scenario-about")).to_have_text(
        re.compile(r"^The job ends FAILED\. .+ Unknown scenario nonsense\.$")
    )
    page.locator("#scenario").fill("job-fails")
    send(page)
    expect(page.locator("#track .bad")).to_have_text("FAILED")
    expect(page.locator("#refused")).to_contain_text("out of memory")
    expect(page.locator("#status")).to_contain_text("422")
    assert drawn(page) == []


def test_a_poll_that_a_gateway_spoils_is_asked_again(visit: Visit) -> None:
    page = visit.open(LARGE)
    page.locator(".ways label", has_text="queued").click()
    page.locator("#scenario").fill("poll-502-once")
    send(page)
    expect(page.locator("#polls")).to_contain_text("Error of a gateway; the job continues.")
    assert len(drawn(page)) == 1


def test_a_job_that_is_stuck_can_be_left(visit: Visit) -> None:
    page = visit.open(LARGE)
    page.locator(".ways label", has_text="queued").click()
    page.locator("#scenario").fill("stuck")
    page.locator("#send").click()
    expect(page.locator("#polls")).to_contain_text("poll 3")
    page.locator("#stop").click()
    expect(page.locator("#status")).to_contain_text("Stopped")
    expect(page.locator("#send")).to_be_enabled()


def test_the_clock_that_is_pushed_ends_a_job(browser: Browser) -> None:
    with serving(Settings(pace=Pace("time", 3000)), Clock(frozen=True)) as mock:
        visitor = Visit(browser, mock.url)
        page = visitor.open(LARGE)
        expect(page.locator("#frozen")).to_be_checked()
        page.locator(".ways label", has_text="queued").click()
        page.locator("#send").click()
        expect(page.locator("#polls")).to_contain_text("poll 1")
        page.get_by_role("button", name="+1 h").click()
        expect(page.locator("#send")).to_be_enabled()
        assert len(drawn(page)) == 1
        before = page.locator("#now").text_content()
        page.get_by_role("button", name="+1 min").click()
        expect(page.locator("#now")).not_to_have_text(before or "")
        visitor.close()


def test_a_refusal_stands_at_the_parameters_that_it_names(visit: Visit) -> None:
    page = visit.open(LARGE)
    control(page, "prompt").fill("")
    control(page, "steps").fill("3")
    expect(page.locator(".hint:visible")).to_have_text(["Required.", "Below the minimum 10."])
    page.locator("#extra").evaluate("e => { e.closest('details').open = true; }")
    page.locator("#extra").fill('{"width": "wide", "base64": 1}')
    assert send(page).status == 400
    wrong = [text.partition(".")[0] for text in page.locator(".wrong:visible").all_text_contents()]
    assert wrong == ["is required", "3 is below the minimum 10", "1 is not a boolean", "'wide' is not an integer"]
    expect(page.locator("#status")).to_have_text("400 Bad Request: 4 parameters are refused")
    expect(control(page, "prompt")).to_be_focused()
    expect(control(page, "steps")).to_have_attribute("aria-invalid", "true")
    control(page, "steps").fill("30")
    expect(control(page, "steps")).not_to_have_attribute("aria-invalid", "true")
    page.locator("#entries summary").first.click()
    expect(page.locator("#entries .why").first).to_contain_text("steps: 3 is below the minimum 10")


@pytest.mark.parametrize("way", ["at once", "queued"])
def test_every_scenario_ends_with_a_status_message(browser: Browser, way: str) -> None:
    with serving(Settings(pace=Pace("instant"))) as mock:
        visitor = Visit(browser, mock.url)
        page = visitor.open(TINY)
        page.locator(".ways label", has_text=way).click()
        for scenario in (name for name, about in SCENARIOS.items() if not about.plan.stuck):
            page.locator("#scenario").fill(scenario)
            status = page.locator("#status")
            # What the answer before this one came to is still there.
            status.evaluate("status => { status.className = ''; }")
            page.locator("#send").click()
            expect(status).to_have_class(re.compile("good|bad"))
            assert (len(drawn(page)) == 1) == ("good" in (status.get_attribute("class") or "")), scenario
            # An image that is declared as something else is shown, with a word about that.
            worded = len(drawn(page)) != 1 or (way, scenario) == ("at once", "json-declared")
            assert page.locator("#refused").is_visible() == worded, scenario
            expect(page.locator("#entries > li").first).to_be_visible()
        visitor.close()


def test_the_journal_follows_what_others_do(visit: Visit) -> None:
    page = visit.open(TINY)
    send(page)
    page.get_by_label("follow").check()
    page.locator("#entries summary").first.click()
    visit.context.request.post(f"{visit.url}/v1/{TINY}", data={"prompt": 5}, headers={"x-api-key": "another key"})
    rows = page.locator("#entries > li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("400")
    expect(rows.last.locator("details")).to_have_attribute("open", "")
    page.get_by_label("only this key").check()
    expect(rows).to_have_count(1)


def test_a_page_that_is_an_error_is_shown_as_text(visit: Visit) -> None:
    page = visit.open(LARGE)
    page.locator("#scenario").fill("html-502")
    send(page)
    expect(page.locator("#refused")).to_contain_text("<h1>502 Bad Gateway</h1>")
    assert page.locator("#refused h1, #body h1").count() == 0


def test_a_mock_that_is_gone_is_an_unknown_outcome(visit: Visit) -> None:
    page = visit.open(LARGE)
    page.route("**/v1/**", lambda route: route.abort("connectionreset"))
    page.locator("#send").click()
    expect(page.locator("#status")).to_have_text("The connection ended without an answer.")
    expect(page.locator("#refused")).to_contain_text("may have been billed")
    visit.complaints.clear()


def test_an_image_declared_as_something_else_is_shown(visit: Visit) -> None:
    page = visit.open(LARGE)

    def lie(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-type": "application/json"})

    page.route("**/v1/**", lie)
    send(page)
    expect(page.locator("#refused")).to_contain_text("declares application/json, but its bytes are image/jpeg")
    assert len(drawn(page)) == 1


def test_urls_of_other_hosts_are_not_followed(visit: Visit) -> None:
    page = visit.open(LARGE)

    def elsewhere(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(visit.url, "http://elsewhere.example"))

    page.route(re.compile("/v2/"), elsewhere)
    page.locator(".ways label", has_text="queued").click()
    send(page)
    expect(page.locator("#polls .note").first).to_contain_text(
        "The answer has a URL of another host (http://elsewhere.example"
    )
    assert len(drawn(page)) == 1


def test_the_token_is_asked_for_where_it_is_wanted(browser: Browser) -> None:
    with serving(Settings(admin_token="open-sesame")) as mock:
        visitor = Visit(browser, mock.url)
        page = visitor.page
        page.goto(f"{mock.url}/playground/{LARGE}")
        expect(page.locator("#journal-state")).to_contain_text("Authorization")
        send(page)
        assert len(drawn(page)) == 1, "the API itself wants no token"
        page.get_by_label("Admin token").fill("open-sesame")
        page.get_by_label("Admin token").press("Tab")
        expect(page.locator("#journal-state")).to_have_text("")
        expect(page.locator("#entries > li")).to_have_count(1)
        visitor.close()


def test_the_key_is_sent_and_kept_nowhere(visit: Visit, mock: Running) -> None:
    page = visit.open(LARGE)
    page.get_by_label("API key").fill("SG_secret_0123456789")
    assert send(page).request.headers["x-api-key"] == "SG_secret_0123456789"
    assert "SG_secret" not in page.evaluate(
        "document.body.innerText + JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])"
    )
    page.locator("#key").fill("")
    assert send(page).status == 401
    page.reload()
    expect(page.get_by_label("API key")).to_have_value("playground")


@pytest.mark.parametrize("text", [HOSTILE, *(text for text in NASTY if "<" in text or "$" in text)])
def test_a_hostile_prompt_is_inert(visit: Visit, text: str) -> None:
    page = visit.open(TINY)
    control(page, "prompt").fill(text)
    control(page, "scheduler").fill(text.replace("\n", " "))
    tags = page.evaluate("document.querySelectorAll('script, img, svg, iframe').length")
    for language in ("Python", "JavaScript", "curl", "CLI"):
        sample(page, language)
    send(page)
    page.locator("#entries summary").first.click()
    expect(page.locator("figure img")).to_have_count(1)
    assert page.evaluate("document.querySelectorAll('script, img, svg, iframe').length") == tags + 1
    page.locator("#scenario").fill("status-500")
    send(page)
    page.goto(f"{visit.url}/playground/{TINY}?{text}#{text}".replace("\n", ""))
    assert page.evaluate("document.querySelectorAll('img, svg, iframe').length") == 0


def test_an_answer_that_is_hostile_is_inert(visit: Visit) -> None:
    page = visit.open(TINY)
    answer = {"error": f"prompt: {HOSTILE}", HOSTILE: [HOSTILE], "image": HOSTILE}
    headers = {
        "x-mock-basis": "<img src=x onerror=alert(1)>=<b>,__proto__=inferred",
        "x-request-id": "<svg onload=alert(2)>",
    }
    page.route(
        "**/v1/**",
        lambda route: route.fulfill(
            status=400, body=json.dumps(answer), content_type="application/json", headers=headers
        ),
    )
    tags = page.evaluate("document.querySelectorAll('script, img, svg, iframe').length")
    send(page)
    expect(page.locator(".wrong:visible")).to_contain_text("onerror=alert(1)")
    assert page.evaluate("document.querySelectorAll('script, img, svg, iframe').length") == tags


@pytest.mark.parametrize(("prompt", "negative"), [(HOSTILE, "--"), ("@file", "\u202eodd\u2028\ttext 日本語")])
def test_the_samples_draw_the_same_image(browser: Browser, prompt: str, negative: str, tmp_path: Path) -> None:
    for tool in ("bash", "curl", "node"):
        if not shutil.which(tool):
            absent(tool)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEGMIND_")} | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "SEGMIND_API_KEY": "playground",
    }
    commands = {
        "Python": [sys.executable, "-W", "error", "-c"], "JavaScript": ["node", "--input-type=module", "-e"],
        "curl": ["bash", "-c"], "CLI": ["bash", "-c"],
    }  # fmt: skip

    def run(call: tuple[str, str, str]) -> tuple[str, str, bytes]:
        """Runs a sample in a folder of its own, and gives the one file that it leaves there."""
        way, language, code = call
        folder = tmp_path / way / language
        folder.mkdir(parents=True)
        done = subprocess.run(
            [*commands[language], code], cwd=folder, env=environment, capture_output=True, timeout=LIMIT_S
        )
        assert done.returncode == 0, (language, done.stderr.decode())
        (written,) = folder.iterdir()
        return way, language, written.read_bytes()

    with serving(Settings(pace=Pace("instant"))) as mock, ThreadPoolExecutor(2) as threads:
        visitor = Visit(browser, mock.url)
        page = visitor.open(LARGE)
        page.locator("summary", has_text="Size and file").click()
        control(page, "prompt").fill(prompt)
        control(page, "negative_prompt").fill(negative)
        control(page, "seed").fill("-1")
        control(page, "width").fill("192")
        control(page, "height").fill("128")
        control(page, "image_format").select_option(label="webp")
        picture = send(page).body()
        calls: list[tuple[str, str, str]] = []
        for way in ("at once", "queued"):
            page.locator(".ways label", has_text=way).click()
            calls += [(way, language, sample(page, language)) for language in commands]
        for way, language, written in threads.map(run, calls):
            if (way, language) == ("queued", "curl"):
                assert json.loads(written)["status"] == "QUEUED"
            else:
                assert written == picture, (way, language)
        visitor.close()


def test_the_samples_for_the_service_name_it(visit: Visit) -> None:
    page = visit.open(LARGE)
    page.locator("#target").select_option("service")
    assert "SegmindClient()" in sample(page, "Python") and "--base-url" not in sample(page, "CLI")
    for language in ("curl", "JavaScript"):
        assert "https://api.segmind.com" in sample(page, language)


def test_a_sample_can_be_copied(visit: Visit) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.open(LARGE)
    shown = sample(page, "curl")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == shown


def test_a_model_can_be_used_by_keyboard_alone(visit: Visit) -> None:
    page = visit.open(LARGE)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    for _ in range(3):
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("A boat")
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const e = document.activeElement, shown = e.type === 'radio' ? e.nextElementSibling : e;
            const box = shown.getBoundingClientRect();
            return [e.id || e.name || e.textContent.slice(0, 20), getComputedStyle(shown).outlineStyle, box.width * box.height > 0]; }"""
        )
        assert found[1] == "solid" and found[2], found
        seen.append(found[0])
        if found[0] == "way":
            break
    assert "parameter-2" in seen and "scenario" in seen and "key" in seen
    page.keyboard.press("ArrowRight")
    assert page.locator("[name=way]:checked").get_attribute("value") == "submit"
    page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_contain_text("COMPLETED")
    expect(page.locator("figure img")).to_have_attribute("alt", "Generated for: A boat")
    page.locator("#tab-python").focus()
    for key, chosen in (("ArrowRight", "JavaScript"), ("End", "CLI"), ("ArrowRight", "Python"), ("ArrowLeft", "CLI")):
        page.keyboard.press(key)
        expect(page.locator("[role=tab][aria-selected=true]")).to_have_text(chosen)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_has_contrast_and_fits_its_width(
    browser: Browser, mock: Running, scheme: object, width: int
) -> None:
    visitor = Visit(browser, mock.url, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = visitor.page
    page.goto(mock.url)
    assert too_faint(page) == [] and too_wide(page) == []
    page = visitor.open(LARGE)
    control(page, "prompt").fill("W" * 300)
    control(page, "steps").fill("1")
    assert send(page).status == 400
    for details in page.locator("details").all():
        details.evaluate("e => { e.open = true; }")
    assert too_faint(page) == [] and too_wide(page) == []
    control(page, "steps").fill("")
    control(page, "sampler").fill("unheard-of")
    page.locator(".ways label", has_text="queued").click()
    send(page)
    for language in ("JavaScript", "curl", "CLI"):
        sample(page, language)
        assert too_faint(page) == [] and too_wide(page) == []
    visitor.close()


def test_nothing_moves_with_reduced_motion(browser: Browser, mock: Running) -> None:
    visitor = Visit(browser, mock.url, reduced_motion="reduce")
    page = visitor.open(LARGE)
    assert page.evaluate("[...document.querySelectorAll('*')].every(e => getComputedStyle(e).animationName === 'none')")
    visitor.close()


def too_wide(page: Page) -> list[str]:
    """Elements that are wider than the window."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => `${e.tagName}#${e.id}.${e.className}`)"""
    )


def too_faint(page: Page) -> list[str]:
    """Texts, placeholders included, whose contrast with what is behind them is below 4.5."""
    return page.evaluate("""() => {
        const parts = (color) => color.match(/[\\d.]+/g).map(Number);
        const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const light = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
        const behind = (e) => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
        const contrast = (one, other) => { const [a, b] = [light(one), light(other)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
        const faint = [];
        let looked = 0;
        for (const e of document.querySelectorAll('body *')) {
            if (!e.checkVisibility() || (e.type === 'radio')) continue;
            const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
            const kinds = e.placeholder ? ['::placeholder', null] : own || e.value ? [null] : [];
            for (const kind of kinds) {
                looked += 1;
                const ratio = contrast(parts(getComputedStyle(e, kind).color), behind(e));
                if (ratio < 4.5) faint.push(`${e.tagName}.${e.className}#${e.id}${kind ?? ''} ${ratio.toFixed(2)} ${e.textContent.slice(0, 30)}`);
            }
        }
        return looked > 10 ? faint : ['nothing was looked at'];
        }""")


#: What a browser would send otherwise if a number had been one of its own, or a text had been read from its list.
ODD = {
    "seed": ({"type": "integer", "maximum": 2**63}, 9007199254740993),
    "scale": ({"type": "number", "x-known-values": [1e22, 0.1]}, 1e22),
    "zero": ({"type": "number"}, -0.0),
    "look": ({"type": "string", "x-known-values": ["a\u00a0b", "<U+00A0>", "\u202ec"]}, "a\u00a0b"),
    "mark": ({"type": "string", "enum": ["\u202e</script>", "a", "A", "a "]}, "\u202e</script>"),
    "sizes": ({"type": "array"}, [9007199254740993, "\u2028", {"__proto__": {"x": 1}}]),
    "<b>'\"": ({"type": "string"}, "<img src=x onerror=alert(1)>"),
    "wait": ({"type": "boolean", "x-known-values": [True]}, True),
}


def test_an_odd_sample_of_a_page_is_sent_digit_by_digit(browser: Browser, tmp_path: Path) -> None:
    example = {name: value for name, (_, value) in ODD.items()}
    made = spec("odd", {name: schema for name, (schema, _) in ODD.items()}, example=example)
    root = workspace(tmp_path / "clone", made)
    assert not generate(find_provider(open_workspace(root))).findings
    script = (
        "import sys, segmind_mock\nwith segmind_mock.serving() as mock: print(mock.url, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=root / "generated/segmind/python", stdin=PIPE, stdout=PIPE, text=True
    ) as server:
        assert server.stdin and server.stdout
        visitor = Visit(browser, server.stdout.readline().strip())
        page = visitor.open("odd")
        page.locator("#use-example").click()
        assert not page.locator(".hint:visible").count()
        answer = send(page)
        assert answer.status == 200
        assert json.dumps(json.loads(answer.request.post_data or ""), sort_keys=True) == json.dumps(
            example, sort_keys=True
        )
        visitor.close()
        server.stdin.close()
