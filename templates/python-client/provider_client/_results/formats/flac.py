"""FLAC."""

from __future__ import annotations

from .file_info import Content, FileInfo, big, cut_short, seconds

#: The last frame is looked for in so many bytes at the end, or in more if the file states that it has larger frames.
_TAIL = 1 << 16
_LARGEST_FRAME = 1 << 20
#: Frames that may begin there, by their first two bytes.
_MOST = 64
_SHORTEST_FRAME = 9
#: Bytes of all of them whose checksums are computed.
_MOST_CHECKED = 1 << 22
_MOST_BLOCKS = 1000
_END_TAG = 128
#: Samples of a frame by the number in its head; those of 6 and 7 are behind the frame's number.
_BLOCKS = (0, 192, 576, 1152, 2304, 4608, 0, 0, *(256 << number for number in range(8)))


def measure_flac(content: Content, begin: int = 0) -> FileInfo:
    """Return the measures of a FLAC file that begins at `begin`, behind tags."""
    head = content[begin : begin + 42]
    samples_at = _samples_at(content, begin + 4)
    stated = big(head, 21, 5) & (1 << 36) - 1
    end = None if len(head) < 42 or samples_at is None else _end(content, samples_at, head)
    if end is None or end < stated:
        raise cut_short("a FLAC file", "audio/flac", content)
    rate = big(head, 18, 3) >> 4
    return FileInfo(
        "audio/flac",
        # A program that does not know the length yet states 0.
        duration_s=seconds(stated or end, rate),
        codec="flac",
        sample_rate=rate or None,
        channels=1 + (head[20] >> 1 & 7),
    )


def _samples_at(content: Content, at: int) -> int | None:
    """Return where the frames begin, behind all blocks of metadata; None if they are missing."""
    for _ in range(_MOST_BLOCKS):
        head = content[at : at + 4]
        if len(head) < 4:
            return None
        at += 4 + int.from_bytes(head[1:], "big")
        if head[0] & 0x80:
            return at if at < len(content) else None
    return None


def _end(content: Content, begin: int, head: bytes) -> int | None:
    """Return the number of samples up to the end of the last frame, whose checksum is right; None if the end is missing."""
    end = len(content)
    if content[end - _END_TAG : end - _END_TAG + 3] == b"TAG":
        end -= _END_TAG
    size = max(_TAIL, min(big(head, 15, 3), _LARGEST_FRAME))
    tail = content[max(begin, end - size) : end]
    at, left = len(tail), _MOST_CHECKED
    for _ in range(_MOST):
        at = max(tail.rfind(b"\xff\xf8", 0, at), tail.rfind(b"\xff\xf9", 0, at))
        left -= len(tail) - at
        if at < 0 or left < 0:
            return None
        if len(tail) - at >= _SHORTEST_FRAME and _checksum(tail[at:]) == 0:
            coded, number_size = _number(tail[at + 4 : at + 11])
            kind, behind = tail[at + 2] >> 4, at + 4 + number_size
            own = 1 + big(tail, behind, kind - 5) if kind in (6, 7) else _BLOCKS[kind]
            # In a stream of equal frames they are numbered; else each has the number of its first sample.
            return coded * (big(head, 10, 2) if tail[at + 1] == 0xF8 else 1) + own
    return None


def _number(coded: bytes) -> tuple[int, int]:
    """Return a number that is coded as UTF-8 codes characters, but with up to 36 bits, and its size in bytes."""
    extra = max(0, 7 - (coded[0] ^ 0xFF).bit_length())
    value = coded[0] & (0x7F if not extra else 0x3F >> extra)
    for byte in coded[1 : 1 + extra]:
        value = value << 6 | byte & 0x3F
    return value, 1 + extra


def _checksum(frame: bytes) -> int:
    """Return the CRC-16 of a frame; 0 if its own checksum, in the last two bytes, is right."""
    value = 0
    for byte in frame:
        value = (value << 8 & 0xFF00) ^ _TABLE[value >> 8 ^ byte]
    return value


def _entry(number: int) -> int:
    value = number << 8
    for _ in range(8):
        value = value << 1 ^ (0x8005 if value & 0x8000 else 0)
    return value & 0xFFFF


_TABLE = tuple(map(_entry, range(256)))
