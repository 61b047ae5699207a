"""The path of a forwarded request: exactly the one that was checked.

A path that servers read in different ways is refused. Otherwise a request could be checked as one to an unknown endpoint, and
reach a model.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._"
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?%"
#: How often servers and the proxies before them may decode a path.
_MOST_DECODED = 5
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
#: Characters at which some servers end the path.
_ENDS = {"?": "an encoded question mark", "#": "an encoded number sign", ";": "a semicolon"}


class AmbiguousPath(ValueError):
    """Servers may take the path for another one. The message says why."""


def check_path(path: str) -> str:
    """Return a decoded path, decoded as often as possible. Raises AmbiguousPath if it does not lead to one place."""
    if not path.startswith("/"):
        raise AmbiguousPath("does not begin with a slash")
    for _ in range(_MOST_DECODED):
        for segment in path.split("/"):
            # Some servers cut parameters off before they resolve dot segments.
            name = segment.partition(";")[0].strip()
            if name in (".", ".."):
                raise AmbiguousPath(f"has the dot segment {name!a}")
        if "//" in path:
            raise AmbiguousPath("has an empty segment (//)")
        if "\\" in path:
            raise AmbiguousPath("has a backslash")
        if _CONTROL.search(path):
            raise AmbiguousPath("has a control character")
        if end := next((name for sign, name in _ENDS.items() if sign in path), ""):
            raise AmbiguousPath(f"has {end}")
        decoded = unquote(path)
        if decoded == path:
            return path
        path = decoded
    raise AmbiguousPath(f"is encoded more than {_MOST_DECODED} times")


def target_of(path: str, query: str) -> bytes:
    """Return the target of the request line for a decoded path and an encoded query."""
    encoded = quote(path, safe=_SAFE_IN_PATH)
    return (f"{encoded}?{quote(query, safe=_SAFE_IN_QUERY)}" if query else encoded).encode("ascii")
