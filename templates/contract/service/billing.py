"""Check what requests were billed, by the header with the cost and by the remaining credits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..checks.headers import number_in
from ..spec.answers import verdict
from ..spec.contract import Platform
from ..spec.facts import Source
from .http import Response
from .money import Ledger, Price

if TYPE_CHECKING:
    from .checker import Checker


def was_not_billed(platform: Platform, response: Response) -> bool:
    """Return whether the status of a response says that nothing was started."""
    known = platform.statuses.get(response.status)
    return known is not None and known.outcome == "not-started"


def gave_back(platform: Platform, response: Response) -> bool:
    """Return whether a response shows a failed job whose price is refunded."""
    means = verdict(platform.queue.acceptors, response.status, response.json_object)
    return means == "failed" and platform.value_of("failed-charge") is False


def check_money(
    checker: Checker,
    response: Response,
    where: str,
    payload: Mapping[str, Any],
    price: Price | None,
    key: str | None,
) -> None:
    """Check what a POST was billed, by its header and by the remaining credits."""
    platform, ledger = checker.platform, checker.service.ledger
    if 200 <= response.status < 300 and (key != "" or price is None):
        ledger.forget()
    elif price is not None and 200 <= response.status < 300:
        source = platform.assumed("price")
        if price.pointer:
            source = checker.model.source(price.pointer)
        if price.pointer != "/pricing" and checker.expected_files(payload).file_count > 1:
            source = Source("one price for a request with any number of images, which no page says", "inferred")
        cost = platform.headers.get("cost")
        billed = number_in(response.headers.get(cost.name.lower())) if cost is not None else None
        if cost is not None and billed is not None and not price.allows(billed):
            checker.report("wrong-cost", f"{where}, {cost.name}", str(price), f"${billed}", source)
        take(ledger, price)
    elif response.status >= 500 and not checker.service.strict:
        ledger.forget()
    check_left(checker, response, where, key)


def take(ledger: Ledger, price: Price | None, *, refund: bool = False) -> None:
    """Let the ledger expect that a price was charged or given back; it can't where the price is not exact."""
    if price is not None and not price.is_exact:
        ledger.forget()
    elif price is not None:
        ledger.take(-price.most if refund else price.most)


def check_left(checker: Checker, response: Response, where: str, key: str | None) -> None:
    """Check the remaining credits that a response names."""
    header = checker.platform.headers.get("remaining_credits")
    if header is None or key != "" or checker.service.shared:
        return
    left: Decimal | None = number_in(response.headers.get(header.name.lower()))
    if left is None:
        return
    expected = checker.service.ledger.see(left)
    if expected is not None:
        expectation = (
            "a credit is a dollar, each request costs its price once, refusals and failed jobs cost nothing, and nobody "
            "else uses the key"
        )
        source = Source(expectation, "inferred")
        checker.report("wrong-charge", f"{where}, {header.name}", f"{expected}", f"{left}", source)
