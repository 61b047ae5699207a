"""Ogg with Opus, Vorbis, FLAC, Speex or Theora."""

from __future__ import annotations

from typing import NamedTuple

from .file_info import Content, DamagedFile, FileInfo, big, cut_short, little, rounded_rate, seconds

#: The first pages, one for each stream, that are looked at.
_MOST_STREAMS = 8
#: A page is shorter than this.
_LONGEST_PAGE = 65_307
_END_OF_STREAM = 4


class _Stream(NamedTuple):
    number: int
    codec: str
    units_per_second: float
    skipped: int = 0
    sample_rate: int | None = None
    channels: int | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None


def measure_ogg(content: Content) -> FileInfo:
    """Return the measures of an Ogg file."""
    streams = _streams(content)
    video = next((stream for stream in streams if stream.width), None)
    sound = next((stream for stream in streams if stream.sample_rate), None)
    media_type = "video/ogg" if video else "audio/ogg"
    first = video or sound
    if first is None:
        if len(content) < _LONGEST_PAGE and not streams:
            raise cut_short("an Ogg file", media_type, content)
        raise DamagedFile("an Ogg file with unknown codecs", media_type)
    units = _last_position(content, (sound or first).number)
    if units is None:
        raise cut_short("an Ogg file", media_type, content)
    clock = sound or first
    return FileInfo(
        media_type,
        first.width,
        first.height,
        seconds(units - clock.skipped, clock.units_per_second) if sound else None,
        first.codec,
        sound.sample_rate if sound else None,
        sound.channels if sound else None,
        first.frame_rate,
    )


def _streams(content: Content) -> list[_Stream]:
    """Return the known streams. Each begins with a page of its own, before all others."""
    found: list[_Stream] = []
    at = 0
    for _ in range(_MOST_STREAMS):
        head = content[at : at + 27]
        if len(head) < 27 or head[:4] != b"OggS" or not head[5] & 2:
            break
        table = content[at + 27 : at + 27 + head[26]]
        begin = at + 27 + head[26]
        at = begin + sum(table)
        if at > len(content):
            break
        stream = _stream(little(head, 14, 4), content[begin : min(at, begin + 64)])
        if stream is not None:
            found.append(stream)
    return found


def _stream(number: int, packet: bytes) -> _Stream | None:
    if packet[:8] == b"OpusHead" and len(packet) >= 19:
        return _Stream(number, "opus", 48_000, little(packet, 10, 2), 48_000, packet[9])
    if packet[:7] == b"\x01vorbis" and len(packet) >= 16:
        rate = little(packet, 12, 4)
        return _Stream(number, "vorbis", rate, 0, rate, packet[11])
    if packet[:5] == b"\x7fFLAC" and len(packet) >= 33:
        rate = big(packet, 27, 3) >> 4
        return _Stream(number, "flac", rate, 0, rate, 1 + (packet[29] >> 1 & 7))
    if packet[:8] == b"Speex   " and len(packet) >= 52:
        rate = little(packet, 36, 4)
        return _Stream(number, "speex", rate, 0, rate, little(packet, 48, 4))
    if packet[:7] == b"\x80theora" and len(packet) >= 30:
        frames = rounded_rate(big(packet, 22, 4), big(packet, 26, 4))
        return _Stream(number, "theora", 1, width=big(packet, 14, 3), height=big(packet, 17, 3), frame_rate=frames)
    return None


def _last_position(content: Content, number: int) -> int | None:
    """Return the position at the end of a stream, from its last page; None if that is missing."""
    begin = max(0, len(content) - 2 * _LONGEST_PAGE)
    tail = content[begin : len(content)]
    last, is_end = None, False
    at = tail.find(b"OggS")
    while at >= 0:
        head = tail[at : at + 27]
        size = 27 + head[26] + sum(tail[at + 27 : at + 27 + head[26]]) if len(head) == 27 else 0
        if not size or at + size > len(tail):
            return None
        if little(head, 14, 4) == number:
            position = int.from_bytes(head[6:14], "little", signed=True)
            last = position if position >= 0 else last
            is_end = bool(head[5] & _END_OF_STREAM)
        at = tail.find(b"OggS", at + size)
    return last if is_end else None
