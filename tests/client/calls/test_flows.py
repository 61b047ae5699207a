"""The decisions of flows on a virtual clock: retries, pauses, polling, downloads, and where the key is sent."""

from __future__ import annotations

import base64
import math
from email.utils import formatdate
from typing import Any

import pytest

from segmind_client import (
    AmbiguousOutcome,
    AsyncSegmindClient,
    ConfigurationError,
    ConnectionFailed,
    ImageResult,
    InferenceFailed,
    InferenceTimeout,
    JobHandle,
    JobResult,
    NotFoundError,
    RateLimitError,
    RequestOptions,
    SegmindClient,
    SegmindError,
    StatusError,
    UnprocessableError,
    UnreadableResponse,
    ValidationError,
)
from segmind_client._flow import Interrupted, NotSent, Oversized
from segmind_client._flows import calls, downloads, polling
from segmind_client._flows.retry import asked_delay, backoff
from segmind_client._http import Response
from segmind_client.spec.platform import PLATFORM
from tests.client.doubles import Answer, Picture, ScriptedService

EPOCH = 1_700_000_000.0
KEY = "SG_marker_0123456789"
NONE = RequestOptions()
QUEUED = {"request_id": "r1", "status_url": "https://service.test/v2/requests/r1/status"}
DONE = {"status": "COMPLETED", "output": "https://cdn.test/1.jpg"}


def draw(script: ScriptedService, options: RequestOptions = NONE, **payload: object) -> Response:
    return script.run(calls.call_sync(script.config, "m", None, payload or {"prompt": "x"}, options))


def ask(script: ScriptedService, handle: JobHandle, options: RequestOptions = NONE) -> dict[str, object]:
    return script.run(polling.read_status(script.config, handle, options))


def wait(script: ScriptedService, handle: JobHandle, timeout: float = 60.0, interval: float = 1.0) -> JobResult:
    return script.run(polling.wait(script.config, handle, timeout, interval, NONE))


def fetch(script: ScriptedService, *urls: str, options: RequestOptions = NONE) -> ImageResult:
    result = script.run(downloads.download(script.config, JobResult({"output": list(urls)}), options))
    assert isinstance(result, ImageResult)
    return result


class TestWhatIsSentAgain:
    def test_a_post_that_was_not_sent_is_retried(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(NotSent("refused"), NotSent("refused"), answer(200, b"ok"))
        assert draw(played).content == b"ok"
        assert len(played.requests) == 3
        assert played.pauses == [0.375, 0.75]

    def test_max_attempts_limits_retries(self, script: type[ScriptedService]) -> None:
        played = script(NotSent("refused"))
        with pytest.raises(ConnectionFailed, match=r"https://service\.test: refused"):
            draw(played)
        assert len(played.requests) == PLATFORM.limits.max_attempts

    def test_one_allowed_attempt_means_no_retry(self, script: type[ScriptedService]) -> None:
        played = script(NotSent("refused"))
        with pytest.raises(ConnectionFailed):
            draw(played, RequestOptions(max_attempts=1))
        assert len(played.requests) == 1

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_post_that_was_refused_is_retried(
        self, script: type[ScriptedService], answer: Answer, status: int
    ) -> None:
        played = script(answer(status), answer(200, b"ok"))
        assert draw(played).content == b"ok"
        assert len(played.requests) == 2

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 429])
    def test_a_get_is_retried_after_a_server_error(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle, status: int
    ) -> None:
        played = script(answer(status, b"<html>"), answer(200, {"status": "QUEUED"}))
        assert ask(played, handle) == {"status": "QUEUED"}

    @pytest.mark.parametrize("failure", [NotSent("refused"), Interrupted("reset")])
    def test_a_get_is_retried_after_a_broken_connection(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle, failure: Exception
    ) -> None:
        assert ask(script(failure, answer(200, {"status": "QUEUED"})), handle) == {"status": "QUEUED"}

    def test_all_attempts_share_one_encoded_body(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer(429), answer(200))
        draw(played)
        first, second = played.requests
        assert first.body is second.body

    def test_no_pause_exceeds_the_deadline(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer(429, retry_after="5"))
        with pytest.raises(RateLimitError):
            draw(played, RequestOptions(timeout=4.0))
        assert played.pauses == []

    def test_the_services_time_counts_for_the_deadline(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(9.9, answer(503))
        with pytest.raises(StatusError):
            draw(played, RequestOptions(timeout=10.0))
        assert len(played.requests) == 1


class TestWhatIsNeverSentTwice:
    def test_an_interrupted_post_is_not_retried(self, script: type[ScriptedService]) -> None:
        played = script(Interrupted("ReadTimeout"))
        with pytest.raises(AmbiguousOutcome, match=r"POST .*ReadTimeout"):
            draw(played)
        assert len(played.requests) == 1

    @pytest.mark.parametrize("status", [502, 504, 520, 599])
    def test_a_post_with_a_gateways_response_is_not_retried(
        self, script: type[ScriptedService], answer: Answer, status: int
    ) -> None:
        played = script(answer(status, b"<html>no</html>", content_type="text/html"))
        with pytest.raises(AmbiguousOutcome) as caught:
            draw(played)
        assert caught.value.status == status
        assert len(played.requests) == 1

    @pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 405, 406, 408, 409, 410, 422, 451, 500])
    def test_a_post_with_an_error_response_is_not_retried(
        self, script: type[ScriptedService], answer: Answer, status: int
    ) -> None:
        played = script(answer(status, {"error": "no"}, location="https://evil.test/"))
        with pytest.raises(StatusError):
            draw(played)
        assert len(played.requests) == 1

    def test_an_interrupted_submit_is_not_retried(self, script: type[ScriptedService]) -> None:
        played = script(Interrupted("reset"))
        with pytest.raises(AmbiguousOutcome):
            played.run(calls.submit(played.config, "m", None, {}, NONE))
        assert len(played.requests) == 1

    def test_a_response_that_is_too_large_is_not_retried(
        self, script: type[ScriptedService], handle: JobHandle
    ) -> None:
        for call in (draw, lambda played: ask(played, handle)):
            played = script(Oversized("larger than allowed"))
            with pytest.raises(UnreadableResponse, match="larger"):
                call(played)
            assert len(played.requests) == 1

    def test_an_accepted_job_without_an_id_is_not_retried(self, script: type[ScriptedService], answer: Answer) -> None:
        for body in (b"", b"<html>", b"[]", {}, {"request_id": 5}, {"request_id": ""}):
            played = script(answer(200, body))
            with pytest.raises(UnreadableResponse):
                played.run(calls.submit(played.config, "m", None, {}, NONE))
            assert len(played.requests) == 1


class TestHowLongIsWaited:
    """Pauses after a 429 or 503. `random` is 0.5, so the first backoff is 0.375 s."""

    @pytest.mark.parametrize(
        ("headers", "pause"),
        [
            ({}, 0.375),
            ({"retry_after": "7"}, 7.0),
            ({"retry_after": "1.5"}, 1.5),
            ({"retry_after": "0"}, 0.375),
            ({"retry_after": "-5"}, 0.375),
            ({"retry_after": "soon"}, 0.375),
            ({"retry_after": "nan"}, 0.375),
            ({"retry_after": formatdate(EPOCH + 20, usegmt=True)}, 20.0),
            ({"retry_after": formatdate(EPOCH - 20, usegmt=True)}, 0.375),
            ({"x_rate_limit_reset_at_utc": str(EPOCH + 12)}, 12.0),
            ({"x_rate_limit_reset_at_utc": str(int(EPOCH * 1000) + 12_000)}, 12.0),
            ({"x_rate_limit_reset_at_utc": f"[{EPOCH + 12}]"}, 12.0),
            ({"x_rate_limit_reset_at_utc": "2023-11-14T22:13:35Z"}, 15.0),
            ({"x_rate_limit_reset_at_utc": "2023-11-14 22:13:35"}, 15.0),
            ({"x_rate_limit_reset_at_utc": "tomorrow"}, 0.375),
            ({"retry_after": "3", "x_rate_limit_reset_at_utc": str(EPOCH + 50)}, 3.0),
            ({"retry_after": "soon", "x_rate_limit_reset_at_utc": str(EPOCH + 50)}, 50.0),
        ],
    )
    def test_retry_after_sets_the_pause(
        self, script: type[ScriptedService], answer: Answer, headers: dict[str, str], pause: float
    ) -> None:
        played = script(answer(429, **headers), answer(200))
        draw(played)
        assert played.pauses == [pytest.approx(pause)]

    def test_a_retry_after_beyond_the_limit_raises(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer(429, retry_after="86400"))
        with pytest.raises(RateLimitError) as caught:
            draw(played)
        assert caught.value.retry_after == 86400.0
        assert played.pauses == []

    @pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "1" * 400, "9" * 13, "Mon, 99 Foo", "[", "[]", "Ω"])
    def test_odd_rate_limit_headers_do_not_fail(self, text: str) -> None:
        for headers in ({"retry-after": text}, {"reset": text}):
            delay = asked_delay(headers, "reset", EPOCH)
            assert delay is None or 0 <= delay < math.inf

    @pytest.mark.parametrize("attempt", range(1, 9))
    @pytest.mark.parametrize("random", [0.0, 0.25, 0.999])
    def test_backoff_follows_the_formula_in_its_docstring(self, attempt: int, random: float) -> None:
        limits = PLATFORM.limits
        cap = min(limits.max_backoff_s, limits.backoff_s * 2 ** (attempt - 1))
        pause = backoff(attempt, limits, random)
        assert pause == pytest.approx(cap / 2 + random * cap / 2)
        assert cap / 2 <= pause < cap

    def test_backoff_does_not_overflow(self) -> None:
        assert backoff(10**6, PLATFORM.limits, 0.0) == PLATFORM.limits.max_backoff_s / 2


class TestWaiting:
    def test_wait_until_the_job_is_done(self, script: type[ScriptedService], answer: Answer, handle: JobHandle) -> None:
        played = script(
            answer(200, {"status": "QUEUED"}),
            answer(200, {"status": "PROCESSING"}),
            answer(200, {"status": "COMPLETED"}),
            answer(200, DONE),
        )
        assert wait(played, handle)["output"] == DONE["output"]
        assert played.pauses == [1.0, 1.0]
        assert played.urls[-1] == handle.response_url

    @pytest.mark.parametrize("first", ["COMPLETED", "PROCESSING"])
    def test_wait_with_any_first_state(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle, first: str
    ) -> None:
        played = script(answer(200, {"status": first}), answer(200, DONE), answer(200, DONE))
        assert wait(played, handle)["status"] == "COMPLETED"

    def test_a_result_that_is_behind_its_status_is_polled_again(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        done, lagging = answer(200, {"status": "COMPLETED"}), answer(200, {"status": "PROCESSING"})
        played = script(done, lagging, done, answer(200, DONE))
        assert wait(played, handle)["output"]
        assert played.pauses == [1.0]

    @pytest.mark.parametrize("status", [200, 422])
    def test_wait_for_a_failed_job(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle, status: int
    ) -> None:
        played = script(answer(status, {"status": "FAILED", "error": "out of memory"}))
        with pytest.raises(InferenceFailed) as caught:
            wait(played, handle)
        assert caught.value.detail == "out of memory"
        assert caught.value.status_body["status"] == "FAILED"
        assert caught.value.handle == handle
        assert len(played.requests) == 1

    def test_a_422_that_is_not_a_failed_job(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        with pytest.raises(UnprocessableError, match="bad id"):
            wait(script(answer(422, {"error": "bad id"})), handle)

    def test_an_unknown_state_is_polled_until_the_deadline(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        played = script(answer(200, {"status": "ABORTED"}))
        with pytest.raises(InferenceTimeout, match="ABORTED") as caught:
            wait(played, handle, timeout=5.0)
        assert caught.value.handle == handle
        assert caught.value.last_status == {"status": "ABORTED"}
        assert caught.value.elapsed_s == 5.0
        assert len(played.requests) == 6

    @pytest.mark.parametrize("attempts", [1, 4])
    def test_failed_polls_do_not_end_the_wait(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle, attempts: int
    ) -> None:
        for trouble in (
            answer(502, b"<html>", content_type="text/html"),
            answer(429),
            answer(520),
            answer(200, b"<html>sign in</html>", content_type="text/html"),
            answer(200, b'{"sta'),
            NotSent("refused"),
            Interrupted("reset"),
        ):
            played = script(*[trouble] * attempts, answer(200, DONE))
            assert wait(played, handle)["status"] == "COMPLETED", trouble

    def test_a_failed_last_poll_is_the_timeouts_cause(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        with pytest.raises(InferenceTimeout) as caught:
            wait(script(Interrupted("reset")), handle, timeout=20.0)
        assert isinstance(caught.value.__cause__, ConnectionFailed)

    def test_a_long_retry_after_is_limited_by_the_deadline(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        played = script(answer(429, retry_after="50"), answer(200, DONE))
        assert wait(played, handle, timeout=600.0)
        assert played.pauses == [50.0]
        played = script(answer(429, retry_after="1000"))
        with pytest.raises(InferenceTimeout):
            wait(played, handle, timeout=30.0)
        assert played.time == pytest.approx(30.0, abs=1.0)

    @pytest.mark.parametrize(
        "headers", [{"retry_after": "86400"}, {"x_rate_limit_reset_at_utc": str(EPOCH + 10**6)}], ids=str
    )
    def test_a_wrong_clock_does_not_use_up_the_wait(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle, headers: dict[str, str]
    ) -> None:
        played = script(answer(429, **headers), answer(200, DONE))
        assert wait(played, handle, timeout=600.0)
        assert played.pauses == [PLATFORM.limits.max_retry_after_s]

    def test_a_dead_connection_costs_one_poll(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        played = script(answer(200, DONE))
        wait(played, handle, timeout=600.0)
        assert {request.read_timeout for request in played.requests} == {PLATFORM.limits.poll_timeout_s}

    @pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (401, SegmindError), (400, StatusError)])
    def test_a_refused_poll_ends_the_wait_and_names_the_job(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle, status: int, kind: type[SegmindError]
    ) -> None:
        played = script(answer(status, {"error": "no"}))
        with pytest.raises(kind) as caught:
            wait(played, handle)
        assert caught.value.handle == handle
        assert len(played.requests) == 1

    def test_a_timeout_of_zero_polls_once(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        played = script(answer(200, {"status": "QUEUED"}))
        with pytest.raises(InferenceTimeout):
            wait(played, handle, timeout=0.0)
        assert len(played.requests) == 1

    @pytest.mark.parametrize(("timeout", "interval"), [(math.nan, 1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, math.nan)])
    def test_invalid_times_of_a_wait_are_refused(
        self, script: type[ScriptedService], handle: JobHandle, timeout: float, interval: float
    ) -> None:
        played = script(NotSent("never"))
        with pytest.raises(ValueError, match="must be seconds ≥ 0"):
            wait(played, handle, timeout, interval)
        assert not played.requests

    def test_a_poll_takes_no_longer_than_the_wait(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        played = script(answer(200, {"status": "QUEUED"}))
        with pytest.raises(InferenceTimeout):
            wait(played, handle, timeout=3.0)
        assert [request.deadline for request in played.requests] == [3.0, 3.0, 3.0, 4.0]


class TestWhereTheKeyGoes:
    @pytest.mark.parametrize(
        "named",
        [
            "https://evil.test/v2/requests/r1/status",
            "http://service.test/v2/requests/r1/status",
            "https://service.test:8443/status",
            "https://service.test.evil.test/status",
            "https://service.test@evil.test/status",
            "https://service.test:pw@evil.test/status",
            "https://service.test\\@evil.test/status",
            "https://service.test/\r\nx: y",
            "//evil.test/status",
            "/v2/requests/r1/status",
            "",
            None,
            5,
        ],
    )
    def test_the_key_is_not_sent_to_a_foreign_url(
        self, script: type[ScriptedService], answer: Answer, named: object
    ) -> None:
        played = script(
            answer(200, {"request_id": "r1", "status_url": named, "response_url": named}),
            answer(200, {"status": "QUEUED"}),
        )
        found = played.run(calls.submit(played.config, "m", None, {}, NONE)).handle
        assert found.status_url == "https://service.test/v2/requests/r1/status"
        assert found.response_url == "https://service.test/v2/requests/r1"
        forged = JobHandle("m", "r1", str(named), str(named))
        ask(played, forged)
        assert played.urls[-1] == "https://service.test/v2/requests/r1/status"
        assert played.requests[-1].with_key

    def test_a_url_on_the_services_origin_is_used_unchanged(
        self, script: type[ScriptedService], answer: Answer
    ) -> None:
        url = "https://SERVICE.test:443/elsewhere/r1"
        played = script(answer(200, {"request_id": "r1", "status_url": url}))
        found = played.run(calls.submit(played.config, "m", None, {}, NONE)).handle
        assert found.status_url == url

    def test_a_request_id_stays_one_path_segment(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer(200, {"request_id": "../a/?b#c\n"}))
        found = played.run(calls.submit(played.config, "m", None, {}, NONE)).handle
        assert found.response_url == "https://service.test/v2/requests/..%2Fa%2F%3Fb%23c%0A"

    def test_no_request_contains_the_key(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        played = script(answer(200, {"status": "QUEUED"}))
        draw(played)
        ask(played, handle)
        assert [request.with_key for request in played.requests] == [True, True]
        assert KEY not in repr(played.requests)
        assert KEY not in repr(played.config)
        assert played.config.key_header() == {"x-api-key": KEY}

    @pytest.mark.parametrize("status", [400, 401, 502])
    def test_a_key_that_the_service_repeats_is_redacted(
        self, script: type[ScriptedService], answer: Answer, status: int
    ) -> None:
        with pytest.raises(SegmindError) as caught:
            draw(script(answer(status, {"error": f"the key {KEY} is wrong"})))
        assert KEY not in str(caught.value) + repr(vars(caught.value))
        assert "the key [key] is wrong" in str(caught.value)


class TestDownloads:
    def test_downloads_send_no_key_and_no_caller_headers(
        self, script: type[ScriptedService], answer: Answer, picture: Picture
    ) -> None:
        played = script(answer(200, picture()), options=RequestOptions(headers={"x-secret": "s"}))
        result = fetch(played, "https://cdn.test/1.jpg", options=RequestOptions(headers={"x-other": "s"}))
        assert (result.width, result.height) == (64, 48)
        (request,) = played.requests
        assert not request.with_key
        assert set(request.headers) == {"accept", "user-agent"}

    def test_downloads_from_the_services_host_send_no_key(
        self, script: type[ScriptedService], answer: Answer, picture: Picture
    ) -> None:
        played = script(answer(200, picture()))
        fetch(played, "https://service.test/1.jpg")
        assert not played.requests[0].with_key

    def test_downloads_follow_three_redirects(
        self, script: type[ScriptedService], answer: Answer, picture: Picture
    ) -> None:
        played = script(
            answer(302, location="/2"),
            answer(307, location="//other.test/3"),
            answer(301, location="https://third.test/4"),
            answer(200, picture()),
        )
        fetch(played, "https://cdn.test/1")
        assert played.urls == [
            "https://cdn.test/1",
            "https://cdn.test/2",
            "https://other.test/3",
            "https://third.test/4",
        ]
        assert not any(request.with_key for request in played.requests)

    def test_downloads_do_not_follow_four_redirects(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer(302, location="/again"))
        with pytest.raises(UnreadableResponse, match="more than 3 redirects"):
            fetch(played, "https://cdn.test/1")
        assert len(played.requests) == 4

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/1.jpg", "1.jpg", "", "javascript:alert(1)"])
    def test_downloads_need_an_http_url(self, script: type[ScriptedService], answer: Answer, url: str) -> None:
        played = script(answer(302, location="file:///etc/passwd"))
        with pytest.raises(UnreadableResponse, match="is not an http"):
            fetch(played, url)
        assert not played.requests
        with pytest.raises(UnreadableResponse, match="is not an http"):
            fetch(played, "https://cdn.test/1")

    def test_a_redirect_to_an_invalid_url(self, script: type[ScriptedService], answer: Answer) -> None:
        with pytest.raises(UnreadableResponse):
            fetch(script(answer(302, location="http://[broken/")), "https://cdn.test/1")

    def test_downloads_share_one_deadline(
        self, script: type[ScriptedService], answer: Answer, picture: Picture
    ) -> None:
        played = script(6.0, answer(200, picture()), 6.0, answer(200, picture()))
        fetch(played, "https://cdn.test/1", "https://cdn.test/2", options=RequestOptions(timeout=10.0))
        assert {request.deadline for request in played.requests} == {10.0}

    def test_a_data_url_is_decoded_without_a_request(self, script: type[ScriptedService], picture: Picture) -> None:
        played = script(NotSent("never"))
        url = "data:image/jpeg;base64," + base64.b64encode(picture()).decode()
        assert fetch(played, url).media_type == "image/jpeg"
        assert not played.requests

    def test_a_result_without_an_image(self, script: type[ScriptedService]) -> None:
        with pytest.raises(UnreadableResponse, match="contains no image URL"):
            fetch(script(NotSent("never")))

    def test_an_expired_image(self, script: type[ScriptedService], answer: Answer) -> None:
        with pytest.raises(NotFoundError):
            fetch(script(answer(404)), "https://cdn.test/1")


class TestWhatIsRefusedBeforeSending:
    @pytest.mark.parametrize(
        "headers",
        [
            {"x-api-key": "other"},
            {"Host": "evil.test"},
            {"Content-Length": "1"},
            {"transfer-encoding": "chunked"},
            {"x y": "1"},
            {"": "1"},
            {"x\r\ny": "1"},
            {"x": "a\r\nb: c"},
            {"x": "é"},
            {"x": 5},
        ],
    )
    def test_invalid_headers_are_refused(self, script: type[ScriptedService], headers: Any) -> None:
        played = script(NotSent("never"))
        with pytest.raises(ConfigurationError, match="header"):
            draw(played, RequestOptions(headers=headers))
        assert not played.requests

    @pytest.mark.parametrize("name", ["timeout", "connect_timeout", "read_timeout", "max_attempts"])
    @pytest.mark.parametrize("value", [0, -1, math.nan, "5", True])
    def test_invalid_options_are_refused(self, script: type[ScriptedService], name: str, value: Any) -> None:
        played = script(NotSent("never"))
        with pytest.raises(ConfigurationError, match=name):
            draw(played, RequestOptions(**{name: value}))
        assert not played.requests

    @pytest.mark.parametrize("kind", [SegmindClient, AsyncSegmindClient])
    @pytest.mark.parametrize("value", [0, -1, math.nan, "5", True])
    def test_an_invalid_client_timeout_is_refused(
        self, kind: type[SegmindClient] | type[AsyncSegmindClient], value: Any
    ) -> None:
        """The message names the argument that the caller used, not the option."""
        with pytest.raises(ConfigurationError, match=": timeout must be a number of seconds > 0"):
            kind("a-key", timeout=value)

    def test_values_that_are_not_json_are_named(self, script: type[ScriptedService]) -> None:
        played = script(NotSent("never"))
        circle: list[Any] = []
        circle.append(circle)
        with pytest.raises(ValidationError) as caught:
            draw(played, a=1, b={"deep": [math.nan]}, c=b"bytes", d=object(), e=circle, f=10**5000)
        assert [(v.parameter, v.rule) for v in caught.value.violations] == [(name, "json") for name in "bcdef"]
        assert not played.requests

    def test_the_callers_headers_replace_the_clients(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer(), options=RequestOptions(headers={"X-Team": "a", "X-Kept": "k", "User-Agent": "mine"}))
        draw(played, RequestOptions(headers={"x-team": "b"}))
        headers = played.requests[0].headers
        assert (headers["x-team"], headers["x-kept"], headers["user-agent"]) == ("b", "k", "mine")


class TestAddresses:
    @pytest.mark.parametrize(
        ("base_url", "url"),
        [
            ("https://h.test", "https://h.test/v1/m"),
            ("https://h.test/", "https://h.test/v1/m"),
            ("https://h.test/v1", "https://h.test/v1/m"),
            ("https://h.test/v2/", "https://h.test/v1/m"),
            (" https://h.test:8443/gateway/v1 ", "https://h.test:8443/gateway/v1/m"),
            ("http://[::1]:80", "http://[::1]:80/v1/m"),
            ("http://v1", "http://v1/v1/m"),
        ],
    )
    def test_a_base_url_with_or_without_a_version(
        self, script: type[ScriptedService], answer: Answer, base_url: str, url: str
    ) -> None:
        played = script(answer(), base_url=base_url)
        draw(played)
        assert played.urls == [url]

    @pytest.mark.parametrize(
        "base_url",
        [
            "h.test",
            "ftp://h.test",
            "https://",
            "https:///v1",
            "https://user:pw@h.test",
            "https://h.test?x=1",
            "https://h.test#x",
            "https://h.test:port",
            "https://h.test:99999",
            "https://h.te st",
            "https://h.test\n",
            "https://:80",
            "https://h.test\\@evil.test",
        ],
    )
    def test_invalid_base_urls_are_refused(self, script: type[ScriptedService], base_url: str) -> None:
        if base_url.strip() != base_url:
            base_url = base_url.strip() + "\n/x"
        with pytest.raises(ConfigurationError, match="base_url"):
            script(base_url=base_url)

    def test_a_slug_stays_one_path_segment(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer())
        played.run(calls.call_sync(played.config, "a/../b?c#é", None, {}, NONE))
        assert played.urls == ["https://service.test/v1/a%2F..%2Fb%3Fc%23%C3%A9"]
