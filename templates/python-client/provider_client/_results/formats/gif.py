"""GIF."""

from __future__ import annotations

from .file_info import Content, FileInfo, cut_short, little, rounded_rate, seconds

_MOST_BLOCKS = 300_000
#: A larger file is not walked; its duration is unknown.
_MOST_BYTES = 1 << 26


def measure_gif(content: Content) -> FileInfo:
    """Return the size of a GIF, and the duration and frame rate of one that moves."""
    if len(content) < 13:
        raise cut_short("a GIF", "image/gif", content)
    size = little(content, 6, 2), little(content, 8, 2)
    frames, duration = 0, 0
    if len(content) <= _MOST_BYTES:
        whole = content[:_MOST_BYTES]
        at = 13 + _table(whole[10])
        for _ in range(_MOST_BLOCKS):
            kind = whole[at : at + 1]
            if kind == b";":
                break
            if kind == b"!":
                if whole[at + 1 : at + 2] == b"\xf9":
                    duration += little(whole, at + 4, 2)
                at = _after_blocks(whole, at + 2)
            elif kind == b"," and at + 10 < len(whole):
                frames += 1
                at = _after_blocks(whole, at + 11 + _table(whole[at + 9]))
            else:
                raise cut_short("a GIF", "image/gif", content)
    if frames < 2:
        return FileInfo("image/gif", *size)
    length = seconds(duration, 100)
    return FileInfo("image/gif", *size, length, frame_rate=rounded_rate(frames, length))


def _table(flags: int) -> int:
    """Return the bytes of a colour table."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(whole: bytes, at: int) -> int:
    """Return the position behind a list of data blocks."""
    end = len(whole)
    while at < end:
        size = whole[at]
        at += 1 + size
        if not size:
            return at
    return end
