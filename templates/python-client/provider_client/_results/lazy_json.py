"""Parsing of JSON with very long strings, without copying them.

An image of 22 MB is 30 MB of base64 in a JSON body. Plain parsing needs three copies of it: the body, the decoded body and the
string. Here long strings stay in the body as views, and only the small rest is parsed.
"""

from __future__ import annotations

import json
from os import urandom
from typing import Any

#: Strings longer than LONG bytes become views, in bodies of more than LARGE bytes.
LONG, LARGE = 4096, 1 << 20
#: A body with more strings than this is not an image in an envelope: it is parsed as usual.
_MOST_TEXTS = 1000


class LazyJson:
    """A JSON document whose long strings are views of the body.

    In `document` each long string is replaced by a marker; `text` returns the view for it.
    """

    __slots__ = ("_long", "document")

    def __init__(self, content: bytes) -> None:
        """Parse `content`.

        Raises:
            ValueError: `content` is not valid JSON.
        """
        self._long: dict[str, memoryview] = {}
        spans: list[tuple[int, int]] = []
        if len(content) > LARGE:
            if content.count(b"\\") == content.count(b"\\/"):
                # Some services escape every slash, which base64 often contains, and nothing else.
                content = content.replace(b"\\/", b"/")
            spans = _long_texts(content)
        if spans:
            mark = urandom(16).hex()
            view = memoryview(content)
            parts: list[bytes | memoryview] = []
            end = 0
            for number, (begin, stop) in enumerate(spans):
                self._long[f"{mark}{number}"] = view[begin:stop]
                parts += [view[end:begin], f"{mark}{number}".encode()]
                end = stop
            content = b"".join([*parts, view[end:]])
        try:
            self.document: Any = json.loads(content)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def text(self, value: Any) -> Any:
        """Return the view for a value that is the marker of a long string; any other value unchanged."""
        return self._long.get(value, value) if isinstance(value, str) else value


def _long_texts(content: bytes) -> list[tuple[int, int]]:
    """Return begin and end of each long string without escapes in a JSON document, quotes excluded."""
    found: list[tuple[int, int]] = []
    end = -1
    for _ in range(_MOST_TEXTS):
        begin = content.find(b'"', end + 1)
        if begin < 0:
            return found
        end = content.find(b'"', begin + 1)
        while end >= 0 and _is_escaped(content, end):
            end = content.find(b'"', end + 1)
        if end < 0:
            return []
        if end - begin > LONG and content.find(b"\\", begin, end) < 0:
            found.append((begin + 1, end))
    return []


def _is_escaped(content: bytes, at: int) -> bool:
    before = at
    while content[before - 1 : before] == b"\\":
        before -= 1
    return (at - before) % 2 == 1
