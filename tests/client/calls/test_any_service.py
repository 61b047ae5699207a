"""Any response at any time: calls end in time, are billed at most once, and keep budget and journal correct."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_client import Budget, JobHandle, Journal, RequestOptions, SegmindError
from segmind_client._flow import Interrupted, NotSent, Oversized
from segmind_client._flows import calls, polling
from segmind_client._http import Headers, Response
from segmind_client.spec.platform import PLATFORM
from tests.client.conftest import BASE, ScriptedService
from tests.client.doubles import Reply

#: Statuses under which a POST may have been carried out: told from the platform's pages, not from the client.
_DOUBTFUL = {status for status, entry in PLATFORM.statuses.items() if entry.outcome == "unknown"} | {520, 599}
_STATES = st.sampled_from(["QUEUED", "PROCESSING", "COMPLETED", "FAILED", "ABORTED", "", None, 5])
_BODIES = st.one_of(
    st.builds(lambda state: {"request_id": "r1", "status": state, "output": "https://cdn.test/1"}, _STATES),
    st.sampled_from([{}, [], "x", None, {"request_id": 5}]),
)
_HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "x-rate-limit-reset-at-utc", "x-cost", "x-remaining-credits", "x-request-id"]),
    st.sampled_from(["0", "3", "59", "1e9", "-1", "[0.5]", "soon", "Tue, 14 Nov 2023 22:13:30 GMT", "1700000030"]),
)


@st.composite
def _responses(draw: st.DrawFn) -> Response:
    status = draw(
        st.sampled_from([200, 200, 200, 201, 302, 400, 404, 409, 422, 429, 429, 500, 502, 503, 504, 520, 599])
    )
    body = json.dumps(draw(_BODIES)).encode()
    content = draw(st.sampled_from([body, body, body, b"", b"<html>", body[:-1]]))
    return Response(status, Headers(draw(_HEADERS).items()), content, BASE)


_REPLIES = st.lists(
    st.one_of(
        _responses(),
        st.builds(NotSent, st.just("refused")),
        st.builds(Interrupted, st.just("reset")),
        st.builds(Oversized, st.just("too large")),
        st.floats(0, 400),
    ),
    min_size=1,
    max_size=12,
).filter(lambda replies: not isinstance(replies[-1], float))


def _may_be_billed(reply: object) -> bool:
    if isinstance(reply, Response):
        return reply.is_success or reply.status_code in _DOUBTFUL
    return isinstance(reply, (Interrupted, Oversized))


class _Noting(ScriptedService):
    """A scripted service that records the reply to each request."""

    def _next(self) -> Response | Exception:
        reply = super()._next()
        self.got = [*getattr(self, "got", []), reply]
        return reply


@settings(max_examples=200)
@given(
    _REPLIES, st.floats(0, 0.999), st.sampled_from([0.5, 5.0, 600.0]), st.integers(1, 6), st.booleans(), st.booleans()
)
def test_a_post_costs_once_and_ends_in_time(
    replies: list[Reply], random: float, timeout: float, attempts: int, queue: bool, at_least_once: bool
) -> None:
    played = _Noting(*replies, random=random)
    budget = Budget(max_usd=100.0, prices={"m": 1.0})
    options = RequestOptions(
        timeout=timeout,
        max_attempts=attempts,
        budget=budget,
        journal=Journal("never-written"),
        at_least_once=at_least_once,
    )
    call = calls.submit if queue else calls.call_sync
    error: SegmindError | None = None
    try:
        played.run(call(played.config, "m", None, {}, options))
    except SegmindError as caught:
        error = caught
    billable = sum(map(_may_be_billed, played.got))
    assert 1 <= len(played.requests) <= attempts
    assert billable <= (len(played.requests) if at_least_once else 1)
    # Nothing is sent after the deadline, and no pause exceeds it.
    assert sum(played.pauses) < timeout
    # The budget counts what may be billed, and the last journal entry agrees with the caller's result.
    assert budget.reserved_usd == 0.0
    assert budget.doubtful_usd <= budget.spent_usd
    if not any(isinstance(each, Response) and "x-cost" in each.headers for each in played.got):
        assert budget.spent_usd == billable
    said = [record["event"] for record in played.records]
    assert said[0::2] == ["sending"] * len(played.requests)
    if error is None:
        assert said[-1] == ("accepted" if queue else "answered")
    elif _may_be_billed(played.got[-1]):
        assert said[-1] == "unknown"
    else:
        assert said[-1] == "refused"


@settings(max_examples=200)
@given(_REPLIES, st.floats(0, 0.999), st.sampled_from([0.0, 3.0, 100.0]), st.sampled_from([0.5, 1.0, 7.0]))
def test_a_wait_ends_in_time_and_keeps_the_handle(
    replies: list[Reply], random: float, timeout: float, interval: float
) -> None:
    played = _Noting(*replies, random=random)
    handle = JobHandle("m", "r1", f"{BASE}/v2/requests/r1/status", f"{BASE}/v2/requests/r1")
    try:
        result = played.run(polling.wait(played.config, handle, timeout, interval, RequestOptions()))
        assert result.get("status") in (*PLATFORM.queue.done, None) or "status" not in result
    except SegmindError as error:
        assert error.handle == handle
    assert {request.method for request in played.requests} == {"GET"}
    # Each poll has at least one second, with pauses between its attempts.
    assert sum(played.pauses) <= timeout + 1.0
    assert all(request.deadline <= max(timeout, played.time) + 1.0 for request in played.requests)
