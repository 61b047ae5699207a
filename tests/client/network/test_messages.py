"""Texts and URLs from the service: no message contains their control characters, and an invalid URL only raises an error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segmind_client import (
    AsyncSegmindClient,
    Budget,
    ConfigurationError,
    ConnectionFailed,
    InferenceFailed,
    InferenceTimeout,
    JobHandle,
    JobResult,
    RequestOptions,
    SegmindClient,
    SegmindError,
    UnreadableResponse,
    ValidationError,
    errors,
)
from segmind_client._errors import AmbiguousOutcome, BudgetExceeded, StatusError
from segmind_client.spec.violations import Violation

KEY = "SG_marker_0123456789"
ONCE = RequestOptions(max_attempts=1, timeout=20.0)
NASTY = "\x1b]0;owned\x07\x1b[31m\r\n\x00\x9b2J\u202egnp\ud800"
URLS = [
    f"http://{NASTY}/x",
    "http://127.0.0.1:9/p\ud800",
    f"http://{'a' * 64}.test/x.png",
    "http://a..b/x",
    "http://.a/x",
    "https://.a/x",
    "http://",
    "http://:9/",
    "http://[::1/x",
    "http://127.0.0.1:99999999/x",
    "http://127.0.0.1:x/",
    "http://127.0.0.1:9/" + "x" * 100_000,
    "http://\u2028\u00ad/",
    "ftp://host/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:",
    "data:image/png;base64,\ud800",
    "",
    "x",
    None,
    7,
    [["http://127.0.0.1:9/x"]],
    {"url": "http://127.0.0.1:9/x"},
]


def _shown(error: BaseException) -> str:
    text = "\n".join([str(error), str(error.args)])
    detail = getattr(error, "detail", None)
    return f"{text}\n{detail}"


def _is_clean(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@given(st.text(), st.text())
@example(NASTY, NASTY)
def test_no_message_holds_a_control_character(text: str, request_id: str) -> None:
    handle = JobHandle("m", request_id, "", "")
    violation = Violation(text, "type", text, text, text)
    every: list[SegmindError] = [
        SegmindError(400, text, request_id),
        ConfigurationError(text),
        ConnectionFailed(text),
        AmbiguousOutcome(502, text, request_id),
        BudgetExceeded(text, text),
        StatusError(451, text, request_id, headers={"x": text}),
        UnreadableResponse(text, request_id=request_id),
        InferenceFailed(text, {"error": text}, request_id),
        InferenceTimeout(handle, 1.0, {"status": text}),
        *(kind(418, text, request_id) for kind in errors.BY_STATUS.values()),
    ]
    for error in every:
        assert "\n" not in str(error) and _is_clean(_shown(error)), type(error)
    several = ValidationError(text, [violation, violation])
    assert str(several).count("\n") == 2 and _is_clean(str(several))


def _job(url: object) -> Callable[[httpx2.Request], httpx2.Response]:
    """A service whose jobs all have this image URL."""
    import json

    body = json.dumps({"request_id": "r1", "status": "COMPLETED", "output": url})

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "service.test", "only the service is asked"
        return httpx2.Response(200, text=body)

    return answer


@pytest.mark.parametrize("url", URLS, ids=lambda url: repr(url)[:40])
def test_whatever_a_service_calls_a_url_is_an_error_with_the_handle(url: object) -> None:
    class Apart(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
        """Responds for the service. Requests to other hosts are really sent."""

        def __init__(self) -> None:
            self._service = httpx2.MockTransport(_job(url))

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.url.host == "service.test":
                return self._service.handle_request(request)
            with httpx2.HTTPTransport() as real:
                return real.handle_request(request)

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.url.host == "service.test":
                return await self._service.handle_async_request(request)
            async with httpx2.AsyncHTTPTransport() as real:
                return await real.handle_async_request(request)

    async def use() -> None:
        async with AsyncSegmindClient(KEY, "http://service.test", options=ONCE, transport=Apart()) as client:
            job = await client.submit_async("m")
            with pytest.raises(SegmindError) as caught:
                await job.download(interval=0.0)
            assert caught.value.handle == job.handle and _is_clean(_shown(caught.value))

    asyncio.run(use())
    with SegmindClient(KEY, "http://service.test", options=ONCE, transport=Apart()) as client:
        job = client.submit_async("m")
        with pytest.raises(SegmindError) as caught:
            job.download(interval=0.0)
        assert caught.value.handle == job.handle
        assert _is_clean(_shown(caught.value)) and len(str(caught.value)) < 1000
        with pytest.raises(SegmindError) as caught:
            client.download(job.wait(interval=0.0))
        assert caught.value.handle == job.handle
        given: Any = url
        with pytest.raises(SegmindError):
            client.download(given)


@given(st.one_of(st.text(), st.text().map("http://".__add__), st.none(), st.integers(), st.lists(st.text())))
def test_any_value_in_place_of_a_url_gives_a_clean_message(url: object) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("nobody is there")

    with SegmindClient(KEY, options=ONCE, transport=httpx2.MockTransport(answer), environ={}) as client:
        with pytest.raises(SegmindError) as caught:
            client.download(JobResult({"output": url}))
        assert _is_clean(_shown(caught.value))


def test_a_redirect_to_nowhere_is_an_error_too() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"location": "http://a..b:x/"})

    with (
        SegmindClient(KEY, options=ONCE, transport=httpx2.MockTransport(answer), environ={}) as client,
        pytest.raises(UnreadableResponse),
    ):
        client.download("http://127.0.0.1/x")


def test_a_download_spends_nothing() -> None:
    budget = Budget(max_usd=1.0)
    client = SegmindClient(KEY, options=ONCE._replace(budget=budget), environ={})
    with client, pytest.raises(UnreadableResponse):
        client.download("http://\ud800/")
    assert budget.spent_usd == 0.0
