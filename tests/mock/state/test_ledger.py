"""Credits: exact, never negative, and nothing charged for what was refused."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from segmind_mock.api.generation_request import read_generation_request
from segmind_mock.spec.catalog import get
from segmind_mock.spec.facts import Model
from segmind_mock.state.money import dollars, micros
from tests.mock.conftest import MakeMock, MockCaller, PayloadOf, submit_path, sync_path

EVERY_STORE = True


def price(mock: MockCaller, model: Model) -> int:
    amount: int = mock.app.mock.price(model, {}, read_generation_request(model, {}))[0]
    return amount


def test_each_model_costs_its_price_on_both_endpoints(mock: MockCaller, model: Model, payload: PayloadOf) -> None:
    before = mock.credits()
    answer = mock.post(sync_path(model), payload(model))
    assert answer.headers["x-remaining-credits"] == dollars(before - price(mock, model))
    mock.submit(model)
    assert mock.credits() == before - 2 * price(mock, model) < before
    guessed = "price=inferred" in answer.headers["x-mock-basis"]
    assert guessed == (model.price_usd is None)
    if model.price_usd is not None:
        assert price(mock, model) == round(model.price_usd * 1_000_000)


@pytest.mark.parametrize(
    ("rate", "sent", "amount", "is_documented"),
    [
        ({"unit": "image", "amount": 0.01}, {}, 10_000, True),
        ({"unit": "image", "amount": 0.01}, {"samples": 3}, 30_000, True),
        ({"unit": "image", "amount": 0.01}, {"samples": 10**400}, 10_000, False),
        ({"unit": "call", "minimum": 0.01, "maximum": 0.04}, {}, 40_000, False),
        ({"unit": "call", "amount": 0.006, "average": True}, {}, 6_000, False),
        ({"unit": "call", "amount": 0.006, "currency": "EUR"}, {}, 10_000, False),
    ],
)
def test_other_prices_are_charged_by_the_parameters(
    mock: MockCaller, rate: dict[str, object], sent: dict[str, object], amount: int, is_documented: bool
) -> None:
    """A range is charged at its upper end, an average as it is; without a usable price, the assumed price is charged."""
    model = get("tinysd1.5-txt2img")._replace(price_usd=None, pricing=({**rate, "basis": "page"},))
    generation = read_generation_request(model, sent)
    assert mock.app.mock.price(model, sent, generation) == (amount, is_documented)


def test_parallel_calls_add_up_and_the_last_ones_are_refused(
    make_mock: MakeMock, model: Model, payload: PayloadOf
) -> None:
    mock = make_mock(credits=micros("0.5"))
    affordable = micros("0.5") // price(mock, model)

    async def many() -> list[httpx2.Response]:
        calls = []
        for number in range(affordable + 25):
            path = submit_path(model) if number % 2 else sync_path(model)
            calls.append(mock.client.post(path, json=payload(model), headers={"x-api-key": "k"}))
        return await asyncio.gather(*calls)

    answers = mock.run(many())
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(406)) == (affordable, 25)
    account = mock.account("k")
    assert account.charged == affordable * price(mock, model)
    assert account.charged + account.credits == micros("0.5")
    seen = sorted(micros(a.headers["x-remaining-credits"]) for a in answers if a.status_code == 406)
    assert seen == [account.credits] * 25


def test_at_zero_every_request_is_406_and_leaves_no_job(mock: MockCaller, model: Model, payload: PayloadOf) -> None:
    mock.post("/__mock/credits", {"credits": 0})
    for path in (sync_path(model), submit_path(model)):
        answer = mock.post(path, payload(model))
        assert answer.status_code == 406
        assert answer.headers["x-remaining-credits"] == "0.0"
        assert "redits" in answer.json()["error"]
    assert mock.get("/__mock/credits").json()["accounts"][0]["jobs"] == 0
    mock.post("/__mock/credits", {"credits": 1})
    assert mock.post(sync_path(model), payload(model)).status_code == 200


def test_refused_requests_cost_nothing(mock: MockCaller, model: Model) -> None:
    before = mock.credits()
    for path in (sync_path(model), submit_path(model)):
        assert mock.post(path, {}).status_code == 400
    assert mock.credits() == before
    assert mock.get("/__mock/credits").json()["accounts"][0]["jobs"] == 0


def test_an_image_that_cannot_be_drawn_is_not_charged(mock: MockCaller, model: Model, payload: PayloadOf) -> None:
    from segmind_mock.media import rendering

    def broken(*_: object) -> bytes:
        raise OSError("no canvas")

    before = mock.credits()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "render_image", broken)
        answer = mock.post(sync_path(model), payload(model))
    assert answer.status_code == 500
    assert mock.credits() == before
    assert mock.post(sync_path(model), payload(model)).status_code == 200, "the failure is not kept"


def test_keys_have_accounts_of_their_own(mock: MockCaller, model: Model) -> None:
    job = mock.submit(model, key="first-key")
    assert mock.credits("second-key") > mock.credits("first-key")
    assert mock.get(job["status_url"], key="second-key").status_code == 404
    mock.post("/__mock/reset", {"key": "second-key"}, key=None)
    assert mock.get(job["status_url"], key="first-key").status_code == 200
    mock.post("/__mock/reset", {"key": "first-key"}, key=None)
    assert mock.get(job["status_url"], key="first-key").status_code == 404


def test_accounts_are_bounded(make_mock: MakeMock, large: Model) -> None:
    mock = make_mock(accounts=5)
    jobs = [mock.submit(large, key=f"key-number-{n}") for n in range(9)]
    assert len(mock.run(mock.app.mock.store.accounts())) == 5
    assert mock.get(jobs[-1]["status_url"], key="key-number-8").status_code == 200
    assert mock.get(jobs[0]["status_url"], key="key-number-0").status_code == 404


@pytest.mark.parametrize("wrong", [-1, "x", None, True, float("inf"), [], 10**12])
def test_invalid_amounts_of_credits_are_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="a number of credits"):
        micros(wrong)
