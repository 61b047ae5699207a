"""Hosts and origins as browsers and other clients send them in headers."""

from __future__ import annotations

import re
from functools import lru_cache

from .spec.origins import DEFAULT_PORTS

#: A host name or address, and its port.
HOST = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://(.{1,300})", re.DOTALL)
_MOST_PORT = 65535


@lru_cache(maxsize=256)
def split_host(text: str) -> tuple[str, int | None] | None:
    """Return the host in lower case and the port of a Host header or an authority; None if it is malformed.

    >>> split_host("LocalHost:8787"), split_host("localhost:99999"), split_host("[::1")
    (('localhost', 8787), None, None)
    """
    found = HOST.fullmatch(text)
    if found is None:
        return None
    port = int(found[2]) if found[2] else None
    return None if port is not None and port > _MOST_PORT else (found[1].lower(), port)


def browser_origin(text: str) -> str | None:
    """Return the value of an Origin header in normal form; None if it is malformed. Any scheme may have an origin.

    >>> browser_origin("http://LocalHost:80"), browser_origin("http://["), browser_origin("http://a/b")
    ('http://localhost', None, None)
    """
    found = _SCHEME.fullmatch(text)
    place = split_host(found[2]) if found is not None else None
    if found is None or place is None:
        return None
    scheme, (host, port) = found[1].lower(), place
    return f"{scheme}://{host}" if port in (None, DEFAULT_PORTS.get(scheme)) else f"{scheme}://{host}:{port}"
