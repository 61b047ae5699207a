"""A log of state updates that SQLite could not write, for example because the disk is full.

Its disk space is allocated before anything is sent, so that an accepted job or a saved file can be noted even on a full disk.
The state applies the log as soon as it can be written again, at the latest in the next run.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

NAME = "batch.notes"
#: Enough for some hundred notes. Each request in progress needs one or two.
_SIZE = 256 * 1024


class FallbackLog:
    """The log: JSON arrays, one per line, followed by zeros.

    Raises:
        OSError: There is not enough disk space.
    """

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, NAME)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            written = os.pread(self._file, _SIZE, 0)
            self._end = len(written.partition(b"\0")[0])
            # Zeros are written, not skipped, so that the file system allocates the blocks.
            self._write(written.ljust(_SIZE, b"\0")[len(written) :], len(written))
        except BaseException:
            self.close()
            raise

    def add(self, note: list[Any]) -> None:
        """Add a note and flush it to the disk.

        Raises:
            OSError: The note could not be written.
        """
        line = json.dumps(note).encode("ascii") + b"\n"
        if self._end + len(line) > _SIZE:
            raise OSError(f"{self._path}: the file has no space for another note")
        self._write(line, self._end)
        self._end += len(line)

    def read(self) -> list[list[Any]]:
        """Return the notes, oldest first, without one that was written only in part."""
        notes: list[list[Any]] = []
        for line in os.pread(self._file, self._end, 0).split(b"\n"):
            with suppress(ValueError):
                notes.append(json.loads(line))
        return notes

    def clear(self) -> None:
        """Remove all notes, after they were applied.

        Raises:
            OSError: The file could not be written.
        """
        self._write(b"\0" * self._end, 0)
        self._end = 0

    def close(self) -> None:
        """Close the file, and delete it if it has no notes."""
        with suppress(OSError):
            if not self._end:
                os.unlink(self._path)
        os.close(self._file)

    def _write(self, content: bytes, at: int) -> None:
        if content and os.pwrite(self._file, content, at) != len(content):
            raise OSError(f"{self._path}: written only in part; is the disk full?")
        os.fsync(self._file)
