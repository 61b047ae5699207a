"""Image files: format and size from their headers, and base64 decoding. Pixels are never decoded."""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

# Not compiled here: that takes longer than the rest of this module's import.
_DATA_URL = r"(?i:data:([a-z]+/[a-z0-9.+-]+)?(?:;[a-z0-9=._-]+)*;base64,)"
#: JPEG segments that contain the size: every start of frame. DHT, JPG and DAC are in the same range but are not.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NotAnImage(ValueError):
    """The bytes are not an image of a known format, or the image is cut short."""


class ImageInfo(NamedTuple):
    """Format and size of an image in pixels."""

    media_type: str
    width: int
    height: int


def measure(content: bytes) -> ImageInfo:
    """Return the format and size of an image, from its bytes.

    Raises:
        NotAnImage: The bytes are not a complete image. The message says what they are.
    """
    if content.startswith(b"\xff\xd8\xff"):
        found = _measure_jpeg(content)
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        found = _measure_png(content)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        found = _measure_webp(content)
    elif content[:6] in (b"GIF87a", b"GIF89a"):
        found = _measure_gif(content)
    elif content[4:8] == b"ftyp" and b"avif" in content[8:64]:
        found = _measure_avif(content)
    elif content[:2] == b"BM" and len(content) >= 30:
        found = _measure_bmp(content)
    else:
        raise NotAnImage(f"{_described(content)}, not an image")
    if not (found.width and found.height):
        raise NotAnImage(f"{found.media_type} of {found.width}x{found.height} pixels")
    return found


def _measure_png(content: bytes) -> ImageInfo:
    if content[12:16] != b"IHDR" or content.rfind(b"IEND", 33) < 0:
        raise NotAnImage(f"a PNG that is cut short after {len(content)} bytes")
    return ImageInfo("image/png", int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big"))


def _measure_gif(content: bytes) -> ImageInfo:
    if b";" not in content[13:][-64:]:
        raise NotAnImage(f"a GIF that is cut short after {len(content)} bytes")
    return ImageInfo("image/gif", int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little"))


def _measure_avif(content: bytes) -> ImageInfo:
    at = 0
    while 8 <= (length := int.from_bytes(content[at : at + 4], "big")) <= len(content) - at:
        at += length
    # The largest of the properties `ispe` is that of the image: a grid is made of smaller ones.
    pieces = content[: 1 << 16].split(b"ispe\0\0\0\0")[1:]
    sizes = [(int.from_bytes(piece[:4], "big"), int.from_bytes(piece[4:8], "big")) for piece in pieces]
    if at < len(content) or not sizes or b"mdat" not in content:
        raise NotAnImage(f"an AVIF that is cut short after {len(content)} bytes")
    return ImageInfo("image/avif", *max(sizes, key=lambda size: size[0] * size[1]))


def _measure_bmp(content: bytes) -> ImageInfo:
    if len(content) < int.from_bytes(content[2:6], "little"):
        raise NotAnImage(f"a BMP that is cut short after {len(content)} bytes")
    height = int.from_bytes(content[22:26], "little", signed=True)
    return ImageInfo("image/bmp", int.from_bytes(content[18:22], "little"), abs(height))


def _measure_jpeg(content: bytes) -> ImageInfo:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _START_OF_FRAME:
            # Search behind the frame's header: a thumbnail before it has an end marker of its own.
            if content.rfind(b"\xff\xd9", at) < 0:
                raise NotAnImage(f"a JPEG that is cut short after {len(content)} bytes")
            height = int.from_bytes(content[at + 5 : at + 7], "big")
            return ImageInfo("image/jpeg", int.from_bytes(content[at + 7 : at + 9], "big"), height)
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    raise NotAnImage(f"a JPEG of {len(content)} bytes without a size in its header; it may be cut short")


def _measure_webp(content: bytes) -> ImageInfo:
    if len(content) < 30 or len(content) < 8 + int.from_bytes(content[4:8], "little"):
        raise NotAnImage(f"a WebP that is cut short after {len(content)} bytes")
    kind = content[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(content[24:27], "little")
        return ImageInfo("image/webp", width, 1 + int.from_bytes(content[27:30], "little"))
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return ImageInfo("image/webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 ":
        width = int.from_bytes(content[26:28], "little") & 0x3FFF
        return ImageInfo("image/webp", width, int.from_bytes(content[28:30], "little") & 0x3FFF)
    raise NotAnImage(f"a WebP of the unknown kind {kind!r}")


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
        raise NotAnImage(f"{len(text)} characters that are not base64") from None


_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _described(content: bytes) -> str:
    """Describe bytes that are not an image, for an error message."""
    start = content[:256].lstrip().lower()
    if not content:
        return "an empty body"
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if start.startswith((b"{", b"[")):
        return "JSON"
    return f"{len(content)} bytes beginning with {content[:8].hex(' ')}"
