"""Rules: a file decides which requests get which scenario, and whatever is wrong with it is named by its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segmind_mock.api.rules import RuleError, Subject
from segmind_mock.api.rules_file import read_rules
from segmind_mock.spec.facts import Model
from segmind_mock.state.redaction import identity, label
from tests.mock.api.conftest import WriteRules
from tests.mock.conftest import MakeMock, PayloadOf, submit_path, sync_path

EVERY_STORE = True
LARGE = "stable-diffusion-3.5-large-txt2img"
KEY = "SG_0123456789abcdef"


def test_a_rule_decides_by_model_and_parameters(
    make_mock: MakeMock, large: Model, payload: PayloadOf, written: WriteRules
) -> None:
    rules = f"- when: {{slug: {LARGE}, prompt~: storm|gale, steps>: 30}}\n  then: content-block\n"
    mock = make_mock(rules=written(rules))

    def status(**changes: Any) -> int:
        answer = mock.post(sync_path(large), payload(large) | changes)
        assert ("scenario=inferred" in answer.headers["x-mock-basis"]) == (answer.status_code != 200)
        code: int = answer.status_code
        return code

    assert status(prompt="A gale", steps=31) == 400
    assert status(prompt="A gale", steps=30) == 200
    assert status(prompt="A calm", steps=31) == 200
    assert status(prompt="A gale") == 200, "a parameter that was not sent is not above 30"
    assert [entry["scenario"] for entry in mock.get("/__mock/requests").json()["requests"]] == [
        "content-block",
        None,
        None,
        None,
    ]


def test_a_rule_for_the_first_requests_of_each_key(
    make_mock: MakeMock, large: Model, payload: PayloadOf, written: WriteRules
) -> None:
    mock = make_mock(
        rules=written("- when: {endpoint: submit}\n  then: {scenario: rate-limited, times: 2, after: 1}\n")
    )

    def statuses(key: str) -> list[int]:
        return [mock.post(submit_path(large), payload(large), key=key).status_code for _ in range(5)]

    assert statuses("first-key") == [200, 429, 429, 200, 200]
    assert statuses("second-key") == [200, 429, 429, 200, 200]


def test_the_first_rule_that_fits_and_is_not_used_up_decides(
    make_mock: MakeMock, large: Model, payload: PayloadOf, written: WriteRules
) -> None:
    rules = """
    - then: {scenario: status-500, times: 1}
    - then: {scenario: status-403, times: 1}
    """
    mock = make_mock(rules=written(rules))
    assert [mock.post(sync_path(large), payload(large)).status_code for _ in range(3)] == [500, 403, 200]


def test_what_a_request_asks_for_itself_comes_before_rules(
    make_mock: MakeMock, large: Model, payload: PayloadOf, written: WriteRules
) -> None:
    mock = make_mock(rules=written("- then: status-500\n"))
    mock.post("/__mock/scenarios", {"scenario": "status-403"})
    asked = mock.post(sync_path(large), payload(large), headers={"x-mock-scenario": "status-429"})
    assert asked.status_code == 429
    assert mock.post(sync_path(large), payload(large)).status_code == 403
    assert mock.post(sync_path(large), payload(large)).status_code == 500


def test_polls_are_told_apart_by_model(make_mock: MakeMock, large: Model, written: WriteRules) -> None:
    mock = make_mock(rules=written("- when: {slug: tinysd1.5-txt2img, endpoint: [status, result]}\n  then: html-502\n"))
    spared = mock.submit(large)
    hit = mock.post("/v2/tinysd1.5-txt2img", {"prompt": "fog"}).json()
    assert [mock.get(job["status_url"]).status_code for job in (spared, hit)] == [200, 502]
    assert mock.get(hit["response_url"]).status_code == 502


def test_a_key_is_named_by_itself_or_by_its_label(
    make_mock: MakeMock, large: Model, payload: PayloadOf, written: WriteRules
) -> None:
    for name in (KEY, label(identity(KEY))):
        mock = make_mock(rules=written(f"- when: {{key: {name}}}\n  then: status-403\n"))
        assert mock.post(sync_path(large), payload(large)).status_code == 403
        assert mock.post(sync_path(large), payload(large), key="another-key").status_code == 200


@pytest.mark.parametrize(
    ("when", "yes", "no"),
    [
        ("ratio: 16:9", [{"ratio": "16:9"}], [{"ratio": 976}, {}]),
        ("'ratio': [16:9, no]", [{"ratio": "no"}], [{"ratio": False}]),
        ("base64: true", [{"base64": True}], [{"base64": 1}, {"base64": "true"}]),
        ("steps: 20", [{"steps": 20}, {"steps": 20.0}], [{"steps": "20"}]),
        ("seed: 010", [{"seed": 10}], [{"seed": 8}]),
        ("steps!: 20", [{"steps": 21}, {}], [{"steps": 20}]),
        ("seed sent: false", [{}], [{"seed": None}]),
        ("seed sent: true", [{"seed": None}], [{}]),
        ("steps<=: 20", [{"steps": 20}, {"steps": 1.5}], [{"steps": 21}, {"steps": True}, {"steps": "1"}]),
        ("prompt~: '^A .* fog$'", [{"prompt": "A ship in fog"}], [{"prompt": "fog"}, {"prompt": 7}]),
        ("input.slug: x", [{"slug": "x"}], [{}]),
        ("seed: null", [{"seed": None}], [{"seed": 0}]),
    ],
)
def test_a_condition_fits_the_payloads_that_it_describes(
    written: WriteRules, when: str, yes: list[dict[str, object]], no: list[dict[str, object]]
) -> None:
    (rule,) = read_rules(written(f"- when: {{{when}}}\n  then: stuck\n"))
    for payload in yes:
        assert rule.fits(Subject("sync", "any", "account", payload)), payload
    for payload in no:
        assert not rule.fits(Subject("sync", "any", "account", payload)), payload


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- when: {slug: tiny}\n  then: stuck", "rules.yaml:1:3: there is no model 'tiny'"),
        ("- then: stuk", "Did you mean stuck?"),
        (f"- when: {{slug: {LARGE}, stepz: 3}}\n  then: stuck", "has no parameter 'stepz'; did you mean steps?"),
        ("- when: {steps>: many}\n  then: stuck", "'many' is not a number"),
        ("- when: {prompt~: '('}\n  then: stuck", "cannot be used as a regular expression"),
        ("- when: {seed sent: 1}\n  then: stuck", "true or false"),
        ("- when: {endpoint: v1}\n  then: stuck", "expected one of sync, submit, status, result, got 'v1'"),
        ("- when: {endpoint: status, steps: 1}\n  then: stuck", "sent to sync and submit only"),
        ("- then: {scenario: stuck, often: 1}", "unknown key 'often'"),
        ("- then: {scenario: stuck, times: 0}", "times: expected a whole number"),
        ("- then: {scenario: stuck, after: -1}", "after: expected a whole number"),
        ("- when: {slug: []}\n  then: stuck", "slug: expected a string"),
        ("- when: {'~': x}\n  then: stuck", "needs the name of a parameter"),
        ("- {}", "`then`"),
        ("when: {}", "a list of rules"),
        ("- then: [", "rules.yaml:1:10: "),
        ("- when: {steps: 1, steps: 2}\n  then: stuck", "duplicate name 'steps'"),
        ("- &a {then: stuck}\n- *a", "aliases"),
        ("- then: !!python/object/apply:os.system [id]", "`then`"),
        ("- then: !!binary aGk=", "the tag"),
        ("- when: {1: 2}\n  then: stuck", "a name must be a string"),
        ("- " + "[" * 500 + "]" * 500, "deep"),
        ("- then: stuk\n- then: stuck\n- then: stak\n", "rules.yaml:3:3"),
    ],
)
def test_whatever_is_wrong_is_named_by_its_line(written: WriteRules, text: str, said: str) -> None:
    with pytest.raises(RuleError) as wrong:
        read_rules(written(text))
    assert said in str(wrong.value)


def test_files_of_rules_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"# " + b"x" * (1 << 20))
    (tmp_path / "empty").write_bytes(b"")
    for name, said in (("bytes", "UTF-8"), ("large", "larger"), ("none", "No such file"), (".", "directory")):
        with pytest.raises(RuleError, match=said):
            read_rules(str(tmp_path / name))
    assert read_rules(str(tmp_path / "empty")) == ()


def test_rules_are_listed_by_the_admin_endpoint(make_mock: MakeMock, written: WriteRules) -> None:
    mock = make_mock(rules=written("# why\n- when: {prompt~: x}\n  then: {scenario: stuck, times: 3}\n"))
    assert mock.get("/__mock/rules", key=None).json()["rules"] == [
        {
            "line": 2,
            "scenario": "stuck",
            "slugs": None,
            "endpoints": ["submit", "sync"],
            "parameters": ["prompt~"],
            "times": 3,
            "after": 0,
        }
    ]
