"""Origins of URLs: the scheme, host and port that two URLs must share to reach the same server."""

from __future__ import annotations

#: The port of a URL that names none.
DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """Return the scheme, host and port of an absolute http(s) URL; None for anything else.

    Equal origins give equal strings: scheme and host are in lower case, and the default port of the scheme is left out. A
    URL with a user name or a password has no origin here. A host with non-ASCII characters is not converted to Punycode.

    >>> origin_of("HTTPS://Api.Example:443/v2/x")
    'https://api.example'
    """
    # Slower to import than this module, and `--help` does not need it.
    from urllib.parse import urlsplit

    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:
        return None
    if split.scheme not in DEFAULT_PORTS or not host or "@" in split.netloc:
        return None
    host = f"[{host}]" if ":" in host else host
    is_default = port in (None, DEFAULT_PORTS[split.scheme])
    return f"{split.scheme}://{host}" if is_default else f"{split.scheme}://{host}:{port}"
