"""The mock as a test holds it: what the pytest plugin's fixtures give.

Everything goes through the mock's own doors under `/__mock/`, so that it is the same whether the mock lives in this
process or behind a socket.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from http.client import HTTPConnection
from inspect import currentframe
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ..api.exchange import KEY_HEADER, sent_key
from ..server.admin import PREFIX
from ..server.app import App
from ..server.asgi import Receive, Scope, Send
from ..spec.answers import find
from ..spec.platform import PLATFORM
from .expectations import ABSENT, ANY, Expectation, RecordedRequest, inert
from .inprocess import ClientRequest, InProcess

__all__ = ["ABSENT", "ANY", "KEY", "Door", "MockClock", "RecordedRequest", "SocketDoor", "Stage"]
# By itself, since it sorts differently for each provider.
__all__ += ["SegmindMock"]

#: The key that a test's environment gets. It opens nothing anywhere.
KEY = "test-key-of-the-mock"
_KEY = PLATFORM.auth.value(KEY).encode("ascii")
_ALL = 999_999
_SHOWN = 20
_WAIT_S = 30.0


class SwitchableApp:
    """The ASGI application that a test's requests come to: the mock of the test that is running.

    Whatever key the code under test sends counts as `KEY`, so that credits and scenarios are the same for all of a
    test, and a real key that got in does not get far. Unless the test wants to tell keys apart (`one_key` is false).
    """

    def __init__(self) -> None:
        self._current: tuple[App, bool] | None = None

    def switch_to(self, app: App, one_key: bool) -> None:
        """From now on `app` answers."""
        self._current = (app, one_key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._current is None:
            raise RuntimeError("No test with the mock is running.")
        app, one_key = self._current
        if one_key and scope["type"] == "http":
            sent = sent_key(dict(scope["headers"]))
            if sent is not None and sent != KEY:
                app.mock.redactor.identify(sent)  # A text that repeats the key shall not give it away, either.
                replaced = [(name, _KEY if name == KEY_HEADER else value) for name, value in scope["headers"]]
                scope = {**scope, "headers": replaced}
        await app(scope, receive, send)


class AdminConnection(ABC):
    """A way to the mock's admin endpoints."""

    @abstractmethod
    def request(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Sends a request to the mock; gives status and body of the answer."""

    def ask(self, method: str, name: str, content: Mapping[str, Any] | None = None) -> Any:
        """What the endpoint `name` says. Raises ValueError with the mock's words if it refuses."""
        body = b"" if content is None else json.dumps(content).encode("ascii")
        status, answer = self.request(method, PREFIX + name, body)
        said = json.loads(answer)
        if status != 200:
            raise ValueError(find(said, PLATFORM.roles["error_text"], f"the mock answered {status}"))
        return said


class InProcessAdmin(AdminConnection):
    """To a mock in this process."""

    def __init__(self, mock: InProcess) -> None:
        self._mock = mock

    def request(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        headers = [(b"host", b"localhost"), (b"content-length", b"%d" % len(body))]
        call = self._mock.send(ClientRequest(method, "http", "localhost", 80, path.encode("ascii"), headers, body))
        status, _ = call.head(call.take(_WAIT_S))
        pieces: list[bytes] = []
        while (piece := call.chunk(call.take(_WAIT_S))) is not None:
            pieces.append(piece)
        return status, b"".join(pieces)


class SocketAdmin(AdminConnection):
    """To a mock that is being served. Without an HTTP library: none may be installed."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc

    def request(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        connection = HTTPConnection(self._host, timeout=_WAIT_S)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class MockClock:
    """The mock's time, in seconds since 1970. It runs like any clock until it is frozen."""

    def __init__(self, admin: AdminConnection) -> None:
        self._admin = admin

    def now(self) -> float:
        """What the clock shows."""
        seconds: float = self._admin.ask("GET", "clock")["now"]
        return seconds

    def advance(self, seconds: float) -> None:
        """Pushes the clock forward. Raises ValueError for a negative amount.

        `monkeypatch.setattr("time.sleep", segmind_mock.clock.advance)` lets code that waits wait by this clock alone.
        """
        self._admin.ask("POST", "clock", {"advance": seconds})

    def freeze(self, frozen: bool = True) -> None:
        """Holds the clock still, or (False) lets it run on."""
        self._admin.ask("POST", "clock", {"freeze": frozen})


class SegmindMock:
    """A mock for one test.

    `url` is where it answers and `key` a key that it accepts; code that reads them from the environment finds them
    there.
    """

    def __init__(self, url: str, key: str, admin: AdminConnection, mock: InProcess | None = None) -> None:
        self.url = url
        self.key = key
        self.clock = MockClock(admin)
        self._admin = admin
        self._mock = mock
        self._expectations: list[Expectation] = []

    def __repr__(self) -> str:
        return f"<SegmindMock {self.url}>"

    @property
    def requests(self) -> list[RecordedRequest]:
        """What was asked of the mock in this test, oldest first."""
        entries = self._admin.ask("GET", f"requests?last={_ALL}")["requests"]
        return [RecordedRequest.read(entry) for entry in entries]

    @property
    def last(self) -> RecordedRequest:
        """The last request. Raises AssertionError if there was none."""
        entries = self._admin.ask("GET", "requests?last=1")["requests"]
        if not entries:
            raise AssertionError("Nothing was asked of the mock.")
        return RecordedRequest.read(entries[0])

    @property
    def credits(self) -> float:
        """What the account has left, in dollars. Can be set."""
        left: float = self._admin.ask("GET", f"credits?key={quote(self.key)}")["accounts"][0]["credits"]
        return left

    @credits.setter
    def credits(self, amount: float) -> None:
        self._admin.ask("POST", "credits", {"key": self.key, "credits": amount})

    def scenario(self, name: str, times: int = 1, key: str | None = None) -> None:
        """Lets the next `times` requests (with `key`) meet a scenario; `segmind-mock --help` lists them.

        Raises ValueError for one that does not exist.
        """
        self._admin.ask("POST", "scenarios", {"key": key or self.key, "scenario": name, "times": times})

    def reset(self) -> None:
        """Forgets requests, jobs, credits, scenarios and expectations. The clock does not go back."""
        self._admin.ask("POST", "reset")
        self._expectations.clear()

    def expect(
        self,
        slug: Any = ANY,
        *,
        method: Any = "POST",
        path: Any = ANY,
        status: Any = ANY,
        scenario: Any = ANY,
        times: int | None = 1,
        parameters: Mapping[str, Any] | None = None,
        **further: Any,
    ) -> Expectation:
        """Expects so many requests of this kind: checked when the test has passed, or at once by `.verify()`.

        `times=None` means any number but none, `times=0` never. Parameters of the model are named as they go over the
        wire; those whose names are taken here go into `parameters`. Each value is one to be equal to, a compiled
        regular expression to be found, a type, a predicate, ANY, or (of parameters) ABSENT. Polls and downloads are
        GET: without `method` only requests that order something are meant.
        """
        fields = {"slug": slug, "method": method, "path": path, "status": status, "scenario": scenario}
        wanted = {name: value for name, value in fields.items() if value is not ANY}
        frame = currentframe()
        caller = frame.f_back if frame is not None else None
        where = "?" if caller is None else f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
        asked = {**(parameters or {}), **further}
        self._expectations.append(Expectation(wanted, asked, times, where, lambda: self.requests))
        return self._expectations[-1]

    def verify(self) -> None:
        """Checks every expectation that has not been checked. Raises AssertionError."""
        __tracebackhide__ = True
        failures = self.failures()
        if failures:
            raise AssertionError("\n\n".join(failures))

    def failures(self) -> list[str]:
        """What is to be said about the expectations that were disappointed; each is told once."""
        open_ones = [expectation for expectation in self._expectations if not expectation.settled]
        for expectation in open_ones:
            expectation.settled = True
        return [failure for expectation in open_ones if (failure := expectation.failure()) is not None]

    def report(self) -> str:
        """The last requests, one a line, for the report of a failed test."""
        requests = self.requests
        lines = [f"({len(requests) - _SHOWN} earlier ones)"] if len(requests) > _SHOWN else []
        return "\n".join(lines + [inert(repr(request)) for request in requests[-_SHOWN:]])

    def transport(self, library: Any = None) -> Any:
        """A transport into this mock for an `httpx2.Client`, or for httpx if that module is given.

        For code that is handed its transport; all else is led here anyway. Raises TypeError for a mock behind a socket.
        """
        from .transports import transport

        return transport(*self._process(library))

    def async_transport(self, library: Any = None) -> Any:
        """As `transport`, for an AsyncClient."""
        from .transports import async_transport

        return async_transport(*self._process(library))

    def _process(self, library: Any) -> tuple[Any, InProcess]:
        if self._mock is None:
            raise TypeError("This mock is behind a socket: give the client its url, or use the fixture segmind_mock.")
        if library is None:
            import httpx2 as library
        return library, self._mock
