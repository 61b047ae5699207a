"""The mock called by a page of another origin, in a real browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from segmind_mock import Settings, serving
from segmind_mock.server.asgi import Receive, Scope, Send
from segmind_mock.server.running import listening
from segmind_mock.spec.facts import Model
from tests.chromium import browser as browser
from tests.mock.conftest import KEY, PayloadOf, submit_path, sync_path


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"<!doctype html><title>another origin</title>"})


_FETCH = """async ([url, method, body]) => {
    const headers = {"x-api-key": "KEY", ...(body ? {"content-type": "application/json"} : {})};
    try {
        const answer = await fetch(url, {method, headers, body: body && JSON.stringify(body)});
        const bytes = await answer.blob();
        return [answer.status, bytes.size, Object.fromEntries(answer.headers)];
    } catch (error) { return [0, 0, {error: String(error)}]; }
}""".replace("KEY", KEY)


def test_a_page_of_another_origin_in_a_browser(browser: Browser, large: Model, payload: PayloadOf) -> None:
    with listening(_page) as place, listening(_page) as other, serving(Settings(cors=frozenset({place}))) as mock:
        page = browser.new_page()
        page.goto(place)

        def fetch(path: str, method: str = "GET", body: object = None) -> Any:
            return page.evaluate(_FETCH, [mock.url + path, method, body])

        status, size, headers = fetch(sync_path(large), "POST", payload(large))
        assert status == 200 and size > 1000 and "x-remaining-credits" in headers and "x-mock-basis" in headers
        assert fetch(submit_path(large), "POST", payload(large))[0] == 200
        assert fetch(submit_path(large), "POST", {"prompt": 1})[0] == 400
        assert fetch("/v2/requests/unknown/status")[0] == 404
        assert fetch("/__mock/health")[0] == 0
        assert fetch("/__mock/reset", "POST", {})[0] == 0
        page.goto(other)
        assert fetch(sync_path(large), "POST", payload(large))[0] == 0
        page.close()
