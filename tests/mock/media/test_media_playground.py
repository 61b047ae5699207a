"""The playground of models of every medium in Chromium: players, texts, and files to save."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import LIMIT_MS
from tests.chromium import browser as browser

#: Plays until the first half second has passed.
PLAY = """(player) => new Promise((resolve) => {
  player.addEventListener("timeupdate", () => player.currentTime > 0.5 && resolve());
  player.play();
})"""
#: A folder in which screenshots are stored, for people to look at.
SCREENSHOTS = os.environ.get("PAGEWRIGHT_SCREENSHOTS")


@pytest.fixture(scope="module")
def url(media_mock: ModuleType) -> Iterator[str]:
    with media_mock.serving() as running:
        yield running.url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(accept_downloads=True)
    context.set_default_timeout(LIMIT_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def _send(page: Page, url: str, slug: str, **chosen: str) -> None:
    page.goto(f"{url}/playground/{slug}")
    expect(page.locator("#now")).to_contain_text("UTC")
    page.locator("#use-example").click()
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    for name, value in chosen.items():
        page.get_by_label(name, exact=True).select_option(label=value)
    page.locator("#send").click()
    expect(page.locator("#status")).to_contain_text("200")


@pytest.mark.parametrize("form", ["mp4", "webm"])
def test_a_video_plays_and_can_be_saved(page: Page, url: str, form: str, tmp_path: Path) -> None:
    _send(page, url, "mist-text2video", format=form)
    expect(page.locator("#images figcaption")).to_contain_text("160 × 90 · 2.0 s · video/" + form)
    video = page.locator("#images video")
    video.evaluate(PLAY)
    assert video.evaluate("(video) => [video.videoWidth, video.videoHeight, video.error]") == [160, 90, None]
    assert video.evaluate("(video) => video.currentTime") > 0.5
    assert video.evaluate("(video) => video.getVideoPlaybackQuality().totalVideoFrames") > 0
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"playing-{form}.png", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save").click()
    assert download.value.suggested_filename == f"mist-text2video.{form}"


@pytest.mark.parametrize("form", ["wav", "mp3", "ogg", "flac"])
def test_sound_plays(page: Page, url: str, form: str) -> None:
    _send(page, url, "glow-music", output_format=form)
    expect(page.locator("#images figcaption")).to_contain_text("3.0 s · audio/")
    page.locator("#images audio").evaluate(PLAY)


def test_text_and_json_are_shown(page: Page, url: str) -> None:
    _send(page, url, "quill-chat")
    expect(page.locator("#images p.answer")).to_contain_text("What is fog")
    _send(page, url, "ember-text")
    expect(page.locator("#images p.answer")).to_contain_text("The harbour at night")
    _send(page, url, "sift-embed")
    assert len(json.loads(page.locator("#images pre.answer").inner_text())["embeddings"][0]) == 32


def test_results_of_the_queue_are_shown(page: Page, url: str) -> None:
    _send(page, url, "tally-count")
    assert json.loads(page.locator("#images pre.answer").inner_text())["label"] in ("boats", "gulls")
    _send(page, url, "clay-3d")
    expect(page.locator("#images figcaption")).to_contain_text("model/gltf-binary")
