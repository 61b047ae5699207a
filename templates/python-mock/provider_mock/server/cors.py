"""CORS: the answers that a browser needs before it gives an answer of the mock to a page of another origin.

Off unless origins are allowed. A preflight is answered here and is not a request to the service: it is not in the journal,
and a proxy does not forward it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..urls import browser_origin
from .asgi import Answer, Request

ANY = "*"
_ADMIN = "/__mock/"
_MAX_AGE_S = 600
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_TOKENS = re.compile(rf"{_TOKEN.pattern}(?:[ \t]*,[ \t]*{_TOKEN.pattern}){{0,99}}")
#: Headers that pages can always read.
_SAFE = frozenset(
    {b"cache-control", b"content-language", b"content-length", b"content-type", b"expires", b"last-modified"}
)


class CorsPolicy:
    """The origins whose pages may call the mock; `*` for all. Its admin endpoints only with `admin`."""

    def __init__(self, origins: Iterable[str] = (), admin: bool = False) -> None:
        """Raise ValueError for a text that is not an origin."""
        self._origins = frozenset(map(read_origin, origins))
        self._admin = admin

    def admits(self, origin: bytes | None, path: str) -> bool:
        """Return whether pages of `origin` may read the answer at `path`."""
        if origin is None or not self._covers(path):
            return False
        return ANY in self._origins or _normal(origin.decode("latin-1")) in self._origins

    def preflight(self, request: Request) -> Answer | None:
        """Return the answer to an admitted preflight; None for any other request."""
        if request.method != "OPTIONS":
            return None
        headers = request.headers
        method = headers.get(b"access-control-request-method", b"").decode("latin-1")
        if not method or not self.admits(headers.get(b"origin"), request.path):
            return None
        answer = Answer(204, b"")
        answer.headers.clear()
        if _TOKEN.fullmatch(method):
            answer.add("access-control-allow-methods", method)
        # Repeated and not "*", which does not include Authorization.
        wanted = headers.get(b"access-control-request-headers", b"").decode("latin-1")
        if _TOKENS.fullmatch(wanted):
            answer.add("access-control-allow-headers", wanted)
        if headers.get(b"access-control-request-private-network") == b"true":
            answer.add("access-control-allow-private-network", "true")
        answer.add("access-control-max-age", _MAX_AGE_S)
        answer.add("vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
        return answer

    def add_headers(self, answer: Answer, request: Request) -> None:
        """Allow pages of an admitted origin to read the answer and all of its headers."""
        if not self._covers(request.path):
            return
        exposed = b", ".join(dict.fromkeys(name for name, _ in answer.headers if name not in _SAFE)).decode("ascii")
        answer.add("vary", "Origin")
        origin = request.headers.get(b"origin")
        if origin is None or not self.admits(origin, request.path):
            return
        answer.add("access-control-allow-origin", ANY if ANY in self._origins else origin.decode("latin-1"))
        if exposed and request.method != "OPTIONS":
            answer.add("access-control-expose-headers", exposed)

    def _covers(self, path: str) -> bool:
        return bool(self._origins) and (self._admin or not path.startswith(_ADMIN))


def read_origin(text: str) -> str:
    """Return an origin for a policy in normal form. Raises ValueError.

    >>> read_origin("HTTPS://App.Example:443/")
    'https://app.example'
    """
    found = ANY if text == ANY else _normal(text.removesuffix("/"))
    if found is None:
        raise ValueError(f"expected an origin such as https://app.example:8443, null or *, got {text[:100]!a}")
    return found


def _normal(text: str) -> str | None:
    return text if text == "null" else browser_origin(text)
