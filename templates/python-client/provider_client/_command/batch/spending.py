"""The spending of a batch: its `Budget` for `--max-usd` and `--min-credits`, and counts for the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..._budget import Budget
from ..._flows.responses import header
from ..._http import Request, Response
from ...spec.answers import header_number
from ...spec.facts import Model
from ..prices import most_of, own_prices


class BatchSpending:
    """Counts the requests of this run and of earlier runs, those `sent` with their parameters.

    Attributes:
        budget: Checked before every POST; None if no limit is set.
        price: The price of one request in dollars: that of `--price`, else the documented one; None if there is none, or if
            it depends on the parameters.
        is_own: Whether it is that of `--price`.
        posts: The number of requests that were, or may have been, accepted.
        remaining: The remaining credits according to the last response; None if no response named them.
    """

    def __init__(
        self,
        model: Model,
        sent: Iterable[tuple[Mapping[str, Any], int]],
        max_usd: float | None,
        min_credits: float | None,
        price: float | None = None,
    ) -> None:
        self.is_own = price is not None
        self.price = model.price_usd if price is None else price
        earlier = list(sent)
        self.posts = sum(posts for _, posts in earlier)
        self.remaining: float | None = None
        self._min_credits = min_credits
        self._under_way = 0
        self._silent = False
        if max_usd is not None:
            # The limit is for all runs of the batch together.
            spent = sum(
                posts * (most_of(model, payload) if self.price is None else self.price) for payload, posts in earlier
            )
            max_usd = max(0.0, max_usd - spent)
        no_limit = max_usd is None and min_credits is None
        self.budget = (
            None if no_limit else Budget(max_usd=max_usd, min_credits=min_credits, prices=own_prices(model, price))
        )

    @property
    def spent_usd(self) -> float | None:
        """The cost of the requests by the price of one; None if there is none."""
        return None if self.price is None else round(self.posts * self.price, 6)

    def reached(self) -> str | None:
        """Return why no further request may be sent, for a reason that the budget does not know; else None."""
        return "--min-credits: the service does not say how many credits are left" if self._silent else None

    def must_wait(self) -> bool:
        """Return whether to wait for a request in progress, whose response will name the remaining credits."""
        unknown = self.remaining is None or self.price is None
        return self._min_credits is not None and unknown and self._under_way > 0

    def sending(self) -> None:
        """Count a request that is being sent."""
        self.posts += 1
        self._under_way += 1

    def answered(self, *, refused: bool) -> None:
        """Count the end of a request. `refused` means that no work was done."""
        self.posts -= int(refused)
        self._under_way -= 1

    def note(self, request: Request, response: Response) -> None:
        """Take the remaining credits from a response. This is a hook of the client."""
        if not request.with_key:
            return
        remaining = header_number(header(response, "remaining_credits"))
        self.remaining = self.remaining if remaining is None else remaining
        self._silent = self._min_credits is not None and response.is_success and self.remaining is None
