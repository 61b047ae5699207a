"""A call that costs money: its reservation in the budget and its entries in the journal, for each attempt."""

from __future__ import annotations

from collections.abc import Mapping
from os import urandom
from typing import Any

from .._budget import Reservation
from .._config import CallSettings, Config
from .._errors import AmbiguousOutcome, ProviderError, UnreadableResponse
from .._flow import Flow
from .._hooks import run_hook
from .._http import Request, Response
from .._journal import JournalEntry
from .._results.jobs import JobHandle
from ..spec.answers import header_number
from ..spec.facts import Model
from .responses import header


class BillableCall:
    """One POST with all its attempts. Methods that write to the journal are flows, because the driver does the writing."""

    __slots__ = ("_config", "_id", "_journal", "_model", "_payload", "_reservation", "_sent", "_settings", "_slug")

    def __init__(
        self, config: Config, settings: CallSettings, slug: str, model: Model | None, payload: Mapping[str, Any]
    ) -> None:
        self._config = config
        self._settings = settings
        self._journal = settings.journal
        self._slug = slug
        self._model = model
        self._payload = payload
        self._id = urandom(8).hex() if settings.journal else ""
        self._reservation: Reservation | None = None
        self._sent = False

    def begin(self, request: Request) -> Flow[None]:
        """Reserve the price and note the attempt, before it is made.

        Raises:
            BudgetExceeded: The budget does not allow the attempt.
        """
        if self._settings.budget is not None:
            from ..spec.pricing import price_of, usual_price

            model, payload = self._model, self._payload
            price = price_of(model, payload) if model else None
            high = price.high_usd if price else None
            average = usual_price(model, payload) if model and price is None else None
            least = price.low_usd if price and high is None else None
            self._reservation = self._settings.budget.reserve(self._slug, high, average, least)
        if self._journal is not None:
            from hashlib import sha256

            digest = sha256(request.body or b"").hexdigest()
            path = request.url.removeprefix(self._config.root).removeprefix(self._config.queue_root)
            yield from self.note("sending", vital=True, slug=self._slug, path=path, sha256=digest)
        self._sent = True

    def failed(self, error: ProviderError) -> Flow[None]:
        """Settle the reservation of a failed attempt and note whether its outcome is known."""
        self._sent = False
        known = not isinstance(error, (AmbiguousOutcome, UnreadableResponse))
        if self._reservation is not None:
            if known:
                run_hook(self._reservation.release)
            elif isinstance(error, AmbiguousOutcome):
                run_hook(self._reservation.doubt)
            else:
                run_hook(self._reservation.spend, None)
        yield from self.note("refused" if known else "unknown", why=f"{type(error).__name__}: {error.detail}")

    def succeeded(self, response: Response) -> None:
        """Settle the reservation of an accepted attempt with the cost that the response names, if it does."""
        self._sent = False
        if self._reservation is not None:
            run_hook(self._reservation.spend, header_number(header(response, "cost")))

    def abandoned(self) -> None:
        """Settle the reservation after the caller was cancelled or interrupted. The journal already has the call in doubt."""
        if self._reservation is not None:
            run_hook(self._reservation.doubt if self._sent else self._reservation.release)

    def note(self, event: str, *, vital: bool = False, **facts: Any) -> Flow[None]:
        """Write an entry to the journal, if there is one. With `vital` the call ends if that fails."""
        if self._journal is not None:
            entry = {"event": event, "call": self._id, "at": round(self._config.now(), 3), **facts}
            yield JournalEntry(self._journal, entry, vital)


def note_job_end(config: Config, settings: CallSettings, handle: JobHandle, state: object) -> Flow[None]:
    """Note in the journal that a job ended in `state`."""
    if settings.journal is not None:
        entry = {"event": "ended", "request_id": handle.request_id, "at": round(config.now(), 3), "state": str(state)}
        yield JournalEntry(settings.journal, entry, vital=False)
