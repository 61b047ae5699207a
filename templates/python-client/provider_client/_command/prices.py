"""Prices in the words of the command line, and the limits `--max-usd` and `--price` of a single call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._budget import Budget
from ..spec.facts import Model
from ..spec.pricing import PriceRange, price_of, usual_price
from .exit_codes import CommandError


def price_of_one(model: Model) -> str:
    """Return the documented price of a request without optional parameters as a sentence; "" if the page does not say."""
    price, usual = price_of(model, {}), usual_price(model, {})
    if usual is None:
        return ""
    defaults = " with the default parameters" if any(rate["unit"] != "call" for rate in model.pricing) else ""
    if price is None:
        return f"About {usual:g} dollars per request{defaults} on average."
    if price.high_usd is None:
        return f"At least {price.low_usd:g} dollars per request{defaults}."
    most = "" if price.low_usd == price.high_usd else f" to {price.high_usd:g}"
    return f"{price.low_usd:g}{most} dollars per request{defaults}."


def cost_of(model: Model, requests: Iterable[tuple[Mapping[str, Any], int]]) -> str | None:
    """Return the cost by the documented prices in words; None if the page does not say.

    `requests` are the parameters of each request and how often it was sent.
    """
    low, high = 0.0, 0.0
    has_end, is_average = True, False
    amounts: set[str] = set()
    for payload, count in requests:
        price = price_of(model, payload)
        usual = usual_price(model, payload)
        if usual is None:
            return None
        is_average = is_average or price is None
        bounds = price or PriceRange(usual, usual)
        low += bounds.low_usd * count
        high += (bounds.high_usd or 0.0) * count
        has_end = has_end and bounds.high_usd is not None
        amounts.add(f"{usual:g}")
    (each,) = amounts if len(amounts) == 1 else ("",)
    if is_average:
        return f"about {low:.4g} dollars by the documented average{f' of {each}' if each else ''}"
    if not has_end:
        return f"at least {low:.4g} dollars by the documented prices"
    if f"{low:.4g}" != f"{high:.4g}":
        return f"{low:.4g} to {high:.4g} dollars by the documented prices"
    return f"{low:.4g} dollars by the documented price{f' of {each}' if each else 's'}"


def without_a_limit(model: Model, payload: Mapping[str, Any]) -> str:
    """Return why the page gives no amount that a request costs at most, and which option names one."""
    price, usual = price_of(model, payload), usual_price(model, payload)
    if price is None and usual is not None:
        why = f"the page of {model.slug} gives only an average of {usual:g} dollars, and single requests may cost more"
    elif model.pricing:
        why = f"the page of {model.slug} gives no one price of a request, or none with an upper end"
    else:
        why = f"no page says what {model.slug} costs"
    return f"--max-usd can't be checked because {why}; name the most that one request may cost with --price USD"


def most_of(model: Model, payload: Mapping[str, Any]) -> float:
    """Return the amount that a request costs at most by its page.

    Raises:
        CommandError: The page gives none.
    """
    price = price_of(model, payload)
    if price is None or price.high_usd is None:
        raise CommandError(without_a_limit(model, payload))
    return price.high_usd


def budget_for_one(model: Model, payload: Mapping[str, Any], given: Mapping[str, Any]) -> Budget | None:
    """Return the budget of a single call with these options; None without `--max-usd`.

    Raises:
        CommandError: There is a limit, but no amount that the request costs at most.
    """
    if "max_usd" not in given:
        return None
    if "price" not in given:
        most_of(model, payload)
    return Budget(max_usd=given["max_usd"], prices=own_prices(model, given.get("price")))


def own_prices(model: Model, price: float | None) -> dict[str, float]:
    """Return the prices of a budget with the amount of `--price`, which takes precedence over the documented one."""
    return {} if price is None else {model.slug: price}
