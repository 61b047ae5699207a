"""JSON with very long texts, read without copying them.

A picture of 22 MB comes as 30 MB of base64 within JSON. To parse that as it is takes the body, the body as text and the
text in it, three times 30 MB, before a byte of the picture is decoded. So long texts are lifted out of the body first,
as views of it, and what is parsed is the little that is left.
"""

from __future__ import annotations

import json
from os import urandom
from typing import Any

#: Texts of so many bytes are lifted, out of bodies that are larger than this.
LONG, LARGE = 4096, 1 << 20
#: A body with more texts than this is no picture in an envelope: it is parsed as it is.
_MOST_TEXTS = 1000


class Lifted:
    """A JSON document, and its long texts apart."""

    __slots__ = ("_long", "document")

    def __init__(self, content: bytes) -> None:
        """Parses `content`.

        Raises:
            ValueError: It is no JSON.
        """
        self._long: dict[str, memoryview] = {}
        spans: list[tuple[int, int]] = []
        if len(content) > LARGE:
            if content.count(b"\\") == content.count(b"\\/"):
                # Some services escape every slash, which base64 is full of, and nothing else.
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
        """A value of the document, with the text that was lifted out of it as a view of its bytes."""
        return self._long.get(value, value) if isinstance(value, str) else value


def _long_texts(content: bytes) -> list[tuple[int, int]]:
    """Where the long texts of a JSON document are, without their quotes; those with escapes are not among them."""
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
