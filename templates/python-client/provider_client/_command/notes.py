"""Room on the disk for what the journal of a batch cannot take: its file system is full, or SQLite fails otherwise.

The room is taken before anything is sent, so that a job that was accepted, or a picture that was saved, can be noted even
then. The journal takes the notes up as soon as it can, in the next run at the latest.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

NAME = "batch.notes"
#: For some hundred notes; only requests that are under way when the journal fails need one or two.
_SIZE = 256 * 1024


class Notes:
    """The file. Its notes are JSON arrays, one a line, and zeros behind them.

    Raises:
        OSError: There is no room for it.
    """

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, NAME)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            written = os.pread(self._file, _SIZE, 0)
            self._end = len(written.partition(b"\0")[0])
            # Zeros are written, not skipped, so that the blocks are there.
            self._write(written.ljust(_SIZE, b"\0")[len(written) :], len(written))
        except BaseException:
            self.close()
            raise

    def add(self, note: list[Any]) -> None:
        """Adds a note, and comes back when it is on the disk.

        Raises:
            OSError: It could not be written.
        """
        line = json.dumps(note).encode("ascii") + b"\n"
        if self._end + len(line) > _SIZE:
            raise OSError(f"{self._path}: there is no room for another note")
        self._write(line, self._end)
        self._end += len(line)

    def read(self) -> list[list[Any]]:
        """The notes, oldest first, without one that was written in part."""
        notes: list[list[Any]] = []
        for line in os.pread(self._file, self._end, 0).split(b"\n"):
            with suppress(ValueError):
                notes.append(json.loads(line))
        return notes

    def clear(self) -> None:
        """Forgets the notes: the journal has them.

        Raises:
            OSError: The file could not be written.
        """
        self._write(b"\0" * self._end, 0)
        self._end = 0

    def close(self) -> None:
        """Closes the file. It is left behind only if there are notes in it."""
        with suppress(OSError):
            if not self._end:
                os.unlink(self._path)
        os.close(self._file)

    def _write(self, content: bytes, at: int) -> None:
        if content and os.pwrite(self._file, content, at) != len(content):
            raise OSError(f"{self._path}: written in part; is the disk full?")
        os.fsync(self._file)
