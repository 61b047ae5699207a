"""Interception of requests to the platform, which are answered by a mock in this process while a test runs.

httpx, httpx2 and urllib3 (which requests uses) are patched where they send a request to the network. A library that has
not been imported is patched at its import, since importing all three takes longer than most tests.
"""

from __future__ import annotations

import importlib.machinery
import socket
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ..spec.platform import PLATFORM
from ..urls import DEFAULT_PORTS
from .inprocess import InProcess

if TYPE_CHECKING:
    from pytest import MonkeyPatch

#: The service's own hosts: the queue may have another than the rest.
_PLATFORM_HOSTS = tuple(
    dict.fromkeys(host for url in (PLATFORM.base_url, PLATFORM.queue.base_url) if (host := urlsplit(url).hostname))
)
#: The common prefix of paths, such as a version. Base URLs are written with and without it.
_BEGINNINGS = tuple(
    beginning
    for path in (PLATFORM.sync.path, PLATFORM.queue.submit_path)
    if (beginning := path.partition("{slug}")[0].rstrip("/"))
)


class Address(NamedTuple):
    """An address that the mock answers for. Without `scheme` and `port` it is a whole host."""

    host: str
    scheme: str | None = None
    port: int | None = None
    prefix: bytes = b""

    def covers(self, scheme: str, host: str, port: int | None, target: bytes) -> bool:
        """Return whether the mock answers a request to this target."""
        return (
            host.lower().rstrip(".") == self.host
            and self.scheme in (None, scheme)
            and self.port in (None, port or DEFAULT_PORTS.get(scheme))
            and (
                not self.prefix or target.startswith((self.prefix + b"/", self.prefix + b"?")) or target == self.prefix
            )
        )


PLATFORM_ADDRESSES = tuple(map(Address, _PLATFORM_HOSTS))


def address_of(base_url: str) -> Address | None:
    """Return the address of a base URL; None if it is not an http(s) URL."""
    try:
        split = urlsplit(root_of(base_url))
        port = split.port
    except ValueError:
        return None
    if split.scheme not in DEFAULT_PORTS or not split.hostname:
        return None
    return Address(split.hostname, split.scheme, port or DEFAULT_PORTS[split.scheme], split.path.encode("utf-8"))


def root_of(base_url: str) -> str:
    """Return a base URL without the common prefix of paths."""
    root = base_url.strip().rstrip("/")
    return next((root.removesuffix(beginning) for beginning in _BEGINNINGS if root.endswith(beginning)), root)


class Interception:
    """Interception of requests to any of `addresses`, which `mock` answers."""

    def __init__(self, mock: InProcess, addresses: Sequence[Address]) -> None:
        self._mock = mock
        self._addresses = addresses
        self._pools: dict[tuple[str, str, int], Any] = {}
        self._patches: dict[str, Callable[[MonkeyPatch, ModuleType], None]] = {
            "httpx": self._patch_httpx,
            "httpx2": self._patch_httpx,
            "urllib3": self._patch_urllib3,
        }

    @contextmanager
    def installed(self, patch: MonkeyPatch) -> Generator[None, None, None]:
        """Patch the imported libraries, and those that are imported while the block runs.

        `patch` reverts the patches.
        """
        for name, apply in self._patches.items():
            module = sys.modules.get(name)
            if module is not None:
                apply(patch, module)
        finder = _PatchingFinder({name: _bound(apply, patch) for name, apply in self._patches.items()})
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)

    def _find(self, scheme: str, host: str, port: int | None, target: bytes) -> bytes | None:
        """Return the target for the mock; None if the request is not ours."""
        for address in self._addresses:
            if address.covers(scheme, host, port, target):
                rest = target[len(address.prefix) :]
                return rest if rest.startswith(b"/") else b"/" + rest
        return None

    def _ours(self, url: Any) -> bytes | None:
        return self._find(url.scheme, url.host, url.port, url.raw_path)

    def _patch_httpx(self, patch: MonkeyPatch, library: Any) -> None:
        from .transports import frugal, intercepting, intercepting_async

        for kind in (library.HTTPTransport, library.AsyncHTTPTransport):
            patch.setattr(kind, "__init__", frugal(library, kind.__init__))
        real, real_async = library.HTTPTransport.handle_request, library.AsyncHTTPTransport.handle_async_request
        patch.setattr(library.HTTPTransport, "handle_request", intercepting(library, real, self._mock, self._ours))
        patch.setattr(
            library.AsyncHTTPTransport,
            "handle_async_request",
            intercepting_async(library, real_async, self._mock, self._ours),
        )

    def _patch_urllib3(self, patch: MonkeyPatch, library: Any) -> None:
        real = library.HTTPConnectionPool.urlopen

        def urlopen(pool: Any, method: str, url: str, *rest: Any, **options: Any) -> Any:
            split = urlsplit(url)
            # With a proxy for plain http the pool is the proxy's, and the URL contains the real target.
            scheme, host, port = split.scheme or pool.scheme, split.hostname or pool.host, split.port or pool.port
            if not host or self._find(scheme, host, port, (split.path or "/").encode("ascii", "replace")) is None:
                return real(pool, method, url, *rest, **options)
            return real(self._pool(scheme, host, port or DEFAULT_PORTS[scheme]), method, url, *rest, **options)

        patch.setattr(library.HTTPConnectionPool, "urlopen", urlopen)

    def _pool(self, scheme: str, host: str, port: int) -> Any:
        from .urllib3_pool import pool_into

        found = self._pools.get((scheme, host, port))
        if found is None:
            found = self._pools[scheme, host, port] = pool_into(self._mock, scheme, host, port, self._find)
        return found


def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
    """Return a replacement for `socket.getaddrinfo` that does not resolve the platform, so that no request leaves by mistake."""

    def getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and name.lower().rstrip(".") in _PLATFORM_HOSTS:
            raise socket.gaierror(
                socket.EAI_FAIL,
                f"{name} is not reachable in this test. The fixture provider_mock answers httpx2, httpx and requests "
                f"(urllib3); for other libraries use provider_mock_server and {PLATFORM.environment.base_url}.",
            )
        return real(host, *rest, **options)

    return getaddrinfo


def _bound(apply: Callable[[MonkeyPatch, ModuleType], None], patch: MonkeyPatch) -> Callable[[ModuleType], None]:
    return lambda module: apply(patch, module)


class _PatchingFinder:
    """A finder that uses the other finders, and patches the modules in `loaded` after their import."""

    def __init__(self, loaded: dict[str, Callable[[ModuleType], None]]) -> None:
        self._loaded = loaded

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self._loaded:
            return None
        for finder in sys.meta_path:
            found = None if finder is self else finder.find_spec(name, path, target)
            if found is not None:
                if found.loader is not None:
                    found.loader = _PatchingLoader(found, self._loaded[name])  # type: ignore[assignment]
                return found
        return None


class _PatchingLoader:
    """A loader that uses the real loader, restores it, and calls `loaded`."""

    def __init__(self, spec: importlib.machinery.ModuleSpec, loaded: Callable[[ModuleType], None]) -> None:
        self._spec = spec
        self._real: Any = spec.loader
        self._loaded = loaded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._real.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._spec.loader = module.__loader__ = self._real
        self._real.exec_module(module)
        self._loaded(module)
