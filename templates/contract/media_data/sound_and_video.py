"""The data of sound, videos and 3D models without tags, dates, random numbers and names of programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from ..formats.file_info import riff_chunks
from ..formats.isobmff import boxes

_MOST = 1_000_000
#: The first bytes of the packet with the tags, by codec.
_OGG_TAGS = (b"OpusTags", b"\x03vorbis", b"\x81theora")
_TAG_V1 = 128


def wav(content: bytes) -> bytes:
    """Return the format and the samples of a WAV."""
    chunks = riff_chunks(content, _MOST)
    return b"".join(name + content[at : at + size] for name, at, size in chunks if name in (b"fmt ", b"data"))


def flac(content: bytes) -> bytes:
    """Return the frames of a FLAC, with rate, channels and bits."""
    at, described = 4, b""
    for _ in range(_MOST):
        head = content[at : at + 4]
        if len(head) < 4:
            break
        size = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == 0:
            described = content[at + 14 : at + 22]
        at += 4 + size
        if head[0] & 0x80:
            break
    return described + content[at:]


def mp3(content: bytes) -> bytes:
    """Return the frames of an MP3 without its tags."""
    begin, end = 0, len(content)
    if content[:3] == b"ID3":
        sizes = content[6:10]
        begin = 10 + sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(sizes))
    if content[-_TAG_V1 : -_TAG_V1 + 3] == b"TAG":
        end -= _TAG_V1
    return content[begin:end]


def ogg(content: bytes) -> bytes:
    """Return the packets of an Ogg file, without those of tags and without the random number of a stream."""
    return b"".join(packet for packet in _ogg_packets(content) if not packet.startswith(_OGG_TAGS))


def _ogg_packets(content: bytes) -> Iterator[bytes]:
    at, begun = 0, b""
    for _ in range(_MOST):
        if content[at : at + 4] != b"OggS" or at + 27 > len(content):
            break
        lacing = content[at + 27 : at + 27 + content[at + 26]]
        at += 27 + len(lacing)
        for size in lacing:
            begun += content[at : at + size]
            at += size
            if size < 255:
                yield begun
                begun = b""
    if begun:
        yield begun


def mp4(content: bytes) -> bytes | None:
    """Return the samples of an MP4 or QuickTime file; None if it has none in a box of their own."""
    found = [box for box in boxes(content, 0, len(content)) if box.kind == b"mdat"]
    return b"".join(content[box.begin : box.end] for box in found) or None


def glb(content: bytes) -> bytes | None:
    """Return a 3D model without the names of programs and authors; None if its description can't be read."""
    size = int.from_bytes(content[12:16], "little")
    try:
        described: Any = json.loads(content[20 : 20 + size])
    except (ValueError, RecursionError):
        return None
    if not isinstance(described, dict):
        return None
    shown = cast("dict[str, Any]", described)
    kept = {name: value for name, value in shown.items() if name not in ("asset", "extras")}
    return json.dumps(kept, sort_keys=True).encode() + content[20 + size :]
