"""WebM: elements of EBML, with the comment in a tag."""

from __future__ import annotations

from struct import pack

from .loops import VideoLoop, repeated

_HEADER = 0x1A45DFA3
_SEGMENT = 0x18538067
_INFO, _TRACKS, _TAGS, _CLUSTER = 0x1549A966, 0x1654AE6B, 0x1254C367, 0x1F43B675
#: How deep the comment is: Segment, Tags, Tag, SimpleTag, TagString.
_PATH = (_SEGMENT, _TAGS, 0x7373, 0x67C8, 0x4487)


def video_file(loop: VideoLoop, frames: int, frame_rate: float, comment: bytes) -> bytes:
    """Return a file of VP8 video with this number of frames."""
    head = _element(
        _HEADER,
        _number(0x4286, 1)
        + _number(0x42F7, 1)
        + _number(0x42F2, 4)
        + _number(0x42F3, 8)
        + _element(0x4282, b"webm")
        + _number(0x4287, 2)
        + _number(0x4285, 2),
    )
    info = _element(
        _INFO,
        _number(0x2AD7B1, 1_000_000)
        + _element(0x4489, pack(">d", frames * 1000 / frame_rate))
        + _element(0x4D80, b"mock")
        + _element(0x5741, b"mock"),
    )
    size = _element(0xE0, _number(0xB0, loop.width) + _number(0xBA, loop.height))
    track = _number(0xD7, 1) + _number(0x73C5, 1) + _number(0x83, 1) + _element(0x86, b"V_VP8") + size
    track += _number(0x23E383, round(1e9 / frame_rate))
    tag = _element(0x67C8, _element(0x45A3, b"COMMENT") + _element(0x4487, comment))
    parts = [info, _element(_TRACKS, _element(0xAE, track)), _element(_TAGS, _element(0x7373, tag))]
    packets = list(repeated(loop.packets, frames))
    for first in range(0, frames, len(loop.packets)):
        parts.append(_cluster(packets[first : first + len(loop.packets)], first, frame_rate))
    return head + _element(_SEGMENT, b"".join(parts))


def comment_in(data: bytes) -> bytes | None:
    """Return the comment of a file; None if it has none, or is no such file."""
    start, end = 0, len(data)
    for name in _PATH:
        found = _find(data, name, start, end)
        if found is None:
            return None
        start, end = found
    return data[start:end]


def _cluster(packets: list[bytes], first: int, frame_rate: float) -> bytes:
    """Return a cluster of frames; the first of them is a key frame, and has the number `first` in the file."""
    at = round(first * 1000 / frame_rate)
    blocks: list[bytes] = []
    for number, packet in enumerate(packets):
        since = round((first + number) * 1000 / frame_rate) - at
        blocks.append(_element(0xA3, pack(">BhB", 0x81, since, 0 if number else 0x80) + packet))
    return _element(_CLUSTER, _number(0xE7, at) + b"".join(blocks))


def _element(name: int, content: bytes) -> bytes:
    size = len(content)
    length = pack(">Q", size | 1 << 56) if size >= 1 << 20 else pack(">I", size | 1 << 28)
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + length + content


def _number(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _find(data: bytes, name: int, start: int, end: int) -> tuple[int, int] | None:
    """Return where the content of the element `name` begins and ends."""
    wanted = name.to_bytes((name.bit_length() + 7) // 8, "big")
    while start < end:
        marked = _width(data, start)
        sized = _width(data, start + marked)
        if not marked or not sized or start + marked + sized > end:
            return None
        size = int.from_bytes(data[start + marked : start + marked + sized], "big") & ~(1 << 7 * sized)
        content = start + marked + sized
        if content + size > end:
            return None
        if data[start : start + marked] == wanted:
            return content, content + size
        start = content + size
    return None


def _width(data: bytes, at: int) -> int:
    """Return how many bytes the number at an offset has, 0 if it is none."""
    return 9 - data[at].bit_length() if at < len(data) and data[at] else 0
