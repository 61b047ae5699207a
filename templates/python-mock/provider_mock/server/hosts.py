"""Host names of the mock, and the origin of the URLs in its answers.

A web page can make its own host name resolve to 127.0.0.1 and then send requests to any local server (DNS rebinding).
Its requests carry that name in the Host header, so the mock only answers requests for its own names.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ..spec.platform import PLATFORM
from ..urls import browser_origin, split_host
from .asgi import Scope
from .limits import RequestRefused

#: Path prefix of the URLs in the scenario `foreign-status-url`.
ELSEWHERE = "/elsewhere"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
#: The service's base URLs by host name. The queue may have its own host.
_PLATFORM = {urlsplit(url).hostname: url for url in (PLATFORM.queue.base_url, PLATFORM.base_url) if url}


class Hosts:
    """The accepted host names: loopback, the address of the connection, the service's own, and those in the settings."""

    def __init__(self, further: frozenset[str], public_url: str | None) -> None:
        self._names = _LOOPBACK | {_bare(name) for name in further}
        self._public = None
        if public_url is not None:
            try:
                split = urlsplit(public_url)
            except ValueError:
                split = urlsplit("")
            if split.scheme not in ("http", "https") or split_host(split.netloc) is None:
                raise ValueError(f"public URL: expected http(s)://HOST, got {public_url!r}")
            self._public = f"{split.scheme}://{split.netloc}{split.path.rstrip('/')}"
            self._names |= {_bare(split.netloc)}

    def origin(self, scope: Scope, header: bytes | None) -> str:
        """Return the beginning of absolute URLs for this request. Raises RequestRefused (400, 421) for another Host."""
        names = [name for name, _ in scope["headers"]]
        for field in (b"host", b"origin"):
            if (count := names.count(field)) > 1:
                raise RequestRefused(400, f"Expected one {field.decode().capitalize()} header, got {count}.", True)
        authority = (header or b"").decode("latin-1")
        found = split_host(authority)
        if found is None:
            got = f", got {authority[:100]!a}" if authority else ""
            raise RequestRefused(
                400, f"The Host header is missing or malformed: expected HOST or HOST:PORT{got}.", True
            )
        name = found[0]
        if name in _PLATFORM:
            # Redirected by a proxy, a transport or a hosts file. The caller uses the service's own URL, and sends its key
            # to no other origin.
            return self._public or _PLATFORM[name]
        if name not in self._names and not name.endswith(".localhost") and name != _reached(scope):
            raise RequestRefused(421, "This Host is not served here. Name it with --public-host if it should be.", True)
        return self._public or f"{scope.get('scheme', 'http')}://{authority}"

    def elsewhere(self, origin: str) -> str:
        """Return another origin of this mock, if it has one: the other name of loopback."""
        split = urlsplit(origin)
        other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(split.hostname or "")
        if other is None or split.port is None:
            return f"https://elsewhere.invalid{ELSEWHERE}"
        return f"{split.scheme}://{other}:{split.port}{ELSEWHERE}"

    def same(self, origin: bytes, host: bytes) -> bool:
        """Return whether a browser's Origin header names the request's own host. A malformed one does not."""
        text = origin.decode("latin-1")
        scheme = text.partition("://")[0]
        return (found := browser_origin(text)) is not None and found == browser_origin(
            f"{scheme}://{host.decode('latin-1')}"
        )


def is_loopback(host: str) -> bool:
    """Return whether an address is only reachable from this machine."""
    return host == "localhost" or host == "::1" or (host.startswith("127.") and host.replace(".", "").isdigit())


def _bare(name: str) -> str:
    """Return a host name without its port, in lower case."""
    found = split_host(name)
    if found is None:
        raise ValueError(f"expected a host name, got {name!r}")
    return found[0]


def _reached(scope: Scope) -> str | None:
    """Return the address that the connection was made to. Behind a socket it is an IP address, so it cannot be forged."""
    server = scope.get("server")
    if not server:
        return None
    address = str(server[0]).lower()
    return f"[{address}]" if ":" in address and not address.startswith("[") else address
