"""The body of a response while it arrives: in memory, or in a temporary file if it is large."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import IO

from .._results.stored_content import FileContent, StoredContent
from ..spec.platform import PLATFORM

#: A body that may go to the disk goes there from this size on.
_IN_MEMORY = 4 << 20
_PIECE = 1 << 20
#: Tried after the folder for temporary files, which may be in memory or full.
_OTHER_FOLDERS = ("/var/tmp", ".")


class ResponseBody:
    """Collects the chunks of a body.

    With `may_store`, a large body goes to a temporary file without a name, unless it is JSON, which is parsed in memory. If
    no folder has space, it stays in memory.
    """

    __slots__ = ("_chunks", "_file", "_may_store", "_stored", "size")

    def __init__(self, *, may_store: bool) -> None:
        self.size = 0
        self._may_store = may_store
        self._chunks: list[bytes] = []
        self._file: IO[bytes] | None = None
        #: Bytes that are in the file for sure.
        self._stored = 0

    @property
    def limit(self) -> int:
        """The most bytes that the body may have."""
        limits = PLATFORM.limits
        return limits.max_response_bytes if self._file is None else limits.max_file_bytes

    def add(self, chunk: bytes) -> None:
        """Add a chunk."""
        self.size += len(chunk)
        self._chunks.append(chunk)
        if self._file is None and self._may_store and self.size > _IN_MEMORY:
            start = b"".join(self._chunks[:2])[:64].lstrip()
            self._may_store = not start.startswith((b"{", b"["))
            if self._may_store:
                self._move()
        elif self._file is not None:
            try:
                self._write(self._file, chunk)
            except OSError:
                self._move()
            else:
                self._stored += len(chunk)
                self._chunks.clear()

    def content(self) -> FileContent:
        """Return the whole body, which is then no longer held here."""
        if self._file is not None:
            file, self._file = self._file, None
            return StoredContent(file)
        content = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        # A traceback's frame may keep the attempt alive; it must not keep the body twice.
        self._chunks.clear()
        return content

    def _move(self) -> None:
        """Move the body to a temporary file in the first folder that has space for it; else to memory."""
        before, stored = self._file, self._stored
        self._file, self._stored = None, 0
        for folder in _folders():
            try:
                file = _temporary(folder)
                for piece in chain(() if before is None else _pieces(before, stored), self._chunks):
                    self._write(file, piece)
            except OSError:
                continue
            self._file, self._stored = file, self.size
            self._chunks.clear()
            return
        self._chunks = [*([] if before is None else _pieces(before, stored)), *self._chunks]
        self._may_store = False

    @staticmethod
    def _write(file: IO[bytes], chunk: bytes) -> None:
        view = memoryview(chunk)
        while view:
            view = view[file.write(view) :]


def _folders() -> list[str]:
    from tempfile import gettempdir

    try:
        return [gettempdir(), *_OTHER_FOLDERS]
    except OSError:
        return list(_OTHER_FOLDERS)


def _temporary(folder: str) -> IO[bytes]:
    from tempfile import TemporaryFile

    # Unbuffered, so that what was written can be read back after a failure.
    return TemporaryFile(dir=folder, buffering=0)


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    content = StoredContent(file)
    for at in range(0, size, _PIECE):
        yield content[at : min(at + _PIECE, size)]
