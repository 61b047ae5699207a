"""The body of a response while it arrives: in memory, or in a temporary file if it is large."""

from __future__ import annotations

from itertools import chain

from .._results.stored_content import FileContent, StoredContent
from ..spec.platform import PLATFORM

#: A body that may go to the disk goes there from this size on.
_IN_MEMORY = 4 << 20
#: Tried after the folder for temporary files, which may be in memory or full.
_OTHER_FOLDERS = ("/var/tmp", ".")


class ResponseBody:
    """Collects the chunks of a body.

    With `may_store`, a large body goes to a temporary file without a name, unless it is JSON, which is parsed in memory. If
    no folder has space, it stays in memory.
    """

    __slots__ = ("_chunks", "_file", "_may_store", "size")

    def __init__(self, *, may_store: bool) -> None:
        self.size = 0
        self._may_store = may_store
        self._chunks: list[bytes] = []
        self._file: StoredContent | None = None

    @property
    def limit(self) -> int:
        """The most bytes that the body may have."""
        limits = PLATFORM.limits
        return limits.max_response_bytes if self._file is None else limits.max_file_bytes

    def add(self, chunk: bytes) -> None:
        """Add a chunk."""
        self.size += len(chunk)
        if self._file is not None:
            try:
                self._file.append(chunk)
            except OSError:
                self._chunks.append(chunk)
                self._move()
            return
        self._chunks.append(chunk)
        if self._may_store and self.size > _IN_MEMORY:
            from .._results.formats.measure import is_json

            self._may_store = not is_json(b"".join(self._chunks[:2]))
            if self._may_store:
                self._move()

    def content(self) -> FileContent:
        """Return the whole body, which is then no longer held here."""
        if self._file is not None:
            file, self._file = self._file, None
            return file
        content = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        # A traceback's frame may keep the attempt alive; it must not keep the body twice.
        self._chunks.clear()
        return content

    def _move(self) -> None:
        """Move the body to a temporary file in the first folder that has space for it; else to memory."""
        before, self._file = self._file, None
        for folder in _folders():
            try:
                file = StoredContent.temporary(folder)
                for piece in chain(before or (), self._chunks):
                    file.append(piece)
            except OSError:
                continue
            self._file = file
            self._chunks.clear()
            return
        self._chunks = [*(before or ()), *self._chunks]
        self._may_store = False


def _folders() -> list[str]:
    from tempfile import gettempdir

    try:
        return [gettempdir(), *_OTHER_FOLDERS]
    except OSError:
        return list(_OTHER_FOLDERS)
