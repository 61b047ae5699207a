"""Prices and usual times above the sample: amounts with currency, unit and precision, in the many ways of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

_CURRENCIES = {
    "$": "USD",
    "us$": "USD",
    "usd": "USD",
    "€": "EUR",
    "eur": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "¥": "JPY",
    "jpy": "JPY",
    "₹": "INR",
    "inr": "INR",
    "credits": "credits",
    "credit": "credits",
}
_SIGN = r"(?:US\$|USD|EUR|GBP|JPY|INR|[$€£¥₹])"
_NUMBER = r"(?:[0-9]{1,3}(?:[,.' ][0-9]{3})+(?![0-9])(?:[.,][0-9]{1,8})?|[0-9]{1,9}(?:[.,][0-9]{1,10})?|\.[0-9]{1,10})"


def _amount(number: int, sign: str = "") -> str:
    """Return the pattern of one amount; `sign` is `?` if its currency may be left out, because another one has it."""
    before, after = rf"(?P<s{number}>{_SIGN}){sign}", rf"(?P<t{number}>USD|EUR|GBP|JPY|INR|€|£|credits?\b)"
    return rf"(?:(?P<m{number}>{_NUMBER})[ ]?{after}|{before}[ ]?(?P<n{number}>{_NUMBER}))"


_UNIT = (
    r"(?:[ ]*(?:/|\b(?:per|each|for each|for every|an?)\b)[ ]*(?P<per>[0-9][0-9,.]*)?[ ]*(?P<scale>million\b|thousand\b|(?<=[0-9])[MK])?[ ]*"
    r"(?P<of1>(?:input|output|video|audio|generated|cached|prompt|completion)\b)?[ ]*"
    r"(?P<unit>[A-Za-z]{1,20}?(?=Playground|POST|[^A-Za-z]|\Z))(?:[ ](?:of|for)[ ](?:the )?(?P<of2>input|output|video|audio|generated|speech|text)\b(?:[ ]video|[ ]audio)?)?)"
)
_PRICE = re.compile(
    rf"(?P<before>(?:(?:\b|(?<=[0-9]s))(?:from|starting(?: at| from)?|starts at|as low as|at least|up to|at most|max\.?|between|price|pricing|costs?|ab)\b[ ]*:?[ ]*){{0,3}})"
    rf"(?P<about>(?:~|≈|\babout\b|\bapprox\.?|\baverage\b|\bavg\.?|\bca\.)[ ]*)?{_amount(1)}"
    rf"(?:[ ]*(?:-|–|\bto\b|\band\b)[ ]*~?{_amount(2, '?')})?"
    rf"(?P<unitary>{_UNIT})?",
    re.IGNORECASE,
)
#: What each word counts, by its singular.
_UNITS = {
    **dict.fromkeys(
        ("call", "request", "generation", "run", "inference", "prediction", "execution", "use", "job"), "call"
    ),
    **dict.fromkeys(("image", "picture", "img", "photo"), "image"),
    **dict.fromkeys(("video", "clip"), "video"),
    **dict.fromkeys(("second", "sec", "s"), "second"),
    **dict.fromkeys(("minute", "min"), "minute"),
    **dict.fromkeys(("hour", "hr", "h"), "hour"),
    **dict.fromkeys(("megapixel", "mp", "mpix"), "megapixel"),
    **dict.fromkeys(("token", "tok"), "token"),
    **dict.fromkeys(("character", "char"), "character"),
    "step": "step",
    "frame": "frame",
    "page": "page",
    "word": "word",
}
_SCALES = {"million": 1_000_000, "m": 1_000_000, "thousand": 1000, "k": 1000}
_LOWER = re.compile(r"\b(?:from|starting|starts|as low as|at least|ab)\b", re.IGNORECASE)
_UPPER = re.compile(r"\b(?:up to|at most|max)\b", re.IGNORECASE)
#: What may follow a price that stands by itself: the line's end, the sample, the endpoint.
_ENDS = re.compile(
    r"[ ]*\.?[ ]*(?:\n|\Z|[0-9]{0,3}[ ]?(?:import|const|from|#|curl|var|let)\b|POST|API Endpoint|Playground|[;,|·•]|(?:~|≈)?[ ]*[0-9.]+[ ]*m?s\b)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:\A|\n|[|·•])[ ]*(?:[A-Za-z ]{0,20}(?:price|pricing|cost)s?[ ]*:?[ ]*)?\Z", re.IGNORECASE)
_LATENCY_END = re.compile(r"[0-9.]+[ ]*(?:s|ms|sec|min|m)[ ]*[|·•,]?[ ]*\Z")


@dataclass(frozen=True, slots=True)
class Rate:
    """One price of a page: an amount or its bounds, in `currency` for `per` of a unit, from offset `start` to `end`."""

    unit: str
    currency: str
    low: float | None
    high: float | None
    average: bool
    per: int
    of: str
    start: int
    end: int

    @property
    def is_plain(self) -> bool:
        """Return whether it is one price of one call in dollars, exact or an average."""
        return (self.unit, self.currency, self.per) == ("call", "USD", 1) and self.low == self.high is not None

    def as_data(self) -> dict[str, Any]:
        """Return it as an entry of a spec's `pricing`."""
        data: dict[str, Any] = {"unit": self.unit}
        if self.per != 1:
            data["per"] = self.per
        if self.of:
            data["of"] = self.of
        if self.currency != "USD":
            data["currency"] = self.currency
        if self.low == self.high:
            data["amount"] = self.low
        else:
            bounds = (("minimum", self.low), ("maximum", self.high))
            data |= {key: bound for key, bound in bounds if bound is not None}
        if self.average:
            data["average"] = True
        return {**data, "basis": "page"}


@dataclass(slots=True)
class Prices:
    """The rates of a page, and the doubts about them: place and message."""

    rates: list[Rate] = field(default_factory=list[Rate])
    doubts: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    @property
    def used(self) -> list[tuple[int, int]]:
        """The places of the amounts that were read."""
        return [(rate.start, rate.end) for rate in self.rates]

    @property
    def price_usd(self) -> float | None:
        """The price of one call in dollars, if the page gives one, and neither a range nor an average."""
        return self.rates[0].low if self._is_one and not self.rates[0].average else None

    @property
    def pricing(self) -> list[dict[str, Any]]:
        """The entries of a spec's `pricing`: all rates, unless there is one price of a call."""
        return [] if self.price_usd is not None else [rate.as_data() for rate in self.rates]

    @property
    def _is_one(self) -> bool:
        return len(self.rates) == 1 and self.rates[0].is_plain


def read_prices(head: str) -> Prices:
    """Read the prices above the sample of a page. An amount in a sentence is no price unless a unit follows it."""
    found = [rate for rate in (_rate(head, match) for match in _PRICE.finditer(head)) if rate]
    plain = [rate for rate in found if rate.is_plain]
    # Two prices of a call contradict each other: neither counts.
    prices = Prices([rate for rate in found if len({each.low for each in plain}) < 2 or rate not in plain])
    for rate in prices.rates:
        rest = head[rate.end :].partition("\n")[0]
        if not _ENDS.match(rest) and not any(
            other.start < rate.end + len(rest) for other in found if other.start > rate.start
        ):
            prices.doubts.append((rate.end, f"the price goes on with {rest.strip()[:60]!r}, which was not read"))
    return prices


def _rate(head: str, match: re.Match[str]) -> Rate | None:
    before, after = head[: match.start()], head[match.end() :]
    is_alone = _LABEL.search(before) is not None or _LATENCY_END.search(before) is not None
    unit = _UNITS.get((match["unit"] or "call").lower()) or _UNITS.get((match["unit"] or "").lower().removesuffix("s"))
    if unit is None or not (_ENDS.match(after) or match["unit"]) or not (is_alone or match["unit"] or match["about"]):
        return None
    first, second = _number(match["n1"] or match["m1"]), _number(match["n2"] or match["m2"] or "")
    sign = (match["s1"] or match["t1"] or "").lower()
    if first is None or ((match["n2"] or match["m2"]) and second is None):
        return None
    low: float | None = first
    high: float | None = first if second is None else second
    if second is None and _LOWER.search(match["before"]):
        high = None
    elif second is None and _UPPER.search(match["before"]):
        low = None
    if low is not None and high is not None and low > high:
        return None
    per = int(_number(match["per"] or "1") or 1) * _SCALES.get((match["scale"] or "").lower(), 1)
    of = (match["of1"] or match["of2"] or "").lower()
    of = {
        "prompt": "input",
        "completion": "output",
        "generated": "output",
        "video": "output",
        "audio": "output",
        "speech": "output",
        "text": "input",
    }.get(of, of)
    return Rate(unit, _CURRENCIES[sign], low, high, bool(match["about"]), per, of, match.start(), match.end())


def _number(text: str) -> float | None:
    """Return the number of an amount in either notation: 1,234.5 or 1.234,5; None if it can't be told.

    >>> _number("1,234.50"), _number("0,004"), _number("1.234,5"), _number("1 200"), _number("0.005")
    (1234.5, 0.004, 1234.5, 1200.0, 0.005)
    """
    text = text.strip(" ,.'") if not text.startswith(".") else text.strip(" ,'")
    text = text.replace(" ", "").replace("'", "")
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        text = text.replace(",", "") if point > comma else text.replace(".", "").replace(",", ".")
    elif text.count(",") > 1 or (comma > 0 and len(text) - comma == 4 and not text.startswith("0")):
        text = text.replace(",", "")
    elif comma >= 0:
        text = text.replace(",", ".")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    try:
        return float(text)
    except ValueError:
        return None


_TIME = re.compile(
    r"(?:^|(?<=\s)|(?<=[|·•:])|(?=~))(?P<about>~|≈|about |approx\.? )?[ ]*(?:(?P<minutes>[0-9]{1,3})[ ]?m(?:in(?:utes?)?)?[ ]?)?"
    r"(?P<number>[0-9]{1,6}(?:[.,][0-9]{1,6})?)[ ]?(?P<unit>ms|s(?:ec(?:onds?)?)?|m(?:in(?:utes?)?)?)(?=\s|~|≈|\$|\d|POST|from|up to|[|·•,]|\Z)",
    re.MULTILINE | re.IGNORECASE,
)
_RANGE_BEFORE = re.compile(r"[0-9.]+[ ]*(?:s|ms|sec|m|min)?[ ]*(?:-|–|to)[ ]*\Z")


#: A range of times after a sign that it is one of a call, or alone on its line, maybe after a label.
_SPEAKS_OF_TIME = re.compile(
    r"\b(?:takes?|latency|on average|(?:inference|response|run|processing|generation) ?time)\b", re.IGNORECASE
)
_TIME_RANGE = re.compile(
    r"(?:^[ ]*(?:(?:latency|time|speed|duration|avg\.?|average)[\w ]*:?[ ]*)?|(?P<about>~|≈|\babout |\bapprox\.? ))"
    r"(?P<range>[0-9]{1,6}(?:[.,][0-9]{1,6})?[ ]?(?:ms|s(?:ec(?:onds?)?)?|m(?:in(?:utes?)?)?)?[ ]?(?:-|–|to)[ ]?~?"
    r"(?P<number>[0-9]{1,6}(?:[.,][0-9]{1,6})?)[ ]?(?P<unit>ms|s(?:ec(?:onds?)?)?|m(?:in(?:utes?)?)?))(?(about)(?![\w])|[ ]*$)",
    re.MULTILINE | re.IGNORECASE,
)


def read_latency(head: str) -> tuple[float | None, Iterator[tuple[int, str]]]:
    """Return the usual time of a call in seconds, and what to review, with its offset.

    Of a range it is the upper end: the mock works for that long, and who sets a timeout needs the longest time.
    """
    if span := _TIME_RANGE.search(head):
        message = f"the page gives {span['range']!r} as the time of a call; its upper end was taken"
        return _seconds(span), iter([(span.start("range"), message)])
    times = [found for found in _TIME.finditer(head) if found["about"] or _alone(head, found)]
    usable = [found for found in times if not _RANGE_BEFORE.search(head[: found.start()])]
    chosen = next((found for found in usable if found["about"]), usable[0] if usable else None)
    rest = (
        (found.start(), f"the time {found[0].strip()[:40]!r} was not read")
        for found in times
        if found is not chosen and found not in usable
    )
    if chosen is None:
        told = (
            (found.start(), f"the time {found[0].strip()[:40]!r} was not read")
            for found in _TIME.finditer(head)
            if found not in times and _SPEAKS_OF_TIME.search(head[: found.end()].rpartition("\n")[2])
        )
        return None, chain(rest, told)
    return _seconds(chosen) + 60 * int(chosen["minutes"] or 0), rest


def _seconds(found: re.Match[str]) -> float:
    number, unit = float(found["number"].replace(",", ".")), found["unit"].lower()
    return round(number / 1000 if unit == "ms" else number * 60 if unit.startswith("m") else number, 6)


def _alone(head: str, found: re.Match[str]) -> bool:
    """Return whether a time stands on a line of its own, maybe after a label."""
    line = head[head.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0].strip()
    return (
        re.fullmatch(
            rf"(?:(?:latency|time|speed|duration|avg\.?|average)[\w ]*:?\s*)?{re.escape(found[0].strip())}", line, re.I
        )
        is not None
    )
