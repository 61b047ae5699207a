"""Prices with a unit, ranges and averages: estimates are computed where they can be and never too low."""

from __future__ import annotations

import pytest

from segmind_client import Budget, BudgetExceeded, PriceRange, RequestOptions
from segmind_client._flows import calls
from segmind_client._resource import documented_price
from segmind_client.spec.catalog import get
from segmind_client.spec.facts import Model, Output, Parameter
from segmind_client.spec.pricing import price_of, usual_price
from tests.client.doubles import Answer, ScriptedService

BASE = get("tinysd1.5-txt2img")
PARAMETERS = {
    "seconds": Parameter("seconds", "seconds", {"type": "integer", "default": 5}),
    "frames": Parameter("frames", "frames", {"type": "integer"}),
    "fps": Parameter("fps", "fps", {"type": "integer"}),
    "count": Parameter("count", "count", {"type": "integer"}),
    "width": Parameter("width", "width", {"type": "integer", "default": 1000}),
    "height": Parameter("height", "height", {"type": "integer", "default": 1500}),
    "size": Parameter("size", "size", {"type": "string"}),
    "shape": Parameter("shape", "shape", {"type": "string"}),
    "text": Parameter("text", "text", {"type": "string"}),
}
IMAGE = Output("image", width="width", height="height", count="count", size_preset="size", sizes={"big": (2000, 1000)})
PLAIN = Output("image", width="width", height="height")
SHAPED = Output(
    "image", size_preset="size", aspect_ratio="shape", sizes={"500p": (890, 500), "wide 1000x100": (1000, 100)}
)
VIDEO = Output("video", duration="seconds", frames="frames", frame_rate="fps")
FRAMES = Output("video", frames="frames", frame_rate="fps")
SPEECH = Output("audio", text="text")


def priced(output: Output, *rates: dict[str, object], price_usd: float | None = None) -> Model:
    return BASE._replace(output=output, price_usd=price_usd, pricing=rates, parameters=PARAMETERS)


def rate(unit: str, **facts: object) -> dict[str, object]:
    return {"unit": unit, **facts, "basis": "page"}


@pytest.mark.parametrize(
    ("output", "rates", "payload", "price"),
    [
        (VIDEO, [rate("second", amount=0.1)], {}, (0.5, 0.5)),
        (VIDEO, [rate("second", amount=0.1)], {"seconds": 8}, (0.8, 0.8)),
        (VIDEO, [rate("second", amount=0.1)], {"seconds": "8"}, (0.8, 0.8)),
        (VIDEO, [rate("second", amount=0.1)], {"seconds": 2.5}, (0.25, 0.3)),
        (VIDEO, [rate("minute", amount=6)], {"seconds": 30}, (3.0, 6)),
        (VIDEO, [rate("second", amount=0.1, per=5)], {"seconds": 10}, (0.2, 0.2)),
        (VIDEO, [rate("second", minimum=0.1, maximum=0.4)], {"seconds": 10}, (1.0, 4.0)),
        (VIDEO, [rate("second", amount=0.1), rate("second", amount=0.2)], {"seconds": 10}, (1.0, 2.0)),
        (FRAMES, [rate("second", amount=0.1)], {"frames": 48, "fps": 24}, (0.2, 0.2)),
        (FRAMES, [rate("second", amount=0.1)], {"frames": 48}, None),
        (VIDEO, [rate("second", amount=0.1, of="input")], {}, None),
        (IMAGE, [rate("second", amount=0.1)], {}, None),
        (IMAGE, [rate("image", amount=0.01)], {"count": 3}, (0.03, 0.03)),
        (IMAGE, [rate("image", amount=0.01)], {}, (0.01, None)),
        (PLAIN, [rate("image", amount=0.01)], {}, (0.01, 0.01)),
        (PLAIN, [rate("megapixel", amount=0.1)], {}, (0.15, 0.2)),
        (PLAIN, [rate("megapixel", amount=0.1)], {"width": 2000, "height": 1000}, (0.2, 0.2)),
        (IMAGE, [rate("megapixel", amount=0.1)], {"size": "big", "count": 2}, (0.4, 0.4)),
        (SHAPED, [rate("megapixel", amount=1)], {"size": "500p", "shape": "2:1"}, (0.5, 1)),
        (SHAPED, [rate("megapixel", amount=1)], {"size": "500p", "shape": "auto"}, None),
        (SHAPED, [rate("megapixel", amount=1)], {"size": "wide 1000x100", "shape": "1:1"}, (0.1, 1)),
        (SPEECH, [rate("character", amount=0.01, per=1000)], {"text": "a" * 1500}, (0.015, 0.02)),
        (SPEECH, [rate("character", amount=0.01)], {}, None),
        (VIDEO, [rate("call", minimum=0.28, maximum=1.96)], {}, (0.28, 1.96)),
        (VIDEO, [rate("call", minimum=0.28)], {}, (0.28, None)),
        (VIDEO, [rate("call", maximum=2)], {}, (0, 2)),
        (VIDEO, [rate("call", amount=0.006, average=True)], {}, None),
        (VIDEO, [rate("call", amount=0.006, currency="EUR")], {}, None),
        (VIDEO, [rate("token", amount=3, per=1_000_000)], {}, None),
        (VIDEO, [rate("call", amount=0.1), rate("second", amount=0.1)], {}, None),
        (VIDEO, [], {}, None),
    ],
)
def test_the_price_of_a_request(
    output: Output, rates: list[dict[str, object]], payload: dict[str, object], price: tuple[float, float | None] | None
) -> None:
    found = price_of(priced(output, *rates), payload)
    if price is None:
        assert found is None
    else:
        assert found is not None
        assert found.times(1) == PriceRange(*price)


def test_an_estimate_is_a_number_where_the_bounds_agree() -> None:
    model = priced(VIDEO, rate("second", amount=0.1))
    assert documented_price(model, 3) == 1.5
    assert documented_price(model, 3, {"seconds": 2.5}) == PriceRange(0.75, 0.9)
    assert documented_price(priced(VIDEO, price_usd=0.5), 3, {"seconds": 2.5}) == 1.5


def submit(played: ScriptedService, budget: Budget, model: Model) -> None:
    played.run(calls.submit(played.config, model.slug, model, {}, RequestOptions(budget=budget)))


def test_a_budget_reserves_the_upper_end(script: type[ScriptedService], answer: Answer) -> None:
    model = priced(VIDEO, rate("call", minimum=0.28, maximum=1.96))
    budget = Budget(max_usd=2)
    submit(script(answer(200, {"request_id": "r1"})), budget, model)
    assert budget.spent_usd == 1.96
    with pytest.raises(BudgetExceeded):
        submit(script(), Budget(max_usd=1), model)


@pytest.mark.parametrize("rates", [[rate("call", minimum=0.28)], []])
def test_a_budget_refuses_what_has_no_upper_end(rates: list[dict[str, object]], script: type[ScriptedService]) -> None:
    with pytest.raises(BudgetExceeded, match="shows no price, or none with an upper end"):
        submit(script(), Budget(max_usd=100), priced(VIDEO, *rates))


def test_a_budget_says_what_to_pass_for_an_average(script: type[ScriptedService], answer: Answer) -> None:
    model = priced(VIDEO, rate("second", amount=0.006, average=True))
    with pytest.raises(BudgetExceeded) as caught:
        submit(script(), Budget(max_usd=100), model)
    assert "gives only an average of 0.03 dollars" in str(caught.value)
    assert f"prices={{{model.slug!r}: 0.06}}" in str(caught.value)
    budget = Budget(max_usd=100, prices={model.slug: 0.06})
    submit(script(answer(200, {"request_id": "r1"})), budget, model)
    assert budget.spent_usd == 0.06


@pytest.mark.parametrize(
    ("rates", "usual"),
    [
        ([rate("call", amount=0.006, average=True)], 0.006),
        ([rate("second", minimum=0.1, maximum=0.2, average=True)], 1.0),
        ([rate("call", minimum=0.28, maximum=1.96)], 1.96),
        ([rate("call", minimum=0.28)], 0.28),
        ([rate("call", amount=0.006, currency="EUR", average=True)], None),
        ([], None),
    ],
)
def test_the_usual_price_is_the_upper_end_or_what_else_the_page_gives(
    rates: list[dict[str, object]], usual: float | None
) -> None:
    assert usual_price(priced(VIDEO, *rates), {}) == usual
