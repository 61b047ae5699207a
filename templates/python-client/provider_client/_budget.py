"""A limit on what calls may cost, shared by threads and tasks: asked before every POST, told afterwards."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Mapping

from ._errors import BudgetExceeded, ConfigurationError

#: Amounts are counted in whole millionths of a dollar (or credit), so that ten thousand calls at 0.006 add up exactly.
_MICRO = 1_000_000


class Budget:
    """How much may be spent, for any number of clients, threads and tasks: `RequestOptions(budget=Budget(max_usd=5))`.

    The documented price is reserved before a POST is sent, so that calls at the same time can't overspend together.
    Afterwards it counts as spent; what was certainly not begun is given back; what may have been billed stays counted,
    and so does a queued job that failed, since no page says that it costs nothing. Where the service says what a
    request cost, that is what counts.

    Args:
        max_usd: Dollars that may be spent. A model whose page shows no price is refused, unless `prices` has it.
        min_credits: Credits that must be left in the account, as far as the service's last answer tells; the first
            call of all is let through, since nothing is known before it.
        prices: Dollars for a request, by slug, where you know better than the page, or where it says nothing.

    Raises:
        ConfigurationError: Neither limit was given, or an amount is none.
    """

    def __init__(
        self,
        *,
        max_usd: float | None = None,
        min_credits: float | None = None,
        prices: Mapping[str, float] | None = None,
    ) -> None:
        if max_usd is None and min_credits is None:
            raise ConfigurationError("a budget needs a limit: give max_usd, min_credits, or both")
        self._max = None if max_usd is None else _micros("max_usd", max_usd)
        self._min_credits = None if min_credits is None else _micros("min_credits", min_credits)
        self._prices = {slug: _micros(f"the price of {slug}", price) for slug, price in (prices or {}).items()}
        self._lock = allocate_lock()
        self._spent = self._doubtful = self._reserved = self._waiting = 0
        self._credits: int | None = None

    @property
    def spent_usd(self) -> float:
        """Dollars that were spent, those among them that may not have been billed included."""
        return self._spent / _MICRO

    @property
    def doubtful_usd(self) -> float:
        """The part of `spent_usd` that nobody knows to be billed: calls that ended in `AmbiguousOutcome`."""
        return self._doubtful / _MICRO

    @property
    def reserved_usd(self) -> float:
        """Dollars that calls under way may cost."""
        return self._reserved / _MICRO

    @property
    def remaining_credits(self) -> float | None:
        """Credits in the account after the last answer that named them; None before one did."""
        return None if self._credits is None else self._credits / _MICRO

    def reserve(self, slug: str, price_usd: float | None) -> Hold:
        """Sets the price of one request of the model `slug` aside, if it may be spent: `price_usd` dollars as documented (None
        where no page says), unless the budget has a price of its own for it.

        Raises:
            BudgetExceeded: It may not; or there is `max_usd`, and the price is not known.
        """
        price = self._prices.get(slug)
        if price is None and price_usd is not None:
            price = _micros(f"the price of {slug}", price_usd)
        with self._lock:
            if self._max is not None:
                if price is None:
                    raise BudgetExceeded(
                        slug,
                        f"the page of {slug} shows no price, so max_usd can't be kept; give "
                        f"Budget(…, prices={{{slug!r}: dollars}}), or limit it by min_credits alone",
                    )
                counted = self._spent + self._reserved
                if counted + price > self._max:
                    raise BudgetExceeded(
                        slug,
                        f"{_text(price)} dollars for {slug} are more than is left of {_text(self._max)}: "
                        f"{_text(self._spent)} spent, {_text(self._reserved)} reserved by calls under way",
                    )
            amount = price or 0
            if self._min_credits is not None and self._credits is not None:
                left = self._credits - self._reserved - amount
                # An account that has reached the limit is closed to calls of unknown price, too.
                if left < self._min_credits or (price is None and left == self._min_credits):
                    raise BudgetExceeded(
                        slug,
                        f"{_text(self._credits)} credits in the account less {_text(self._reserved + amount)} for this "
                        f"and other calls would fall below the {_text(self._min_credits)} that must be left",
                    )
            self._reserved += amount
            self._waiting += 1
        return Hold(self, amount)

    def note_credits(self, credits: float | None) -> None:
        """Takes note of the `credits` that an answer says are left in the account; None says nothing."""
        if credits is not None:
            with self._lock:
                seen = round(credits * _MICRO)
                # While calls are under way, answers may come in another order than the account saw them.
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


class Hold:
    """An amount set aside for one POST. It is settled once, by one of three methods; later ones do nothing."""

    __slots__ = ("_amount", "_budget", "_open")

    def __init__(self, budget: Budget, amount: int) -> None:
        self._budget = budget
        self._amount = amount
        self._open = True

    def release(self) -> None:
        """The request was certainly not carried out."""
        self._close(0, 0)

    def doubt(self) -> None:
        """The request may have been carried out."""
        self._close(self._amount, self._amount)

    def spend(self, cost: float | None) -> None:
        """The request was carried out, for `cost` if the service said so, else for the price."""
        self._close(self._amount if cost is None or cost < 0 else round(cost * _MICRO), 0)

    def _close(self, spent: int, doubtful: int) -> None:
        if self._open:
            self._open = False
            self._budget._settle(self._amount, spent, doubtful)  # pyright: ignore[reportPrivateUsage]


def _micros(name: str, amount: object) -> int:
    if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not 0 <= amount < 1e9:
        raise ConfigurationError(f"{name} is an amount from 0 on, not {amount!r}")
    return round(amount * _MICRO)


def _text(micros: int) -> str:
    return f"{micros / _MICRO:.6f}".rstrip("0").rstrip(".")
