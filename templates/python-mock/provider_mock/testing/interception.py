"""Interception of requests to the platform, which are answered by a mock in this process while a test runs.

httpx, httpx2 and urllib3 (which requests uses) are patched where they send a request to the network. A library that has
not been imported is patched at its import, since importing all of them takes longer than most tests.

The patches look up the mock of the running test when they are called, because code may keep a patched function beyond its
test. httpcore, below httpx, is patched too, for code that kept a function of httpx before the test, as vcrpy does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ..spec.origins import DEFAULT_PORTS
from ..spec.platform import PLATFORM
from .addresses import PLATFORM_ADDRESSES, Address, address_of, root_of
from .guard import LIBRARY_GUARDS, guard_standard_library
from .importing import patching_imports
from .routing import Destination, NotAnswered, Route, find_route

if TYPE_CHECKING:
    from pytest import MonkeyPatch

T = TypeVar("T")

__all__ = ["PLATFORM_ADDRESSES", "Address", "Interception", "address_of", "root_of"]


class Interception(Destination):
    """Interception of requests to any of `addresses`, which `mock` answers."""

    @contextmanager
    def installed(self, patch: MonkeyPatch) -> Generator[None, None, None]:
        """Patch the imported libraries, and those that are imported while the block runs.

        `patch` reverts the patches.
        """
        guard_standard_library(patch)
        with _replacements() as replacements:
            patches = {name: _bound(apply, replacements) for name, apply in _PATCHES.items()}
            patches |= {name: _bound(apply, patch) for name, apply in LIBRARY_GUARDS.items()}
            for name, apply in patches.items():
                module = sys.modules.get(name)
                if module is not None:
                    apply(module)
            with patching_imports(patches), self.active():
                yield


class _Replacements:
    """Replaced functions of libraries."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def setattr(self, owner: Any, name: str, function: Any) -> None:
        self._replaced.append((owner, name, function, getattr(owner, name)))
        setattr(owner, name, function)

    def undo(self) -> None:
        """Put each function back, unless somebody else has replaced ours since.

        vcrpy does so at the end of a cassette. If the fixture began within it, the function from before the fixture is vcrpy's.
        """
        for owner, name, function, before in reversed(self._replaced):
            if getattr(owner, name) is function:
                setattr(owner, name, before)


@contextmanager
def _replacements() -> Generator[_Replacements, None, None]:
    replacements = _Replacements()
    try:
        yield replacements
    finally:
        replacements.undo()


#: The message for code that uses urllib3-future.
_OTHER_URLLIB3 = (
    "The fixture provider_mock does not answer urllib3-future, which niquests installs in place of urllib3: "
    f"use provider_mock_server and {PLATFORM.environment.base_url}."
)


def _patch_httpx(patch: _Replacements, library: Any) -> None:
    from .transports import frugal, intercepting, intercepting_async

    for kind in (library.HTTPTransport, library.AsyncHTTPTransport):
        patch.setattr(kind, "__init__", frugal(library, kind.__init__))
    sync, asynchronous = library.HTTPTransport, library.AsyncHTTPTransport
    patch.setattr(sync, "handle_request", intercepting(library, sync.handle_request))
    patch.setattr(asynchronous, "handle_async_request", intercepting_async(library, asynchronous.handle_async_request))


def _patch_httpcore(patch: _Replacements, library: Any) -> None:
    from .transports import intercepting, intercepting_async

    sync, asynchronous = library.ConnectionPool, library.AsyncConnectionPool
    patch.setattr(sync, "handle_request", intercepting(library, sync.handle_request))
    patch.setattr(asynchronous, "handle_async_request", intercepting_async(library, asynchronous.handle_async_request))


def _patch_urllib3(patch: _Replacements, library: Any) -> None:
    real = library.HTTPConnectionPool.urlopen

    def urlopen(pool: Any, method: str, url: str, *rest: Any, **options: Any) -> Any:
        split = urlsplit(url)
        # With a proxy for plain http the pool is the proxy's, and the URL contains the real target.
        scheme, host, port = split.scheme or pool.scheme, split.hostname or pool.host, split.port or pool.port
        try:
            route = find_route(scheme, host, port, (split.path or "/").encode("ascii", "replace")) if host else None
        except NotAnswered as error:
            # requests makes its own ConnectionError of this.
            raise library.exceptions.ProtocolError(str(error)) from None
        if route is not None and route.mock is not None:
            if hasattr(library, "AsyncHTTPConnectionPool"):
                raise library.exceptions.ProtocolError(_OTHER_URLLIB3)
            pool = _pool(route, scheme, host, port or DEFAULT_PORTS[scheme])
        return real(pool, method, url, *rest, **options)

    patch.setattr(library.HTTPConnectionPool, "urlopen", urlopen)


def _pool(route: Route, scheme: str, host: str, port: int) -> Any:
    from .urllib3_pool import pool_into

    pools, key = route.destination.pools, (scheme, host, port)
    if key not in pools:
        assert route.mock is not None
        pools[key] = pool_into(route.mock, scheme, host, port, route.destination.find)
    return pools[key]


_PATCHES: dict[str, Callable[[_Replacements, Any], None]] = {
    "httpcore": _patch_httpcore,
    "httpcore2": _patch_httpcore,
    "httpx": _patch_httpx,
    "httpx2": _patch_httpx,
    "urllib3": _patch_urllib3,
    "urllib3_future": _patch_urllib3,
}


def _bound(apply: Callable[[T, Any], None], patch: T) -> Callable[[ModuleType], None]:
    return lambda module: apply(patch, module)
