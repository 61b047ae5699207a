"""Calls of an ASGI application from any thread and any event loop, without a socket.

The application runs on its own loop in one thread, so that its state is only used there. A caller waits outside: a
thread blocks, a coroutine awaits on its own loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias
from urllib.parse import unquote

from ..program import PACKAGE
from ..server.asgi import CONNECTION, Application, Message

if TYPE_CHECKING:
    from .pauses import ClientPauses

Headers: TypeAlias = list[tuple[bytes, bytes]]

_BODILESS = frozenset({204, 304})
_STOP_S = 5.0
_RESET = "[Errno 104] Connection reset by peer"

log = logging.getLogger(PACKAGE)


class CallFailed(Exception):
    """The answer is missing or incomplete. The message is that of an HTTP library."""


class TimedOut(CallFailed):
    """The caller's timeout passed without data."""


class ConnectionReset(CallFailed):
    """The connection was reset."""


class ConnectionClosed(CallFailed):
    """The connection was closed: before the answer began, or (`answered`) `missing` bytes short of what it announced."""

    def __init__(self, message: str, answered: bool = False, missing: int | None = None) -> None:
        super().__init__(message)
        self.answered = answered
        self.missing = missing


class ClientRequest(NamedTuple):
    """A whole request. `target` is the quoted path with its query."""

    method: str
    scheme: str
    host: str
    port: int
    target: bytes
    headers: Headers
    body: bytes

    def scope(self) -> dict[str, Any]:
        """Return the ASGI scope of the request."""
        path, _, query = self.target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": self.scheme,
            "path": unquote(path.decode("ascii", "replace")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in self.headers],
            "client": ("127.0.0.1", 1),
            "server": (self.host, self.port),
        }


class AnswerEvent(NamedTuple):
    """One event of an answer: `head` with status and headers, `body` with a part of the body, or its end."""

    kind: Literal["head", "body", "end", "closed", "reset"]
    status: int = 0
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes = b""


class LoopThread:
    """An event loop in a daemon thread, until `close`."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._process = os.getpid()
        self._thread = threading.Thread(target=self.loop.run_forever, name="provider-mock-loop", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise RuntimeError in a forked process: threads do not survive a fork, so a call would never return."""
        if os.getpid() != self._process:
            raise RuntimeError(
                "The mock in process can't be called from a forked process: use the fixture provider_mock_server there."
            )

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run a coroutine function on the loop and wait for its end."""

        async def working() -> None:
            await work()

        asyncio.run_coroutine_threadsafe(working(), self.loop).result(_STOP_S)

    def close(self) -> None:
        """Stop the thread and close the loop."""
        self.run(_cancel_all)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_STOP_S)
        if not self._thread.is_alive():
            self.loop.close()


class InProcess:
    """One application on a LoopThread. Pauses of clients that send to it advance the clock of `pauses`, if there is one."""

    pauses: ClientPauses | None = None

    def __init__(self, thread: LoopThread, app: Application) -> None:
        self._thread = thread
        self._app = app
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished = False

    def send(self, request: ClientRequest) -> InProcessCall:
        """Send a request to the application without waiting for the answer."""
        self._thread.check()
        call = InProcessCall(request, self._thread.loop)
        self._thread.loop.call_soon_threadsafe(self._start, call)
        return call

    def finish(self) -> None:
        """Cancel all open calls. Later requests find the connection closed."""
        self._thread.run(self._cancel)

    def _start(self, call: InProcessCall) -> None:
        if self._finished:
            call.close()
            return
        task = self._thread.loop.create_task(call.run(self._app))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _cancel(self) -> None:
        self._finished = True
        await _end(self._tasks)


class InProcessCall:
    """A request and its answer. `run`, `abort` and `close` are called on the loop, everything else by the caller."""

    def __init__(self, request: ClientRequest, loop: asyncio.AbstractEventLoop) -> None:
        self._request = request
        self._loop = loop
        self._gone = asyncio.Event()
        self._events: SimpleQueue[AnswerEvent] = SimpleQueue()
        self._wake: Callable[[], object] | None = None
        self._over = False
        self._expected: int | None = None
        self._received = 0
        self._bodiless = request.method == "HEAD"

    async def run(self, app: Application) -> None:
        """Run the application. An exception closes the connection."""
        scope = self._request.scope()
        scope["extensions"] = {CONNECTION: {"abort": self.abort, "close": self.close}}
        unread = [self._request.body]

        async def receive() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._put(AnswerEvent("head", message["status"], list(message.get("headers", ()))))
            else:
                self._put(AnswerEvent("body", body=message.get("body", b"")))
                if not message.get("more_body", False):
                    self._put(AnswerEvent("end"))

        try:
            await app(scope, receive, send)
        except Exception:
            log.exception("The application failed.")
        finally:
            self.close()

    def abort(self) -> None:
        """Reset the connection."""
        self._put(AnswerEvent("reset"))

    def close(self) -> None:
        """Close the connection, even in the middle of the answer."""
        self._put(AnswerEvent("closed"))

    def take(self, timeout: float | None) -> AnswerEvent:
        """Wait for the next event and return it. Raises TimedOut."""
        try:
            return self._events.get(timeout=timeout)
        except Empty:
            raise TimedOut("The read operation timed out") from None

    async def take_async(self, timeout: float | None) -> AnswerEvent:
        """Return the next event, awaited on the caller's own loop of asyncio or trio. Raises TimedOut."""
        with suppress(Empty):
            return self._events.get_nowait()
        trio = _running_trio()
        try:
            await (self._arrival(timeout) if trio is None else self._arrival_in_trio(trio, timeout))
            return self._events.get_nowait()
        except (TimeoutError, Empty):
            raise TimedOut("") from None
        finally:
            self._wake = None

    async def _arrival(self, timeout: float | None) -> None:
        loop = asyncio.get_running_loop()
        arrived = asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(arrived.set)
        # Checked again, since an event between the first check and `_wake` does not wake this coroutine.
        if self._events.empty():
            async with asyncio.timeout(timeout):
                await arrived.wait()

    async def _arrival_in_trio(self, trio: Any, timeout: float | None) -> None:
        token = trio.lowlevel.current_trio_token()
        arrived = trio.Event()
        self._wake = lambda: token.run_sync_soon(arrived.set)
        if self._events.empty():
            with trio.move_on_after(float("inf") if timeout is None else timeout):
                await arrived.wait()

    def head(self, event: AnswerEvent) -> tuple[int, Headers]:
        """Return status and headers of the first event. Raises ConnectionReset, ConnectionClosed."""
        if event.kind == "reset":
            raise ConnectionReset(_RESET)
        if event.kind != "head":
            raise ConnectionClosed("Server disconnected without sending a response.")
        self._bodiless = self._bodiless or event.status in _BODILESS
        if not self._bodiless:
            self._expected = _length(event.headers)
        return event.status, list(event.headers)

    def chunk(self, event: AnswerEvent) -> bytes | None:
        """Return a part of the body, None at its end. Raises ConnectionReset, ConnectionClosed."""
        if event.kind == "body":
            piece = b"" if self._bodiless else event.body
            self._received += len(piece)
            return piece
        if event.kind == "reset":
            raise ConnectionReset(_RESET)
        missing = None if self._expected is None else self._expected - self._received
        if self._bodiless or missing == 0 or (event.kind == "end" and missing is None):
            return None
        raise self._incomplete(missing)

    def hang_up(self) -> None:
        """Disconnect. An application that waits for `http.disconnect` receives it."""
        with suppress(RuntimeError):  # The loop has been closed.
            self._loop.call_soon_threadsafe(self._gone.set)

    def _put(self, event: AnswerEvent) -> None:
        if self._over:
            return
        self._over = event.kind in ("end", "closed", "reset")
        self._events.put(event)
        wake = self._wake
        if wake is not None:
            with suppress(RuntimeError):  # The caller's loop has been closed.
                wake()

    def _incomplete(self, missing: int | None) -> ConnectionClosed:
        said = "incomplete chunked read"
        if missing is not None:
            said = f"received {self._received} bytes, expected {self._expected}"
        return ConnectionClosed(f"peer closed connection without sending complete message body ({said})", True, missing)


async def checkpoint() -> None:
    """Let other tasks of the running loop run."""
    trio = _running_trio()
    await (asyncio.sleep(0) if trio is None else trio.lowlevel.checkpoint())


def _running_trio() -> Any:
    """Return the module trio if this is one of its tasks, else None. It is not imported for that."""
    trio = sys.modules.get("trio")
    if trio is not None:
        with suppress(RuntimeError):
            trio.lowlevel.current_task()
            return trio
    return None


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    for name, value in headers:
        if name.lower() == b"content-length" and value.isdigit():
            return int(value)
    return None


async def _cancel_all() -> None:
    await _end(asyncio.all_tasks() - {asyncio.current_task()})


async def _end(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    ending = [task for task in tasks if task is not None]
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
