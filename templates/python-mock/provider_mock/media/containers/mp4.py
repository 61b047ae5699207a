"""MP4, MOV and M4A: boxes of ISO/IEC 14496-12, with the index before the media, and a comment as iTunes writes it."""

from __future__ import annotations

from itertools import accumulate
from struct import error as StructError
from struct import pack, unpack_from
from typing import NamedTuple

from .loops import SoundLoop, VideoLoop, repeated

#: Time units per frame, so that a rate such as 23.976 is exact enough.
_FRAME = 1000
_MATRIX = pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_COMMENT = b"\xa9cmt"
#: The undetermined language, in the packed form of MP4.
_UNDETERMINED = 0x55C4


def video_file(loop: VideoLoop, frames: int, frame_rate: float, comment: bytes, quicktime: bool = False) -> bytes:
    """Return a file of H.264 video with this number of frames."""
    scale = max(1, round(frame_rate * _FRAME))
    entry = (
        bytes(6)
        + pack(">H", 1)
        + bytes(16)
        + pack(">HH", loop.width, loop.height)
        + pack(">IIIH", 72 << 16, 72 << 16, 0, 1)
        + bytes(32)
        + pack(">Hh", 24, -1)
        + _box(b"avcC", loop.config)
    )
    keys = range(1, frames + 1, len(loop.packets))
    sync = _full(b"stss", pack(f">I{len(keys)}I", len(keys), *keys))
    header = _box(b"vmhd", b"\0\0\0\1" + bytes(8))
    track = _Track(b"vide", header, _box(b"avc1", entry), sync)
    packets = list(repeated(loop.packets, frames))
    brand = b"qt  " if quicktime else b"isom"
    return _file(brand, track, packets, scale, _FRAME, (loop.width, loop.height), comment)


def sound_file(loop: SoundLoop, packets: int, comment: bytes) -> bytes:
    """Return an M4A file of AAC with this number of packets."""
    decoder = b"\x40\x15" + bytes(11) + b"\x05" + bytes([len(loop.config)]) + loop.config
    config = b"\x04" + bytes([len(decoder)]) + decoder
    stream = b"\x03" + bytes([len(config) + 6]) + b"\0\0\0" + config + b"\x06\x01\x02"
    entry = bytes(6) + pack(">H", 1) + bytes(8) + pack(">HHIHH", 1, 16, 0, loop.sample_rate, 0) + _full(b"esds", stream)
    track = _Track(b"soun", _full(b"smhd", bytes(4)), _box(b"mp4a", entry))
    content = list(repeated(loop.packets, packets))
    return _file(b"M4A ", track, content, loop.sample_rate, loop.samples_per_packet, (0, 0), comment)


def comment_in(data: bytes) -> bytes | None:
    """Return the comment of a file; None if it has none, or is no such file. Reads only as far as its boxes say."""
    start, end = 0, len(data)
    for name, skipped in ((b"moov", 8), (b"udta", 8), (b"meta", 12), (b"ilst", 8), (_COMMENT, 8), (b"data", 16)):
        found = _find(data, name, start, end)
        if found is None:
            return None
        start, end = found[0] + skipped, found[1]
    return data[start:end]


def _find(data: bytes, name: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Return where the box `name` begins and ends."""
    while start + 8 <= end:
        try:
            size, kind = unpack_from(">I4s", data, start)
            size = unpack_from(">Q", data, start + 8)[0] if size == 1 else size or end - start
        except StructError:
            return None
        if size < 8 or start + size > end:
            return None
        if kind == name:
            return start, start + size
        start += size
    return None


class _Track(NamedTuple):
    """The boxes of the only track that depend on its kind."""

    handler: bytes
    media_header: bytes
    entry: bytes
    keys: bytes = b""


def _file(
    brand: bytes, track: _Track, packets: list[bytes], scale: int, step: int, size: tuple[int, int], comment: bytes
) -> bytes:
    kind = _box(b"ftyp", brand + pack(">I", 512) + brand + (b"" if brand == b"qt  " else b"isomiso2mp41"))
    index = _index(track, packets, scale, step, size, comment, 0)
    index = _index(track, packets, scale, step, size, comment, len(kind) + len(index) + 8)
    return b"".join((kind, index, pack(">I4s", 8 + sum(map(len, packets)), b"mdat"), *packets))


def _index(
    track: _Track, packets: list[bytes], scale: int, step: int, size: tuple[int, int], comment: bytes, media_at: int
) -> bytes:
    """Return the box `moov`; `media_at` is the offset of the first packet in the file."""
    count, length = len(packets), len(packets) * step
    sizes = [len(packet) for packet in packets]
    chunk = 8
    starts = list(accumulate(sizes, initial=media_at))[:-1:chunk]
    last = count % chunk
    runs = [(1, chunk)] if count >= chunk else []
    runs += [(len(starts), last)] if last else []
    table = b"".join(
        (
            _full(b"stsd", pack(">I", 1) + track.entry),
            _full(b"stts", pack(">III", 1, count, step)),
            track.keys,
            _full(b"stsc", pack(">I", len(runs)) + b"".join(pack(">III", first, each, 1) for first, each in runs)),
            _full(b"stsz", pack(f">II{count}I", 0, count, *sizes)),
            _full(b"stco", pack(f">I{len(starts)}I", len(starts), *starts)),
        )
    )
    reference = _box(b"dinf", _full(b"dref", pack(">I", 1) + _box(b"url ", b"\0\0\0\1")))
    media = (
        _full(b"mdhd", pack(">IIIIHH", 0, 0, scale, length, _UNDETERMINED, 0))
        + _full(b"hdlr", bytes(4) + track.handler + bytes(12) + b"mock\0")
        + _box(b"minf", track.media_header + reference + _box(b"stbl", table))
    )
    volume = 0 if track.handler == b"vide" else 0x0100
    places = pack(">II", size[0] << 16, size[1] << 16)
    head = pack(">IIIII", 0, 0, 1, 0, length) + bytes(8) + pack(">HHHH", 0, 0, volume, 0) + _MATRIX + places
    movie = pack(">IIIIIH", 0, 0, scale, length, 1 << 16, 0x0100) + bytes(10) + _MATRIX + bytes(24) + pack(">I", 2)
    item = _box(_COMMENT, _box(b"data", pack(">II", 1, 0) + comment))
    handler = _full(b"hdlr", bytes(4) + b"mdirappl" + bytes(9))
    notes = _box(b"udta", _full(b"meta", handler + _box(b"ilst", item)))
    trak = _box(b"trak", _box(b"tkhd", b"\0\0\0\3" + head) + _box(b"mdia", media))
    return _box(b"moov", _full(b"mvhd", movie) + trak + notes)


def _box(name: bytes, content: bytes) -> bytes:
    return pack(">I4s", 8 + len(content), name) + content


def _full(name: bytes, content: bytes) -> bytes:
    """Return a box with version 0 and no flags."""
    return _box(name, bytes(4) + content)
