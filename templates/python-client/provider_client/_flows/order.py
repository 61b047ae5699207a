"""One call that costs money: what its budget sets aside and what its journal notes, attempt by attempt."""

from __future__ import annotations

from os import urandom
from typing import Any

from .._answers.images import number_in
from .._answers.job import JobHandle
from .._budget import Hold
from .._config import Config, Terms
from .._errors import AmbiguousOutcome, ProviderError, UnreadableResponse
from .._hooks import call
from .._journal import Record
from .._wire import Flow, Request, Response
from ..spec.facts import Model
from .messages import header


class Order:
    """A POST. Those of its methods that note something are steps of a flow: to write it down is the shell's part."""

    __slots__ = ("_call", "_config", "_hold", "_journal", "_model", "_sent", "_slug", "_terms")

    def __init__(self, config: Config, terms: Terms, slug: str, model: Model | None) -> None:
        self._config = config
        self._terms = terms
        self._journal = terms.journal
        self._slug = slug
        self._model = model
        self._call = urandom(8).hex() if terms.journal else ""
        self._hold: Hold | None = None
        self._sent = False

    def begin(self, request: Request) -> Flow[None]:
        """An attempt is about to be made.

        Raises:
            BudgetExceeded: It may not be.
        """
        if self._terms.budget is not None:
            self._hold = self._terms.budget.reserve(self._slug, self._model.price_usd if self._model else None)
        if self._journal is not None:
            from hashlib import sha256

            digest = sha256(request.body or b"").hexdigest()
            path = request.url.removeprefix(self._config.root).removeprefix(self._config.queue_root)
            yield from self.note("sending", vital=True, slug=self._slug, path=path, sha256=digest)
        self._sent = True

    def failed(self, error: ProviderError) -> Flow[None]:
        """The attempt came to nothing that is good."""
        self._sent = False
        known = not isinstance(error, (AmbiguousOutcome, UnreadableResponse))
        if self._hold is not None:
            if known:
                call(self._hold.release)
            elif isinstance(error, AmbiguousOutcome):
                call(self._hold.doubt)
            else:
                call(self._hold.spend, None)
        yield from self.note("refused" if known else "unknown", why=f"{type(error).__name__}: {error.detail}")

    def answered(self, response: Response) -> None:
        """The attempt was accepted."""
        self._sent = False
        if self._hold is not None:
            call(self._hold.spend, number_in(header(response, "cost")))

    def abandoned(self) -> None:
        """Whoever made the call has gone: cancelled, or interrupted. The journal has said already that it is in doubt."""
        if self._hold is not None:
            call(self._hold.doubt if self._sent else self._hold.release)

    def note(self, event: str, *, vital: bool = False, **facts: Any) -> Flow[None]:
        """A line for the journal, if there is one; `vital` if the call must not go on without it."""
        if self._journal is not None:
            entry = {"event": event, "call": self._call, "at": round(self._config.now(), 3), **facts}
            yield Record(self._journal, entry, vital)


def note_end(config: Config, terms: Terms, handle: JobHandle, state: object) -> Flow[None]:
    """A job's end was seen by who waited for it."""
    if terms.journal is not None:
        entry = {"event": "ended", "request_id": handle.request_id, "at": round(config.now(), 3), "state": str(state)}
        yield Record(terms.journal, entry, vital=False)
