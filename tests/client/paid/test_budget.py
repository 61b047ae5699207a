"""Budgets: concurrent calls never overspend, and the price of a request without work is released."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from segmind_client import (
    AmbiguousOutcome,
    AsyncSegmindClient,
    BadRequestError,
    Budget,
    BudgetExceeded,
    ConfigurationError,
    ConnectionFailed,
    JobHandle,
    RequestOptions,
    SegmindClient,
    UnreadableResponse,
)
from segmind_client._flow import Interrupted, NotSent, Oversized
from segmind_client._flows import calls, downloads, polling
from segmind_client.spec.catalog import SLUGS, find, get
from segmind_client.spec.facts import Model
from tests.client.doubles import Answer, Picture, ScriptedService

PRICED = get("tinysd1.5-txt2img")
PRICE = PRICED.price_usd or 0.0
QUEUED = {"request_id": "r1"}


def submit(played: ScriptedService, budget: Budget, model: Model | None = PRICED, **options: Any) -> calls.Submitted:
    asked = RequestOptions(budget=budget, **options)
    return played.run(calls.submit(played.config, "m" if model is None else model.slug, model, {}, asked))


class TestTheDocumentedPrice:
    def test_an_accepted_request_spends_the_price(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(max_usd=1.0)
        submit(script(answer(200, QUEUED)), budget)
        assert (budget.spent_usd, budget.reserved_usd, budget.doubtful_usd) == (PRICE, 0.0, 0.0)

    def test_a_request_in_progress_reserves_the_price(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(max_usd=1.0)
        played = script()
        flow = calls.submit(played.config, PRICED.slug, PRICED, {}, RequestOptions(budget=budget))
        next(flow)
        assert (budget.spent_usd, budget.reserved_usd) == (0.0, PRICE)
        flow.close()
        # It was sent, and its outcome is unknown.
        assert (budget.spent_usd, budget.reserved_usd, budget.doubtful_usd) == (PRICE, 0.0, PRICE)

    @pytest.mark.parametrize(
        ("reply", "error"),
        [(NotSent("refused"), ConnectionFailed), (400, BadRequestError), (500, Exception), (429, Exception)],
        ids=str,
    )
    def test_a_refused_request_releases_the_price(
        self, script: type[ScriptedService], answer: Answer, reply: int | Exception, error: type[Exception]
    ) -> None:
        budget = Budget(max_usd=1.0)
        with pytest.raises(error):
            submit(script(answer(reply) if isinstance(reply, int) else reply), budget)
        assert (budget.spent_usd, budget.reserved_usd) == (0.0, 0.0)

    @pytest.mark.parametrize("reply", [Interrupted("reset"), 502, 504, 520], ids=str)
    def test_an_unknown_outcome_spends_the_price(
        self, script: type[ScriptedService], answer: Answer, reply: int | Exception
    ) -> None:
        budget = Budget(max_usd=1.0)
        with pytest.raises(AmbiguousOutcome):
            submit(script(answer(reply) if isinstance(reply, int) else reply), budget)
        assert (budget.spent_usd, budget.doubtful_usd) == (PRICE, PRICE)

    def test_an_unreadable_response_spends_the_price(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(max_usd=1.0)
        for reply in (Oversized("larger"), answer(200, b"")):
            with pytest.raises(UnreadableResponse):
                submit(script(reply), budget)
        assert (budget.spent_usd, budget.doubtful_usd) == (2 * PRICE, 0.0)

    def test_each_attempt_that_may_be_billed_counts(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(max_usd=1.0)
        submit(script(Interrupted("reset"), answer(429), answer(200, QUEUED)), budget, at_least_once=True)
        assert (budget.spent_usd, budget.doubtful_usd) == (2 * PRICE, PRICE)

    def test_the_cost_that_the_service_names_takes_precedence(
        self, script: type[ScriptedService], answer: Answer
    ) -> None:
        budget = Budget(max_usd=1.0)
        submit(script(answer(200, QUEUED, x_cost="[0.25]")), budget)
        assert budget.spent_usd == 0.25

    def test_prices_add_up_exactly(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(max_usd=PRICE * 1000)
        played = script(answer(200, QUEUED))
        for _ in range(1000):
            submit(played, budget)
        assert budget.spent_usd == PRICE * 1000
        with pytest.raises(BudgetExceeded, match=r"more than is left of 6: 6 spent"):
            submit(played, budget)
        assert len(played.requests) == 1000

    def test_a_model_without_a_price_is_refused_with_advice(self, script: type[ScriptedService]) -> None:
        played = script(NotSent("never"))
        unpriced = next(model for model in map(get, SLUGS) if model.price_usd is None)
        for unknown in (unpriced, None):
            with pytest.raises(BudgetExceeded, match=r"shows no price.*prices="):
                submit(played, Budget(max_usd=1.0), unknown)
        assert not played.requests

    def test_own_prices_take_precedence(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(max_usd=1.0, prices={"m": 0.4, PRICED.slug: 0.5})
        submit(script(answer(200, QUEUED)), budget, None)
        submit(script(answer(200, QUEUED)), budget)
        assert budget.spent_usd == 0.9
        with pytest.raises(BudgetExceeded):
            submit(script(NotSent("never")), budget, None)


class TestTheCreditsThatMustBeLeft:
    def test_credits_are_unknown_before_the_first_response(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(min_credits=5.0)
        assert budget.remaining_credits is None
        submit(script(answer(200, QUEUED, x_remaining_credits="5.003")), budget)
        assert budget.remaining_credits == 5.003
        played = script(NotSent("never"))
        with pytest.raises(BudgetExceeded, match=r"5\.003 credits in the account minus 0\.006"):
            submit(played, budget)
        assert not played.requests

    def test_credits_are_read_from_any_response_of_the_service(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle
    ) -> None:
        budget = Budget(min_credits=5.0)
        played = script(answer(200, {"status": "QUEUED"}, x_remaining_credits="7"))
        played.run(polling.read_status(played.config, handle, RequestOptions(budget=budget)))
        assert budget.remaining_credits == 7.0

    def test_credits_are_not_read_from_an_image_host(
        self, script: type[ScriptedService], answer: Answer, picture: Picture
    ) -> None:
        budget = Budget(min_credits=5.0)
        played = script(answer(200, picture(), x_remaining_credits="7"))
        played.run(downloads.download(played.config, "https://cdn.test/1", RequestOptions(budget=budget)))
        assert budget.remaining_credits is None

    def test_a_model_of_unknown_price_stops_at_the_limit(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(min_credits=5.0)
        submit(script(answer(200, QUEUED, x_remaining_credits="5")), budget, None)
        with pytest.raises(BudgetExceeded):
            submit(script(NotSent("never")), budget, None)

    def test_increased_credits_are_accepted(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(min_credits=5.0)
        submit(script(answer(200, QUEUED, x_remaining_credits="6")), budget)
        submit(script(answer(200, QUEUED, x_remaining_credits="100")), budget)
        assert budget.remaining_credits == 100.0

    @pytest.mark.parametrize(
        "amounts", [(None, 0.006), (None, None, 0.006), (0.006,)], ids=["average", "least", "price"]
    )
    def test_calls_in_progress_are_counted(self, amounts: tuple[float | None, ...]) -> None:
        budget = Budget(min_credits=5.0)
        budget.note_credits(5.02)
        held = [budget.reserve("m", *amounts) for _ in range(3)]
        with pytest.raises(BudgetExceeded, match=r"5\.02 credits in the account minus 0\.024"):
            budget.reserve("m", *amounts)
        held[0].release()
        held[1].spend(None)
        budget.reserve("m", *amounts)
        assert budget.remaining_credits == 5.014 and budget.spent_usd == 0.006

    def test_an_average_is_no_limit(self) -> None:
        with pytest.raises(BudgetExceeded):
            Budget(max_usd=5, min_credits=1).reserve("m", None, 0.006)


class TestNamesOfPrices:
    @pytest.mark.parametrize("name", ["tinysd1_5_txt2img", "TinySD1.5-txt2img", "tinysd1-5-txt2img"])
    def test_an_attribute_is_refused_with_the_slug(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match=f"{name!r} is not the slug .* did you mean {PRICED.slug!r}"):
            Budget(max_usd=1, prices={name: 0.5})

    def test_a_typing_error_is_refused_before_anything_is_sent(self, script: type[ScriptedService]) -> None:
        played = script(NotSent("never"))
        for limits in ({"max_usd": 1.0}, {"min_credits": 1.0}):
            budget = Budget(**limits, prices={"tynisd1.5-txt2img": 0.5})
            with pytest.raises(ConfigurationError, match=f"did you mean {PRICED.slug!r}"):
                submit(played, budget)
        assert not played.requests

    def test_a_model_that_the_package_does_not_have(self, script: type[ScriptedService], answer: Answer) -> None:
        budget = Budget(max_usd=2, prices={"tynisd1.5-txt2img": 0.5, PRICED.slug: 0.01, "m": 0.25})
        submit(script(answer(200, QUEUED)), budget)
        submit(script(answer(200, QUEUED)), budget, None)
        assert budget.spent_usd == 0.26


@pytest.mark.parametrize(
    "arguments",
    [{}, {"max_usd": -1}, {"max_usd": float("nan")}, {"max_usd": "5"}, {"min_credits": True}, {"prices": {"m": 1}}],
    ids=str,
)
def test_invalid_amounts_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Budget(**arguments)


def _service() -> tuple[list[str], httpx2.MockTransport]:
    posts: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        posts.append(request.method)
        return httpx2.Response(200, json={"request_id": f"r{len(posts)}"})

    return posts, httpx2.MockTransport(handler)


def test_many_threads_do_not_overspend_together() -> None:
    posts, transport = _service()
    budget = Budget(max_usd=PRICE * 37)
    with SegmindClient("key", transport=transport, options=RequestOptions(budget=budget)) as client:

        def draw(_: int) -> bool:
            try:
                client.tinysd1_5_txt2img.submit(prompt="fog")
            except BudgetExceeded:
                return False
            return True

        with ThreadPoolExecutor(16) as threads:
            done = list(threads.map(draw, range(200)))
    assert (sum(done), len(posts)) == (37, 37)
    assert (budget.spent_usd, budget.reserved_usd) == (PRICE * 37, 0.0)


def test_many_tasks_do_not_overspend_together() -> None:
    posts, transport = _service()
    budget = Budget(max_usd=PRICE * 37)

    async def draw_all() -> list[object]:
        async with AsyncSegmindClient("key", transport=transport, options=RequestOptions(budget=budget)) as client:
            return await asyncio.gather(
                *(client.tinysd1_5_txt2img.submit(prompt="fog") for _ in range(200)), return_exceptions=True
            )

    done = asyncio.run(draw_all())
    assert sum(not isinstance(each, BaseException) for each in done) == len(posts) == 37
    assert {type(each) for each in done if isinstance(each, BaseException)} == {BudgetExceeded}


class TestEstimates:
    def test_estimates_are_the_documented_price_or_none(self) -> None:
        with SegmindClient("key") as client:
            for slug in SLUGS:
                model = find(slug)
                assert model is not None
                assert client.estimate(slug) == model.price_usd
            assert client.estimate(PRICED.slug, 500) == client.tinysd1_5_txt2img.estimate(500) == 3.0
            assert client.stable_diffusion_3_medium_txt2img.estimate(3) is None
            assert client.estimate("a-model-that-nobody-knows") is None

    def test_the_asyncio_client_estimates_without_awaiting(self) -> None:
        client = AsyncSegmindClient("key")
        assert client.estimate(PRICED.slug) == client.tinysd1_5_txt2img.estimate() == PRICE
