"""Refusal of connections to the provider's hosts while a test uses a mock, so that nothing leaves by mistake.

What is answered by the mock never comes here. The rest is refused where a host name is resolved or connected to, and
where a connection through a proxy names its target, since then only the proxy resolves it.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ..spec.platform import PLATFORM
from .addresses import DOMAINS, is_platform

if TYPE_CHECKING:
    from pytest import MonkeyPatch

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def message(host: object) -> str:
    """Return the message of a refusal."""
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    return (
        f"{name} is not reachable in this test. The fixture provider_mock answers httpx2, httpx and requests "
        f"(urllib3) at {PLATFORM.base_url}; for other libraries use provider_mock_server and "
        f"{PLATFORM.environment.base_url}."
    )


def refuse(host: object) -> None:
    """Raise socket.gaierror for a host of the provider."""
    if is_platform(host):
        raise socket.gaierror(socket.EAI_FAIL, message(host))


def guard_standard_library(patch: MonkeyPatch) -> None:
    """Refuse the provider's hosts in socket, http.client (urllib) and, by way of socket, asyncio.

    Processes that the test starts are not guarded. A proxy in their environment does not lead them to the provider.
    """
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        patch.setattr(socket, name, _guarded(getattr(socket, name)))
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guarded_connect(getattr(socket.socket, name)))
    # Within a cassette, vcrpy has put a class of its own around the real one.
    connection: Any = getattr(http.client.HTTPConnection, "_baseclass", http.client.HTTPConnection)
    patch.setattr(connection, "set_tunnel", _guarded_method(connection.set_tunnel))
    patch.setattr(connection, "putrequest", _guarded_request(connection.putrequest))
    if any(os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXIES):
        excepted = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
        if excepted.strip() != "*":
            hosts = ",".join(filter(None, [excepted, *DOMAINS]))
            patch.setenv("no_proxy", hosts)
            patch.setenv("NO_PROXY", hosts)


def _guarded(real: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(host: Any = None, *rest: Any, **options: Any) -> Any:
        refuse(host)
        return real(host, *rest, **options)

    return resolve


def _guarded_connect(real: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: Any, address: Any, *rest: Any) -> Any:
        if isinstance(address, tuple) and address:
            refuse(cast(Any, address)[0])
        return real(self, address, *rest)

    return connect


def _guarded_method(real: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, host: Any, *rest: Any, **options: Any) -> Any:
        # As given to http.client, possibly with a port.
        refuse(urlsplit(f"//{host}").hostname if isinstance(host, str) else host)
        return real(self, host, *rest, **options)

    return method


def _guarded_request(real: Callable[..., Any]) -> Callable[..., Any]:
    def putrequest(self: Any, method: str, url: str, *rest: Any, **options: Any) -> Any:
        # The whole URL is sent to a proxy only.
        refuse(urlsplit(url).hostname if url[:7].lower() == "http://" else None)
        return real(self, method, url, *rest, **options)

    return putrequest


def _guard_aiohttp(patch: MonkeyPatch, library: Any) -> None:
    real = library.BaseConnector.connect

    async def connect(self: Any, request: Any, *rest: Any, **options: Any) -> Any:
        if is_platform(request.url.host):
            raise library.ClientConnectionError(message(request.url.host))
        return await real(self, request, *rest, **options)

    patch.setattr(library.BaseConnector, "connect", connect)


def _guard_uvloop(patch: MonkeyPatch, library: Any) -> None:
    """uvloop resolves names without the socket module."""
    loop = library.Loop
    resolve, connect = loop.getaddrinfo, loop.create_connection

    async def getaddrinfo(self: Any, host: Any, *rest: Any, **options: Any) -> Any:
        refuse(host)
        return await resolve(self, host, *rest, **options)

    async def create_connection(self: Any, factory: Any, host: Any = None, *rest: Any, **options: Any) -> Any:
        refuse(host)
        return await connect(self, factory, host, *rest, **options)

    patch.setattr(loop, "getaddrinfo", getaddrinfo)
    patch.setattr(loop, "create_connection", create_connection)


def _guard_aiodns(patch: MonkeyPatch, library: Any) -> None:
    """aiodns asks the name servers itself."""
    for name in ("getaddrinfo", "gethostbyname", "query", "query_dns"):
        real = getattr(library.DNSResolver, name, None)
        if real is not None:
            patch.setattr(library.DNSResolver, name, _guarded_method(real))


def _guard_pycurl(patch: MonkeyPatch, library: Any) -> None:
    """libcurl resolves names and reads the proxies of the environment itself."""

    class Curl(library.Curl):  # type: ignore[misc]
        # Not by methods of these names: pytest-recording puts a class around pycurl's that looks them up elsewhere.
        def __getattribute__(self, name: str) -> Any:
            parent: Any = super()
            real: Any = parent.__getattribute__(name)
            asked: dict[str, Any] = object.__getattribute__(self, "__dict__")

            def setopt(option: int, value: Any) -> None:
                if option == library.URL:
                    url = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
                    asked["host"] = urlsplit(url if "://" in url else f"//{url}").hostname
                real(option, value)

            def perform(*rest: Any) -> Any:
                if is_platform(asked.get("host")):
                    raise library.error(library.E_COULDNT_RESOLVE_HOST, message(asked["host"]))
                return real(*rest)

            return {"setopt": setopt, "perform": perform, "perform_rb": perform}.get(name, real)

    class Module:
        def __getattribute__(self, name: str) -> Any:
            return Curl if name == "Curl" else getattr(library, name)

    patch.setattr(library, "Curl", Curl)
    if library.Curl is not Curl:
        # pytest-recording has put an object in place of the module.
        modules: dict[str, Any] = sys.modules
        patch.setitem(modules, "pycurl", Module())


#: Libraries that connect or resolve by themselves.
LIBRARY_GUARDS: dict[str, Callable[[MonkeyPatch, Any], None]] = {
    "aiodns": _guard_aiodns,
    "aiohttp": _guard_aiohttp,
    "pycurl": _guard_pycurl,
    "uvloop": _guard_uvloop,
}
