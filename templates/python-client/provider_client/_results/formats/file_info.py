"""Format and measures of a file, and the exceptions for files that have none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Content(Protocol):
    """The bytes of a file, in memory or on disk. They are read in slices."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...


class FileInfo(NamedTuple):
    """Format and measures of a file, read from its headers. A measure that the format lacks is None.

    `width` and `height` are in pixels. `codec` is that of the video, or of the sound if there is no video. `sample_rate` (in
    hertz) and `channels` are those of the sound. `frame_rate` is in frames per second.
    """

    media_type: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    frame_rate: float | None = None

    @property
    def kind(self) -> str:
        """The part of the media type before the slash: `image`, `video`, `audio` or `model`."""
        return self.media_type.partition("/")[0]


class UnreadableFile(ValueError):
    """The bytes are not a complete file of a known format. The message says what they are.

    Attributes:
        media_type: The format that the first bytes have; `application/octet-stream` if it is unknown.
    """

    media_type = "application/octet-stream"


class UnknownFormat(UnreadableFile):
    """The first bytes are those of no known format."""


class DamagedFile(UnreadableFile):
    """The first bytes are those of a known format, but the file is cut short or has an invalid header."""

    def __init__(self, message: str, media_type: str) -> None:
        super().__init__(message)
        self.media_type = media_type

    def __reduce__(self) -> tuple[type[DamagedFile], tuple[str, str]]:
        return type(self), (str(self), self.media_type)


def cut_short(what: str, media_type: str, content: Content) -> DamagedFile:
    """Return the exception for a file whose end is missing. `what` names the format with its article."""
    return DamagedFile(f"{what} that is cut short after {len(content)} bytes", media_type)


def big(content: Content, at: int, size: int) -> int:
    """Return the big-endian number of `size` bytes at `at`; bytes behind the end count as missing."""
    return int.from_bytes(content[at : at + size], "big")


def little(content: Content, at: int, size: int) -> int:
    """Return the little-endian number of `size` bytes at `at`."""
    return int.from_bytes(content[at : at + size], "little")


def seconds(units: float, per_second: float) -> float | None:
    """Return a duration, exact to a microsecond; None if it is unknown."""
    return round(units / per_second, 6) or None if per_second > 0 and 0 < units < 1e18 else None


def rounded_rate(frames: float, duration: float | None) -> float | None:
    """Return a frame rate; None if it is unknown."""
    return round(frames / duration, 3) or None if duration and frames > 0 else None


def riff_chunks(content: Content, most: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, begin and size of each chunk of a RIFF file; at most `most`. A chunk may end behind the end of the file."""
    at = 12
    for _ in range(most):
        head = content[at : at + 8]
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], "little")
        yield head[:4], at + 8, size
        at += 8 + size + size % 2
