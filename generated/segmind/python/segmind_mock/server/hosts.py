"""By which names the mock may be called, and what its own URLs begin with.

A page in a browser can make its own host name resolve to 127.0.0.1 and then talk to whatever listens there (DNS
rebinding). Its requests carry that name in the Host header, so a mock that only answers to its own names is deaf to it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ..spec.platform import PLATFORM
from .asgi import Scope
from .limits import RequestRefused

_HOST = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
#: What paths begin with that a submit gave out as a foreign host's.
ELSEWHERE = "/elsewhere"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
#: The origins of the service's own hosts, by their names: the queue may have another than the rest.
_PLATFORM = {urlsplit(url).hostname: url for url in (PLATFORM.queue.base_url, PLATFORM.base_url) if url}


class Hosts:
    """The names the mock answers to: loopback's, the address it was reached at, the service's own, and those given."""

    def __init__(self, further: frozenset[str], public_url: str | None) -> None:
        self._names = _LOOPBACK | {_bare(name) for name in further}
        self._public = None
        if public_url is not None:
            split = urlsplit(public_url)
            if split.scheme not in ("http", "https") or not _HOST.fullmatch(split.netloc):
                raise ValueError(f"{public_url!r} is no URL of a host")
            self._public = f"{split.scheme}://{split.netloc}{split.path.rstrip('/')}"
            self._names |= {_bare(split.netloc)}

    def origin(self, scope: Scope, header: bytes | None) -> str:
        """What absolute URLs begin with for this request. Raises Refused (400, 421) for a Host that is not ours."""
        found = _HOST.fullmatch((header or b"").decode("latin-1"))
        if found is None:
            raise RequestRefused(400, "The Host header is missing or malformed.", True)
        name = found[1].lower()
        if name in _PLATFORM:
            # Redirected by a proxy, a transport or a hosts file: the caller believes in the service's own URL, and a
            # careful one sends its key to no other.
            return self._public or _PLATFORM[name]
        if name not in self._names and not name.endswith(".localhost") and name != _reached(scope):
            raise RequestRefused(421, "This Host is not served here. Name it with --public-host if it should be.", True)
        return self._public or f"{scope.get('scheme', 'http')}://{found[0]}"

    def elsewhere(self, origin: str) -> str:
        """Another origin under which this mock can be reached, where there is one: loopback's other name."""
        split = urlsplit(origin)
        other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(split.hostname or "")
        if other is None or split.port is None:
            return f"https://elsewhere.invalid{ELSEWHERE}"
        return f"{split.scheme}://{other}:{split.port}{ELSEWHERE}"

    def same(self, origin: bytes, host: bytes) -> bool:
        """Whether a browser's Origin header is this very host."""
        return urlsplit(origin.decode("latin-1")).netloc.lower() == host.decode("latin-1").lower()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what is bound to `host`."""
    return host == "localhost" or host == "::1" or (host.startswith("127.") and host.replace(".", "").isdigit())


def _bare(name: str) -> str:
    """A host name without its port, in lower case."""
    found = _HOST.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is no host name")
    return found[1].lower()


def _reached(scope: Scope) -> str | None:
    """The address the connection came in at. A name that equals it was not made up: behind a socket this is an IP."""
    server = scope.get("server")
    if not server:
        return None
    address = str(server[0]).lower()
    return f"[{address}]" if ":" in address and not address.startswith("[") else address
