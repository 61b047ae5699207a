"""URLs: the base URL of the service, and path segments."""

from __future__ import annotations

import re

from ._errors import ConfigurationError
from .spec.origins import origin_of
from .spec.platform import PLATFORM

_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_VERSIONS = frozenset(
    found[1] for path in (PLATFORM.sync.path, PLATFORM.queue.submit_path) if (found := re.match(r"/(v[0-9]+)/", path))
)


def api_root(base_url: str) -> str:
    """Return the base URL without a trailing version such as /v1, because the platform's paths begin with the version.

    Raises:
        ConfigurationError: `base_url` is not an http(s) URL, or has a user name, a query or a fragment.
    """
    root = base_url.strip().rstrip("/")
    if origin_of(root) is None or not root.isprintable() or any(c in root for c in "?# @\\"):
        problem = (
            "must be a host with an optional port and path, without user name, query, fragment and spaces"
            if base_url.strip().lower().startswith(("http://", "https://"))
            else "must begin with http:// or https://"
        )
        raise ConfigurationError(f"base_url {root!r} {problem}")
    head, _, last = root.rpartition("/")
    return head if last in _VERSIONS and not head.endswith(":/") else root


def is_url_safe(text: str) -> bool:
    """Return whether `text` can be part of a URL without escaping: visible ASCII characters only."""
    return text.isascii() and text.isprintable() and " " not in text


def quote_segment(text: str) -> str:
    """Return `text` percent-encoded as one segment of a URL's path."""
    return "".join(
        c if c in _UNRESERVED else "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "replace")) for c in text
    )
