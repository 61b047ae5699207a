"""Money: each call's price is put aside before it is sent, and what is not covered is not sent."""

from __future__ import annotations

from decimal import Decimal

from ..findings import Unchecked
from ..orders import Order
from ..spec.contract import Platform
from ..spec.facts import Model

#: Amounts that differ by less are the same: services add up in binary fractions.
_TOLERANCE = Decimal("0.0000005")


def price_of(platform: Platform, model: Model) -> Decimal | None:
    """The price of one request in dollars, documented or assumed; None if neither is known."""
    price = platform.value_of("price") if model.price_usd is None else model.price_usd
    return None if price is None else Decimal(str(price))


def is_same(one: Decimal, other: Decimal) -> bool:
    """Whether two amounts are the same."""
    return abs(one - other) < _TOLERANCE


def reserve_for(price: Decimal, order: Order) -> Decimal:
    """What a call is taken to cost at most: pages name one price for a request, and say nothing of several pictures."""
    return price * max(order.pictures, 1)


class Budget:
    """The most that may be spent, in dollars; None is without bound, for what costs nothing."""

    def __init__(self, most: Decimal | None) -> None:
        self.most = most
        self.reserved = Decimal(0)
        self.calls = 0

    def reserve(self, amount: Decimal) -> None:
        """Puts the price of one call aside. Raises Unchecked if that would exceed the bound."""
        if self.most is not None and self.reserved + amount > self.most:
            left = self.most - self.reserved
            raise Unchecked(f"${amount} for one more call is not covered: ${left} of --max-usd {self.most} are left")
        self.reserved += amount
        self.calls += 1

    def refuse_unknown(self) -> None:
        """Raises Unchecked where money is limited: a call without a known price can't be covered."""
        if self.most is not None:
            raise Unchecked("no page shows a price for the model, and the spec assumes none")

    def release(self, amount: Decimal) -> None:
        """Gives back what was put aside for a call that the service says it did not bill."""
        self.reserved -= amount
        self.calls -= 1


class Ledger:
    """What the credits should be by now, as far as that can be known from the answers so far."""

    def __init__(self) -> None:
        self.expected: Decimal | None = None

    def take(self, amount: Decimal) -> None:
        """So much must have been charged."""
        if self.expected is not None:
            self.expected -= amount

    def forget(self) -> None:
        """Nobody can tell what was charged."""
        self.expected = None

    def see(self, remaining: Decimal) -> Decimal | None:
        """What an answer says is left; gives what was expected instead, None if that is the same or unknown."""
        expected, self.expected = self.expected, remaining
        return None if expected is None or is_same(expected, remaining) else expected
