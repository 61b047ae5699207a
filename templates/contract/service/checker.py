"""Send the requests of one case, account for money and keys, and collect findings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, TypeAlias
from urllib.parse import urljoin

from ..cases import Case
from ..checks.headers import check_headers, number_in, waiting_time
from ..curl import MOCK_URL, as_curl, without_key
from ..expected_files import MOST_FILES, MOST_PIXELS, MOST_SECONDS, ExpectedFiles, expected_files
from ..findings import DOCUMENTED, CaseStopped, Finding, Unavailable, Unchecked, as_json, printable
from ..spec.answers import enclosed, find, verdict
from ..spec.contract import Platform
from ..spec.facts import Model, Operation, Source
from ..spec.origins import origin_of
from ..spec.service import Status
from .environment import ServiceUnderTest
from .http import NoResponse, Request, Response
from .money import Price, price_of, reserve_for

#: Statuses that say nothing about the contract unless a case expects them, by their meaning in HTTP and by role.
_UNRELATED_STATUSES = frozenset({401, 402, 403, 429, *range(500, 600)})
_UNRELATED_ROLES = frozenset({"unauthorized", "forbidden", "no_credits", "rate_limited"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
#: Bounds of the wait for a rate limit, whatever the response says: clocks may differ.
_LEAST_WAIT_S, _MOST_WAIT_S = 1.0, 60.0
#: The request header that asks the mock for a scenario.
_SCENARIO = "x-mock-scenario"
_ADMIN = "/__mock/"


class Checker:
    """Sends the requests of one case and collects its findings.

    `about` describes what the case changes, `source` what its expectation is based on. `unseen` holds items that
    the case would cover if the service had shown them. `decided` says that the service accepted or refused the request, rightly or
    wrongly.
    """

    def __init__(self, service: ServiceUnderTest, platform: Platform, model: Model, about: str, source: Source) -> None:
        self.service = service
        self.platform = platform.of(model)
        self.model = model
        self.about = about
        self.source = source
        self.drift: list[Finding] = []
        self.doubts: list[Finding] = []
        self.unseen: set[str] = set()
        self.decided = False
        self.response: Response | None = None
        self._seen: set[tuple[str, str]] = set()
        self._sent: Request | None = None
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
        if self._sent is None:
            return ""
        base = "" if self.service.base else MOCK_URL
        return as_curl(self._sent, self.platform.auth, self.service.key, self._variable, base)

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
        read: Mapping[str, Any] = {} if isinstance(payload, bytes) else payload
        price = self._price = price_of(self.platform, self.model, read)
        if price is None:
            self.service.budget.refuse_unknown()
        self._refuse_large(raw, read, expected)
        amount = reserve_for(price, self.expected_files(read)) if price else Decimal(0)
        self.service.budget.reserve(amount)
        headers = {"content-type": "application/json"}
        if scenario is not None:
            headers[_SCENARIO] = scenario
        response, where = self._send(operation, headers, raw, key)
        self.response = response
        if self._was_not_billed(response):
            self.service.budget.release(amount)
        self._check_money(response, where, read, price, key)
        return self._expect_status(response, where, expected, source or self.source)

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
        response, where = self._send(operation, {}, b"", key)
        if refund and self._gave_back(response):
            self._take(self._price, refund=True)
        self._check_left(response, where, key)
        return self._expect_status(response, where, expected, source or self.source)

    def admin(self, name: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Call an admin endpoint of the mock."""
        body = b"" if content is None else json.dumps(content).encode("ascii")
        asked = Operation("GET" if content is None else "POST", self.platform.base_url, f"{_ADMIN}{name}")
        response, where = self._send(asked, {}, body, "")
        if response.status != 200 or response.json_object is None:
            raise Unavailable(f"{where} returned {response.summary()}: --provoke needs a provider-mock")
        return response.json_object

    def fetch(self, url: str) -> Response:
        """Get a URL from a response, without the key, following redirects. Raises CaseStopped and Unavailable."""
        where = f"GET {printable(url)}"
        try:
            self._sent = Request("GET", url, {})
            response = self.service.send(self._sent)
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
        self, operation: Operation, headers: dict[str, str], body: bytes, key: str | None
    ) -> tuple[Response, str]:
        where = str(operation)
        if key is not None:
            headers[self.platform.auth.header] = self.platform.auth.value(key or self.service.key)
        request = Request(operation.method, self.service.at(operation.base_url) + operation.path, headers, body)
        if not operation.path.startswith(_ADMIN):
            self._sent = request
        try:
            response = self.service.send(request)
            while self._is_rate_limit(response) and not self.service.provokes and self._waits(response):
                response = self.service.send(request)
            return response, where
        except NoResponse as failed:
            self.service.ledger.forget()
            if self.service.strict:
                raise self.stop("no-answer", where, "a response", str(failed), self.source) from None
            raise Unavailable(f"{where}: {failed}", broke=True) from None

    def _is_rate_limit(self, response: Response) -> bool:
        limited = self.platform.status("rate_limited")
        return response.status == (429 if limited is None else limited.status)

    def _waits(self, response: Response) -> bool:
        """Wait as long as a rate limit asks for, unless the run has waited too long already."""
        seconds = min(max(waiting_time(self.platform, response), _LEAST_WAIT_S), _MOST_WAIT_S)
        waits = seconds <= self.service.run_state.patience_s
        if waits:
            self.service.run_state.patience_s -= seconds
            time.sleep(seconds)
        return waits

    def _expect_status(self, response: Response, where: str, expected: Collection[int], source: Source) -> Response:
        if response.status in expected:
            check_headers(self, response, where)
            return response
        message = find(response.json_object, self.platform.roles["error_text"])
        got = f"{response.summary()}{f': {printable(message, 200)}' if isinstance(message, str) else ''}"
        if "location" in response.headers:
            location = printable(response.headers["location"], 200)
            got += f", with location {location} (the suite never follows a redirect with a key)"
        known = self.platform.statuses.get(response.status)
        unrelated = (
            response.status in _UNRELATED_STATUSES
            if known is None
            else known.role in _UNRELATED_ROLES or known.status >= 500
        )
        if unrelated and not self.service.strict:
            raise Unavailable(f"{where}: {got}", broke=response.status >= 500)
        self.decided = 200 <= response.status < 300 or response.status in self.platform.statuses
        code = "wrong-status"
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
                "each request costs its price once, refusals and failed jobs cost nothing, and nobody else uses the key"
            )
            self.report(
                "wrong-charge", f"{where}, {header.name}", f"{expected}", f"{left}", Source(expectation, "inferred")
            )


def body_of(operation: Operation, payload: Mapping[str, Any]) -> bytes:
    """Return the body of a request with these parameters."""
    return json.dumps(enclosed(operation.parameters, payload)).encode("ascii")


#: Sends the requests of a case and reports findings to the checker.
Check: TypeAlias = Callable[[Checker, Case], None]
