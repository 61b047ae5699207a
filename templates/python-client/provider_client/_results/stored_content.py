"""The content of a file on disk, which is read when it is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, TypeAlias

_CHUNK = 1 << 20


class StoredContent:
    """The bytes of an open file. They are read in slices or in chunks, and never all at once unless `bytes()` asks for them.

    The file is closed with the last object that uses it. A temporary file without a name is gone then, also if the process
    is killed.
    """

    __slots__ = ("_file", "_size")

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice, /) -> bytes:
        begin, end, _ = part.indices(self._size)
        pieces: list[bytes] = []
        while begin < end:
            piece = self._read(begin, end - begin)
            if not piece:
                break
            pieces.append(piece)
            begin += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, self._size, _CHUNK):
            yield self[at : at + _CHUNK]

    def __bytes__(self) -> bytes:
        return self[: self._size]

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        # Another process can't open a file without a name.
        return bytes, (bytes(self),)

    def _read(self, at: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            # Several threads may read, so the file's own position is not used.
            return os.pread(self._file.fileno(), size, at)
        self._file.seek(at)
        return self._file.read(size)


#: The content of a file, in memory or on disk.
FileContent: TypeAlias = "bytes | StoredContent"


def chunks(content: FileContent) -> Iterator[bytes]:
    """Yield the content in pieces that fit into memory."""
    if isinstance(content, bytes):
        yield content
    else:
        yield from content


def digest(content: FileContent) -> str:
    """Return the SHA-256 hash of the content, in hexadecimal."""
    from hashlib import sha256

    hash = sha256()
    for chunk in chunks(content):
        hash.update(chunk)
    return hash.hexdigest()
