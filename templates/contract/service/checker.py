"""Send the requests of one case, account for money and keys, and collect findings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, TypeAlias
from urllib.parse import urljoin

from ..calls import FILE, POLL, SUBMIT, SYNC, Call
from ..cases import Case, item
from ..checks.headers import check_headers, waiting_time
from ..curl import MOCK_URL, as_curl, without_key
from ..expected_files import MOST_FILES, MOST_PIXELS, MOST_SECONDS, ExpectedFiles, expected_files
from ..findings import DOCUMENTED, CaseStopped, Finding, Unavailable, Unchecked, as_json, printable
from ..payloads import smallest_payload
from ..spec.answers import enclosed, find
from ..spec.contract import Platform
from ..spec.facts import Model, Operation, Source
from ..spec.origins import origin_of
from ..spec.service import Status
from ..spec.validity import is_same_json
from .billing import check_left, check_money, gave_back, take, was_not_billed
from .environment import ServiceUnderTest
from .http import NoResponse, Request, Response
from .judge import Attempt, is_unrelated, judged
from .money import Price, price_of, reserve_for

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
#: How often a download that fails is repeated.
_MOST_DOWNLOADS = 3
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
    can be shown with another model. `calls` are the requests with their times, `passing` the statuses that a request got and,
    sent again, did not get.
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
        self.calls: list[Call] = []
        self.passing: list[int] = []
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

    def weaken(self, source: Source) -> None:
        """Base the last drift on an expectation that is no fact: it becomes a doubt, unless the run is strict."""
        if not self.service.strict:
            self.doubts.append(self.drift.pop()._replace(source=source))

    def passed(self, status: int, times: int) -> None:
        """Remember that the service gave a status so often to a request which, sent again, gets another."""
        self.passing += [status] * times
        self.service.run_state.flaky[status] += times

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
        if was_not_billed(self.platform, response):
            self.service.budget.release(amount)
        check_money(self, response, str(operation), read, price, key)
        return response

    def _is_smallest(self, payload: Mapping[str, Any] | bytes) -> bool:
        """Return whether this is the smallest valid payload of the model."""
        try:
            return is_same_json(payload, smallest_payload(self.model))
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
        if refund and gave_back(self.platform, response):
            take(self.service.ledger, self._price, refund=True)
        check_left(self, response, str(operation), key)
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
            response, times = self._followed(url), 0
            while not self.service.strict and (response.status == 429 or response.status >= 500):
                if times >= _MOST_DOWNLOADS or (response.status == 429 and not self.wait(response, where)):
                    raise Unavailable(f"{where}: {response.summary()}")
                failed, times = response.status, times + 1
                response = self._followed(url)
                if response.status != failed:
                    self.passed(failed, times)
        except (NoResponse, ValueError) as failure:
            if self.service.strict:
                raise self.stop("no-answer", where, "a response", str(failure), self.source) from None
            raise Unavailable(f"{where}: {failure}") from None
        return response

    def _followed(self, url: str) -> Response:
        """Get a URL without the key, following redirects. Raises NoResponse."""
        self.sent = Request("GET", url, {})
        response = self._timed(FILE, self.sent)
        for _ in range(_MOST_REDIRECTS):
            onward = response.headers.get("location")
            if response.status not in _REDIRECTS or onward is None or origin_of(url := urljoin(url, onward)) is None:
                break
            response = self._timed(FILE, Request("GET", url, {}))
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
        kind = self._kind(operation)
        try:
            response, waited, times = self._timed(kind, request), 0.0, 0
            while waits and self.is_rate_limit(response) and not self.service.provokes:
                if waited >= _MOST_IN_VAIN_S:
                    self.service.run_state.patience_s = 0
                seconds = self.wait(response, where)
                if not seconds:
                    break
                waited, times = waited + seconds, times + 1
                limit = response.status
                response = self._timed(kind, request)
                if not self.is_rate_limit(response):
                    self.passed(limit, times)
            return response
        except NoResponse as failed:
            self.service.ledger.forget()
            if self.service.strict:
                raise self.stop("no-answer", where, "a response", str(failed), self.source) from None
            raise Unavailable(f"{where}: {failed}", broke=True) from None

    def _kind(self, operation: Operation) -> str:
        """Return the kind of a call; "" for one of the mock's own endpoints."""
        if operation.path.startswith(_ADMIN):
            return ""
        return {self.model.sync: SYNC, self.model.submit: SUBMIT}.get(operation, POLL)

    def _timed(self, kind: str, request: Request) -> Response:
        """Send a request, and remember how long it took unless it has no kind. Raises NoResponse."""
        began = time.monotonic()
        response = self.service.send(request)
        if kind:
            self.calls.append(Call(kind, response.status, time.monotonic() - began))
        return response

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


def body_of(operation: Operation, payload: Mapping[str, Any]) -> bytes:
    """Return the body of a request with these parameters."""
    return json.dumps(enclosed(operation.parameters, payload)).encode("ascii")


#: Sends the requests of a case and reports findings to the checker.
Check: TypeAlias = Callable[[Checker, Case], None]
