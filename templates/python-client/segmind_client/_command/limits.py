"""What a batch may spend: `--max-usd` by documented prices, `--min-credits` by what the service says is left."""

from __future__ import annotations

from collections.abc import Mapping

from .._images import number_in
from .._messages import HEADER_NAMES
from .._options import Refused
from ..spec.facts import Model


class Limits:
    """Counts what was sent, and says whether one more request may be.

    Attributes:
        price: Of one request in dollars, as documented; None where no page says it.
        posts: How many requests were, or may have been, accepted, in this run and before.
        remaining: Credits left, as the service said last; None if it has not.
    """

    def __init__(self, model: Model, posts: int, max_usd: float | None, min_credits: float | None) -> None:
        self.price = model.price_usd
        if max_usd is not None and self.price is None:
            raise Refused(f"no page says what {model.slug} costs, so --max-usd can't be kept; --min-credits can")
        self.posts = posts
        self.remaining: float | None = None
        self._max_usd = max_usd
        self._min_credits = min_credits
        self._cost = self.price or 0.0
        self._under_way = 0
        self._silent = False

    @property
    def spent_usd(self) -> float | None:
        """What the requests cost by the documented price; None where there is none."""
        return None if self.price is None else round(self.posts * self.price, 6)

    def reached(self) -> str | None:
        """Why no further request may be sent; None if one may."""
        # A millionth of a dollar, since sums of prices are not exact.
        if self._max_usd is not None and (self.posts + 1) * (self.price or 0.0) > self._max_usd + 1e-6:
            return f"--max-usd {self._max_usd:g}: {self.posts} requests at {self.price:g} dollars were sent"
        if self._min_credits is None:
            return None
        if self._silent:
            return "--min-credits: the service does not say how many credits are left"
        if self.remaining is None:
            return None
        if self.remaining - (self._under_way + 1) * self._cost < self._min_credits - 1e-6:
            more = f", and {self._under_way} requests are under way" if self._under_way else ""
            return f"--min-credits {self._min_credits:g}: {self.remaining:g} are left{more}"
        return None

    def must_wait(self) -> bool:
        """Whether the answer to a request under way has to be seen first: nobody knows yet what is left."""
        return self._min_credits is not None and self.remaining is None and self._under_way > 0

    def sending(self) -> None:
        """A request is on its way."""
        self.posts += 1
        self._under_way += 1

    def answered(self, *, refused: bool) -> None:
        """Its answer is there, or will never be; `refused`: before any work was done."""
        self.posts -= int(refused)
        self._under_way -= 1

    def note(self, headers: Mapping[str, str], *, accepted: bool) -> None:
        """What an answer's headers say of credits."""
        remaining = number_in(headers.get(HEADER_NAMES["remaining_credits"]))
        self.remaining = self.remaining if remaining is None else remaining
        self._cost = number_in(headers.get(HEADER_NAMES["cost"])) or self._cost
        self._silent = accepted and self.remaining is None
