"""Reserve the price of each request before it is sent, and send nothing that is not covered."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple

from ..expected_files import ExpectedFiles
from ..findings import Unchecked
from ..spec.contract import Platform
from ..spec.facts import Model
from ..spec.pricing import price_of as documented_price
from ..spec.pricing import usual_price

#: Amounts that differ by less are equal: services add up in binary floating point.
_TOLERANCE = Decimal("0.0000005")


class _Output:
    """The output of a model as attributes; None for what it does not have."""

    def __init__(self, model: Model) -> None:
        self._values: Mapping[str, Any] = {**model.output, "sizes": model.sizes}

    def __getattr__(self, name: str) -> Any:
        return self._values.get(name)


class Price(NamedTuple):
    """Price of one request in dollars.

    `pointer` is where the spec has it, "" if it is assumed. If `most` is no limit, because the page gives an average or a lower
    end alone, a request may cost more.
    """

    least: Decimal
    most: Decimal
    pointer: str
    is_limit: bool = True

    def allows(self, billed: Decimal) -> bool:
        """Return whether this amount may be billed."""
        if is_same(billed, self.most) or is_same(billed, self.least):
            return True
        return self.least <= billed and (not self.is_limit or billed <= self.most)

    def __str__(self) -> str:
        if not self.is_limit:
            return f"at least ${self.least}"
        return f"${self.most}" if self.is_exact else f"${self.least} to ${self.most}"

    @property
    def is_exact(self) -> bool:
        """Return whether only one amount is right."""
        return self.is_limit and self.least == self.most


def price_of(platform: Platform, model: Model, payload: Mapping[str, Any]) -> Price | None:
    """Return the documented or assumed price of a request with these parameters; None if neither is known."""
    priced: Any = SimpleNamespace(
        price_usd=model.price_usd,
        pricing=model.pricing,
        output=_Output(model),
        parameters=model.parameters,
    )
    bounds, usual = documented_price(priced, payload), usual_price(priced, payload)
    if usual is None:
        assumed = platform.value_of("price")
        if assumed is None:
            return None
        most = Decimal(str(assumed))
        # How many units a request takes, such as tokens, is not known before.
        return Price(Decimal(0), most, "/pricing", False) if model.pricing else Price(most, most, "")
    least, is_limit = (0.0, False) if bounds is None else (bounds.low_usd, bounds.high_usd is not None)
    pointer = "/pricing" if model.price_usd is None else "/price_usd"
    return Price(Decimal(str(least)), Decimal(str(usual)), pointer, is_limit)


def is_same(one: Decimal, other: Decimal) -> bool:
    """Return whether two amounts are equal."""
    return abs(one - other) < _TOLERANCE


def reserve_for(price: Price, wanted: ExpectedFiles) -> Decimal:
    """Return the maximum cost of a request. Pages that name one price don't mention several images."""
    return price.most if price.pointer == "/pricing" else price.most * max(wanted.file_count, 1)


class Budget:
    """Limit of the cost in dollars; None for no limit, if requests cost nothing."""

    def __init__(self, most: Decimal | None) -> None:
        self.most = most
        self.reserved = Decimal(0)
        self.calls = 0

    def reserve(self, amount: Decimal) -> None:
        """Reserve the price of one request. Raises Unchecked if that would exceed the limit."""
        if self.most is not None and self.reserved + amount > self.most:
            left = self.most - self.reserved
            raise Unchecked(f"${amount} for one more request is not covered: ${left} of --max-usd {self.most} are left")
        self.reserved += amount
        self.calls += 1

    def refuse_unknown(self) -> None:
        """Raise Unchecked if money is limited, since a request without a known price can't be covered."""
        if self.most is not None:
            raise Unchecked("no page shows a price for the model, and the spec assumes none")

    def release(self, amount: Decimal) -> None:
        """Release the amount reserved for a request that was not billed."""
        self.reserved -= amount
        self.calls -= 1


class Ledger:
    """Expected credits, as far as the responses so far determine them."""

    def __init__(self) -> None:
        self.expected: Decimal | None = None

    def take(self, amount: Decimal) -> None:
        """Subtract an amount that must have been charged."""
        if self.expected is not None:
            self.expected -= amount

    def forget(self) -> None:
        """Forget the expected credits: it is unknown what was charged."""
        self.expected = None

    def see(self, remaining: Decimal) -> Decimal | None:
        """Take the remaining credits from a response. Return the expected amount if it differs, else None."""
        expected, self.expected = self.expected, remaining
        return None if expected is None or is_same(expected, remaining) else expected
