"""A file that a model made."""

from __future__ import annotations

import os

from .formats.file_info import FileInfo, UnreadableFile
from .formats.measure import measure
from .saving import save
from .stored_content import FileContent, digest
from .suffixes import warn_about_suffix


class MediaFile:
    """One file, as the service sent it. A large one is kept in a temporary file until it is no longer used.

    Args:
        content: The file's bytes, or a `StoredContent`.

    Attributes:
        problem: Why the file can't be read: its format is unknown, or it is cut short. None for a complete file of a known
            format. A file with a problem has been paid for, so it is handed over all the same.
    """

    __slots__ = ("_content", "_info", "problem")

    problem: str | None

    def __init__(self, content: FileContent) -> None:
        """Detect the format and read the measures of `content`."""
        self._content = content
        self._info = FileInfo(UnreadableFile.media_type)
        self.problem = None
        try:
            self._info = measure(content)
        except UnreadableFile as error:
            self._info = FileInfo(error.media_type)
            self.problem = str(error)

    @property
    def content(self) -> bytes:
        """The file's bytes. Those of a large file are read from the disk at each access; use `save` to write them."""
        return bytes(self._content)

    @property
    def stored(self) -> FileContent:
        """The content as it is held: bytes, or a `StoredContent` that is read in chunks."""
        return self._content

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self._content)

    @property
    def media_type(self) -> str:
        """The format, detected from the bytes, not from `content-type`; `application/octet-stream` if it is unknown."""
        return self._info.media_type

    @property
    def width(self) -> int | None:
        """The width of an image or a video in pixels."""
        return self._info.width

    @property
    def height(self) -> int | None:
        """The height of an image or a video in pixels."""
        return self._info.height

    @property
    def duration_s(self) -> float | None:
        """The duration in seconds of a video, a recording, or an image that moves."""
        return self._info.duration_s

    @property
    def codec(self) -> str | None:
        """The codec of the video, or of the sound if there is no video: such as `h264`, `vp9`, `mp3` or `pcm`."""
        return self._info.codec

    @property
    def frame_rate(self) -> float | None:
        """The frames per second of a video, or of an image that moves."""
        return self._info.frame_rate

    @property
    def sample_rate(self) -> int | None:
        """The samples per second of the sound."""
        return self._info.sample_rate

    @property
    def channels(self) -> int | None:
        """The channels of the sound."""
        return self._info.channels

    @property
    def measures(self) -> str:
        """The measures in words: `1280×720, 5.0 s`; "" if none is known."""
        found = self._info
        sound = found.kind == "audio"
        parts = [
            f"{found.width}×{found.height}" if found.width else "",
            f"{found.duration_s:.1f} s" if found.duration_s else "",
            f"{found.sample_rate} Hz" if sound and found.sample_rate else "",
            ("mono" if found.channels == 1 else f"{found.channels} channels") if sound and found.channels else "",
        ]
        return ", ".join(filter(None, parts))

    @property
    def sha256(self) -> str:
        """The SHA-256 hash of the content, in hexadecimal."""
        return digest(self._content)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> str:
        """Write the file atomically and return its path. A large file is copied in chunks.

        `overwrite` replaces an existing file. A suffix of another format gives a warning. A file that can't be saved at `path` is saved in another folder; see
        `FileResult.save`, also for the exceptions.
        """
        (written,) = save([path], [self._content], overwrite=overwrite)
        warn_about_suffix(written, self.media_type)
        return written

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MediaFile) and self.size == other.size and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        about = f"{self.media_type} {self.measures}".strip().replace("×", "x")
        return f"<{type(self).__name__} {about}, {self.size} bytes, sha256 {self.sha256[:12]}>"
