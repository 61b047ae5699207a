"""Prices that depend on what is asked for: per second, per image, per megapixel and the like, ranges and averages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple, Protocol

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


class Priced(Protocol):
    """A model with its prices. `output` has the names of the parameters that decide the output."""

    @property
    def price_usd(self) -> float | None: ...
    @property
    def pricing(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def output(self) -> Any: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...


class PriceRange(NamedTuple):
    """Bounds of a price in dollars: at least `low_usd`, at most `high_usd`, which is None if no page gives an upper bound."""

    low_usd: float
    high_usd: float | None

    def times(self, requests: int) -> PriceRange:
        """Return the bounds for so many requests, exact to a millionth."""
        high = None if self.high_usd is None else round(self.high_usd * requests, 6)
        return PriceRange(round(self.low_usd * requests, 6), high)


def price_of(model: Priced, payload: Mapping[str, Any]) -> PriceRange | None:
    """Return what one request with the parameters `payload` may cost; None if the page does not say.

    Parameters that are not sent have their defaults. Nobody says whether a part of a unit is billed as a whole one, so the upper
    bound is rounded up. An average has no bounds.
    """
    if model.price_usd is not None:
        return PriceRange(model.price_usd, model.price_usd)
    if any("average" in rate for rate in model.pricing):
        return None
    return _sum(model, model.pricing, payload)


def usual_price(model: Priced, payload: Mapping[str, Any]) -> float | None:
    """Return one amount for a request with the parameters `payload`; None if the page does not say.

    It is the most that the request may cost, or the least if the page gives no more, or an average. Only the first is a limit.
    """
    price = price_of(model, payload) or _sum(model, model.pricing, payload)
    if price is None:
        return None
    return price.low_usd if price.high_usd is None else price.high_usd


def token_price(model: Priced, sent: int, answered: int) -> float | None:
    """Return what a chat of so many tokens costs, at most; None if the page has no price of tokens, or only a part of one."""
    rates = model.pricing
    if not rates or any(rate["unit"] != "token" or "currency" in rate for rate in rates):
        return None
    counts = {"": sent + answered, "input": sent, "output": answered}
    if {rate.get("of", "") for rate in rates} not in ({""}, {"input", "output"}):
        return None
    amounts = [rate.get("amount", rate.get("maximum", rate.get("minimum"))) for rate in rates]
    cost: float = sum(
        amount * counts[rate.get("of", "")] / rate.get("per", 1) for amount, rate in zip(amounts, rates, strict=True)
    )
    return cost


def _sum(model: Priced, rates: Sequence[Mapping[str, Any]], payload: Mapping[str, Any]) -> PriceRange | None:
    """Return the bounds that `rates` give, averages as if they were exact."""
    if not rates or any("currency" in rate for rate in rates):
        return None
    if len({(rate["unit"], rate.get("of")) for rate in rates}) > 1:
        # Whether they add up or exclude each other is not known.
        return None
    lows: list[float] = []
    highs: list[float | None] = []
    for rate in rates:
        counted = _counted(model, rate["unit"], rate.get("of", ""), payload)
        if counted is None:
            return None
        least, most = counted
        per = rate.get("per", 1)
        lows.append(rate.get("amount", rate.get("minimum", 0)) * least / per)
        bound = rate.get("amount", rate.get("maximum"))
        highs.append(None if bound is None or most is None else bound * ceil(round(most / per, 9)))
    known = [high for high in highs if high is not None]
    return PriceRange(min(lows), max(known) if len(known) == len(highs) else None)


def _counted(model: Priced, unit: str, of: str, payload: Mapping[str, Any]) -> tuple[float, float | None] | None:
    """Return the least and the most of a unit in one request; None if the parameters don't tell it."""
    media = model.output.media
    if unit == "call":
        return 1, 1
    if unit == media:
        return _count(model, payload)
    if unit in _SECONDS and of != "input" and media in ("video", "audio"):
        seconds = _seconds(model, payload)
        return None if seconds is None else (seconds / _SECONDS[unit], seconds / _SECONDS[unit])
    if unit == "megapixel" and of != "input" and media == "image":
        return _megapixels(model, payload)
    if unit == "character" and of != "output":
        text = _sent(model, model.output.text, payload)
        return (len(text), len(text)) if isinstance(text, str) else None
    if unit == "frame" and media == "video":
        frames = _number(model, model.output.frames, payload)
        return None if frames is None else (frames, frames)
    return None


def _count(model: Priced, payload: Mapping[str, Any]) -> tuple[float, float | None]:
    if model.output.count is None:
        return 1, 1
    count = _number(model, model.output.count, payload)
    return (1, None) if count is None else (count, count)


def _seconds(model: Priced, payload: Mapping[str, Any]) -> float | None:
    seconds = _number(model, model.output.duration, payload)
    if seconds is not None:
        return seconds
    frames = _number(model, model.output.frames, payload)
    rate = _number(model, model.output.frame_rate, payload)
    return frames / rate if frames is not None and rate else None


def _megapixels(model: Priced, payload: Mapping[str, Any]) -> tuple[float, float | None] | None:
    size = _named_size(model, payload)
    width = size[0] if size else _number(model, model.output.width, payload)
    height = size[1] if size else _number(model, model.output.height, payload)
    if width is None or height is None:
        return None
    least, most = _count(model, payload)
    each = width * height / 1_000_000
    return each * least, None if most is None else ceil(round(each, 9)) * most


def _named_size(model: Priced, payload: Mapping[str, Any]) -> tuple[int, int] | None:
    from .sizes import leaves_shape_open, ratio_in, video_size  # few prices need it

    preset = _sent(model, model.output.size_preset, payload)
    shape = _sent(model, model.output.aspect_ratio, payload)
    size = model.output.sizes.get(preset) if isinstance(preset, str) else None
    if size is None or shape is None or not leaves_shape_open(str(preset)):
        return size
    ratio = ratio_in(str(shape))
    return video_size(size, ratio) if ratio else None


def _number(model: Priced, name: str | None, payload: Mapping[str, Any]) -> float | None:
    """Return a parameter's value as a positive number, also if it is sent as text; None if it has none."""
    sent = _sent(model, name, payload)
    if isinstance(sent, bool) or not isinstance(sent, (int, float, str)):
        return None
    try:
        number = float(sent)
    except (ValueError, OverflowError):  # no number, or an integer of hundreds of digits
        return None
    return number if 0 < number < 1e12 else None


def _sent(model: Priced, name: str | None, payload: Mapping[str, Any]) -> Any:
    if name is None:
        return None
    parameter = model.parameters.get(name)
    return payload[name] if name in payload else parameter.schema.get("default") if parameter else None
