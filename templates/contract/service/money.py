"""Reserve the price of each request before it is sent, and send nothing that is not covered."""

from __future__ import annotations

from decimal import Decimal

from ..expected_files import ExpectedFiles
from ..findings import Unchecked
from ..spec.contract import Platform
from ..spec.facts import Model

#: Amounts that differ by less are equal: services add up in binary floating point.
_TOLERANCE = Decimal("0.0000005")


def price_of(platform: Platform, model: Model) -> Decimal | None:
    """Return the documented or assumed price of one request in dollars; None if neither is known."""
    price = platform.value_of("price") if model.price_usd is None else model.price_usd
    return None if price is None else Decimal(str(price))


def is_same(one: Decimal, other: Decimal) -> bool:
    """Return whether two amounts are equal."""
    return abs(one - other) < _TOLERANCE


def reserve_for(price: Decimal, wanted: ExpectedFiles) -> Decimal:
    """Return the maximum cost of a request: pages name one price and don't mention several images."""
    return price * max(wanted.file_count, 1)


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
