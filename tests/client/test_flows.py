"""Every decision of the core, on a virtual clock: what is sent again, what is not, and how long is waited."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from segmind_client import (
    AmbiguousOutcome,
    AsyncSegmindClient,
    ConfigurationError,
    ConnectionFailed,
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
from segmind_client._flows import core
from segmind_client._flows.retry import asked_delay, backoff
from segmind_client._wire import Interrupted, NotSent, Oversized, Response
from segmind_client.spec.platform import PLATFORM

EPOCH = 1_700_000_000.0
KEY = "SG_marker_0123456789"
NONE = RequestOptions()
Answer = Callable[..., Response]
QUEUED = {"request_id": "r1", "status_url": "https://service.test/v2/requests/r1/status"}
DONE = {"status": "COMPLETED", "output": "https://cdn.test/1.jpg"}


def draw(script: Any, options: RequestOptions = NONE, **payload: Any) -> Any:
    return script.run(core.call_sync(script.config, "m", None, payload or {"prompt": "x"}, options))


def ask(script: Any, handle: JobHandle, options: RequestOptions = NONE) -> Any:
    return script.run(core.read_status(script.config, handle, options))


def wait(script: Any, handle: JobHandle, timeout: float = 60.0, interval: float = 1.0) -> Any:
    return script.run(core.wait(script.config, handle, timeout, interval, NONE))


def fetch(script: Any, *urls: str, options: RequestOptions = NONE) -> Any:
    return script.run(core.download(script.config, JobResult({"output": list(urls)}), options))


class TestWhatIsSentAgain:
    def test_a_post_that_was_never_sent(self, script: Any, answer: Answer) -> None:
        played = script(NotSent("refused"), NotSent("refused"), answer(200, b"ok"))
        assert draw(played).content == b"ok"
        assert len(played.requests) == 3
        assert played.pauses == [0.375, 0.75]

    def test_not_more_often_than_attempts_are_allowed(self, script: Any) -> None:
        played = script(NotSent("refused"))
        with pytest.raises(ConnectionFailed, match=r"https://service\.test: refused"):
            draw(played)
        assert len(played.requests) == PLATFORM.limits.max_attempts

    def test_only_once_if_one_attempt_is_allowed(self, script: Any) -> None:
        played = script(NotSent("refused"))
        with pytest.raises(ConnectionFailed):
            draw(played, RequestOptions(max_attempts=1))
        assert len(played.requests) == 1

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_post_that_was_turned_away(self, script: Any, answer: Answer, status: int) -> None:
        played = script(answer(status), answer(200, b"ok"))
        assert draw(played).content == b"ok"
        assert len(played.requests) == 2

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 429])
    def test_a_get_that_a_server_failed(self, script: Any, answer: Answer, handle: JobHandle, status: int) -> None:
        played = script(answer(status, b"<html>"), answer(200, {"status": "QUEUED"}))
        assert ask(played, handle) == {"status": "QUEUED"}

    @pytest.mark.parametrize("failure", [NotSent("refused"), Interrupted("reset")])
    def test_a_get_that_broke(self, script: Any, answer: Answer, handle: JobHandle, failure: Exception) -> None:
        assert ask(script(failure, answer(200, {"status": "QUEUED"})), handle) == {"status": "QUEUED"}

    def test_the_body_is_encoded_once(self, script: Any, answer: Answer) -> None:
        played = script(answer(429), answer(200))
        draw(played)
        first, second = played.requests
        assert first.body is second.body

    def test_no_pause_goes_beyond_the_deadline(self, script: Any, answer: Answer) -> None:
        played = script(answer(429, retry_after="5"))
        with pytest.raises(RateLimitError):
            draw(played, RequestOptions(timeout=4.0))
        assert played.pauses == []

    def test_time_that_the_service_takes_counts(self, script: Any, answer: Answer) -> None:
        played = script(9.9, answer(503))
        with pytest.raises(StatusError):
            draw(played, RequestOptions(timeout=10.0))
        assert len(played.requests) == 1


class TestWhatIsNeverSentTwice:
    def test_a_post_that_was_interrupted(self, script: Any) -> None:
        played = script(Interrupted("ReadTimeout"))
        with pytest.raises(AmbiguousOutcome, match=r"POST .*ReadTimeout"):
            draw(played)
        assert len(played.requests) == 1

    @pytest.mark.parametrize("status", [502, 504, 520, 599])
    def test_a_post_that_a_gateway_answered(self, script: Any, answer: Answer, status: int) -> None:
        played = script(answer(status, b"<html>no</html>", content_type="text/html"))
        with pytest.raises(AmbiguousOutcome) as caught:
            draw(played)
        assert caught.value.status == status
        assert len(played.requests) == 1

    @pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 405, 406, 408, 409, 410, 422, 451, 500])
    def test_a_post_that_got_a_plain_answer(self, script: Any, answer: Answer, status: int) -> None:
        played = script(answer(status, {"error": "no"}, location="https://evil.test/"))
        with pytest.raises(StatusError):
            draw(played)
        assert len(played.requests) == 1

    def test_a_submit_that_was_interrupted(self, script: Any) -> None:
        played = script(Interrupted("reset"))
        with pytest.raises(AmbiguousOutcome):
            played.run(core.submit(played.config, "m", None, {}, NONE))
        assert len(played.requests) == 1

    def test_an_answer_that_is_too_large(self, script: Any, handle: JobHandle) -> None:
        for call in (draw, lambda played: ask(played, handle)):
            played = script(Oversized("larger than allowed"))
            with pytest.raises(UnreadableResponse, match="larger"):
                call(played)
            assert len(played.requests) == 1

    def test_an_accepted_job_without_a_readable_name(self, script: Any, answer: Answer) -> None:
        for body in (b"", b"<html>", b"[]", {}, {"request_id": 5}, {"request_id": ""}):
            played = script(answer(200, body))
            with pytest.raises(UnreadableResponse):
                played.run(core.submit(played.config, "m", None, {}, NONE))
            assert len(played.requests) == 1


class TestHowLongIsWaited:
    """After a 429 or 503. `random` is 0.5, so the client's own first pause is 0.375 s."""

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
    def test_as_the_service_asks(self, script: Any, answer: Answer, headers: dict[str, str], pause: float) -> None:
        played = script(answer(429, **headers), answer(200))
        draw(played)
        assert played.pauses == [pytest.approx(pause)]

    def test_longer_than_the_limit_is_the_callers_to_decide(self, script: Any, answer: Answer) -> None:
        played = script(answer(429, retry_after="86400"))
        with pytest.raises(RateLimitError) as caught:
            draw(played)
        assert caught.value.retry_after == 86400.0
        assert played.pauses == []

    @pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "1" * 400, "9" * 13, "Mon, 99 Foo", "[", "[]", "Ω"])
    def test_no_header_is_odd_enough_to_fail(self, text: str) -> None:
        for headers in ({"retry-after": text}, {"reset": text}):
            delay = asked_delay(headers, "reset", EPOCH)
            assert delay is None or 0 <= delay < math.inf

    @pytest.mark.parametrize("attempt", range(1, 9))
    @pytest.mark.parametrize("random", [0.0, 0.25, 0.999])
    def test_the_formula_in_the_docstring(self, attempt: int, random: float) -> None:
        limits = PLATFORM.limits
        cap = min(limits.max_backoff_s, limits.backoff_s * 2 ** (attempt - 1))
        pause = backoff(attempt, limits, random)
        assert pause == pytest.approx(cap / 2 + random * cap / 2)
        assert cap / 2 <= pause < cap

    def test_attempts_without_end_do_not_overflow(self) -> None:
        assert backoff(10**6, PLATFORM.limits, 0.0) == PLATFORM.limits.max_backoff_s / 2


class TestWaiting:
    def test_until_the_job_is_done(self, script: Any, answer: Answer, handle: JobHandle) -> None:
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
    def test_whatever_the_first_state(self, script: Any, answer: Answer, handle: JobHandle, first: str) -> None:
        played = script(answer(200, {"status": first}), answer(200, DONE), answer(200, DONE))
        assert wait(played, handle)["status"] == "COMPLETED"

    def test_a_result_that_lags_behind_its_status_is_asked_for_again(
        self, script: Any, answer: Answer, handle: JobHandle
    ) -> None:
        done, lagging = answer(200, {"status": "COMPLETED"}), answer(200, {"status": "PROCESSING"})
        played = script(done, lagging, done, answer(200, DONE))
        assert wait(played, handle)["output"]
        assert played.pauses == [1.0]

    @pytest.mark.parametrize("status", [200, 422])
    def test_a_failed_job(self, script: Any, answer: Answer, handle: JobHandle, status: int) -> None:
        played = script(answer(status, {"status": "FAILED", "error": "out of memory"}))
        with pytest.raises(InferenceFailed) as caught:
            wait(played, handle)
        assert caught.value.detail == "out of memory"
        assert caught.value.status_body["status"] == "FAILED"
        assert caught.value.handle == handle
        assert len(played.requests) == 1

    def test_a_422_that_is_no_failed_job(self, script: Any, answer: Answer, handle: JobHandle) -> None:
        with pytest.raises(UnprocessableError, match="bad id"):
            wait(script(answer(422, {"error": "bad id"})), handle)

    def test_an_unknown_state_until_the_deadline(self, script: Any, answer: Answer, handle: JobHandle) -> None:
        played = script(answer(200, {"status": "ABORTED"}))
        with pytest.raises(InferenceTimeout, match="ABORTED") as caught:
            wait(played, handle, timeout=5.0)
        assert caught.value.handle == handle
        assert caught.value.last_status == {"status": "ABORTED"}
        assert caught.value.elapsed_s == 5.0
        assert len(played.requests) == 6

    @pytest.mark.parametrize("attempts", [1, 4])
    def test_trouble_on_the_way_is_no_answer(
        self, script: Any, answer: Answer, handle: JobHandle, attempts: int
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

    def test_trouble_to_the_end_is_the_timeouts_cause(self, script: Any, answer: Answer, handle: JobHandle) -> None:
        with pytest.raises(InferenceTimeout) as caught:
            wait(script(Interrupted("reset")), handle, timeout=20.0)
        assert isinstance(caught.value.__cause__, ConnectionFailed)

    def test_a_long_retry_after_is_kept_but_not_beyond_the_deadline(
        self, script: Any, answer: Answer, handle: JobHandle
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
    def test_a_wrong_clock_does_not_cost_the_whole_wait(
        self, script: Any, answer: Answer, handle: JobHandle, headers: dict[str, str]
    ) -> None:
        played = script(answer(429, **headers), answer(200, DONE))
        assert wait(played, handle, timeout=600.0)
        assert played.pauses == [PLATFORM.limits.max_retry_after_s]

    def test_a_dead_connection_costs_one_question(self, script: Any, answer: Answer, handle: JobHandle) -> None:
        played = script(answer(200, DONE))
        wait(played, handle, timeout=600.0)
        assert {request.read_timeout for request in played.requests} == {PLATFORM.limits.poll_timeout_s}

    @pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (401, SegmindError), (400, StatusError)])
    def test_a_refusal_ends_it_and_names_the_job(
        self, script: Any, answer: Answer, handle: JobHandle, status: int, kind: type[SegmindError]
    ) -> None:
        played = script(answer(status, {"error": "no"}))
        with pytest.raises(kind) as caught:
            wait(played, handle)
        assert caught.value.handle == handle
        assert len(played.requests) == 1

    def test_no_time_at_all_is_one_question(self, script: Any, answer: Answer, handle: JobHandle) -> None:
        played = script(answer(200, {"status": "QUEUED"}))
        with pytest.raises(InferenceTimeout):
            wait(played, handle, timeout=0.0)
        assert len(played.requests) == 1

    @pytest.mark.parametrize(("timeout", "interval"), [(math.nan, 1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, math.nan)])
    def test_times_that_are_none_are_refused(
        self, script: Any, handle: JobHandle, timeout: float, interval: float
    ) -> None:
        played = script(NotSent("never"))
        with pytest.raises(ValueError, match="seconds from 0 on"):
            wait(played, handle, timeout, interval)
        assert not played.requests

    def test_a_question_takes_no_longer_than_the_wait(self, script: Any, answer: Answer, handle: JobHandle) -> None:
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
    def test_not_to_a_url_that_the_service_names(self, script: Any, answer: Answer, named: Any) -> None:
        played = script(
            answer(200, {"request_id": "r1", "status_url": named, "response_url": named}),
            answer(200, {"status": "QUEUED"}),
        )
        found = played.run(core.submit(played.config, "m", None, {}, NONE)).handle
        assert found.status_url == "https://service.test/v2/requests/r1/status"
        assert found.response_url == "https://service.test/v2/requests/r1"
        forged = JobHandle("m", "r1", str(named), str(named))
        ask(played, forged)
        assert played.urls[-1] == "https://service.test/v2/requests/r1/status"
        assert played.requests[-1].with_key

    def test_a_url_on_the_own_origin_is_used_as_it_is(self, script: Any, answer: Answer) -> None:
        url = "https://SERVICE.test:443/elsewhere/r1"
        played = script(answer(200, {"request_id": "r1", "status_url": url}))
        found = played.run(core.submit(played.config, "m", None, {}, NONE)).handle
        assert found.status_url == url

    def test_a_request_id_stays_within_its_place(self, script: Any, answer: Answer) -> None:
        played = script(answer(200, {"request_id": "../a/?b#c\n"}))
        found = played.run(core.submit(played.config, "m", None, {}, NONE)).handle
        assert found.response_url == "https://service.test/v2/requests/..%2Fa%2F%3Fb%23c%0A"

    def test_no_request_holds_the_key(self, script: Any, answer: Answer, handle: JobHandle) -> None:
        played = script(answer(200, {"status": "QUEUED"}))
        draw(played)
        ask(played, handle)
        assert [request.with_key for request in played.requests] == [True, True]
        assert KEY not in repr(played.requests)
        assert KEY not in repr(played.config)
        assert played.config.credentials() == {"x-api-key": KEY}

    @pytest.mark.parametrize("status", [400, 401, 502])
    def test_a_key_that_the_service_repeats_is_not_passed_on(self, script: Any, answer: Answer, status: int) -> None:
        with pytest.raises(SegmindError) as caught:
            draw(script(answer(status, {"error": f"the key {KEY} is wrong"})))
        assert KEY not in str(caught.value) + repr(vars(caught.value))
        assert "the key [key] is wrong" in str(caught.value)


class TestDownloads:
    def test_without_key_and_without_a_callers_headers(
        self, script: Any, answer: Answer, picture: Callable[..., bytes]
    ) -> None:
        played = script(answer(200, picture()), options=RequestOptions(headers={"x-secret": "s"}))
        result = fetch(played, "https://cdn.test/1.jpg", options=RequestOptions(headers={"x-other": "s"}))
        assert (result.width, result.height) == (64, 48)
        (request,) = played.requests
        assert not request.with_key
        assert set(request.headers) == {"accept", "user-agent"}

    def test_even_from_the_services_own_host(self, script: Any, answer: Answer, picture: Callable[..., bytes]) -> None:
        played = script(answer(200, picture()))
        fetch(played, "https://service.test/1.jpg")
        assert not played.requests[0].with_key

    def test_following_three_redirects(self, script: Any, answer: Answer, picture: Callable[..., bytes]) -> None:
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

    def test_but_not_four(self, script: Any, answer: Answer) -> None:
        played = script(answer(302, location="/again"))
        with pytest.raises(UnreadableResponse, match="more than 3 redirects"):
            fetch(played, "https://cdn.test/1")
        assert len(played.requests) == 4

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/1.jpg", "1.jpg", "", "javascript:alert(1)"])
    def test_of_nothing_but_http(self, script: Any, answer: Answer, url: str) -> None:
        played = script(answer(302, location="file:///etc/passwd"))
        with pytest.raises(UnreadableResponse, match="no http"):
            fetch(played, url)
        assert not played.requests
        with pytest.raises(UnreadableResponse, match="no http"):
            fetch(played, "https://cdn.test/1")

    def test_a_redirect_to_nonsense(self, script: Any, answer: Answer) -> None:
        with pytest.raises(UnreadableResponse):
            fetch(script(answer(302, location="http://[broken/")), "https://cdn.test/1")

    def test_share_one_deadline(self, script: Any, answer: Answer, picture: Callable[..., bytes]) -> None:
        played = script(6.0, answer(200, picture()), 6.0, answer(200, picture()))
        fetch(played, "https://cdn.test/1", "https://cdn.test/2", options=RequestOptions(timeout=10.0))
        assert {request.deadline for request in played.requests} == {10.0}

    def test_of_a_data_url_send_nothing(self, script: Any, picture: Callable[..., bytes]) -> None:
        played = script(NotSent("never"))
        url = "data:image/jpeg;base64," + base64.b64encode(picture()).decode()
        assert fetch(played, url).media_type == "image/jpeg"
        assert not played.requests

    def test_of_no_picture_at_all(self, script: Any) -> None:
        with pytest.raises(UnreadableResponse, match="names no picture"):
            fetch(script(NotSent("never")))

    def test_of_an_expired_picture(self, script: Any, answer: Answer) -> None:
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
    def test_headers_that_cannot_be(self, script: Any, headers: Any) -> None:
        played = script(NotSent("never"))
        with pytest.raises(ConfigurationError, match="header"):
            draw(played, RequestOptions(headers=headers))
        assert not played.requests

    @pytest.mark.parametrize("name", ["timeout", "connect_timeout", "read_timeout", "max_attempts"])
    @pytest.mark.parametrize("value", [0, -1, math.nan, "5", True])
    def test_options_that_make_no_sense(self, script: Any, name: str, value: Any) -> None:
        played = script(NotSent("never"))
        with pytest.raises(ConfigurationError, match=name):
            draw(played, RequestOptions(**{name: value}))
        assert not played.requests

    @pytest.mark.parametrize("kind", [SegmindClient, AsyncSegmindClient])
    @pytest.mark.parametrize("value", [0, -1, math.nan, "5", True])
    def test_a_client_s_timeout_that_makes_no_sense(self, kind: Any, value: Any) -> None:
        """It is named as it was given, though in the options it is another."""
        with pytest.raises(ConfigurationError, match=": timeout is a positive number of seconds"):
            kind("a-key", timeout=value)

    def test_values_that_json_cannot_hold_are_named(self, script: Any) -> None:
        played = script(NotSent("never"))
        circle: list[Any] = []
        circle.append(circle)
        with pytest.raises(ValidationError) as caught:
            draw(played, a=1, b={"deep": [math.nan]}, c=b"bytes", d=object(), e=circle, f=10**5000)
        assert [(v.parameter, v.rule) for v in caught.value.violations] == [(name, "json") for name in "bcdef"]
        assert not played.requests

    def test_a_callers_headers_go_along_over_the_clients(self, script: Any, answer: Answer) -> None:
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
    def test_with_or_without_a_version(self, script: Any, answer: Answer, base_url: str, url: str) -> None:
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
    def test_that_are_none(self, script: Any, base_url: str) -> None:
        if base_url.strip() != base_url:
            base_url = base_url.strip() + "\n/x"
        with pytest.raises(ConfigurationError, match="base_url"):
            script(base_url=base_url)

    def test_a_slug_stays_one_segment(self, script: Any, answer: Answer) -> None:
        played = script(answer())
        played.run(core.call_sync(played.config, "a/../b?c#é", None, {}, NONE))
        assert played.urls == ["https://service.test/v1/a%2F..%2Fb%3Fc%23%C3%A9"]
