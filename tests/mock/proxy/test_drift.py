"""The checks of one exchange and of the queue over time, as the pure functions they are.

Each case departs in one thing from what is in order, and must be found as that one thing and nothing else.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segmind_mock.checks.drift import check_answer, check_request
from segmind_mock.checks.findings import CODES, FindingLog, Occurrence, ProxyFinding, departs, listing
from segmind_mock.checks.observed_exchange import ObservedExchange, read_json
from segmind_mock.checks.sequence import SequenceChecker
from segmind_mock.spec.catalog import find
from segmind_mock.spec.facts import Model
from segmind_mock.spec.platform import PLATFORM

ORIGIN = "https://api.example"
ID = "4f0c6e6e-9a43-4a3a-8a53-2f6e0a1a0001"
HEADERS = {
    "x-remaining-credits": "9.99",
    "x-request-id": ID,
    "x-generation-time": "1.5",
    "x-seed-value": "7",
    "x-cost": "0.006",
}
HOUR = PLATFORM.queue.retention_s


def model_of(slug: str) -> Model:
    found = find(slug)
    assert found is not None
    return found


LARGE = model_of("stable-diffusion-3.5-large-txt2img")
TINY = model_of("tinysd1.5-txt2img")
ASKED = {"prompt": "fog", "sampler": "euler", "scheduler": "normal", "width": 64, "height": 96, "seed": 7}


def picture(width: int = 64, height: int = 96, kind: str = "jpeg") -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height)).save(out, kind)
    return out.getvalue()


def encoded(*pictures: bytes) -> Any:
    texts = [b64encode(each).decode("ascii") for each in pictures]
    return texts if len(texts) != 1 else texts[0]


def answered(
    where: Any, status: int = 200, content: object = None, body: bytes = b"", type: str = "", **rest: Any
) -> ObservedExchange:
    """An exchange that passed, in order by default; an `x_…` argument is a header, None for a missing one."""
    headers = dict(HEADERS)
    for name in [name for name in rest if name.startswith("x_")]:
        value = rest.pop(name)
        headers.pop(name.replace("_", "-"), None)
        headers |= {} if value is None else {name.replace("_", "-"): value}
    if content is not None:
        body, type = json.dumps(content).encode(), type or "application/json"
    headers |= {"content-type": type} if type else {}
    posts = where in ("sync", "submit")
    defaults: dict[str, Any] = {
        "method": "POST" if posts else "GET",
        "path": "/x",
        "model": LARGE if posts else None,
        "request_id": None if posts else ID,
        "payload": dict(ASKED) if posts else None,
    }
    return ObservedExchange(where, status=status, headers=headers, body=body, origin=ORIGIN, **{**defaults, **rest})


def drawn(body: bytes | None = None, type: str = "image/jpeg", **rest: Any) -> ObservedExchange:
    return answered("sync", body=picture() if body is None else body, type=type, **rest)


def in_json(*pictures: bytes, content: dict[str, object] | None = None, **more: object) -> ObservedExchange:
    payload = {**ASKED, "base64": True, **more}
    return answered("sync", content={"image": encoded(*pictures)} if content is None else content, payload=payload)


def submitted(code: int = 200, rest: Any = None, **changes: Any) -> ObservedExchange:
    url = f"{ORIGIN}/v2/requests/{ID}"
    content = {
        "request_id": ID,
        "status": "QUEUED",
        "status_url": f"{url}/status",
        "response_url": url,
        "poll_url": f"{url}/status",
    }
    content = {name: value for name, value in {**content, **changes}.items() if value is not None}
    return answered("submit", code, content, **(rest or {}))


def polled(state: object, status: int = 200, **rest: Any) -> ObservedExchange:
    content: dict[str, Any] = {"status": state, "metrics": {}}
    if status == 422:
        content["error"] = "no"
    return answered("status", status, content, **rest)


def result(state: str = "COMPLETED", status: int = 200, rest: Any = None, **changes: object) -> ObservedExchange:
    url = f"{ORIGIN}/media/{ID}.jpeg"
    image = {"url": url, "content_type": "image/jpeg", "file_name": "x.jpeg", "file_size": len(picture())}
    content: dict[str, Any] = {"status": state, "metrics": {"inference_time": 1.5}}
    content |= {"output": url, "images": [image]} if state == "COMPLETED" else {}
    content = {name: value for name, value in {**content, **changes}.items() if value is not None}
    return answered("result", status, content, **(rest or {}))


def failing(status: int, content: object = None, where: str = "sync", **rest: Any) -> ObservedExchange:
    return answered(where, status, {"error": "no"} if content is None else content, **rest)


def violating(**payload: object) -> dict[str, Any]:
    wrong = {**ASKED, **payload}
    return {"payload": wrong, "violations": LARGE.validate(wrong)}


def checked(passage: ObservedExchange) -> list[ProxyFinding]:
    return [*check_request(passage), *check_answer(passage)]


IN_ORDER = [
    drawn(),
    drawn(picture(kind="png"), "image/png", payload={**ASKED, "image_format": "png"}),
    drawn(picture(kind="webp"), "image/webp", payload={**ASKED, "image_format": "webp"}),
    drawn(picture(768, 1344), payload={**ASKED, "aspect_ratio": "9:16 portrait 768x1344"}),
    drawn(picture(1024, 1024), payload={"prompt": "a", "sampler": "euler", "scheduler": "normal"}),
    drawn(payload={**ASKED, "batch_size": 3}),
    drawn(x_remaining_credits="[9.99]", x_generation_time="[1.5]"),
    drawn(type="image/jpg"),
    in_json(picture()),
    in_json(picture(), picture(), batch_size=2),
    submitted(),
    *(polled(state) for state in ("QUEUED", "PROCESSING", "COMPLETED")),
    polled("FAILED", 422),
    result(),
    result("QUEUED", metrics={}),
    failing(422, {"status": "FAILED", "error": "no", "metrics": {}}, "result"),
    *(failing(status) for status in (401, 403, 404, 406, 410, 422, 500, 503)),
    failing(429, x_rate_limit_reset_at_utc="2026-01-01T00:00:00Z"),
    *(answered("sync", status, body=b"<html></html>", type="text/html") for status in (405, 502, 504)),
    answered("other", 418, body=b"teapot", announced=True),
]

ALONE: list[tuple[str, str, str, ObservedExchange]] = [
    # What the caller sent.
    ("missing-key", "drift", "x-api-key", drawn(keyed=False)),
    ("unknown-path", "note", "path", answered("other", 418, body=b"teapot")),
    ("wrong-method", "drift", "method", drawn(method="PUT", model=None)),
    ("request-type", "note", "content-type", drawn(media_type="text/plain")),
    ("malformed-body", "drift", "body", failing(400, model=None, malformed="The body is not valid JSON.")),
    ("invalid-parameter", "drift", "/steps", failing(400, **violating(steps=5))),
    ("doubtful-parameter", "note", "/sampler", drawn(doubts=LARGE.advise({**ASKED, "sampler": "brand-new"}))),
    # The answer.
    ("undocumented-status", "drift", "status", failing(418)),
    ("undocumented-status", "drift", "status", answered("status", 302)),
    ("undocumented-status", "drift", "status", drawn(status=201)),
    ("submit-status", "note", "status", submitted(202)),
    ("error-envelope", "drift", "/error", failing(500, {"message": "no"})),
    ("error-envelope", "drift", "/error", failing(500, {"error": {"code": 5}})),
    ("error-envelope", "drift", "/error", answered("status", 500, body=b"<html></html>", type="text/html")),
    ("error-type", "note", "content-type", failing(502)),
    ("refused-valid", "note", "status", failing(400)),
    ("content-type-mismatch", "drift", "content-type", drawn(type="image/png")),
    ("content-type-mismatch", "drift", "content-type", drawn(type="application/json")),
    ("content-type-mismatch", "drift", "content-type", drawn(type="")),
    ("content-type-mismatch", "drift", "content-type", replace(submitted(), headers={**HEADERS, "content-type": "text/html"})),
    ("malformed-json", "drift", "body", answered("status", body=b'{"status": NaN}', type="application/json")),
    ("missing-header", "drift", "x-remaining-credits", drawn(x_remaining_credits=None)),
    ("missing-header", "note", "x-cost", drawn(x_cost=None)),
    ("missing-header", "note", "x-remaining-credits", replace(submitted(), headers={"content-type": "application/json", "x-cost": "1"})),
    ("missing-header", "note", "x-rate-limit-reset-at-utc", failing(429)),
    ("bad-header", "drift", "x-remaining-credits", drawn(x_remaining_credits="plenty")),
    ("bad-header", "note", "x-rate-limit-reset-at-utc", failing(429, x_rate_limit_reset_at_utc="soon")),
    ("wrong-seed", "note", "x-seed-value", drawn(x_seed_value="8")),
    ("accepted-invalid", "drift", "status", replace(drawn(**violating(steps=5)), violations=[])),
    # Pictures.
    ("empty-body", "drift", "body", drawn(b"")),
    ("empty-body", "drift", "body", answered("status", type="application/json")),
    ("json-on-200", "note", "body", answered("sync", content={"image": "x"})),
    ("not-a-picture", "drift", "body", drawn(b"<html>", "text/html")),
    ("not-a-picture", "drift", "body", drawn(picture()[:-40])),
    ("not-a-picture", "drift", "/image", in_json(b"no picture at all")),
    ("not-a-picture", "note", "body", drawn(payload={**ASKED, "base64": True})),
    ("bad-base64", "drift", "/image", in_json(content={"image": "!?"})),
    ("data-url", "note", "/image", in_json(content={"image": "data:image/jpeg;base64," + encoded(picture())})),
    ("wrong-format", "drift", "body", drawn(picture(kind="png"), "image/png")),
    ("wrong-format", "drift", "/image", in_json(picture(kind="webp"))),
    ("wrong-size", "drift", "body", drawn(picture(64, 64))),
    ("wrong-size", "drift", "/image/1", in_json(picture(), picture(32, 32), batch_size=2)),
    ("wrong-count", "drift", "/image", in_json(picture(), picture(), batch_size=3)),
    ("wrong-count", "note", "/image", in_json(picture(), batch_size=2)),
    ("many-bytes", "note", "body", drawn(b"PK\3\4 an archive", "application/zip", payload={**ASKED, "batch_size": 2})),
    ("missing-field", "note", "/image", in_json(content={"status": "Success"})),
    ("wrong-type", "note", "/image", in_json(content={"image": 5})),
    ("additional-field", "note", "/more", in_json(content={"image": encoded(picture()), "more": 1})),
    # The queue's objects.
    ("missing-field", "drift", "/status_url", submitted(status_url=None)),
    ("missing-field", "note", "/poll_url", submitted(poll_url=None)),
    ("missing-field", "drift", "/output", result(output=None)),
    ("missing-field", "drift", "/metrics/inference_time", result(metrics={})),
    ("missing-field", "note", "/images/0/content_type", result(images=[{"url": f"{ORIGIN}/x", "file_name": "", "file_size": 1}])),
    ("missing-field", "drift", "/metrics", failing(422, {"status": "FAILED", "error": "no"}, "status")),
    ("missing-field", "drift", "/error", failing(422, {"status": "FAILED", "metrics": {}}, "result")),
    ("wrong-type", "drift", "/request_id", submitted(request_id=5)),
    ("wrong-type", "drift", "/output", result(output=5)),
    ("wrong-type", "drift", "/metrics/inference_time", result(metrics={"inference_time": "1.5"})),
    ("wrong-type", "note", "/images/0", result(images=["x"])),
    ("wrong-type", "drift", "body", answered("status", content=["COMPLETED"])),
    ("additional-field", "note", "/output", answered("status", content={"status": "QUEUED", "metrics": {}, "output": "x"})),
    ("foreign-url", "drift", "/status_url", submitted(status_url=f"https://evil.example/v2/requests/{ID}/status")),
    ("foreign-url", "drift", "/response_url", submitted(response_url=f"https://api.example.evil.example/v2/requests/{ID}")),
    ("foreign-url", "drift", "/status_url", submitted(status_url=f"http://api.example/v2/requests/{ID}/status")),
    ("foreign-url", "note", "/poll_url", submitted(poll_url=f"https://evil.example/v2/requests/{ID}/status")),
    ("relative-url", "drift", "/status_url", submitted(status_url=f"/v2/requests/{ID}/status")),
    ("relative-url", "drift", "/output", result(output="/media/x.jpeg")),
    ("wrong-url", "drift", "/status_url", submitted(status_url=f"{ORIGIN}/v3/requests/{ID}/status")),
]  # fmt: skip


def later(passage: ObservedExchange, at: float) -> ObservedExchange:
    return replace(passage, began=at, ended=at)


def spending(credits: str, **rest: Any) -> ObservedExchange:
    return drawn(model=TINY, payload={"prompt": "a"}, x_remaining_credits=credits, **rest)


OVER_TIME: list[tuple[str, str, list[ObservedExchange]]] = [
    ("submit-status", "note", [submitted(status="PROCESSING")]),
    ("validation", "note", [submitted(rest=violating(steps=5))]),
    ("accepted-invalid", "drift", [submitted(rest=violating(steps=5)), result()]),
    ("unknown-state", "drift", [submitted(), polled("NAPPING")]),
    ("unknown-state", "drift", [replace(submitted(), body=submitted().body.replace(b"QUEUED", b"NAPPING"))]),
    ("state-backwards", "drift", [submitted(), polled("PROCESSING"), polled("QUEUED")]),
    ("state-backwards", "drift", [submitted(), polled("COMPLETED"), polled("PROCESSING")]),
    ("state-backwards", "drift", [polled("PROCESSING"), polled("QUEUED")]),
    ("two-endings", "drift", [submitted(), polled("COMPLETED"), polled("FAILED", 422)]),
    ("views-disagree", "drift", [submitted(), polled("COMPLETED"), result("PROCESSING", metrics={})]),
    ("views-disagree", "drift", [submitted(), result(), polled("PROCESSING")]),
    ("failed-status", "drift", [submitted(), polled("FAILED", 200)]),
    ("failed-status", "drift", [submitted(), polled("PROCESSING", 422)]),
    ("early-result", "note", [submitted(), polled("PROCESSING"), failing(404, where="result")]),
    ("early-result", "note", [submitted(), failing(400, where="result")]),
    ("early-result", "note", [submitted(), result("PROCESSING", output="x")]),
    ("lost-request", "drift", [submitted(), failing(404, where="status")]),
    ("lost-request", "drift", [submitted(), polled("COMPLETED"), later(failing(404, where="result"), HOUR - 1)]),
    ("retention-start", "note", [submitted(), later(polled("COMPLETED"), 100), later(failing(404, where="result"), HOUR + 1)]),
    ("kept-too-long", "note", [submitted(), polled("COMPLETED"), later(result(), HOUR + 1)]),
    ("unknown-request", "drift", [failing(400, where="status")]),
    ("wrong-count", "note", [submitted(), result(images=[])]),
    ("wrong-count", "note", [submitted(rest={"payload": {**ASKED, "batch_size": 2}}), result(images=None)]),
    ("wrong-file-size", "note", [submitted(), result(), answered("other", body=picture(kind="jpeg") + b"\0", path=f"/media/{ID}.jpeg")]),
    ("wrong-size", "drift", [submitted(rest={"payload": {**ASKED, "width": 128}}), result(), answered("other", body=picture(), path=f"/media/{ID}.jpeg")]),
    ("wrong-charge", "note", [spending("9"), spending("9")]),
    ("wrong-charge", "note", [spending("9"), spending("8.994", x_cost="0.01")]),
    ("wrong-charge", "note", [drawn(x_remaining_credits="9"), drawn(x_remaining_credits="8", x_cost="0.01")]),
    ("failed-charge", "note", [spending("9"), replace(submitted(rest={"model": TINY, "payload": {"prompt": "a"}}), headers={"x-remaining-credits": "8.994"}), polled("FAILED", 422, x_remaining_credits="8.994")]),
]  # fmt: skip

CALM: list[list[ObservedExchange]] = [
    [submitted(), polled("QUEUED"), polled("PROCESSING"), polled("COMPLETED"), result(), result()],
    [submitted(), polled("COMPLETED")],
    [submitted(), result("QUEUED", metrics={}), polled("QUEUED"), polled("FAILED", 422), failing(422, {"status": "FAILED", "error": "", "metrics": {}}, "result")],
    [submitted(), polled("COMPLETED"), later(failing(404, where="status"), HOUR)],
    [submitted(), later(failing(404, where="status"), HOUR)],
    [submitted(), answered("status", 502, body=b"<html>", type="text/html"), polled("QUEUED")],
    [submitted(), failing(429, where="status"), failing(500, where="result"), failing(401, where="result")],
    [failing(404, where="status"), failing(404, where="result")],
    [polled("COMPLETED"), result()],
    [submitted(rest=violating(steps=5) | {"violations": []}), polled("FAILED", 422)],
    [spending("9"), spending("8.994"), spending("8.988")],
    [drawn(x_remaining_credits="9"), drawn(x_remaining_credits="8.99", x_cost="0.01")],
    [spending("9"), spending("8", status=500)],
    [spending("9"), spending("9", status=503), spending("8.994")],
    [submitted(), result(), answered("other", body=picture(), path=f"/media/{ID}.jpeg")],
    [submitted(rest={"payload": {**ASKED, "batch_size": 2}}), result(images=[{}, {}], output=["x", "y"])],
]  # fmt: skip


def watched(passages: list[ObservedExchange]) -> list[ProxyFinding]:
    watch = SequenceChecker()
    found: list[ProxyFinding] = []
    for passage in passages:
        paid = passage.method == "POST"
        found += watch.observe(passage, watch.begin(paid), paid)
    return found


@pytest.mark.parametrize("passage", IN_ORDER, ids=map(str, range(len(IN_ORDER))))
def test_a_correct_exchange_has_no_finding(passage: ObservedExchange) -> None:
    assert checked(passage) == []


@pytest.mark.parametrize(("code", "severity", "place", "passage"), ALONE, ids=[f"{c[0]}-{c[2]}" for c in ALONE])
def test_a_wrong_exchange_has_one_finding(code: str, severity: str, place: str, passage: ObservedExchange) -> None:
    if code == "accepted-invalid":
        # The request's own findings are another matter.
        wrong = violating(steps=5)
        found = list(check_answer(replace(passage, violations=wrong["violations"])))
    else:
        found = checked(passage)
    assert [(one.code, one.severity, one.place) for one in found] == [(code, severity, place)]
    assert found[0].expected and found[0].came and found[0].source
    assert str(found[0]).startswith(f"{code} at {place}: expected ")


@pytest.mark.parametrize(("code", "severity", "passages"), OVER_TIME, ids=[f"{c[0]}-{len(c[2])}" for c in OVER_TIME])
def test_a_wrong_sequence_of_exchanges_has_one_finding(
    code: str, severity: str, passages: list[ObservedExchange]
) -> None:
    found = [one for one in watched(passages) if one.code != "validation" or code == "validation"]
    assert [(one.code, one.severity) for one in found] == [(code, severity)]


@pytest.mark.parametrize("passages", CALM, ids=map(str, range(len(CALM))))
def test_correct_sequences_of_exchanges_have_no_finding(passages: list[ObservedExchange]) -> None:
    assert watched(passages) == []


def test_every_code_has_its_case() -> None:
    # The rest need HTTP: see test_proxy.
    elsewhere = {"key-in-query", "key-echoed", "no-answer", "too-large"}
    # Segmind's models here make images: see media/test_media_proxy.
    elsewhere |= {"wrong-kind", "wrong-length", "wrong-rate"}
    assert {case[0] for case in (*ALONE, *OVER_TIME)} | elsewhere == set(CODES)


def test_an_assumption_that_is_wrong_is_named() -> None:
    (found,) = watched([submitted(), failing(400, where="result")])
    assert (found.assumption, found.basis, found.severity) == ("early-result", "inferred", "note")
    assert "assumption early-result, inferred" in str(found)


def test_an_answer_that_overtook_another_is_no_step_back() -> None:
    watch = SequenceChecker()
    watch.observe(submitted(), watch.begin(True), True)
    slow, fast = watch.begin(False), watch.begin(False)
    assert watch.observe(replace(polled("COMPLETED"), began=2, ended=3), fast, False) == []
    assert watch.observe(replace(polled("QUEUED"), began=1, ended=4), slow, False) == []
    assert watch.observe(replace(polled("QUEUED"), began=5, ended=6), watch.begin(False), False) != []


def test_credits_are_not_judged_while_calls_overlap() -> None:
    watch = SequenceChecker()
    watch.observe(spending("9"), watch.begin(True), True)
    one, two = watch.begin(True), watch.begin(True)
    assert watch.observe(spending("5"), one, True) == []
    assert watch.observe(spending("1"), two, True) == []


def test_the_watch_is_bounded() -> None:
    watch = SequenceChecker(most_jobs=10)
    for number in range(100):
        body = submitted().body.replace(ID.encode(), f"job-{number}".encode())
        watch.observe(replace(submitted(), body=body), watch.begin(True), True)
    assert len(watch._jobs) == 10 and watch._live == 10


def test_findings_are_bounded_counted_and_clean() -> None:
    findings = FindingLog(5, lambda text: text.replace("secret", "label"))
    wrong = departs("wrong-size", "body", "1x1", "secret" + "x" * 1000)
    for number in range(20):
        about = (number, None, "GET", "/secret", f"slug-{number}", None)
        findings.add([Occurrence(*about, wrong), Occurrence(*about, departs("data-url", "/image", "a", "b"))])
    told: Any = listing(findings, {})
    assert told["drift"] == {"client": 0, "service": 20}
    assert len(told["findings"]) == 5 and len(told["kinds"]) == 5
    assert "secret" not in json.dumps(told)
    assert len(told["kinds"][0]["first"]["came"]) < 300
    assert [kind["first"]["severity"] for kind in told["kinds"]] == ["drift"] * 3 + ["note"] * 2
    only: Any = listing(findings, {"code": "wrong-size", "last": "1"})
    assert [one["request"] for one in only["findings"]] == [19]
    with pytest.raises(ValueError, match="last"):
        listing(findings, {"last": "-1"})


@pytest.mark.parametrize("body", [b"", b"\xff", b"<html>", b"NaN", b"[" * 100_000, b'{"a": Infinity}', b"1" * 5000])
def test_bytes_that_are_not_json(body: bytes) -> None:
    assert repr(read_json(body)) == "not JSON"


names = st.sampled_from(
    [
        "request_id",
        "status",
        "status_url",
        "response_url",
        "poll_url",
        "metrics",
        "output",
        "images",
        "error",
        "image",
        "outputs",
        "more",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(
        ["QUEUED", "COMPLETED", "FAILED", ID, f"{ORIGIN}/v2/requests/{ID}", "https://[", "data:image/png;base64,x"]
    )
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)
headers = st.dictionaries(
    st.sampled_from([*HEADERS, "content-type", "x-rate-limit-reset-at-utc"]),
    st.text(max_size=12) | st.sampled_from(["application/json", "image/png", "1e999", "[5]"]),
)
answers = st.builds(
    lambda where, status, body, headers, payload, began: replace(
        answered(where, status, body=body, payload=payload), headers=headers, began=began, ended=began
    ),
    st.sampled_from(["sync", "submit", "status", "result", "other"]),
    st.sampled_from([200, 201, 302, 400, 404, 405, 422, 429, 500, 502, 599]),
    st.binary(max_size=40) | values.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
    headers,
    st.none() | st.dictionaries(st.sampled_from([*LARGE.parameters, "more"]), values, max_size=5),
    st.floats(0, HOUR * 2),
)


@settings(max_examples=300)
@given(st.lists(answers, max_size=6))
def test_no_answer_is_too_odd_to_be_judged(passages: list[ObservedExchange]) -> None:
    """An answer that was paid for must reach its caller, whatever it is."""
    for passage in passages:
        assert all(finding.code in CODES for finding in checked(passage))
    watched(passages)
