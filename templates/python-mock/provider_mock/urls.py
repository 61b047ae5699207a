"""Origins of URLs: the scheme, host and port that two URLs must share to reach the same server."""

from __future__ import annotations

from urllib.parse import urlsplit

#: The port of a URL that names none.
DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """Return the origin of an absolute http(s) URL in normal form; None for any other text.

    A default port is left out. A URL with a user name or password has no origin here, so that it is never followed.

    >>> origin_of("HTTPS://Api.Example:443/v2/x")
    'https://api.example'
    """
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:
        return None
    if split.scheme not in DEFAULT_PORTS or not host or "@" in split.netloc:
        return None
    host = f"[{host}]" if ":" in host else host
    default = port in (None, DEFAULT_PORTS[split.scheme])
    return f"{split.scheme}://{host}" if default else f"{split.scheme}://{host}:{port}"
