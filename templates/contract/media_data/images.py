"""The data of images without comments, dates, thumbnails and the like. What changes the colours is kept."""

from __future__ import annotations

import zlib

from ..formats.file_info import riff_chunks

_MOST = 100_000
#: More than the pixels of any image that the suite asks for.
_MOST_PIXEL_BYTES = 1 << 28
#: JPEG segments that influence the pixels although they are for applications: a colour profile and Adobe's transform.
_COLOUR_SEGMENTS = frozenset({0xE2, 0xEE})
#: PNG chunks of metadata.
_PNG_METADATA = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf", b"pHYs", b"hIST", b"sPLT", b"caBX"})
#: WebP chunks of metadata, and the bits that announce them.
_WEBP_METADATA, _WEBP_BITS = frozenset({b"EXIF", b"XMP "}), 0x0C


def jpeg(content: bytes) -> bytes:
    """Return a JPEG without comments and without the segments of applications."""
    kept, at = bytearray(), 2
    for _ in range(_MOST):
        if content[at : at + 1] != b"\xff" or at + 4 > len(content):
            break
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            # The pixels, up to the last end marker.
            return bytes(kept) + content[at : content.rfind(b"\xff\xd9") + 2]
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in _COLOUR_SEGMENTS:
            kept += content[at:end]
        at = end
    return content


def png(content: bytes) -> bytes:
    """Return the chunks of a PNG that decide its pixels, with the pixels unpacked."""
    kept, packed, at = bytearray(), bytearray(), 8
    for _ in range(_MOST):
        size, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if len(kind) < 4 or kind == b"IEND":
            break
        data = content[at + 8 : at + 8 + size]
        if kind == b"IDAT":
            packed += data
        elif kind not in _PNG_METADATA:
            kept += kind + data
        at += 12 + size
    try:
        unpacked = zlib.decompressobj().decompress(bytes(packed), _MOST_PIXEL_BYTES)
    except zlib.error:
        unpacked = bytes(packed)
    return bytes(kept) + unpacked


def webp(content: bytes) -> bytes:
    """Return the chunks of a WebP without EXIF and XMP."""
    kept = bytearray()
    for name, begin, size in riff_chunks(content, _MOST):
        data = content[begin : begin + size]
        if name == b"VP8X" and data:
            data = bytes([data[0] & ~_WEBP_BITS]) + data[1:]
        if name not in _WEBP_METADATA:
            kept += name + data
    # A file with metadata announces its size once more, in a chunk that others leave out.
    simple = not any(name in (b"ANIM", b"ALPH", b"ICCP") for name, _, _ in riff_chunks(content, _MOST))
    if simple and kept.startswith(b"VP8X"):
        del kept[:14]
    return bytes(kept)


def gif(content: bytes) -> bytes:
    """Return a GIF without comments."""
    kept, at = bytearray(content[6:13]), 13 + _table(content[10])
    kept += content[13:at]
    for _ in range(_MOST * 3):
        kind = content[at : at + 1]
        if kind == b"!":
            end = _after_blocks(content, at + 2)
            if content[at + 1] != 0xFE:
                kept += content[at:end]
        elif kind == b"," and at + 10 < len(content):
            end = _after_blocks(content, at + 11 + _table(content[at + 9]))
            kept += content[at:end]
        else:
            break
        at = end
    return bytes(kept)


def _table(flags: int) -> int:
    """Return the bytes of a colour table."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    """Return the position behind a list of data blocks."""
    while at < len(content):
        size = content[at]
        at += 1 + size
        if not size:
            break
    return at
