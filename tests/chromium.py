"""A real browser for tests of web pages. Import the fixture: `from tests.chromium import browser as browser`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright

from tests.material import absent
from tests.waiting import LIMIT_S

CHROMIUM = Path("/usr/bin/chromium")
LIMIT_MS = LIMIT_S * 1000
#: Options of the command: no traffic of its own, and players that may start without a click.
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module. It ends with the module, since no event loop can run beside Playwright's."""
    if not CHROMIUM.exists():
        absent(str(CHROMIUM))
    expect.set_options(timeout=LIMIT_MS)
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS, timeout=LIMIT_MS)
        except Error as error:
            absent(f"a Chromium that starts ({error.message.splitlines()[0]})")
        yield started
        started.close()
