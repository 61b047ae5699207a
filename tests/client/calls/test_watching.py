"""Hooks, the log and whole responses, none of which contains the key."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

import segmind_client
from segmind_client import (
    AmbiguousOutcome,
    AsyncSegmindClient,
    ConfigurationError,
    ConnectionFailed,
    Hooks,
    JobHandle,
    Request,
    RequestOptions,
    Response,
    SegmindClient,
    SegmindError,
    StatusError,
)
from segmind_client._credentials import ApiKey, Credentials
from segmind_client._flows import calls, downloads, polling
from segmind_client.spec.facts import Model
from tests.client.doubles import Answer, MockServer, Payload, Picture, ScriptedService

KEY = "SG_marker_0123456789"
ONCE = RequestOptions(max_attempts=1)


class TestHooks:
    def test_hooks_get_all_events(self, script: type[ScriptedService], answer: Answer, handle: JobHandle) -> None:
        told: list[Any] = []
        hooks = Hooks(
            request=lambda request: told.append(("request", request.method)),
            response=lambda request, response: told.append(("response", request.method, response.status_code)),
            retry=lambda request, error, pause: told.append(("retry", type(error).__name__, pause)),
            poll=lambda job, body: told.append(("poll", job.request_id, body["status"])),
        )
        options = RequestOptions(hooks=hooks)
        done = answer(200, {"status": "COMPLETED"})
        played = script(answer(429), answer(200, {"request_id": "r1"}), answer(200, {"status": "QUEUED"}), done, done)
        played.run(calls.submit(played.config, "m", None, {}, options))
        played.run(polling.wait(played.config, handle, 9.0, 1.0, options))
        assert told == [
            ("request", "POST"),
            ("response", "POST", 429),
            ("retry", "RateLimitError", 0.375),
            ("request", "POST"),
            ("response", "POST", 200),
            *[("request", "GET"), ("response", "GET", 200), ("poll", "r1", "QUEUED")],
            *[("request", "GET"), ("response", "GET", 200), ("poll", "r1", "COMPLETED")],
            *[("request", "GET"), ("response", "GET", 200)],
        ]

    def test_a_failing_hook_loses_no_job(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("a hook of mine")

        hooks = RequestOptions(hooks=Hooks(response=fail, retry=fail, poll=fail))
        played = script(answer(429), answer(200, {"status": "COMPLETED", "request_id": "r1"}))
        assert played.run(calls.submit(played.config, "m", None, {}, hooks)).handle.request_id == "r1"
        assert played.run(polling.wait(played.config, handle, 9.0, 1.0, hooks))["status"] == "COMPLETED"
        assert caplog.text.count("a hook of mine") == 6

    def test_a_request_hook_can_stop_the_request(self, script: type[ScriptedService]) -> None:
        def veto(request: Request) -> None:
            raise PermissionError(request.url)

        played = script()
        with pytest.raises(PermissionError, match="/v2/m"):
            played.run(calls.submit(played.config, "m", None, {}, RequestOptions(hooks=Hooks(request=veto))))
        assert not played.requests

    def test_hooks_of_a_call_replace_the_clients(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        told: list[str] = []
        options = RequestOptions(hooks=Hooks(request=lambda _: told.append("client's")))
        with mock.client(options=options) as client:
            client.stable_diffusion_3_5_large_txt2img.submit(
                **payload_of(large), options=RequestOptions(hooks=Hooks(request=lambda _: told.append("call's")))
            )
            client.submit_async(large.slug, **payload_of(large))
        assert told == ["call's", "client's"]


class TestTheLog:
    @pytest.fixture(autouse=True)
    def _as_before(self) -> Iterator[None]:
        logger = logging.getLogger("segmind_client")
        before = logger.level, list(logger.handlers)
        yield
        logger.level, logger.handlers = before[0], before[1]

    def _run(self, mock: MockServer, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        code = (
            "import logging, segmind_client\n"
            "with segmind_client.SegmindClient() as client:\n"
            "    client.run('tinysd1.5-txt2img', prompt='my secret prompt')\n"
            "print(len(logging.getLogger('segmind_client').handlers))\n"
        )
        mock.set("scenarios", scenario="completed-at-once")
        return subprocess.run(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "SEGMIND_API_KEY": mock.key,
                "SEGMIND_BASE_URL": mock.url,
                **environ,
            },
            capture_output=True,
            text=True,
            check=True,
        )

    @pytest.mark.parametrize("environ", [{}, {"SEGMIND_LOG": ""}, {"SEGMIND_LOG": "0"}], ids=str)
    def test_the_log_is_silent_by_default(self, mock: MockServer, environ: dict[str, str]) -> None:
        done = self._run(mock, environ)
        assert (done.stdout, done.stderr) == ("0\n", "")

    @pytest.mark.parametrize(("level", "headers"), [("info", False), ("DEBUG", True)])
    def test_the_log_is_written_to_standard_error(self, mock: MockServer, level: str, headers: bool) -> None:
        done = self._run(mock, {"SEGMIND_LOG": level})
        assert done.stdout == "1\n"
        assert "segmind_client INFO POST" in done.stderr and "/v2/tinysd1.5-txt2img: 200 in" in done.stderr
        assert ("x-remaining-credits" in done.stderr) is headers
        assert mock.key not in done.stderr and "secret prompt" not in done.stderr

    def test_several_clients_share_one_log_handler(self, monkeypatch: pytest.MonkeyPatch) -> None:
        logger = logging.getLogger("segmind_client")
        monkeypatch.setattr(logger, "propagate", False)
        for _ in range(3):
            SegmindClient(KEY, environ={"SEGMIND_LOG": "info"})
        assert len(logger.handlers) == 1
        assert logger.level == logging.INFO

    def test_the_log_hides_caller_headers_and_cookies(
        self, script: type[ScriptedService], answer: Answer, caplog: pytest.LogCaptureFixture
    ) -> None:
        played = script(answer(200, b"ok", set_cookie="session=abc", x_request_id="r-77"))
        options = RequestOptions(headers={"Authorization": "Bearer abc", "user-agent": "mine"})
        with caplog.at_level(logging.DEBUG):
            played.run(calls.call_sync(played.config, "m", None, {"prompt": "abc"}, options))
        assert "'authorization': '…'" in caplog.text and "r-77" in caplog.text and "mine" in caplog.text
        assert "abc" not in caplog.text + repr(played.requests)

    def test_the_log_hides_url_queries(
        self, script: type[ScriptedService], answer: Answer, picture: Picture, caplog: pytest.LogCaptureFixture
    ) -> None:
        played = script(answer(200, picture()))
        with caplog.at_level(logging.DEBUG):
            played.run(downloads.download(played.config, "https://cdn.test/1.jpg?signature=abc", RequestOptions()))
        assert "https://cdn.test/1.jpg?…" in caplog.text
        assert "abc" not in caplog.text


class TestWholeResponses:
    def test_every_result_has_its_response(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        with mock.client() as client:
            image = client.stable_diffusion_3_5_large_txt2img.generate(**payload_of(large))
            assert image.response.status_code == 200
            assert image.response.content is image.content
            assert image.response.headers["X-Request-Id"] == image.request_id
            job = client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
            assert job.response is not None and job.response.json() == job.submit_response
            done = job.wait(interval=0.0)
            assert done.response is not None and done.response.json() == done == pickle.loads(pickle.dumps(done))
            assert client.resume(job.handle).response is None
            with pytest.raises(StatusError) as caught:
                client.run_sync("no-such-model")
            assert caught.value.headers["content-type"] == "application/json"

    def test_every_result_of_asyncio_has_its_response(
        self, mock: MockServer, large: Model, payload_of: Payload
    ) -> None:
        async def use() -> None:
            async with mock.async_client() as client:
                job = await client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
                result = await job.wait(interval=0.0)
                assert job.response is not None and job.response.status_code == 200
                assert result.response is not None and result.response.status_code == 200

        asyncio.run(use())


def _texts(error: BaseException) -> str:
    """Return what a crash reporter would send: all variables of all frames from the client's first frame on."""
    trace = error.__traceback__
    while trace is not None and not trace.tb_frame.f_globals["__name__"].startswith("segmind_client"):
        trace = trace.tb_next
    assert trace is not None
    error.__traceback__ = trace
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


class TestTheKeyInTracebacks:
    @pytest.mark.parametrize("kind", [SegmindClient, AsyncSegmindClient])
    @pytest.mark.parametrize(
        "arguments",
        [
            {"base_url": "ftp://nowhere"},
            {"timeout": -1.0},
            {"options": RequestOptions(max_attempts=0)},
            {"options": RequestOptions(headers={"host": "x"})},
            {"http_client": object(), "transport": object()},
        ],
        ids=["base_url", "timeout", "attempts", "headers", "transport"],
    )
    def test_no_key_in_the_traceback_of_a_failed_construction(
        self, kind: type[SegmindClient] | type[AsyncSegmindClient], arguments: dict[str, Any]
    ) -> None:
        for given in ({"api_key": KEY}, {"environ": {"SEGMIND_API_KEY": KEY}}):
            with pytest.raises(ConfigurationError) as caught:
                kind(**given, **arguments)
            assert KEY not in _texts(caught.value)

    @pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY} x", f"{KEY}é"])
    def test_no_key_in_the_traceback_for_an_invalid_key(self, key: str) -> None:
        with pytest.raises(ConfigurationError) as caught:
            SegmindClient(key)
        assert KEY not in _texts(caught.value)

    @pytest.mark.parametrize(
        ("failure", "raised"),
        [
            (KeyboardInterrupt, KeyboardInterrupt),
            (MemoryError, ConnectionFailed),
            (RuntimeError, ConnectionFailed),
        ],
    )
    def test_no_key_in_the_traceback_of_an_unexpected_exception(
        self,
        failure: type[BaseException],
        raised: type[BaseException],
        monkeypatch: pytest.MonkeyPatch,
        mock: MockServer,
    ) -> None:
        """Here the frames of the HTTP library contain the header."""
        import h11

        seen: list[bool] = []

        def send(connection: object, event: object) -> None:
            seen.append(KEY in repr(event))
            del event
            raise failure("here")

        monkeypatch.setattr(h11.Connection, "send", send)

        once = RequestOptions(max_attempts=1)

        async def use() -> None:
            async with AsyncSegmindClient(KEY, mock.url, options=once) as client:
                await client.run_sync("m")

        for call in (lambda: SegmindClient(KEY, mock.url, options=once).run_sync("m"), lambda: asyncio.run(use())):
            with pytest.raises(raised) as caught:
                call()
            assert seen.pop()
            text = _texts(caught.value)
            assert "segmind_client" in text and KEY not in text

    def test_the_traceback_of_a_callers_transport_keeps_its_frames(self) -> None:
        def my_handler(request: httpx2.Request) -> httpx2.Response:
            raise LookupError("my own mistake")

        client = SegmindClient(KEY, transport=httpx2.MockTransport(my_handler))
        with pytest.raises(AmbiguousOutcome) as caught:
            client.run_sync("m")
        assert isinstance(caught.value.__cause__, LookupError)
        text = _texts(caught.value)
        assert "my_handler" in text and KEY not in text


class TestTheSecret:
    def test_an_api_key_has_no_readable_form(self) -> None:
        secret = ApiKey(KEY)
        assert KEY not in repr(secret) + str(secret) + repr(vars(Credentials)) + repr(Credentials(secret, "", ""))
        assert secret.header() == {"x-api-key": KEY}

    @pytest.mark.parametrize("make", [lambda: ApiKey(KEY), lambda: SegmindClient(KEY)])
    def test_an_api_key_is_not_pickled(self, make: Callable[[], object]) -> None:
        with pytest.raises(TypeError) as caught:
            pickle.dumps(make())
        assert KEY not in str(caught.value)

    def test_an_api_key_is_redacted_in_responses(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        said = {"status": "FAILED", "error": f"bad key {KEY}", "more": {"key": KEY}}
        played = script(answer(200, said, x_echo=KEY))
        seen: list[object] = []
        options = RequestOptions(hooks=Hooks(response=lambda _, response: seen.append(response)))
        with pytest.raises(SegmindError) as caught:
            played.run(polling.wait(played.config, handle, 0.0, 0.0, options))
        assert caught.value.detail == "bad key [key]"
        assert KEY not in repr(vars(caught.value))
        (response,) = seen
        assert isinstance(response, Response)
        assert KEY not in response.text and response.headers["x-echo"] == "[key]"


def test_a_package_of_another_name_logs_under_its_own() -> None:
    assert segmind_client._hooks.LOGGER == "segmind_client"
