"""The content of a file on disk, which is read when it is needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TypeAlias

_CHUNK = 1 << 20


class StoredContent:
    """The bytes of an open file. They are read in slices or in chunks, and never all at once unless `bytes()` asks for them.

    The file is closed with the last object that uses it. A temporary file has no name, so it is gone then, also if the
    process is killed.
    """

    __slots__ = ("_descriptor", "_size")

    def __init__(self, descriptor: int) -> None:
        """Take over an open file."""
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> StoredContent:
        """Return the content of a file that exists.

        Raises:
            OSError: It can't be opened.
        """
        return cls(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)))

    @classmethod
    def temporary(cls, folder: str) -> StoredContent:
        """Return a new, empty file without a name.

        Raises:
            OSError: None can be made in the folder.
        """
        from tempfile import TemporaryFile

        with TemporaryFile(dir=folder, buffering=0) as file:
            return cls(os.dup(file.fileno()))

    def append(self, chunk: bytes) -> None:
        """Write a chunk at the end. If that fails, the content is what it was before.

        Raises:
            OSError: The chunk could not be written.
        """
        os.lseek(self._descriptor, self._size, os.SEEK_SET)
        view = memoryview(chunk)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._size += len(chunk)

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        # An object whose construction failed has no descriptor.
        if hasattr(self, "_descriptor"):
            close(self._descriptor)

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
            return os.pread(self._descriptor, size, at)
        os.lseek(self._descriptor, at, os.SEEK_SET)
        return os.read(self._descriptor, size)


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
