"""The ASGI application: read a request, answer it, write the journal, send the answer, in this order."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, runtime_checkable

from ..api.dispatch import respond
from ..api.exchange import Exchange, Mock, add_header
from ..checks.findings import Occurrence
from ..optional_parts import has, load, missing
from ..platform.basis_header import HEADER, cite
from ..platform.statuses import UNDOCUMENTED
from ..program import PACKAGE
from ..settings import Settings
from ..state.clock import Clock
from ..state.journal import JournalEntry
from ..state.money import dollars
from ..state.redaction import label, readable
from ..state.store import StoreError
from .asgi import JSON, Answer, Receive, Request, Scope, Send, error_answer
from .delivery import deliver
from .limits import ClientGone, RequestRefused, read_body

log = logging.getLogger(PACKAGE)

_ADMIN = "/__mock/"

Responder: TypeAlias = Callable[[Exchange], Awaitable[Answer]]


@runtime_checkable
class Closing(Protocol):
    """A responder with resources to close."""

    async def close(self) -> None:
        """Close its resources."""


class App:
    """The ASGI callable. `mock` is its state, for tests in the same process.

    `respond` answers the requests to the API, by default with the mock's own answers.
    """

    def __init__(self, mock: Mock, respond: Responder = respond) -> None:
        self.mock = mock
        self.respond = respond

    async def close(self) -> None:
        """Close the responder and the store, after the last request."""
        if isinstance(self.respond, Closing):
            await self.respond.close()
        await self.mock.store.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's lifespan events."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            while (await receive())["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            await self.close()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        query = scope.get("query_string", b"").decode("latin-1")
        exchange = Exchange(self.mock, Request(scope["method"], scope["path"], query, headers, b"", ""))
        answer = await self._answer(exchange, scope, receive)
        if answer is None:
            return
        if exchange.delay:
            await self.mock.clock.wait(exchange.delay)
        if not is_playground(exchange.request.path):
            self.mock.cors.add_headers(answer, exchange.request)
        await deliver(answer, exchange.scenario.delivery, scope, send)

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive) -> Answer | None:
        headers = exchange.request.headers
        for_admin = exchange.request.path.startswith(_ADMIN)
        for_playground = is_playground(exchange.request.path)
        try:
            origin = self.mock.hosts.origin(scope, headers.get(b"host"))
            if (preflight := self.mock.cors.preflight(exchange.request)) is not None:
                return preflight
            body = b""
            if b"content-length" in headers or b"transfer-encoding" in headers:
                body = await read_body(receive, headers, self.mock.settings.body_bytes)
            got = exchange.request
            exchange.request = Request(got.method, got.path, got.query, headers, body, origin)
            if for_playground:
                return _page(exchange.request)
            if for_admin:
                from .admin import administer

                return await administer(self.mock, exchange.request)
            answer = await self.respond(exchange)
        except RequestRefused as refused:
            answer = error_answer(refused.status, refused.message)
            answer.refusal = refused.message
            if refused.close:
                answer.add("connection", "close")
            if for_admin or for_playground:
                return answer
        except ClientGone:
            try:
                await self._write(exchange, 0, "The connection ended before the request was complete.")
            except Exception as error:
                self._failure(error)
            return None
        except Exception as error:
            answer = self._failure(error)
        try:
            await self._finish(exchange, answer)
        except Exception as error:  # the journal cannot be written, and an answer that is not in it must not leave
            return self._failure(error)
        return answer

    def _failure(self, error: Exception) -> Answer:
        """Return 500 for an internal error of the mock or its store."""
        if isinstance(error, StoreError):
            message = f"The mock could not use its state: {self.mock.redactor.clean(str(error))}."
            log.error("%s", message)
            return error_answer(500, message)
        log.error("%s", "\n".join(map(self.mock.redactor.clean, traceback.format_exc().splitlines())))
        return error_answer(500, f"Internal error of the mock: {type(error).__name__}. See its log.")

    async def _finish(self, exchange: Exchange, answer: Answer) -> None:
        """Add the headers of every answer of the API, then write the journal."""
        if exchange.account is not None:
            add_header(answer, "remaining_credits", dollars(exchange.account.credits))
        if exchange.scenario.empty and 200 <= answer.status < 300:
            answer.clear()
        if answer.refusal is not None and answer.own and answer.status:
            exchange.note("error-body" if answer.headers[0][1] == JSON else "error-page")
        if answer.refusal is not None and answer.own and answer.status in UNDOCUMENTED:
            exchange.note("undocumented-error")
        if said := cite(tuple(exchange.notes)):
            answer.add(HEADER, said)
        await self._write(exchange, answer.status, answer.refusal)

    async def _write(self, exchange: Exchange, status: int, refused: str | None) -> None:
        request = exchange.request
        sender = exchange.sender()
        entry = JournalEntry(
            number=0,
            at=self.mock.clock.now(),
            account=sender,
            method=request.method,
            path=request.path,
            slug=exchange.slug,
            status=status,
            refused=refused,
            scenario=exchange.scenario.name or None,
            request_id=exchange.request_id,
            payload=exchange.payload,
            headers=readable(request.headers),
            charged=exchange.charged,
            size=len(request.body),
        )
        number = await self.mock.store.write(entry)
        if exchange.findings:
            about = (number, label(sender) if sender else None, entry.method, entry.path, entry.slug, entry.request_id)
            self.mock.findings.add(Occurrence(*about, finding) for finding in exchange.findings)
        if log.isEnabledFor(logging.INFO):
            said = f"{label(sender) if sender else '-'} {entry.method} {entry.path} {status} {refused or ''}"
            log.info("%s", self.mock.redactor.clean(said.rstrip()))


def is_playground(path: str) -> bool:
    """Return whether a path belongs to the playground and not to the service."""
    return path == "/" or path.startswith("/playground/")


def _page(request: Request) -> Answer:
    """Return the page of the playground at the request's path."""
    if not has("playground"):
        return Answer(404, f"{missing('playground')}\n".encode(), b"text/plain; charset=utf-8")
    answer: Answer = load("playground").serve_page(request)
    return answer


def create_app(settings: Settings | None = None, clock: Clock | None = None, respond: Responder = respond) -> App:
    """Return a mock as an ASGI application with its own state. It needs no lifespan events and no server.

    Raises StoreError if the `state` of the settings cannot be opened.

    >>> import httpx2                                                      # doctest: +SKIP
    >>> transport = httpx2.ASGITransport(app=create_app())                 # doctest: +SKIP
    >>> httpx2.AsyncClient(transport=transport, base_url="http://mock")    # doctest: +SKIP
    """
    settings = settings or Settings()
    if clock is None:
        # A stored or shared state needs a time that is the same for all processes.
        clock = Clock(ticks=time.time) if settings.state else Clock()
    return App(Mock(settings, clock), respond)
