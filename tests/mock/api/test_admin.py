"""The doors under /__mock/."""

from __future__ import annotations

import pytest

from segmind_mock.spec.facts import Model
from tests.mock.conftest import MakeMock, MockCaller, PayloadOf, submit_path, sync_path

EVERY_STORE = True


def test_the_clock_is_pushed_and_held(mock: MockCaller) -> None:
    before = mock.get("/__mock/clock", key=None).json()
    assert before["frozen"] is True
    after = mock.post("/__mock/clock", {"advance": 3601.5}, key=None).json()
    assert after["now"] - before["now"] == pytest.approx(3601.5, abs=1e-6)
    assert mock.post("/__mock/clock", {"freeze": False}, key=None).json()["frozen"] is False


@pytest.mark.parametrize(
    "body", [{}, {"advance": -1}, {"advance": "1"}, {"advance": True}, {"freeze": 1}, {"advance": 1e99}]
)
def test_a_clock_that_would_go_wrong_is_left_alone(mock: MockCaller, body: dict[str, object]) -> None:
    before = mock.get("/__mock/clock").json()
    assert mock.post("/__mock/clock", body).status_code == 400
    assert mock.get("/__mock/clock").json() == before


def test_accounts_are_named_by_key_by_label_or_by_header(mock: MockCaller) -> None:
    shown = mock.post("/__mock/credits", {"key": "some-long-key", "credits": 7.25}, key=None).json()
    assert shown["credits"] == 7.25
    assert mock.post("/__mock/credits", {"key": shown["key"], "credits": 3}, key=None).json()["key"] == shown["key"]
    assert mock.credits("some-long-key") == 3_000_000
    mock.post("/__mock/credits", {"credits": 2}, key="some-long-key")
    assert mock.credits("some-long-key") == 2_000_000
    assert mock.post("/__mock/credits", {"credits": 2}, key=None).status_code == 400
    assert mock.post("/__mock/credits", {"credits": -2}).status_code == 400
    assert mock.post("/__mock/credits", {"key": 5, "credits": 2}).status_code == 400


def test_the_journal_answers_what_was_asked(mock: MockCaller, model: Model, payload: PayloadOf) -> None:
    mock.post(sync_path(model), payload(model))
    mock.post(submit_path(model), {})
    mock.post(submit_path(model), payload(model), key="another-key")

    def found(query: str, **rest: object) -> list[int]:
        return [entry["number"] for entry in mock.get("/__mock/requests" + query, **rest).json()["requests"]]

    assert found("", key=None) == [1, 2, 3]
    assert found("") == [1, 2]
    assert found("?status=400", key=None) == [2]
    assert found(f"?slug={model.slug}&status=200", key=None) == [1, 3]
    assert found(f"?path={submit_path(model)}", key=None) == [2, 3]
    assert found("?slug=other", key=None) == []
    assert found("?last=2", key=None) == [2, 3]
    assert mock.get("/__mock/requests?status=x").status_code == 400
    mock.post("/__mock/reset", {})
    assert found("", key=None) == [3]
    mock.post("/__mock/reset", {}, key=None)
    assert found("", key=None) == []


def test_what_is_assumed_is_listed(mock: MockCaller) -> None:
    notes = mock.get("/__mock/basis", key=None).json()["notes"]
    assert notes["early-result"]["basis"] == "inferred"
    assert mock.get("/__mock/health", key=None).json()["status"] == "ok"


def test_unknown_admin_endpoints_and_methods_name_the_known_ones(mock: MockCaller) -> None:
    assert "/__mock/clock" in mock.get("/__mock/nothing", key=None).json()["error"]
    assert mock.send("DELETE", "/__mock/clock").status_code == 405


@pytest.mark.parametrize("door", ["clock", "credits", "requests", "scenarios", "health", "basis", "nothing"])
def test_with_a_token_every_admin_endpoint_needs_it(make_mock: MakeMock, door: str) -> None:
    mock = make_mock(admin_token="open-sesame")
    for sent in ({}, {"authorization": "Bearer wrong"}, {"authorization": "open-sesame"}):
        assert mock.get("/__mock/" + door, headers=sent).status_code == 401
    opened = mock.get("/__mock/" + door, headers={"authorization": "Bearer open-sesame"})
    assert opened.status_code == (404 if door == "nothing" else 200)


def test_web_pages_of_other_hosts_are_turned_away(mock: MockCaller) -> None:
    for origin in ("http://evil.example", "null", "http://mock.evil"):
        assert mock.post("/__mock/reset", {}, headers={"origin": origin}).status_code == 403
    answer = mock.post("/__mock/reset", {}, headers={"origin": "http://mock"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
