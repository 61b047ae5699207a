"""Send the requests of one case, account for money and keys, and collect findings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, TypeAlias
from urllib.parse import urljoin

from ..cases import Case, item
from ..checks.headers import check_headers, number_in, waiting_time
from ..curl import MOCK_URL, as_curl, without_key
from ..expected_files import MOST_FILES, MOST_PIXELS, MOST_SECONDS, ExpectedFiles, expected_files
from ..findings import DOCUMENTED, CaseStopped, Finding, Unavailable, Unchecked, as_json, printable
from ..payloads import smallest_payload
from ..spec.answers import enclosed, find, verdict
from ..spec.contract import Platform
from ..spec.facts import Model, Operation, Source
from ..spec.origins import origin_of
from ..spec.service import Status
from .environment import ServiceUnderTest
from .http import NoResponse, Request, Response
from .judge import Attempt, is_unrelated, judged
from .money import Price, price_of, reserve_for

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
#: Bounds of the wait for a rate limit, whatever the response says: clocks may differ.
_LEAST_WAIT_S, _MOST_WAIT_S = 1.0, 60.0
#: After so many seconds of waiting for one request in vain, the run waits no more.
_MOST_IN_VAIN_S = 120.0
#: The request header that asks the mock for a scenario.
_SCENARIO = "x-mock-scenario"
_ADMIN = "/__mock/"


class Checker:
    """Sends the requests of one case and collects its findings.

    `about` describes what the case changes, `source` what its expectation is based on. `unseen` holds items that
    the case would cover if the service had shown them, `shown` those that a response showed, whatever the case covers. `decided`
    says that the service accepted or refused the request, rightly or wrongly. `sent` is the last request. With `any_model`, the case
    can be shown with another model.
    """

    def __init__(
        self,
        service: ServiceUnderTest,
        platform: Platform,
        model: Model,
        about: str,
        source: Source,
        any_model: bool = False,
    ) -> None:
        self.service = service
        self.platform = platform.of(model)
        self.model = model
        self.about = about
        self.source = source
        self.drift: list[Finding] = []
        self.doubts: list[Finding] = []
        self.any_model = any_model
        self.unseen: set[str] = set()
        self.shown: set[str] = set()
        self.decided = False
        self.response: Response | None = None
        self._seen: set[tuple[str, str]] = set()
        self.sent: Request | None = None
        self._price: Price | None = None

    def report(self, code: str, where: str, expected: object, got: object, source: Source) -> None:
        """Add a finding. A difference from what no page says is a doubt, unless the run is strict."""
        shown = printable(got, 300) if isinstance(got, str) else as_json(got, 300)
        wanted = expected if isinstance(expected, str) else as_json(expected, 300)
        shown, wanted = (without_key(text, self.service.key, self._variable) for text in (shown, wanted))
        finding = Finding(code, where, wanted, shown, source, self.about, self._repeat())
        if (code, where) not in self._seen:
            self._seen.add((code, where))
            documented = source.basis in DOCUMENTED
            (self.drift if documented or self.service.strict else self.doubts).append(finding)

    def _repeat(self) -> str:
        """Return the last request as a curl command."""
        if self.sent is None:
            return ""
        base = "" if self.service.base else MOCK_URL
        return as_curl(self.sent, self.platform.auth, self.service.key, self._variable, base)

    @property
    def _variable(self) -> str:
        return self.platform.environment.api_key

    def stop(self, code: str, where: str, expected: object, got: object, source: Source) -> CaseStopped:
        """Add a finding that makes the rest of the case pointless. Return the exception to raise."""
        self.report(code, where, expected, got, source)
        return CaseStopped()

    def status(self, role: str) -> Status:
        """Return the status with a role, for cases that exist only if the spec has it."""
        status = self.platform.status(role)
        assert status is not None, f"there is no case without a status in the role {role}"
        return status

    def expected_files(self, payload: Mapping[str, Any]) -> ExpectedFiles:
        """Return the files that a payload asks for."""
        return expected_files(self.platform, self.model, payload)

    def post(
        self,
        operation: Operation,
        payload: Mapping[str, Any] | bytes,
        expected: Collection[int],
        source: Source | None = None,
        *,
        key: str | None = "",
        scenario: str | None = None,
    ) -> Response:
        """Send a request that may be billed, and return the response if it has one of the expected statuses.

        `payload` holds the parameters or, as bytes, the whole body. `key` replaces the service's own key; with None no
        key is sent. Raises CaseStopped, Unavailable and Unchecked.
        """
        raw = payload if isinstance(payload, bytes) else body_of(operation, payload)
        self._refuse_large(raw, {} if isinstance(payload, bytes) else payload, expected)

        def send(waits: bool) -> Response:
            return self.post_once(operation, payload, key=key, scenario=scenario, waits=waits)

        usual = key == "" and min(expected) < 300 and self._is_smallest(payload)
        self.response, proof = judged(self, Attempt(send, operation, expected, key, usual))
        return self._expect_status(self.response, str(operation), expected, source or self.source, proof)

    def post_once(
        self,
        operation: Operation,
        payload: Mapping[str, Any] | bytes,
        *,
        key: str | None = "",
        scenario: str | None = None,
        waits: bool = True,
    ) -> Response:
        """Send a request that may be billed, and return its response. With `waits`, wait for a rate limit."""
        raw = payload if isinstance(payload, bytes) else body_of(operation, payload)
        read: Mapping[str, Any] = {} if isinstance(payload, bytes) else payload
        price = self._price = price_of(self.platform, self.model, read)
        if price is None:
            self.service.budget.refuse_unknown()
        amount = reserve_for(price, self.expected_files(read)) if price else Decimal(0)
        self.service.budget.reserve(amount)
        headers = {"content-type": "application/json"}
        if scenario is not None:
            headers[_SCENARIO] = scenario
        response = self._send(operation, headers, raw, key, waits)
        if self._was_not_billed(response):
            self.service.budget.release(amount)
        self._check_money(response, str(operation), read, price, key)
        return response

    def _is_smallest(self, payload: Mapping[str, Any] | bytes) -> bool:
        """Return whether this is the smallest valid payload of the model."""
        try:
            return payload == smallest_payload(self.model)
        except Unchecked:
            return False

    def _refuse_large(self, raw: bytes, payload: Mapping[str, Any], expected: Collection[int]) -> None:
        """Raise Unchecked if the request or the files that it asks for would only show limits of size."""
        most = self.platform.limits.max_request_bytes
        if len(raw) > most:
            raise Unchecked(f"the request has {len(raw)} bytes, and the spec's limit is {most}")
        files = self.expected_files(payload)
        if min(expected) >= 300:
            return
        if files.file_count > MOST_FILES:
            raise Unchecked(f"{files.file_count} files in one request are not asked for, at most {MOST_FILES}")
        if files.pixels * files.file_count > MOST_PIXELS:
            raise Unchecked(f"images of more than {MOST_PIXELS} pixels together are not asked for")
        if (files.seconds or 0) > MOST_SECONDS:
            raise Unchecked(f"{files.seconds:g} seconds are not asked for, at most {MOST_SECONDS}")

    def get(
        self,
        operation: Operation,
        expected: Collection[int],
        source: Source | None = None,
        *,
        key: str | None = "",
        refund: bool = False,
    ) -> Response:
        """Send a request without a body, which costs nothing. With `refund`, expect a failed job to return its price."""

        def send(waits: bool) -> Response:
            return self.get_once(operation, key=key, refund=refund, waits=waits)

        response, proof = judged(self, Attempt(send, operation, expected, key))
        return self._expect_status(response, str(operation), expected, source or self.source, proof)

    def get_once(
        self, operation: Operation, *, key: str | None = "", refund: bool = False, waits: bool = True
    ) -> Response:
        """Send a request without a body, and return its response."""
        response = self._send(operation, {}, b"", key, waits)
        if refund and self._gave_back(response):
            self._take(self._price, refund=True)
        self._check_left(response, str(operation), key)
        return response

    def admin(self, name: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Call an admin endpoint of the mock."""
        body = b"" if content is None else json.dumps(content).encode("ascii")
        asked = Operation("GET" if content is None else "POST", self.platform.base_url, f"{_ADMIN}{name}")
        response = self._send(asked, {}, body, "")
        if response.status != 200 or response.json_object is None:
            raise Unavailable(f"{asked} returned {response.summary()}: --provoke needs a provider-mock")
        return response.json_object

    def fetch(self, url: str) -> Response:
        """Get a URL from a response, without the key, following redirects. Raises CaseStopped and Unavailable."""
        where = f"GET {printable(url)}"
        try:
            self.sent = Request("GET", url, {})
            response = self.service.send(self.sent)
            for _ in range(_MOST_REDIRECTS):
                onward = response.headers.get("location")
                if (
                    response.status not in _REDIRECTS
                    or onward is None
                    or origin_of(url := urljoin(url, onward)) is None
                ):
                    break
                response = self.service.send(Request("GET", url, {}))
        except (NoResponse, ValueError) as failed:
            if self.service.strict:
                raise self.stop("no-answer", where, "a response", str(failed), self.source) from None
            raise Unavailable(f"{where}: {failed}") from None
        if not self.service.strict and (response.status == 429 or response.status >= 500):
            raise Unavailable(f"{where}: {response.summary()}")
        return response

    def _send(
        self, operation: Operation, headers: dict[str, str], body: bytes, key: str | None, waits: bool = True
    ) -> Response:
        where = str(operation)
        if key is not None:
            headers[self.platform.auth.header] = self.platform.auth.value(key or self.service.key)
        request = Request(operation.method, self.service.at(operation.base_url) + operation.path, headers, body)
        if not operation.path.startswith(_ADMIN):
            self.sent = request
        try:
            response, waited = self.service.send(request), 0.0
            while waits and self.is_rate_limit(response) and not self.service.provokes:
                if waited >= _MOST_IN_VAIN_S:
                    self.service.run_state.patience_s = 0
                seconds = self.wait(response, where)
                if not seconds:
                    break
                waited += seconds
                response = self.service.send(request)
            return response
        except NoResponse as failed:
            self.service.ledger.forget()
            if self.service.strict:
                raise self.stop("no-answer", where, "a response", str(failed), self.source) from None
            raise Unavailable(f"{where}: {failed}", broke=True) from None

    def is_rate_limit(self, response: Response) -> bool:
        """Return whether a response says that there were too many requests."""
        limited = self.platform.status("rate_limited")
        return response.status == (429 if limited is None else limited.status)

    def wait(self, response: Response, where: str) -> float:
        """Wait as long as a rate limit asks for, and return the seconds; 0 if the run has waited too long already."""
        state = self.service.run_state
        seconds = min(max(waiting_time(self.platform, response), _LEAST_WAIT_S), _MOST_WAIT_S)
        if seconds > state.patience_s:
            return 0.0
        state.patience_s -= seconds
        left = f"after that, {state.patience_s:g} s of waiting are left in this run"
        self.service.say(
            f"waiting {seconds:g} s, since {where} was refused with {response.status} (rate limit); {left}"
        )
        time.sleep(seconds)
        return seconds

    def shown_response(self, response: Response) -> str:
        """Return a response in words, with its error message."""
        message = find(response.json_object, self.platform.roles["error_text"])
        return f"{response.summary()}{f': {printable(message, 200)}' if isinstance(message, str) else ''}"

    def _expect_status(
        self, response: Response, where: str, expected: Collection[int], source: Source, proof: str
    ) -> Response:
        """Return the response if it has one of the expected statuses. With a `proof`, any other status is drift."""
        if response.status in expected:
            check_headers(self, response, where)
            self.shown.add(item("status", response.status))
            return response
        got = f"{self.shown_response(response)}{proof}"
        if "location" in response.headers:
            location = printable(response.headers["location"], 200)
            got += f", with location {location} (the suite never follows a redirect with a key)"
        if is_unrelated(self.platform, response.status) and not self.service.strict and not proof:
            raise Unavailable(f"{where}: {got}", broke=response.status >= 500)
        self.decided = 200 <= response.status < 300 or response.status in self.platform.statuses
        code = "wrong-status"
        invalid = self.platform.status("invalid_request")
        if proof and response.status >= 500 and invalid is not None and invalid.status in expected:
            raise self.stop("server-error", where, f"status {invalid.status}", got, source)
        if response.status >= 300 and response.status not in self.platform.statuses:
            code = "undocumented-status"
        raise self.stop(code, where, f"status {' or '.join(map(str, sorted(expected)))}", got, source)

    def _was_not_billed(self, response: Response) -> bool:
        known = self.platform.statuses.get(response.status)
        return known is not None and known.outcome == "not-started"

    def _gave_back(self, response: Response) -> bool:
        """Return whether a response shows a failed job whose price is refunded."""
        means = verdict(self.platform.queue.acceptors, response.status, response.json_object)
        return means == "failed" and self.platform.value_of("failed-charge") is False

    def _check_money(
        self, response: Response, where: str, payload: Mapping[str, Any], price: Price | None, key: str | None
    ) -> None:
        """Check what a POST was billed, by its header and by the remaining credits."""
        ledger = self.service.ledger
        if 200 <= response.status < 300 and (key != "" or price is None):
            ledger.forget()
        elif price is not None and 200 <= response.status < 300:
            source = self.platform.assumed("price")
            if price.pointer:
                source = self.model.source(price.pointer)
            if price.pointer != "/pricing" and self.expected_files(payload).file_count > 1:
                source = Source("one price for a request with any number of images", "inferred")
            cost = self.platform.headers.get("cost")
            billed = number_in(response.headers.get(cost.name.lower())) if cost is not None else None
            if cost is not None and billed is not None and not price.allows(billed):
                self.report("wrong-cost", f"{where}, {cost.name}", str(price), f"${billed}", source)
            self._take(price)
        elif response.status >= 500 and not self.service.strict:
            ledger.forget()
        self._check_left(response, where, key)

    def _take(self, price: Price | None, *, refund: bool = False) -> None:
        """Let the ledger expect that a price was charged or given back; it can't where the price is not exact."""
        if price is not None and not price.is_exact:
            self.service.ledger.forget()
        elif price is not None:
            self.service.ledger.take(-price.most if refund else price.most)

    def _check_left(self, response: Response, where: str, key: str | None) -> None:
        header = self.platform.headers.get("remaining_credits")
        if header is None or key != "" or self.service.shared:
            return
        left: Decimal | None = number_in(response.headers.get(header.name.lower()))
        if left is None:
            return
        expected = self.service.ledger.see(left)
        if expected is not None:
            expectation = (
                "a credit is a dollar, each request costs its price once, refusals and failed jobs cost nothing, and nobody "
                "else uses the key"
            )
            self.report(
                "wrong-charge", f"{where}, {header.name}", f"{expected}", f"{left}", Source(expectation, "inferred")
            )


def body_of(operation: Operation, payload: Mapping[str, Any]) -> bytes:
    """Return the body of a request with these parameters."""
    return json.dumps(enclosed(operation.parameters, payload)).encode("ascii")


#: Sends the requests of a case and reports findings to the checker.
Check: TypeAlias = Callable[[Checker, Case], None]
