"""Image files: format and size from their headers, and base64 decoding. Pixels are never decoded."""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from .formats import measure as formats
from .formats.file_info import Content, UnreadableFile

# Not compiled here: that takes longer than the rest of this module's import.
_DATA_URL = r"(?i:data:([a-z]+/[a-z0-9.+-]+)?(?:;[a-z0-9=._-]+)*;base64,)"


class NotAnImage(UnreadableFile):
    """The bytes are not an image of a known format, or the image is cut short."""


class ImageInfo(NamedTuple):
    """Format and size of an image in pixels."""

    media_type: str
    width: int
    height: int


def measure(content: Content) -> ImageInfo:
    """Return the format and size of an image, from its bytes.

    Raises:
        NotAnImage: The bytes are not a complete image. The message says what they are.
    """
    try:
        found = formats.measure(content)
    except UnreadableFile as error:
        raise NotAnImage(str(error).replace("not a file of a known format", "not an image")) from None
    if found.kind != "image" or found.width is None or found.height is None:
        raise NotAnImage(f"{found.media_type}, not an image")
    return ImageInfo(found.media_type, found.width, found.height)


def decode_base64(text: str | memoryview) -> bytes:
    """Return the bytes of a base64 text, or of a view of its bytes.

    A data-URL prefix, white space and missing padding are accepted, and both the standard and the URL-safe alphabet.

    Raises:
        NotAnImage: `text` is not base64.
    """
    start = text[:100] if isinstance(text, str) else bytes(text[:100]).decode("latin-1")
    prefix = re.match(_DATA_URL, start)
    if prefix:
        text = text[prefix.end() :]
    try:
        # Most texts are plain base64 and need no copy; a copy may take 30 MB.
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        pass
    try:
        plain = text.encode("ascii") if isinstance(text, str) else bytes(text)
        raw = plain.translate(_URL_SAFE, b" \t\r\n").rstrip(b"=")
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4), strict_mode=True)
    except ValueError:
        if start.startswith(("https://", "http://")):
            raise NotAnImage(f"expected base64, got the URL {start}") from None
        raise NotAnImage(f"{len(text)} characters that are not base64") from None


_URL_SAFE = bytes.maketrans(b"-_", b"+/")
