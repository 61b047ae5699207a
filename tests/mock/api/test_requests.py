"""Requests that the mock accepts or refuses: keys, bodies, hosts, methods, and the journal's entries about them."""

from __future__ import annotations

import json
import logging

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_mock.api.exchange import Mock, Reading
from segmind_mock.server.asgi import Answer
from segmind_mock.server.limits import RequestRefused, parse_json
from segmind_mock.settings import Settings
from segmind_mock.spec.catalog import SLUGS, find
from segmind_mock.spec.facts import Model
from segmind_mock.state.clock import Clock
from tests.mock.conftest import MakeMock, MockCaller, PayloadOf, submit_path, sync_path

SECRET = "SG_very_secret_key_77"


def test_each_model_answers_at_the_paths_of_its_spec(mock: MockCaller, model: Model, payload: PayloadOf) -> None:
    for operation in (model.sync, model.submit):
        assert operation is not None
        assert mock.send(operation.method, operation.path, json=payload(model)).status_code == 200
        wrong = mock.send("PUT", operation.path, json=payload(model))
        assert (wrong.status_code, wrong.headers["content-type"]) == (405, "text/html; charset=utf-8")


def test_a_submit_path_that_only_the_sdk_implies_says_so(mock: MockCaller, model: Model, payload: PayloadOf) -> None:
    assert model.submit is not None
    basis = mock.post(submit_path(model), payload(model)).headers["x-mock-basis"]
    assert ("submit-path=sdk" in basis) == (model.submit.basis != "page")


def test_wrong_parameters_are_400_in_the_validators_words_on_both_endpoints(mock: MockCaller, model: Model) -> None:
    wrong = {"prompt": 7, "seed": "x", "base64": "yes"}
    said = "; ".join(map(str, model.validate(wrong)))
    assert said.count(";") >= 2
    for path in (sync_path(model), submit_path(model)):
        answer = mock.post(path, wrong)
        assert (answer.status_code, answer.json()) == (400, {"error": said})
    journal = mock.get("/__mock/requests?status=400").json()["requests"]
    assert [entry["refused"] for entry in journal] == [said] * 2
    assert [entry["slug"] for entry in journal] == [model.slug] * 2


def test_no_key_and_wrong_key_are_401(make_mock: MakeMock, model: Model, payload: PayloadOf) -> None:
    mock = make_mock(keys=frozenset({SECRET}))
    for key in (None, "", "wrong", SECRET + "x", "x" * 10_000):
        for answer in (mock.post(sync_path(model), payload(model), key=key), mock.get("/v9/x", key=key)):
            assert answer.status_code == 401
            assert set(answer.json()) == {"error"}
            assert "x-remaining-credits" not in answer.headers
    assert mock.post(sync_path(model), payload(model), key=SECRET).status_code == 200


def test_unknown_paths_are_404_with_a_key(mock: MockCaller) -> None:
    for path in ("/nope", "/v1/nope", "/v2/nope", f"/v3/{SLUGS[0]}", "/v1/%2e%2e/etc/passwd"):
        assert mock.post(path, {}).status_code == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[]", "not a JSON object"),
        (b'{"prompt": NaN}', "NaN"),
        (b'{"prompt": -Infinity}', "-Infinity"),
        (b'{"prompt": 1e400}', "out of range"),
        (b'{"prompt": 1, "prompt": 2}', "duplicate key"),
        (b'{"x": {"a": 1, "a": 1}}', "duplicate key"),
        (b'{"prompt": "\xff"}', "UTF-8"),
        (b'\xef\xbb\xbf{"prompt": "x"}', "not valid JSON"),
        (b'{"x":' * 33 + b"1" + b"}" * 33, "nested"),
        (b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "nested"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "too long"),
    ],
)
def test_bodies_that_are_not_strictly_json_are_400(mock: MockCaller, large: Model, body: bytes, words: str) -> None:
    for path in (sync_path(large), submit_path(large)):
        answer = mock.send("POST", path, content=body)
        assert answer.status_code == 400
        assert words in answer.json()["error"]


def test_depth_is_counted_not_brackets() -> None:
    assert parse_json(b'{"x":' * 32 + b"1" + b"}" * 32)
    flat = {"x": [[] for _ in range(500)], "s": "[" * 500}
    assert parse_json(json.dumps(flat).encode()) == flat


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_refused(body: bytes) -> None:
    try:
        assert isinstance(parse_json(body), dict)
    except RequestRefused as refused:
        assert refused.status == 400


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_above_the_limit_is_413_and_costs_nothing(
    make_mock: MakeMock, large: Model, payload: PayloadOf, chunked: bool
) -> None:
    mock = make_mock(body_bytes=1 << 20)

    def body(size: int) -> object:
        text = json.dumps(payload(large) | {"prompt": ""}).encode()
        content = text.replace(b'"prompt": ""', b'"prompt": "' + b"a" * (size - len(text)) + b'"')
        assert len(content) == size

        async def chunks() -> object:
            for start in range(0, size, 70_000):
                yield content[start : start + 70_000]

        return chunks() if chunked else content

    assert mock.send("POST", submit_path(large), content=body(1 << 20)).status_code == 200
    before = mock.credits()
    for size in ((1 << 20) + 1, 3 << 20, 40 << 20):
        answer = mock.send("POST", submit_path(large), content=body(size))
        assert answer.status_code == 413
        assert "1048576" in answer.json()["error"]
    assert mock.credits() == before


def test_a_compressed_request_is_refused_unread(mock: MockCaller, large: Model) -> None:
    for encoding in ("gzip", "deflate", "br"):
        headers = {"content-encoding": encoding}
        assert mock.send("POST", submit_path(large), content=b"x" * 100, headers=headers).status_code == 415


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "mock.evil", "localhost.evil", "x@mock"])
def test_only_our_own_names_are_answered_to(mock: MockCaller, large: Model, payload: PayloadOf, host: str) -> None:
    for path in (submit_path(large), "/__mock/clock", "/media/x/0.jpeg"):
        answer = mock.post(path, payload(large), headers={"host": host})
        assert answer.status_code in (400, 421)
        # A Host header that is no host is quoted, to say what is wrong with it.
        assert host not in answer.text or answer.status_code == 400
    assert mock.get("/__mock/clock", headers={"host": "127.0.0.1:9"}).status_code == 200


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8787", "http://localhost:8787"),
        ("[::1]:8787", "http://[::1]:8787"),
        ("api.localhost", "http://api.localhost"),
        ("ci-host:1", "http://ci-host:1"),
        ("api.segmind.com", "https://api.segmind.com"),
    ],
)
def test_urls_begin_with_the_name_the_caller_used(make_mock: MakeMock, large: Model, host: str, origin: str) -> None:
    mock = make_mock(hosts=frozenset({"ci-host"}))
    answer = mock.post(submit_path(large), dict(large.example), headers={"host": host})
    assert answer.json()["status_url"].startswith(origin + "/v2/requests/")


def test_a_public_url_is_used_as_it_is(make_mock: MakeMock, large: Model) -> None:
    mock = make_mock(public_url="https://mock.example/base/")
    job = mock.post(submit_path(large), dict(large.example), headers={"host": "mock.example"}).json()
    assert job["response_url"].startswith("https://mock.example/base/v2/requests/")
    with pytest.raises(ValueError, match="public URL: expected"):
        make_mock(public_url="ftp://x")


def test_nothing_that_was_sent_becomes_a_header(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    evil = "x\r\nset-cookie: a=b\x00"
    answer = mock.post(sync_path(large), payload(large) | {"prompt": evil, evil: evil})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    for name in ("x-mock-scenario", "prefer", "x-request-id", "origin", "user-agent"):
        answer = mock.post(sync_path(large), payload(large), headers={name: b"zq\x85\xe9"})
        assert all("zq" not in value for value in answer.headers.values())
    made = Answer(200, b"")
    made.add("x-test", evil + "é\u2028")
    assert made.headers[-1] == (b"x-test", b"x??set-cookie: a=b???")


def test_a_key_is_never_said_again(
    make_mock: MakeMock, large: Model, payload: PayloadOf, caplog: pytest.LogCaptureFixture
) -> None:
    mock = make_mock()
    caplog.set_level(logging.DEBUG, "segmind_mock")
    said: list[httpx2.Response] = [
        mock.post(submit_path(large), payload(large) | {"prompt": f"my key is {SECRET}"}, key=SECRET),
        mock.post(f"/v1/{SECRET}", {"x": SECRET}, key=SECRET),
        mock.get(f"/v2/requests/{SECRET}/status?key={SECRET}", key=SECRET),
        mock.post(
            sync_path(large), payload(large) | {"steps": SECRET}, key=SECRET, headers={"x-mock-scenario": "stuck"}
        ),
        mock.post("/__mock/credits", {"key": SECRET, "credits": 5}, key=None),
        mock.get("/__mock/credits", key=None),
        mock.get("/__mock/requests", key=None),
    ]
    journal = said[-1].json()["requests"]
    assert len(journal) == 4
    assert all(entry["key"].startswith("key-") for entry in journal)
    for answer in said[1:3] + said[4:]:
        assert SECRET not in answer.text
    assert all(SECRET not in str(answer.headers) for answer in said)
    assert caplog.messages
    assert SECRET not in caplog.text


def test_a_refused_key_is_not_said_again_either(make_mock: MakeMock, large: Model) -> None:
    mock = make_mock(keys=frozenset({"the-right-one"}))
    mock.post(f"/v1/{SECRET}", {}, key=SECRET)
    assert SECRET not in mock.get("/__mock/requests", key=None).text


def test_a_log_line_is_inert_in_a_terminal(mock: MockCaller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "segmind_mock")
    mock.get("/%1b]52;c;x%07%0aINFO forged %c2%9b31m%e2%80%ae")
    (line,) = caplog.messages
    assert line.isprintable()


def test_documented_basis_refuses_to_guess(make_mock: MakeMock, large: Model, payload: PayloadOf) -> None:
    mock = make_mock(basis="documented")
    before = mock.credits()
    many = {large.output.count: 2}
    assert mock.post(sync_path(large), payload(large) | many).status_code == 501
    assert mock.post(submit_path(large), payload(large) | {"base64": True}).status_code == 501
    assert mock.credits() == before
    job = mock.submit(large)
    early = mock.get(job["response_url"])
    assert early.status_code == 501
    assert "early-result" in early.json()["error"]
    assert mock.credits() == before, "a price that no page shows is not made up"
    tiny = find("tinysd1.5-txt2img")
    assert tiny is not None
    mock.submit(tiny)
    assert mock.credits() < before


def test_equal_bodies_are_read_once_and_others_are_not_taken_for_them(
    make_mock: MakeMock, large: Model, payload: PayloadOf
) -> None:
    mock = make_mock()
    bodies = [payload(large) | {"seed": seed} for seed in (1, 2, 1)]
    assert [mock.post(submit_path(large), body).status_code for body in bodies] == [200] * 3
    assert [mock.post(submit_path(large), payload(large) | {"steps": -1}).status_code for _ in range(2)] == [400] * 2
    assert mock.post(sync_path(large), bodies[0]).status_code == 200
    first, second, third, *refused, image = (entry.payload for entry in mock.entries())
    assert first is third and (first, second) == (bodies[0], bodies[1])
    assert refused[0] is refused[1] and refused[0] == payload(large) | {"steps": -1}
    assert image == bodies[0]


def test_the_bodies_that_are_remembered_are_few_and_short(large: Model, payload: PayloadOf) -> None:
    mock = Mock(Settings(), Clock())

    def read(seed: int, prompt: str = "a fox") -> Reading:
        return mock.read(large, "", json.dumps(payload(large) | {"seed": seed, "prompt": prompt}).encode())

    first = read(0)
    assert read(0) is first
    assert read(1, "x" * 5000) is not read(1, "x" * 5000)
    for seed in range(1, 1025):
        read(seed)
    assert read(0) is not first
    assert read(0) == first


def test_the_journal_has_an_entry_before_the_answer_and_is_bounded(
    make_mock: MakeMock, large: Model, payload: PayloadOf
) -> None:
    mock = make_mock(journal_entries=5, journal_bytes=40_000)
    for number in range(12):
        mock.post(submit_path(large), payload(large) | {"seed": number})
        entry = mock.get("/__mock/requests?last=1").json()["requests"][0]
        assert entry["payload"]["seed"] == number
    assert len(mock.entries()) == 5
    mock.post(submit_path(large), payload(large) | {"prompt": "x" * 500_000})
    entry = mock.get("/__mock/requests?last=1").json()["requests"][0]
    assert (entry["status"], entry["payload"]) == (200, None)
    for number in range(12):
        mock.post(submit_path(large), payload(large) | {"prompt": "x" * 4000, "seed": number})
    assert sum(entry.weight for entry in mock.entries()) <= 40_000


def test_an_internal_error_is_answered_500_and_logged_with_its_place(
    mock: MockCaller,
    large: Model,
    payload: PayloadOf,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mock.app.mock, "files", None)
    answer = mock.post(sync_path(large), payload(large))
    assert (answer.status_code, answer.json()) == (
        500,
        {"error": "Internal error of the mock: AttributeError. See its log."},
    )
    assert "sync.py" in caplog.text
