"""The admin endpoints under `/__mock/`, with which a test inspects and controls the mock. Not part of the service."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Literal, NoReturn
from urllib.parse import parse_qs

from ..api.exchange import Mock, sent_key
from ..api.jobs import PENDING
from ..api.scenarios import DESCRIPTIONS, named
from ..platform.basis_header import NOTES
from ..spec.catalog import SLUGS
from ..state.account import Account
from ..state.clock import SECOND
from ..state.journal import JournalEntry
from ..state.money import dollars, micros
from ..state.redaction import KEY_HEADER, label
from ..state.store import Transaction
from .asgi import Answer, Request, error_body, json_answer, legible_answer, shown
from .limits import RequestRefused, parse_json

PREFIX = "/__mock/"
_MOST_SCENARIOS = 10_000
_KEYS_IN_AUTHORIZATION = KEY_HEADER == "authorization"


async def administer(mock: Mock, request: Request) -> Answer:
    """Answer a request to an admin endpoint. Raises RequestRefused."""
    _check_caller(mock, request)
    handlers = _HANDLERS.get(request.path.removeprefix(PREFIX))
    if handlers is None:
        raise RequestRefused(
            404, f"There is no such admin endpoint. Expected one of: {', '.join(PREFIX + name for name in _HANDLERS)}."
        )
    handler = handlers.get(request.method)
    if handler is None:
        return json_answer(error_body(f"Method not allowed. Expected one of: {', '.join(handlers)}."), 405)
    try:
        return legible_answer(await handler(mock, _AdminRequest(mock, request)))
    except ValueError as error:
        raise RequestRefused(400, f"{error}.") from None


def _check_caller(mock: Mock, request: Request) -> None:
    """Raise RequestRefused (401, 403) for callers without the token, and for web pages of other hosts."""
    token = mock.settings.admin_token
    sent = request.headers.get(b"authorization", b"")
    if token is not None and not hmac.compare_digest(sent, b"Bearer " + token.encode("utf-8")):
        raise RequestRefused(
            401, "The admin endpoints need `Authorization: Bearer TOKEN`; the mock printed the token at its start."
        )
    if not mock.answers_page(request):
        # A browser sends simple POST requests to any host without a preflight; only reading the answer needs CORS.
        message = "The admin endpoints do not answer web pages of other hosts, unless --cors and --cors-admin allow it"
        raise RequestRefused(403, f"{message}: Origin is {shown(request.headers, b'origin')}.")


class _AdminRequest:
    """An admin request: its JSON body, its query, and the account that it is about."""

    def __init__(self, mock: Mock, request: Request) -> None:
        self._mock = mock
        # If keys and the admin token use the same header, it contains the token.
        self._header = None if _KEYS_IN_AUTHORIZATION else sent_key(request.headers)
        self.query = {name: values[-1] for name, values in parse_qs(request.query).items()}
        self.body: dict[str, Any] = parse_json(request.body) if request.body else {}

    async def whose(self) -> str | None:
        """Return the identity of the account, from `key` (a key or its label) or the key header; None without either."""
        key = self.body.get("key", self.query.get("key", self._header))
        if key is None:
            return None
        if not isinstance(key, str) or not key:
            raise ValueError(f"key: expected a non-empty string, got {key!a}")
        if key.startswith(label("")):
            for account in await self._mock.store.accounts():
                if account.label == key:
                    return account.id
        return self._mock.redactor.identify(key)

    def need(self, name: str) -> Any:
        """Return a required value of the body."""
        if name not in self.body:
            raise ValueError(f"{name} is missing")
        return self.body[name]


async def _clock(mock: Mock, admin_request: _AdminRequest) -> object:
    return await mock.store.run(_show_clock)


async def _set_clock(mock: Mock, admin_request: _AdminRequest) -> object:
    frozen, seconds = admin_request.body.get("freeze"), admin_request.body.get("advance")
    if frozen is None and seconds is None:
        raise ValueError('expected {"advance": seconds} or {"freeze": true}')
    if frozen is not None and not isinstance(frozen, bool):
        raise ValueError(f"freeze: expected true or false, got {frozen!a}")
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, (int, float))):
        raise ValueError(f"advance: expected a number of seconds, got {seconds!a}")

    def turn(transaction: Transaction) -> object:
        if seconds is not None:
            transaction.clock.advance(seconds)
        if frozen is not None:
            transaction.clock.freeze(frozen)
        return _show_clock(transaction)

    return await mock.store.run(turn)


def _show_clock(transaction: Transaction) -> object:
    return {"now": transaction.clock.now() / SECOND, "frozen": transaction.clock.frozen}


def _show_account(account: Account) -> dict[str, object]:
    return {
        "key": account.label,
        "credits": float(dollars(account.credits)),
        "charged": float(dollars(account.charged)),
        "jobs": account.jobs,
        "scenarios": account.scenarios[:20],
    }


async def _credits(mock: Mock, admin_request: _AdminRequest) -> object:
    whose = await admin_request.whose()
    if whose is not None:
        await mock.store.run(lambda transaction: transaction.account, whose)
    return {
        "accounts": [_show_account(account) for account in await mock.store.accounts() if whose in (None, account.id)]
    }


async def _set_credits(mock: Mock, admin_request: _AdminRequest) -> object:
    credits = micros(admin_request.need("credits"))

    def fill(transaction: Transaction) -> object:
        transaction.account.credits = credits
        return _show_account(transaction.account)

    return await mock.store.run(fill, await admin_request.whose() or _nobody())


async def _reset(mock: Mock, admin_request: _AdminRequest) -> object:
    whose = await admin_request.whose()
    await mock.store.forget(whose)
    return {"reset": label(whose) if whose is not None else "everything"}


async def _requests(mock: Mock, admin_request: _AdminRequest) -> object:
    whose = await admin_request.whose()
    query = admin_request.query
    status = _whole(query["status"], "status") if "status" in query else None

    def wanted(entry: JournalEntry) -> bool:
        return (
            whose in (None, entry.account)
            and query.get("slug") in (None, entry.slug)
            and status in (None, entry.status)
            and query.get("path") in (None, entry.path)
            and query.get("method") in (None, entry.method)
            and query.get("scenario") in (None, entry.scenario)
        )

    found = await mock.store.entries(wanted, _whole(query.get("last", "100"), "last"))
    return {"requests": [entry.show(mock.redactor.clean) for entry in found]}


async def _scenarios(mock: Mock, admin_request: _AdminRequest) -> object:
    return {"scenarios": DESCRIPTIONS}


async def _drift(mock: Mock, admin_request: _AdminRequest) -> object:
    from ..checks.findings import listing

    return listing(mock.findings, admin_request.query)


async def _set_scenarios(mock: Mock, admin_request: _AdminRequest) -> object:
    times, name = admin_request.body.get("times", 1), named(str(admin_request.need("scenario"))).name
    if type(times) is not int or not 0 <= times <= _MOST_SCENARIOS:
        raise ValueError(f"times: expected a number from 0 to {_MOST_SCENARIOS}, got {times!a}")

    def queue(transaction: Transaction) -> object:
        waiting = transaction.account.scenarios
        if len(waiting) + times > _MOST_SCENARIOS:
            raise ValueError(f"more than {_MOST_SCENARIOS} scenarios would be queued")
        waiting.extend([name] * times)
        return _show_account(transaction.account)

    return await mock.store.run(queue, await admin_request.whose() or _nobody())


async def _rules(mock: Mock, admin_request: _AdminRequest) -> object:
    return {"rules": [rule.show() for rule in mock.rules]}


async def _health(mock: Mock, admin_request: _AdminRequest) -> object:
    return {"status": "ok", "models": len(SLUGS), "states": list(PENDING)}


async def _basis(mock: Mock, admin_request: _AdminRequest) -> object:
    return {"notes": {note.name: {"basis": note.basis, "words": note.meaning} for note in NOTES.values()}}


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise ValueError(f"{name}: expected a whole number, got {text[:60]!a}")
    return int(text)


def _nobody() -> NoReturn:
    raise ValueError("key is missing: send the API key or its label")


_HANDLERS: dict[str, dict[Literal["GET", "POST"] | str, Callable[[Mock, _AdminRequest], Awaitable[object]]]] = {
    "clock": {"GET": _clock, "POST": _set_clock},
    "credits": {"GET": _credits, "POST": _set_credits},
    "reset": {"POST": _reset},
    "requests": {"GET": _requests},
    "drift": {"GET": _drift},
    "scenarios": {"GET": _scenarios, "POST": _set_scenarios},
    "rules": {"GET": _rules},
    "basis": {"GET": _basis},
    "health": {"GET": _health},
}
