"""The mocks of a test session: on a loop in this process, or behind a socket. Each test gets a new mock."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ..api.jobs import Pace
from ..media.file_cache import FileCache
from ..server.app import create_app
from ..settings import Settings
from ..spec.platform import PLATFORM
from ..state.clock import Clock
from ..state.money import micros
from . import KEY, InProcessAdmin, MockClock, ProviderMock, SocketAdmin, SwitchableApp
from .inprocess import InProcess, LoopThread
from .interception import PLATFORM_ADDRESSES, Interception, address_of, root_of
from .pauses import ClientPauses

if TYPE_CHECKING:
    from pytest import MonkeyPatch

#: By default the first status poll finds the job ended, so that code does not wait between polls in tests.
_PACE = Pace("polls", 0)


def _pace(value: Any) -> Pace:
    return value if isinstance(value, Pace) else Pace.parse(str(value))


def _basis(value: Any) -> str:
    if value not in ("any", "documented"):
        raise ValueError(f"{value!r} is neither 'any' nor 'documented'")
    return str(value)


def _keys(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        raise ValueError("expected a list of strings, got a string")
    return frozenset(map(str, value))


#: Options of the marker: name, field of the settings, and parser.
_OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "queue": ("pace", _pace),
    "credits": ("credits", micros),
    "basis": ("basis", _basis),
    "keys": ("keys", _keys),
    "price": ("default_price", micros),
}
_FROZEN = "frozen"


class MockSetup(NamedTuple):
    """The setup of a test's mock."""

    settings: Settings
    frozen: bool
    key: str


def read_options(options: Mapping[str, Any]) -> MockSetup:
    """Read the options of the marker. Raises ValueError for an unknown option or an invalid value."""
    values: dict[str, Any] = {"pace": _PACE}
    for name, value in options.items():
        if name == _FROZEN:
            continue
        if name not in _OPTIONS:
            raise ValueError(f"unknown option {name!r}, expected one of {', '.join((*_OPTIONS, _FROZEN))}")
        setting, read = _OPTIONS[name]
        try:
            values[setting] = read(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name}: {error}") from None
    return MockSetup(Settings(**values), bool(options.get(_FROZEN, False)), next(iter(options.get("keys", ())), KEY))


class InProcessMocks:
    """Mocks in this process, with one event loop for the session."""

    def __init__(self) -> None:
        self._thread = LoopThread()
        self._files = _files()

    @contextmanager
    def mock(self, setup: MockSetup, patch: MonkeyPatch) -> Generator[ProviderMock, None, None]:
        """Yield a new mock. While the block runs, it receives all requests to the platform."""
        configured = os.environ.get(PLATFORM.environment.base_url, "")
        # A test may use both fixtures: requests to the server are not intercepted.
        elsewhere = None if configured in ServedMocks.urls else address_of(configured)
        url = PLATFORM.base_url if elsewhere is None else root_of(configured)
        app = SwitchableApp()
        # The answers contain the test's own base URL, since clients do not follow another one.
        _start_mock(app, setup, self._files, None if elsewhere is None else url)
        mock = InProcess(self._thread, app)
        patch.setenv(PLATFORM.environment.api_key, setup.key)
        admin = InProcessAdmin(mock)
        mock.pauses = ClientPauses(MockClock(admin))
        addresses = [*([] if elsewhere is None else [elsewhere]), *PLATFORM_ADDRESSES]
        try:
            with Interception(mock, addresses).installed(patch):
                yield ProviderMock(url, setup.key, admin, mock)
        finally:
            mock.finish()

    def close(self) -> None:
        """Stop the loop and its thread."""
        self._files.close()
        self._thread.close()


class ServedMocks:
    """Mocks behind a socket, with one server for the session on a free port."""

    urls: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        from ..server.running import listening

        self._stage = SwitchableApp()
        self._files = _files()
        self._listening = listening(self._stage)
        self._url = self._listening.__enter__()
        self.urls.add(self._url)

    @contextmanager
    def mock(self, setup: MockSetup, patch: MonkeyPatch) -> Generator[ProviderMock, None, None]:
        """Yield a new mock at the server's URL, which the environment variables contain."""
        _start_mock(self._stage, setup, self._files, None)
        patch.setenv(PLATFORM.environment.api_key, setup.key)
        patch.setenv(PLATFORM.environment.base_url, self._url)
        admin = SocketAdmin(self._url)
        address = address_of(self._url)
        assert address is not None
        with Interception(None, [address], ClientPauses(MockClock(admin))).installed(patch):
            yield ProviderMock(self._url, setup.key, admin)

    def close(self) -> None:
        """Stop the server."""
        self._listening.__exit__(None, None, None)
        self._files.close()


def _start_mock(switchable: SwitchableApp, setup: MockSetup, files: FileCache, public_url: str | None) -> None:
    app = create_app(replace(setup.settings, public_url=public_url), Clock(setup.frozen))
    # Equal requests have equal files in every test, so they are rendered once for the session.
    app.mock.files = files
    switchable.switch_to(app, one_key=not setup.settings.keys)


def _files() -> FileCache:
    settings = Settings()
    return FileCache(settings.cache_bytes, settings.pixels_in_flight)
