"""A limit on the cost of calls, shared by threads and tasks."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Mapping, Sequence

from ._errors import BudgetExceeded, ConfigurationError
from .spec.catalog import MODULES

#: Amounts are integers, in millionths of a dollar or a credit, so that ten thousand calls at 0.006 add up exactly.
_MICRO = 1_000_000


class Budget:
    """A limit on spending for any number of clients, threads and tasks: `RequestOptions(budget=Budget(max_usd=5))`.

    The documented price is reserved before a POST is sent, so that concurrent calls can't overspend together. Afterwards it
    counts as spent. It is released if the service certainly did no work. It stays counted if the call may have been billed,
    and also for a queued job that failed, since no page says that a failed job is free. If the service names the cost of a
    request, that cost counts instead of the price.

    Args:
        max_usd: The dollars that may be spent. A model whose page shows no price, or only an average or a lower end, is refused
            unless it is in `prices`: single requests may cost more than an average, and a limit that can be exceeded is none.
        min_credits: The credits that must be left in the account, according to the last response, after the calls in progress
            and the next one. The first call is always allowed, because the credits are unknown before it. If the page gives
            only an average or a lower end of the price, that is reserved. If it gives nothing, one call may go below the limit.
        prices: The most that one request may cost in dollars, by slug. They take precedence over the documented prices. The slug
            of a model that this package does not have is allowed, since such a model can be called too.

    Raises:
        ConfigurationError: There is no limit, an amount is invalid, or a name in `prices` is that of a model's attribute
            instead of its slug. A name that is probably a typing error is refused when the model that it resembles is called.
    """

    def __init__(
        self,
        *,
        max_usd: float | None = None,
        min_credits: float | None = None,
        prices: Mapping[str, float] | None = None,
    ) -> None:
        if max_usd is None and min_credits is None:
            raise ConfigurationError("a budget needs max_usd, min_credits or both")
        self._max = None if max_usd is None else _micros("max_usd", max_usd)
        self._min_credits = None if min_credits is None else _micros("min_credits", min_credits)
        self._prices = {slug: _micros(f"the price of {slug}", price) for slug, price in (prices or {}).items()}
        self._unknown = [name for name in self._prices if name not in MODULES]
        for name in self._unknown:
            _refuse_attribute(name)
        self._lock = allocate_lock()
        self._spent = self._doubtful = self._reserved = self._waiting = 0
        self._credits: int | None = None

    @property
    def spent_usd(self) -> float:
        """Dollars that were spent, including calls that may not have been billed."""
        return self._spent / _MICRO

    @property
    def doubtful_usd(self) -> float:
        """The part of `spent_usd` that may not have been billed: calls that raised `AmbiguousOutcome`."""
        return self._doubtful / _MICRO

    @property
    def reserved_usd(self) -> float:
        """Dollars that are reserved for calls in progress."""
        return self._reserved / _MICRO

    @property
    def remaining_credits(self) -> float | None:
        """Credits in the account according to the last response that named them; None before that."""
        return None if self._credits is None else self._credits / _MICRO

    def reserve(
        self, slug: str, price_usd: float | None, average_usd: float | None = None, least_usd: float | None = None
    ) -> Reservation:
        """Reserve the price of one request of the model `slug`.

        `price_usd` is the documented price in dollars, of a range its upper end, or None if there is none. `average_usd` or
        `least_usd` (the lower end) is what the page gives in its place; it is reserved, but is no limit. A price in the budget's own
        `prices` takes precedence.

        Raises:
            BudgetExceeded: The price is more than the budget has left, or `max_usd` is set and the price is unknown.
            ConfigurationError: `prices` has a name that is probably meant for this model.
        """
        price = self._prices.get(slug)
        if price is None and self._unknown:
            _refuse_similar(self._unknown, slug)
        if price is None and price_usd is not None:
            price = _micros(f"the price of {slug}", price_usd)
        with self._lock:
            if self._max is not None:
                if price is None:
                    raise BudgetExceeded(slug, _unknown(slug, average_usd))
                counted = self._spent + self._reserved
                if counted + price > self._max:
                    raise BudgetExceeded(
                        slug,
                        f"{_text(price)} dollars for {slug} are more than is left of {_text(self._max)}: "
                        f"{_text(self._spent)} spent, {_text(self._reserved)} reserved for calls in progress",
                    )
            usual = average_usd or least_usd
            amount = price if price is not None else _micros(f"the price of {slug}", usual or 0)
            if self._min_credits is not None and self._credits is not None:
                left = self._credits - self._reserved - amount
                # At the limit, a call of unknown price is refused too.
                if left < self._min_credits or (price is None and not amount and left == self._min_credits):
                    raise BudgetExceeded(
                        slug,
                        f"{_text(self._credits)} credits in the account minus {_text(self._reserved + amount)} for this "
                        f"and other calls are less than the minimum of {_text(self._min_credits)}",
                    )
            self._reserved += amount
            self._waiting += 1
        return Reservation(self, amount)

    def note_credits(self, credits: float | None) -> None:
        """Store the remaining `credits` that a response named; None changes nothing."""
        if credits is not None:
            with self._lock:
                seen = round(credits * _MICRO)
                # Responses of concurrent calls may arrive in another order than the account was charged.
                self._credits = seen if self._credits is None or not self._waiting else min(self._credits, seen)

    def _settle(self, reserved: int, spent: int, doubtful: int) -> None:
        with self._lock:
            self._reserved -= reserved
            self._waiting -= 1
            self._spent += spent
            self._doubtful += doubtful
            if self._credits is not None and spent:
                self._credits -= spent

    def __repr__(self) -> str:
        limits = [
            f"{name}={_text(value)}"
            for name, value in (("max_usd", self._max), ("min_credits", self._min_credits))
            if value is not None
        ]
        return f"<Budget {', '.join(limits)}: {_text(self._spent)} spent, {_text(self._reserved)} reserved>"


class Reservation:
    """An amount that is reserved for one POST. The first call of one of its three methods settles it; others do nothing."""

    __slots__ = ("_amount", "_budget", "_open")

    def __init__(self, budget: Budget, amount: int) -> None:
        self._budget = budget
        self._amount = amount
        self._open = True

    def release(self) -> None:
        """Return the amount to the budget: the request was certainly not carried out."""
        self._close(0, 0)

    def doubt(self) -> None:
        """Count the amount as spent and doubtful: the request may have been carried out."""
        self._close(self._amount, self._amount)

    def spend(self, cost: float | None) -> None:
        """Count `cost` as spent, or the reserved amount if the service named no cost."""
        self._close(self._amount if cost is None or cost < 0 else round(cost * _MICRO), 0)

    def _close(self, spent: int, doubtful: int) -> None:
        if self._open:
            self._open = False
            self._budget._settle(self._amount, spent, doubtful)  # pyright: ignore[reportPrivateUsage]


def _unknown(slug: str, average_usd: float | None) -> str:
    """Return why `max_usd` can't be checked, and what to pass."""
    if average_usd is None:
        why, most = "shows no price, or none with an upper end", "dollars"
    else:
        why = f"gives only an average of {average_usd:g} dollars, and single requests may cost more"
        most = f"{2 * average_usd:g}"
    return (
        f"max_usd can't be checked because the page of {slug} {why}; pass the most that one request may cost, as in "
        f"Budget(max_usd=…, prices={{{slug!r}: {most}}}), or use only min_credits"
    )


def _refuse_attribute(name: str) -> None:
    """Refuse a name that differs from a slug only in case and punctuation, as a model's attribute does."""
    for slug, attribute in MODULES.items():
        if name == attribute or _letters(name) == _letters(slug):
            raise ConfigurationError(f"prices: {name!r} is not the slug of a model; did you mean {slug!r}?")


def _refuse_similar(names: Sequence[str], slug: str) -> None:
    """Refuse a name that is no model's and resembles the slug of the model that is called."""
    from .spec.similar import nearest

    for name in names:
        if slug in MODULES and nearest(name, [slug]):
            raise ConfigurationError(
                f"prices has {name!r}, which is no model of this package; did you mean {slug!r}? If it is another model, "
                f"name the price of {slug!r} too"
            )


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _micros(name: str, amount: object) -> int:
    if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not 0 <= amount < 1e9:
        raise ConfigurationError(f"{name} must be a number ≥ 0, got {amount!r}")
    return round(amount * _MICRO)


def _text(micros: int) -> str:
    return f"{micros / _MICRO:.6f}".rstrip("0").rstrip(".")
