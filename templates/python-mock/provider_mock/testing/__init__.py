"""The mock's interface for tests, which the fixtures of the pytest plugin return.

It only uses the admin endpoints under `/__mock/`, so that it is the same for a mock in this process and behind a socket.
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

__all__ = ["ABSENT", "ANY", "KEY", "AdminConnection", "Door", "MockClock", "RecordedRequest"]
__all__ += ["SocketAdmin", "SocketDoor", "Stage", "SwitchableApp"]
# By itself, since it sorts differently for each provider.
__all__ += ["ProviderMock"]

#: The API key in a test's environment. It is valid nowhere else.
KEY = "test-key-of-the-mock"
_KEY = PLATFORM.auth.value(KEY).encode("ascii")
_ALL = 999_999
_SHOWN = 20
_WAIT_S = 30.0


class SwitchableApp:
    """An ASGI application that forwards to the mock of the running test.

    With `one_key`, any key that the code under test sends is replaced by `KEY`, so that a test has one account, and a
    real key is not stored anywhere. Without it, keys have separate accounts.
    """

    def __init__(self) -> None:
        self._current: tuple[App, bool] | None = None

    def switch_to(self, app: App, one_key: bool) -> None:
        """Let `app` answer from now on."""
        self._current = (app, one_key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._current is None:
            raise RuntimeError("No test that uses the mock is running.")
        app, one_key = self._current
        if one_key and scope["type"] == "http":
            sent = sent_key(dict(scope["headers"]))
            if sent is not None and sent != KEY:
                app.mock.redactor.identify(sent)  # The key must also be redacted where a text contains it.
                replaced = [(name, _KEY if name == KEY_HEADER else value) for name, value in scope["headers"]]
                scope = {**scope, "headers": replaced}
        await app(scope, receive, send)


class AdminConnection(ABC):
    """Access to the mock's admin endpoints."""

    @abstractmethod
    def request(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Send a request to the mock and return status and body of the answer."""

    def ask(self, method: str, name: str, content: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON of the admin endpoint `name`. Raises ValueError with the mock's message if it refuses."""
        body = b"" if content is None else json.dumps(content).encode("ascii")
        status, answer = self.request(method, PREFIX + name, body)
        said = json.loads(answer)
        if status != 200:
            raise ValueError(find(said, PLATFORM.roles["error_text"], f"the mock answered {status}"))
        return said


class InProcessAdmin(AdminConnection):
    """Access to a mock in this process."""

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
    """Access to a mock behind a socket. It uses http.client, since no HTTP library may be installed."""

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
    """The mock's clock, in seconds since 1970. It runs until it is frozen."""

    def __init__(self, admin: AdminConnection) -> None:
        self._admin = admin

    def now(self) -> float:
        """Return the current time."""
        seconds: float = self._admin.ask("GET", "clock")["now"]
        return seconds

    def advance(self, seconds: float) -> None:
        """Advance the clock. Raises ValueError for a negative amount.

        With `monkeypatch.setattr("time.sleep", provider_mock.clock.advance)`, code that sleeps only advances this clock.
        """
        self._admin.ask("POST", "clock", {"advance": seconds})

    def freeze(self, frozen: bool = True) -> None:
        """Freeze the clock, or (False) let it run."""
        self._admin.ask("POST", "clock", {"freeze": frozen})


class ProviderMock:
    """A mock for one test.

    `url` is its base URL and `key` a key that it accepts. Both are in the environment variables, too.
    """

    def __init__(self, url: str, key: str, admin: AdminConnection, mock: InProcess | None = None) -> None:
        self.url = url
        self.key = key
        self.clock = MockClock(admin)
        self._admin = admin
        self._mock = mock
        self._expectations: list[Expectation] = []

    def __repr__(self) -> str:
        return f"<ProviderMock {self.url}>"

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests in this test, oldest first."""
        entries = self._admin.ask("GET", f"requests?last={_ALL}")["requests"]
        return [RecordedRequest.read(entry) for entry in entries]

    @property
    def last(self) -> RecordedRequest:
        """The last request. Raises AssertionError if there was none."""
        entries = self._admin.ask("GET", "requests?last=1")["requests"]
        if not entries:
            raise AssertionError("The mock received no request.")
        return RecordedRequest.read(entries[0])

    @property
    def credits(self) -> float:
        """The account's credits in dollars. Can be set."""
        left: float = self._admin.ask("GET", f"credits?key={quote(self.key)}")["accounts"][0]["credits"]
        return left

    @credits.setter
    def credits(self, amount: float) -> None:
        self._admin.ask("POST", "credits", {"key": self.key, "credits": amount})

    def scenario(self, name: str, times: int = 1, key: str | None = None) -> None:
        """Queue a scenario for the next `times` requests (with `key`); `provider-mock --help` lists the scenarios.

        Raises ValueError for an unknown scenario.
        """
        self._admin.ask("POST", "scenarios", {"key": key or self.key, "scenario": name, "times": times})

    def reset(self) -> None:
        """Delete requests, jobs, credits, scenarios and expectations. The clock is not changed."""
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
        """Expect `times` such requests. Checked when the test has passed, or at once by `.verify()`.

        `times=None` means at least one, `times=0` none. Parameters of the model have their names on the wire; those with
        the name of an argument here go into `parameters`. A value is compared for equality, or is a compiled regular
        expression to search for, a type, a predicate, ANY, or (for parameters) ABSENT. Without `method`, only POST
        requests count, not polls and downloads.
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
        """Check every expectation that has not been checked. Raises AssertionError."""
        __tracebackhide__ = True
        failures = self.failures()
        if failures:
            raise AssertionError("\n\n".join(failures))

    def failures(self) -> list[str]:
        """Return the messages of the expectations that are not met. Each expectation is reported once."""
        open_ones = [expectation for expectation in self._expectations if not expectation.settled]
        for expectation in open_ones:
            expectation.settled = True
        return [failure for expectation in open_ones if (failure := expectation.failure()) is not None]

    def report(self) -> str:
        """Return the last requests, one per line, for the report of a failed test."""
        requests = self.requests
        lines = [f"({len(requests) - _SHOWN} earlier ones)"] if len(requests) > _SHOWN else []
        return "\n".join(lines + [inert(repr(request)) for request in requests[-_SHOWN:]])

    def transport(self, library: Any = None) -> Any:
        """Return a transport into this mock for an `httpx2.Client`, or for httpx if that module is given.

        For code that takes a transport; other requests are intercepted anyway. Raises TypeError for a mock behind a
        socket.
        """
        from .transports import transport

        return transport(*self._process(library))

    def async_transport(self, library: Any = None) -> Any:
        """Return a transport like `transport`, for an AsyncClient."""
        from .transports import async_transport

        return async_transport(*self._process(library))

    def _process(self, library: Any) -> tuple[Any, InProcess]:
        if self._mock is None:
            raise TypeError(
                "This mock is behind a socket: pass its url to the client, or use the fixture provider_mock."
            )
        if library is None:
            import httpx2 as library
        return library, self._mock


#: Former names, for code that imports them.
Door, SocketDoor, Stage = AdminConnection, SocketAdmin, SwitchableApp
