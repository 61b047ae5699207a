"""WAV: 16-bit mono samples, with the comment in a LIST chunk before them."""

from __future__ import annotations

from struct import pack


def sound_file(samples: bytes, sample_rate: int, comment: bytes) -> bytes:
    """Return a file of these samples."""
    form = _chunk(b"fmt ", pack("<HHIIHH", 1, 1, sample_rate, sample_rate * 2, 2, 16))
    notes = _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", comment + b"\0"))
    content = b"WAVE" + form + notes + _chunk(b"data", samples)
    return pack("<4sI", b"RIFF", len(content)) + content


def comment_in(data: bytes) -> bytes | None:
    """Return the comment of a file; None if it has none, or is no such file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"LIST" and data[at + 8 : at + 16] == b"INFOICMT":
            length = int.from_bytes(data[at + 16 : at + 20], "little")
            return data[at + 20 : at + 20 + min(length, size)].rstrip(b"\0")
        at += 8 + size + size % 2
    return None


def _chunk(name: bytes, content: bytes) -> bytes:
    return pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)
