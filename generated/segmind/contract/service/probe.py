"""One case under way: asks the service, pays attention to money and keys, and notes what differs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, TypeAlias
from urllib.parse import urljoin

from ..cases import Case
from ..findings import DOCUMENTED, Ended, Finding, Unavailable, shown, spelt
from ..judging.headers import check_headers, number_in, waiting_time
from ..orders import Order, order_of
from ..spec.answers import enclosed, find, verdict
from ..spec.contract import Platform
from ..spec.facts import Model, Operation, Source
from ..spec.service import Status
from .money import is_same, price_of, reserve_for
from .place import Place
from .wire import Answer, NoAnswer, Request, origin_of

#: Statuses that say nothing about the contract, unless they are what a case is about: by what HTTP means by them, and
#: by their roles.
_ASIDE = frozenset({401, 402, 403, 429, *range(500, 600)})
_ASIDE_ROLES = frozenset({"unauthorized", "forbidden", "no_credits", "rate_limited"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
#: How long a rate limit is waited for, whatever it says. Its clock may not be ours.
_LEAST_WAIT_S, _MOST_WAIT_S = 1.0, 60.0
#: The mock's way of being asked for an answer out of the ordinary.
_SCENARIO = "x-mock-scenario"
_ADMIN = "/__mock/"


class Probe:
    """The service as one case sees it. `about` says in words what the case changes, `source` what it rests on.

    `unseen` are items that the case would cover, had the service shown them; it has `decided` when it took or refused
    what was sent, even if it should have done the other.
    """

    def __init__(self, place: Place, platform: Platform, model: Model, about: str, source: Source) -> None:
        self.place = place
        self.platform = platform
        self.model = model
        self.about = about
        self.source = source
        self.drift: list[Finding] = []
        self.doubts: list[Finding] = []
        self.unseen: set[str] = set()
        self.decided = False
        self.answer: Answer | None = None
        self._seen: set[tuple[str, str]] = set()

    def note(self, code: str, where: str, expected: object, came: object, source: Source) -> None:
        """Notes a difference; what rests on no page is a doubt, unless this place is held to everything."""
        said = shown(came, 300) if isinstance(came, str) else spelt(came, 300)
        wanted = expected if isinstance(expected, str) else spelt(expected, 300)
        finding = Finding(code, where, wanted, said, source, self.about)
        if (code, where) not in self._seen:
            self._seen.add((code, where))
            documented = source.basis in DOCUMENTED
            (self.drift if documented or self.place.strict else self.doubts).append(finding)

    def end(self, code: str, where: str, expected: object, came: object, source: Source) -> Ended:
        """As `note`, for a difference after which nothing more can be said; to be raised."""
        self.note(code, where, expected, came, source)
        return Ended()

    def status(self, role: str) -> Status:
        """The status in a role; for cases that are there only if the spec has it."""
        status = self.platform.status(role)
        assert status is not None, f"there is no case without a status in the role {role}"
        return status

    def order(self, payload: Mapping[str, Any]) -> Order:
        """What a payload orders."""
        return order_of(self.platform, self.model, payload)

    def post(
        self,
        operation: Operation,
        payload: Mapping[str, Any] | bytes,
        expected: Collection[int],
        source: Source | None = None,
        *,
        key: str | None = "",
        scenario: str | None = None,
    ) -> Answer:
        """Sends what may be billed, and gives the answer if it has one of the expected statuses.

        `payload` are the parameters, or as bytes the whole body. `key` is the place's own unless another is given; with None, none is sent. Raises Ended, Unavailable, Unchecked.
        """
        raw = payload if isinstance(payload, bytes) else body_of(operation, payload)
        read: Mapping[str, Any] = {} if isinstance(payload, bytes) else payload
        price = price_of(self.platform, self.model)
        if price is None:
            self.place.budget.refuse_unknown()
        amount = reserve_for(price or Decimal(0), self.order(read))
        self.place.budget.reserve(amount)
        headers = {"content-type": "application/json"}
        if scenario is not None:
            headers[_SCENARIO] = scenario
        answer, where = self._send(operation, headers, raw, key)
        self.answer = answer
        if self._was_not_billed(answer):
            self.place.budget.release(amount)
        self._check_money(answer, where, read, price, key)
        return self._judge(answer, where, expected, source or self.source)

    def get(
        self,
        operation: Operation,
        expected: Collection[int],
        source: Source | None = None,
        *,
        key: str | None = "",
        refund: bool = False,
    ) -> Answer:
        """Sends what costs nothing, since it has no body; with `refund`, it may show that a job has failed and its
        price came back.
        """
        answer, where = self._send(operation, {}, b"", key)
        if refund and self._gave_back(answer):
            self.place.ledger.take(-(price_of(self.platform, self.model) or Decimal(0)))
        self._check_left(answer, where, key)
        return self._judge(answer, where, expected, source or self.source)

    def admin(self, name: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Asks the mock's own endpoints."""
        body = b"" if content is None else json.dumps(content).encode("ascii")
        asked = Operation("GET" if content is None else "POST", self.platform.base_url, f"{_ADMIN}{name}")
        answer, where = self._send(asked, {}, body, "")
        if answer.status != 200 or answer.object is None:
            raise Unavailable(f"{where} answered {answer.described()}: --provoke is for segmind-mock")
        return answer.object

    def fetch(self, url: str) -> Answer:
        """Gets a URL that an answer named: without the key, wherever it leads. Raises Ended and Unavailable."""
        where = f"GET {shown(url)}"
        try:
            answer = self.place.send(Request("GET", url, {}))
            for _ in range(_MOST_REDIRECTS):
                onward = answer.headers.get("location")
                if answer.status not in _REDIRECTS or onward is None or origin_of(url := urljoin(url, onward)) is None:
                    break
                answer = self.place.send(Request("GET", url, {}))
        except (NoAnswer, ValueError) as failed:
            if self.place.strict:
                raise self.end("no-answer", where, "an answer", str(failed), self.source) from None
            raise Unavailable(f"{where}: {failed}") from None
        if not self.place.strict and (answer.status == 429 or answer.status >= 500):
            raise Unavailable(f"{where}: {answer.described()}")
        return answer

    def _send(self, operation: Operation, headers: dict[str, str], body: bytes, key: str | None) -> tuple[Answer, str]:
        where = str(operation)
        if key is not None:
            headers[self.platform.auth.header] = self.platform.auth.value(key or self.place.key)
        request = Request(operation.method, self.place.at(operation.base_url) + operation.path, headers, body)
        try:
            answer = self.place.send(request)
            while self._is_rate_limit(answer) and not self.place.provokes and self._waits(answer):
                answer = self.place.send(request)
            return answer, where
        except NoAnswer as failed:
            self.place.ledger.forget()
            if self.place.strict:
                raise self.end("no-answer", where, "an answer", str(failed), self.source) from None
            raise Unavailable(f"{where}: {failed}") from None

    def _is_rate_limit(self, answer: Answer) -> bool:
        limited = self.platform.status("rate_limited")
        return answer.status == (429 if limited is None else limited.status)

    def _waits(self, answer: Answer) -> bool:
        """Waits as long as a rate limit asks for, if the run's patience lasts for it."""
        seconds = min(max(waiting_time(self.platform, answer), _LEAST_WAIT_S), _MOST_WAIT_S)
        waits = seconds <= self.place.memory.patience_s
        if waits:
            self.place.memory.patience_s -= seconds
            time.sleep(seconds)
        return waits

    def _judge(self, answer: Answer, where: str, expected: Collection[int], source: Source) -> Answer:
        if answer.status in expected:
            check_headers(self, answer, where)
            return answer
        words = find(answer.object, self.platform.roles["error_text"])
        said = f"{answer.described()}{f': {shown(words, 200)}' if isinstance(words, str) else ''}"
        if "location" in answer.headers:
            said += f", which leads to {shown(answer.headers['location'], 200)} (the suite follows none with a key)"
        known = self.platform.statuses.get(answer.status)
        aside = answer.status in _ASIDE if known is None else known.role in _ASIDE_ROLES or known.status >= 500
        if aside and not self.place.strict:
            raise Unavailable(f"{where}: {said}")
        self.decided = 200 <= answer.status < 300 or answer.status in self.platform.statuses
        code = "wrong-status"
        if answer.status >= 300 and answer.status not in self.platform.statuses:
            code = "undocumented-status"
        raise self.end(code, where, f"status {' or '.join(map(str, sorted(expected)))}", said, source)

    def _was_not_billed(self, answer: Answer) -> bool:
        known = self.platform.statuses.get(answer.status)
        return known is not None and known.outcome == "not-started"

    def _gave_back(self, answer: Answer) -> bool:
        """Return whether an answer shows a failed job whose price is refunded."""
        means = verdict(self.platform.queue.acceptors, answer.status, answer.object)
        return means == "failed" and self.platform.value_of("failed-charge") is False

    def _check_money(
        self, answer: Answer, where: str, payload: Mapping[str, Any], price: Decimal | None, key: str | None
    ) -> None:
        """What a POST was billed, by its own word and by what is left."""
        ledger = self.place.ledger
        if 200 <= answer.status < 300 and (key != "" or price is None):
            ledger.forget()
        elif price is not None and 200 <= answer.status < 300:
            source = self.platform.assumed("price")
            if self.model.price_usd is not None:
                source = self.model.source("/price_usd")
            if self.order(payload).pictures > 1:
                source = Source("one price for a request, however many pictures", "inferred")
            cost = self.platform.headers.get("cost")
            billed = number_in(answer.headers.get(cost.name.lower())) if cost is not None else None
            if cost is not None and billed is not None and not is_same(billed, price):
                self.note("wrong-cost", f"{where}, {cost.name}", f"${price}", f"${billed}", source)
            ledger.take(price)
        elif answer.status >= 500 and not self.place.strict:
            ledger.forget()
        self._check_left(answer, where, key)

    def _check_left(self, answer: Answer, where: str, key: str | None) -> None:
        header = self.platform.headers.get("remaining_credits")
        if header is None or key != "" or self.place.shared:
            return
        left: Decimal | None = number_in(answer.headers.get(header.name.lower()))
        if left is None:
            return
        expected = self.place.ledger.see(left)
        if expected is not None:
            words = "each call costs its price once, refusals and failed jobs nothing, if nobody else uses the key"
            self.note("wrong-charge", f"{where}, {header.name}", f"{expected}", f"{left}", Source(words, "inferred"))


def body_of(operation: Operation, payload: Mapping[str, Any]) -> bytes:
    """The body of a request with these parameters."""
    return json.dumps(enclosed(operation.parameters, payload)).encode("ascii")


#: Sends what a case says, and notes on the probe what differs.
Judge: TypeAlias = Callable[[Probe, Case], None]
