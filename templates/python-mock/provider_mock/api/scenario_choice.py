"""Selection of the scenario for a request.

In this order: the request's own headers (`x-mock-scenario: NAME`, or Prism's `Prefer: code=429` and
`Prefer: example=NAME`), the next one queued for its key (`/__mock/scenarios`), the first rule that applies (`--rules`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..state.account import Account
from ..state.store import Transaction
from .scenarios import Scenario, named

if TYPE_CHECKING:
    from .exchange import Exchange

HEADER = "x-mock-scenario"
_HEADER = HEADER.encode("ascii")
_PREFERENCE = re.compile(r"\b(code|example)\s*=\s*(?:\"([^\"]*)\"|([^\s,;]+))")


def requested_scenario(headers: dict[bytes, bytes]) -> Scenario | None:
    """Return the scenario that the headers request. Raises RequestRefused (400) if it does not exist."""
    name = headers.get(_HEADER)
    if name is not None:
        return named(name.decode("latin-1").strip())
    if b"prefer" not in headers:
        return None
    preferred = {match[1]: match[2] or match[3] for match in _PREFERENCE.finditer(headers[b"prefer"].decode("latin-1"))}
    if preferred.get("code") in (None, "200"):
        return named(preferred["example"]) if "example" in preferred else None
    return named(f"status-{preferred['code']}")


async def has_scenario(exchange: Exchange) -> bool:
    """Return whether the headers request a scenario or one is queued for the key."""
    if requested_scenario(exchange.request.headers) is not None:
        return True
    identity = exchange.mock.identify(exchange.request.headers)

    def look(transaction: Transaction) -> bool:
        return bool(transaction.account.scenarios)

    return identity is not None and await exchange.mock.store.run(look, identity)


def next_scenario(account: Account) -> Scenario | None:
    """Take the next scenario that is queued for the account."""
    return named(account.scenarios.pop(0)) if account.scenarios else None
