"""MP3: frames one after the other behind an ID3v2 tag with the comment."""

from __future__ import annotations

from .loops import SoundLoop, repeated

#: Encoding Latin-1, no language, no description.
_COMMENT = b"\0und\0"


def sound_file(loop: SoundLoop, packets: int, comment: bytes) -> bytes:
    """Return a file with this number of frames."""
    frame = _COMMENT + comment
    tag = b"COMM" + len(frame).to_bytes(4, "big") + b"\0\0" + frame
    return b"".join((b"ID3\3\0\0", _syncsafe(len(tag)), tag, *repeated(loop.packets, packets)))


def comment_in(data: bytes) -> bytes | None:
    """Return the comment of a file; None if it has none, or is no such file."""
    if data[:5] != b"ID3\3\0" or data[10:14] != b"COMM":
        return None
    size = int.from_bytes(data[14:18], "big")
    frame = data[20 : 20 + size]
    return frame[len(_COMMENT) :] if len(frame) == size and frame.startswith(_COMMENT) else None


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
