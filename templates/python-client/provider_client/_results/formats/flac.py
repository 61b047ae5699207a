"""FLAC."""

from __future__ import annotations

from .file_info import Content, FileInfo, big, cut_short, seconds

#: The last frame is looked for in so many bytes at the end. A frame of the usual 4096 samples in stereo has at most 32 KiB.
_TAIL = 1 << 16
#: Frames that may begin there, by their first two bytes.
_MOST = 64
_MOST_BLOCKS = 1000
_END_TAG = 128


def measure_flac(content: Content) -> FileInfo:
    """Return the measures of a FLAC file."""
    head = content[:42]
    samples_at = _samples_at(content)
    samples = big(head, 21, 5) & (1 << 36) - 1
    if len(head) < 42 or samples_at is None or not _ends_with_frame(content, samples_at, big(head, 10, 2), samples):
        raise cut_short("a FLAC file", "audio/flac", content)
    rate = big(head, 18, 3) >> 4
    return FileInfo(
        "audio/flac",
        duration_s=seconds(samples, rate),
        codec="flac",
        sample_rate=rate or None,
        channels=1 + (head[20] >> 1 & 7),
    )


def _samples_at(content: Content) -> int | None:
    """Return where the frames begin, behind all blocks of metadata; None if they are missing."""
    at = 4
    for _ in range(_MOST_BLOCKS):
        head = content[at : at + 4]
        if len(head) < 4:
            return None
        at += 4 + int.from_bytes(head[1:], "big")
        if head[0] & 0x80:
            return at if at < len(content) else None
    return None


def _ends_with_frame(content: Content, begin: int, block: int, samples: int) -> bool:
    """Return whether the last bytes are the last frame: its checksum is right, and the stream ends in it.

    A frame has at most `block` samples; `samples` is the length of the stream, or 0.
    """
    end = len(content)
    if content[end - _END_TAG : end - _END_TAG + 3] == b"TAG":
        end -= _END_TAG
    tail = content[max(begin, end - _TAIL) : end]
    at = len(tail)
    for _ in range(_MOST):
        at = max(tail.rfind(b"\xff\xf8", 0, at), tail.rfind(b"\xff\xf9", 0, at))
        if at < 0:
            return False
        if _checksum(tail[at:]) == 0:
            # In a stream of equal frames they are numbered; else each has the number of its first sample.
            first = _number(tail[at + 4 : at + 11]) * (block if tail[at + 1] == 0xF8 else 1)
            return first + block >= samples
    return False


def _number(coded: bytes) -> int:
    """Return a number that is coded as UTF-8 codes characters, but with up to 36 bits."""
    extra = max(0, 7 - (coded[0] ^ 0xFF).bit_length())
    value = coded[0] & (0x7F if not extra else 0x3F >> extra)
    for byte in coded[1 : 1 + extra]:
        value = value << 6 | byte & 0x3F
    return value


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
