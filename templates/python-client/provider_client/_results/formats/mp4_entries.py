"""The descriptions of samples in MP4 and QuickTime files: codec, rate and channels."""

from __future__ import annotations

import struct
from typing import NamedTuple

from .file_info import Content, big

_CODECS = {
    b"avc1": "h264",
    b"avc3": "h264",
    b"hvc1": "hevc",
    b"hev1": "hevc",
    b"av01": "av1",
    b"vp08": "vp8",
    b"vp09": "vp9",
    b"mp4v": "mpeg4",
    b"jpeg": "mjpeg",
    b"mjpa": "mjpeg",
    b"s263": "h263",
    b"mp4a": "aac",
    b"Opus": "opus",
    b"fLaC": "flac",
    b"ac-3": "ac3",
    b"ec-3": "eac3",
    b".mp3": "mp3",
    **dict.fromkeys((b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x"), "prores"),
    **dict.fromkeys((b"sowt", b"twos", b"lpcm", b"in24", b"in32", b"fl32", b"raw ", b"ipcm", b"fpcm"), "pcm"),
}
#: Codecs by their number in the descriptor of an entry `mp4a` or `mp4v`.
_BY_NUMBER = {
    **dict.fromkeys((0x69, 0x6B), "mp3"),
    **dict.fromkeys(range(0x60, 0x66), "mpeg2video"),
    0x6A: "mpeg1video",
    0x6C: "mjpeg",
    0xA5: "ac3",
    0xA6: "eac3",
    0xA9: "dts",
    0xDD: "vorbis",
}
#: Bytes of an entry in which its descriptor is looked for.
_LONGEST_ENTRY = 1024
_RATE_OF_OPUS = 48_000


class Sound(NamedTuple):
    """Rate and channels of a recording; 0 if they are unknown."""

    sample_rate: int
    channels: int


def codec_of(content: Content, at: int) -> str | None:
    """Return the name of the codec of the entry at `at`; None if it has none."""
    code = content[at + 4 : at + 8]
    if code in (b"mp4a", b"mp4v"):
        number = _descriptor(content[at : at + min(big(content, at, 4), _LONGEST_ENTRY)])
        if number in _BY_NUMBER:
            return _BY_NUMBER[number]
    return _CODECS.get(code) or (code.decode("latin-1").strip().lower() or None)


def sound_of(content: Content, at: int, scale: int) -> Sound:
    """Return rate and channels of the entry at `at`. `scale` is the track's time scale."""
    if big(content, at + 16, 2) == 2 and big(content, at + 28, 2) == 0xFFFE:
        # QuickTime's second form, for many channels and high rates.
        rate = struct.unpack(">d", content[at + 40 : at + 48].ljust(8, b"\0"))[0]
        return Sound(int(rate) if 0 < rate < 1e9 else 0, big(content, at + 48, 4))
    rate = big(content, at + 32, 2)
    if content[at + 4 : at + 8] == b"Opus":
        rate = _RATE_OF_OPUS
    elif not rate or scale > 0xFFFF:
        # A rate of more than 16 bits does not fit into the entry. It is the time scale then.
        rate = scale
    return Sound(rate, big(content, at + 24, 2))


def _descriptor(entry: bytes) -> int | None:
    """Return the number of the codec in an entry's descriptor; None if it has none."""
    at = entry.find(b"esds") + 8
    if at < 8 or entry[at : at + 1] != b"\x03":
        return None
    at = _after_size(entry, at + 1)
    flags = entry[at + 2] if at + 2 < len(entry) else 0
    # The number of the stream, and what the flags announce.
    at += 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)
    if entry[at : at + 1] != b"\x04":
        return None
    at = _after_size(entry, at + 1)
    return entry[at] if at < len(entry) else None


def _after_size(entry: bytes, at: int) -> int:
    """Return the position behind a size of up to four bytes, of which all but the last have their first bit set."""
    for _ in range(4):
        at += 1
        if not entry[at - 1 : at] or entry[at - 1] < 0x80:
            break
    return at
