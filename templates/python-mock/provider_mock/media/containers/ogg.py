"""OGG with Opus: pages with a checksum, and the comment in the stream's second packet."""

from __future__ import annotations

import zlib
from itertools import islice
from struct import pack

from .loops import SoundLoop, repeated

#: Opus counts samples at this rate, whatever the encoder got.
RATE = 48_000
_SERIAL = 1
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
#: About one second.
_PACKETS_PER_PAGE = 50
_TAGS = b"OpusTags" + pack("<I", 4) + b"mock" + pack("<I", 1)
_FIELD = b"COMMENT="


def sound_file(loop: SoundLoop, seconds: float, comment: bytes) -> bytes:
    """Return a file of Opus of exactly this length, to a sample."""
    skipped = int.from_bytes(loop.config[10:12], "little")
    samples = round(seconds * RATE)
    count = max(1, -(-(samples + skipped) // loop.samples_per_packet))
    field = _FIELD + comment
    pages = [
        _page(2, 0, 0, [loop.config]),
        _page(0, 0, 1, [_TAGS + pack("<I", len(field)) + field]),
    ]
    packets = repeated(loop.packets, count)
    done = 0
    while batch := list(islice(packets, _PACKETS_PER_PAGE)):
        done += len(batch)
        is_last = done == count
        # The position of the last page tells decoders where to cut.
        position = samples + skipped if is_last else done * loop.samples_per_packet
        pages.append(_page(4 if is_last else 0, position, len(pages), batch))
    return b"".join(pages)


def comment_in(data: bytes) -> bytes | None:
    """Return the comment of a file; None if it has none, or is no such file."""
    if data[:4] != b"OggS":
        return None
    start = data.find(_TAGS, 0, 512)
    if start < 0:
        return None
    start += len(_TAGS)
    size = int.from_bytes(data[start : start + 4], "little")
    field = data[start + 4 : start + 4 + size]
    return field[len(_FIELD) :] if len(field) == size and field.startswith(_FIELD) else None


def _page(flags: int, position: int, number: int, packets: list[bytes]) -> bytes:
    """Return a page that holds these packets whole."""
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    head = b"OggS\0" + pack("<BqII", flags, position, _SERIAL, number)
    rest = bytes([len(lacing)]) + lacing + b"".join(packets)
    return head + pack("<I", _checksum(head + bytes(4) + rest)) + rest


def _checksum(data: bytes) -> int:
    """Return the checksum of a page. It is zlib's with the bits of all bytes mirrored, and other constants."""
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")
