"""What a batch may spend: a `Budget` for `--max-usd` and `--min-credits`, and what is told of costs."""

from __future__ import annotations

from .._answers.images import number_in
from .._budget import Budget
from .._flows.messages import header
from .._options import Refused
from .._wire import Request, Response
from ..spec.facts import Model


class Limits:
    """Counts what was sent, in this run and before.

    Attributes:
        budget: Asked before every POST; None where no limit was set.
        price: Of one request in dollars, as documented; None where no page says it.
        posts: How many requests were, or may have been, accepted.
        remaining: Credits left, as the service said last; None if it has not.
    """

    def __init__(self, model: Model, posts: int, max_usd: float | None, min_credits: float | None) -> None:
        self.price = model.price_usd
        self.posts = posts
        self.remaining: float | None = None
        self._min_credits = min_credits
        self._under_way = 0
        self._silent = False
        if max_usd is not None:
            if self.price is None:
                raise Refused(f"no page says what {model.slug} costs, so --max-usd can't be kept; --min-credits can")
            # The limit is the batch's, however often it is gone on with.
            max_usd = max(0.0, max_usd - posts * self.price)
        no_limit = max_usd is None and min_credits is None
        self.budget = None if no_limit else Budget(max_usd=max_usd, min_credits=min_credits)

    @property
    def spent_usd(self) -> float | None:
        """What the requests cost by the documented price; None where there is none."""
        return None if self.price is None else round(self.posts * self.price, 6)

    def reached(self) -> str | None:
        """Why no further request may be sent, where the budget can't say."""
        return "--min-credits: the service does not say how many credits are left" if self._silent else None

    def must_wait(self) -> bool:
        """Whether the answer to a request under way has to be seen first, to know what is left behind it."""
        unknown = self.remaining is None or self.price is None
        return self._min_credits is not None and unknown and self._under_way > 0

    def sending(self) -> None:
        """A request is on its way."""
        self.posts += 1
        self._under_way += 1

    def answered(self, *, refused: bool) -> None:
        """Its answer is there, or will never be; `refused`: before any work was done."""
        self.posts -= int(refused)
        self._under_way -= 1

    def note(self, request: Request, response: Response) -> None:
        """What an answer's headers say of credits; a hook."""
        if not request.with_key:
            return
        remaining = number_in(header(response, "remaining_credits"))
        self.remaining = self.remaining if remaining is None else remaining
        self._silent = self._min_credits is not None and response.is_success and self.remaining is None
