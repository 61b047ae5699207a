"""Every failure is one typed exception, which can be pickled and never contains the key."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

import segmind_client
from segmind_client import (
    JobHandle,
    JobResult,
    RequestOptions,
    SegmindClient,
    SegmindError,
    StatusError,
    Violation,
    errors,
)
from segmind_client.spec.facts import MISSING, Model
from segmind_client.spec.platform import PLATFORM
from tests.client.doubles import MockServer, Payload

HANDLE = JobHandle("m", "r1", "https://h/s", "https://h/r")
ONCE = RequestOptions(max_attempts=1)
EXAMPLES: dict[type[SegmindError], SegmindError] = {
    type(error): error
    for error in (
        SegmindError(418, "teapot", "r1"),
        errors.ConfigurationError("no key"),
        errors.ValidationError("m", [Violation("a", "type", 1, "string", "is wrong", "page", "1")]),
        errors.BudgetExceeded("m", "nothing is left"),
        errors.ConnectionFailed("refused"),
        errors.AmbiguousOutcome(502, "gateway", "r1"),
        StatusError(520, "odd", "r1", retry_after=2.5, media_type="text/html", excerpt="<html>"),
        errors.UnreadableResponse("empty", b"body", "image/png", "r1"),
        errors.InferenceFailed("blocked", {"status": "FAILED"}, "r1"),
        errors.InferenceTimeout(HANDLE, 600.0, {"status": "QUEUED"}),
        *(kind(status, "said", "r1", retry_after=1.0) for status, kind in errors.BY_STATUS.items()),
    )
}


@pytest.mark.parametrize("status", sorted(PLATFORM.statuses))
@pytest.mark.parametrize("how", ["scenario", "prefer"])
def test_one_typed_error_for_each_status(
    mock: MockServer, large: Model, payload_of: Payload, status: int, how: str
) -> None:
    headers = {"x-mock-scenario": f"status-{status}"} if how == "scenario" else {"prefer": f"code={status}"}
    ambiguous = PLATFORM.statuses[status].outcome == "unknown"
    expected = errors.AmbiguousOutcome if ambiguous else errors.BY_STATUS[status]
    with mock.client(options=ONCE._replace(headers=headers)) as client:
        resource = client.stable_diffusion_3_5_large_txt2img
        for call in (resource.generate, resource.submit):
            with pytest.raises(SegmindError) as caught:
                call(**payload_of(large))
            assert type(caught.value) is expected
            assert caught.value.status == status
            assert str(status) in str(caught.value)
    assert len(mock.journal("POST")) == 2


def test_a_status_that_nobody_documents_is_a_plain_status_error() -> None:
    inner = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(451, text="law\x1b[31m\u202e")))
    with pytest.raises(StatusError) as caught, SegmindClient("key", http_client=inner) as client:
        client.run_sync("m")
    assert type(caught.value) is StatusError
    assert str(caught.value) == "451: law [31m"


def test_every_error_class_has_an_example() -> None:
    public = {each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, SegmindError)}
    assert public == set(EXAMPLES)


@pytest.mark.parametrize("error", EXAMPLES.values(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_pickles_with_all_it_holds(error: SegmindError, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert (str(again), again.args, again.to_dict()) == (str(error), error.args, error.to_dict())


def test_an_errors_handle_pickles_too() -> None:
    error = errors.NotFoundError(404, "gone")
    error.handle = HANDLE
    assert pickle.loads(pickle.dumps(error)).handle == HANDLE


def test_the_value_for_a_missing_field_is_the_same_after_pickling() -> None:
    assert pickle.loads(pickle.dumps(MISSING)) is MISSING


def test_a_wrong_value_is_also_a_value_error() -> None:
    assert issubclass(errors.ValidationError, ValueError)


class TestHandles:
    def test_a_handle_survives_json(self) -> None:
        text = HANDLE.to_json()
        assert "\n" not in text
        assert JobHandle.from_json(text) == HANDLE

    @pytest.mark.parametrize("text", ["", "[]", "{}", "null", "x", json.dumps({**HANDLE._asdict(), "slug": 5})])
    def test_invalid_handles_are_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            JobHandle.from_json(text)


def _traceback_with_locals(error: BaseException) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def _chain(error: BaseException | None) -> list[BaseException]:
    return [] if error is None else [error, *_chain(error.__cause__), *_chain(error.__context__)]


class TestTheKeyIsNowhere:
    """The key is not in exceptions, logs, or the local variables of tracebacks, for every kind of failure."""

    KEY = "SG_marker_0123456789"

    @staticmethod
    def _fail(handler: Callable[[httpx2.Request], httpx2.Response]) -> tuple[SegmindError, SegmindClient]:
        inner = httpx2.Client(transport=httpx2.MockTransport(handler))
        client = SegmindClient(TestTheKeyIsNowhere.KEY, "http://service.test", http_client=inner, options=ONCE)
        try:
            client.run_sync("m", prompt="x")
        except SegmindError as error:
            return error, client
        raise AssertionError("should have failed")

    @pytest.mark.parametrize(
        "reply",
        [
            httpx2.ConnectError("refused"),
            httpx2.ReadTimeout("slow"),
            httpx2.LocalProtocolError("odd"),
            httpx2.Response(401, json={"error": f"no such key: {KEY}"}),
            httpx2.Response(502, text=f"<html>{KEY}</html>", headers={"content-type": "text/html"}),
            httpx2.Response(400, text=KEY),
        ],
        ids=repr,
    )
    def test_no_key_in_the_exception_of_a_failed_call(
        self, reply: httpx2.Response | Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        def handler(request: httpx2.Request) -> httpx2.Response:
            assert request.headers["x-api-key"] == self.KEY
            if isinstance(reply, Exception):
                raise reply
            return reply

        with caplog.at_level(logging.DEBUG):
            error, client = self._fail(handler)
        # The frames of httpx2 and h11 contain the key, so our exceptions must not refer to theirs.
        assert not [each for each in _chain(error) if isinstance(each, httpx2.HTTPError)]
        # From here on the frames are the client's; the test's own contain the key on purpose.
        trace = error.__traceback__
        assert trace is not None
        error.__traceback__ = trace.tb_next
        texts = [str(error), repr(error), repr(vars(error)), caplog.text, repr(client), repr(vars(client))]
        texts += [_traceback_with_locals(error), repr(client._driver.config), pickle.dumps(error).decode("latin-1")]
        assert [text for text in texts if self.KEY in text] == []

    def test_no_key_in_the_exception_of_a_refused_connection(self) -> None:
        try:
            SegmindClient(self.KEY, "http://127.0.0.1:9", options=ONCE).run_sync("m")
        except errors.ConnectionFailed as error:
            assert error.__traceback__ is not None
            error.__traceback__ = error.__traceback__.tb_next
            assert self.KEY not in _traceback_with_locals(error)
            assert "127.0.0.1:9" in str(error)

    @pytest.mark.parametrize("key", ["SG_x\n", "SG x", "SG_é", "SG_\x00", 5])
    def test_no_key_in_the_exception_for_an_invalid_key(self, key: Any) -> None:
        with pytest.raises(errors.ConfigurationError) as caught:
            SegmindClient(key)
        assert str(key) not in str(caught.value)

    @pytest.mark.parametrize("environ", [{}, {"SEGMIND_API_KEY": ""}])
    def test_a_missing_key_is_a_configuration_error(self, environ: dict[str, str]) -> None:
        with pytest.raises(errors.ConfigurationError, match="SEGMIND_API_KEY"):
            SegmindClient(environ=environ)
        with pytest.raises(errors.ConfigurationError, match="SEGMIND_API_KEY"):
            segmind_client.AsyncSegmindClient("", environ={"SEGMIND_API_KEY": "not asked for"})


class TestTheQueue:
    def test_a_failed_job_raises(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        with mock.client("job-fails") as client:
            job = client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
            with pytest.raises(errors.InferenceFailed, match="out of memory") as caught:
                job.wait(interval=0.0)
            assert caught.value.status_body["status"] == "FAILED"
            assert job.status()["status"] == job.result()["status"] == "FAILED"
        assert len(mock.journal("POST")) == 1

    def test_run_names_the_job_in_its_exception(
        self, mock: MockServer, large: Model, payload_of: Payload, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("time.sleep", lambda _: None)
        with mock.client("job-fails") as client, pytest.raises(errors.InferenceFailed) as caught:
            client.run(large.slug, **payload_of(large))
        assert caught.value.handle is not None
        assert caught.value.handle.request_id == mock.journal("POST")[0]["request_id"]

    def test_an_unknown_job_raises_not_found(self, mock: MockServer) -> None:
        with mock.client() as client, pytest.raises(errors.NotFoundError) as caught:
            client.resume(HANDLE).wait()
        assert caught.value.handle == HANDLE

    def test_a_gateways_error_while_polling(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        async def use() -> JobResult:
            async with mock.async_client("poll-502-once") as client:
                job = await client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
                return await job.wait(interval=0.0)

        assert asyncio.run(use())["status"] == "COMPLETED"
        assert len(mock.journal("POST")) == 1
