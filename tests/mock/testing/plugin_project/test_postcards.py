"""The tests of the shop, to be read as examples of what the mock can do in a test."""

from __future__ import annotations

import asyncio
import os
import re

import pytest
import requests
from postcards import MODEL, Card, Closed, Shop, Spoiled, series, stamp

from segmind_client import ValidationError
from segmind_mock.testing import ABSENT, SegmindMock

JPEG = b"\xff\xd8\xff"


# A card at once


def test_a_preview_is_a_picture(shop: Shop) -> None:
    assert shop.preview("greetings from the sea").picture.startswith(JPEG)


def test_the_style_is_part_of_the_prompt(shop: Shop, segmind_mock: SegmindMock) -> None:
    segmind_mock.expect(MODEL, prompt="postcard, made of felt: a goat", scheduler="DDIM", seed=ABSENT)
    shop.preview("a goat", style="felt")


def test_equal_cards_have_equal_pictures(shop: Shop) -> None:
    assert shop.preview("twins") == shop.preview("twins")


def test_nothing_is_sent_that_is_known_to_be_wrong(shop: Shop, segmind_mock: SegmindMock) -> None:
    with pytest.raises(ValidationError):
        shop.client.tinysd1_5_txt2img.generate(prompt="too many", samples=9)
    assert segmind_mock.requests == []


def test_an_old_part_of_the_shop_uses_requests(segmind_mock: SegmindMock) -> None:
    assert stamp("any key will do").startswith(JPEG)
    assert segmind_mock.last.payload == {"prompt": "a stamp"}


def test_the_key_comes_from_the_environment(shop: Shop, segmind_mock: SegmindMock) -> None:
    assert os.environ["SEGMIND_API_KEY"] == segmind_mock.key


# Money


def test_a_card_costs_what_the_page_says(shop: Shop, segmind_mock: SegmindMock) -> None:
    before = segmind_mock.credits
    shop.preview("a lighthouse")
    assert before - segmind_mock.credits == pytest.approx(0.006)


@pytest.mark.segmind_mock(credits=0.012)
def test_two_cards_can_be_paid_and_no_third(shop: Shop) -> None:
    shop.preview("one")
    shop.preview("two")
    with pytest.raises(Closed, match="paint is used up"):
        shop.preview("three")


def test_the_account_is_filled_up_again(shop: Shop, segmind_mock: SegmindMock) -> None:
    segmind_mock.credits = 0
    with pytest.raises(Closed):
        shop.preview("too early")
    segmind_mock.credits = 5
    assert shop.preview("in time").picture


# Retries


def test_a_crowded_service_is_asked_again(
    shop: Shop, segmind_mock: SegmindMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", segmind_mock.clock.advance)
    segmind_mock.scenario("rate-limited", times=2)
    segmind_mock.expect(MODEL, status=429, times=2)
    segmind_mock.expect(MODEL, status=200)
    assert shop.preview("patience").picture


def test_patience_has_an_end(shop: Shop, segmind_mock: SegmindMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", segmind_mock.clock.advance)
    segmind_mock.scenario("rate-limited", times=3)
    with pytest.raises(Closed, match="in a minute"):
        shop.preview("too long")
    assert [request.status for request in segmind_mock.requests] == [429, 429, 429]


def test_a_broken_service_is_not_asked_again(shop: Shop, segmind_mock: SegmindMock) -> None:
    segmind_mock.scenario("status-500")
    segmind_mock.expect(MODEL)
    with pytest.raises(Spoiled):
        shop.preview("once is enough")


# The queue


def test_an_order_is_collected(shop: Shop) -> None:
    assert shop.collect(shop.order("a windmill")).picture.startswith(JPEG)


@pytest.mark.segmind_mock(queue="polls:3")
def test_an_order_takes_its_time(shop: Shop, segmind_mock: SegmindMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", segmind_mock.clock.advance)
    shop.collect(shop.order("a slow windmill"))
    assert len(segmind_mock.expect(method="GET", path=re.compile("/status$"), times=4).matches) == 4


def test_an_order_survives_the_shop(shop: Shop) -> None:
    slip = shop.order("a windmill").slip
    with Shop().client as client:
        assert client.resume(slip).wait()["status"] == "COMPLETED"


def test_a_blocked_card_is_not_charged(shop: Shop, segmind_mock: SegmindMock) -> None:
    segmind_mock.scenario("content-block")
    with pytest.raises(Spoiled, match="blocked"):
        shop.collect(shop.order("something rude"))
    assert segmind_mock.credits == 100


def test_orders_are_kept_for_an_hour(shop: Shop, segmind_mock: SegmindMock) -> None:
    card = shop.collect(shop.order("forgotten"))
    segmind_mock.clock.advance(3601)
    with pytest.raises(Spoiled, match="an hour"):
        shop.collect(card)


# Many at once


def test_a_series_is_drawn_side_by_side(segmind_mock: SegmindMock) -> None:
    segmind_mock.expect(MODEL, prompt=re.compile("made of felt"), times=3)
    cards = asyncio.run(series(["spring", "summer", "autumn"]))
    assert len({card.picture for card in cards}) == 3


def test_one_missing_card_fails_the_series(segmind_mock: SegmindMock) -> None:
    segmind_mock.scenario("status-400")
    with pytest.raises(Exception, match="Bad Request"):
        asyncio.run(series(["one"]))


# Without any client


def test_the_mock_can_be_asked_directly(segmind_mock: SegmindMock) -> None:
    answer = requests.post(f"{segmind_mock.url}/v1/{MODEL}", json={"prompt": ""}, timeout=5)
    assert answer.status_code == 401
    assert isinstance(Card("nothing"), Card)
