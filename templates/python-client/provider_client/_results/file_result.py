"""Results that are files: videos, recordings, and all others. Images are in `image_result`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from .._http import Response
from .files import numbered_paths
from .media_file import MediaFile
from .result import Result
from .saving import save
from .suffixes import warn_about_suffix


class FileResult(Result):
    """The files of one request, with the values of the response's headers.

    `content`, `media_type`, `sha256` and the measures belong to the first file, usually the only one. Iterate, index or take
    `len()` for all files. A file that is cut short, or of an unknown format, has been paid for: it is handed over as it came,
    and its `problem` says what it is.

    Attributes:
        response, headers, request_id, remaining_credits, cost, seed, generation_time_s: See `Result`.
    """

    __slots__ = ("_files",)

    def __init__(self, files: Sequence[MediaFile], response: Response, names: Mapping[str, str]) -> None:
        super().__init__(response, names)
        self._files = tuple(files)

    @property
    def files(self) -> tuple[MediaFile, ...]:
        """The files, at least one."""
        return self._files

    @property
    def content(self) -> bytes:
        """The bytes of the first file. Those of a large file are read from the disk; use `save` to write them."""
        return self.files[0].content

    @property
    def media_type(self) -> str:
        """The format of the first file, detected from its bytes; `application/octet-stream` if it is unknown."""
        return self.files[0].media_type

    @property
    def problem(self) -> str | None:
        """Why the first file can't be read; None if it is complete and of a known format."""
        return self.files[0].problem

    @property
    def sha256(self) -> str:
        """The SHA-256 hash of the first file, in hexadecimal."""
        return self.files[0].sha256

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> list[str]:
        """Write each file atomically and return the paths.

        A single file is saved as `path`; several get `-1`, `-2`, … before the suffix. The suffix is not changed; one
        of another format gives a warning after the file was saved, because many programs open a file by its suffix. `media_type`
        says which format it has. `overwrite` replaces existing files. It follows symbolic links, keeps the permissions of the files, and never replaces folders, devices, FIFOs or sockets.

        A file that can't be saved there has been paid for, so it is saved in another folder: in the same folder under a
        shorter name if only the name is invalid, else in a new folder below the folder for temporary files, the home folder
        or the current folder. The exception names the file.

        Raises:
            FileExistsError: One of the files exists; then none is written to its path.
            NotSaved: No other folder could be written either; `contents` of the error holds the files' bytes.
            OSError: A file could not be written to its path for another reason.
        """
        contents = [file.stored for file in self.files]
        written = save(numbered_paths(path, len(self.files)), contents, overwrite=overwrite)
        for each, file in zip(written, self.files, strict=True):
            warn_about_suffix(each, file.media_type)
        return written

    def __iter__(self) -> Iterator[MediaFile]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> MediaFile:
        return self.files[index]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(map(repr, self.files))}>"


class VideoResult(FileResult):
    """The videos of one request; see `FileResult`. The measures are read from the file's headers; an unknown one is None."""

    __slots__ = ()

    @property
    def width(self) -> int | None:
        """The width of the first video in pixels."""
        return self.files[0].width

    @property
    def height(self) -> int | None:
        """The height of the first video in pixels."""
        return self.files[0].height

    @property
    def duration_s(self) -> float | None:
        """The duration of the first video in seconds."""
        return self.files[0].duration_s

    @property
    def frame_rate(self) -> float | None:
        """The frames per second of the first video."""
        return self.files[0].frame_rate

    @property
    def codec(self) -> str | None:
        """The codec of the first video: such as `h264`, `vp9` or `av1`."""
        return self.files[0].codec


class AudioResult(FileResult):
    """The recordings of one request; see `FileResult`. The measures are read from the file's headers; an unknown one is None."""

    __slots__ = ()

    @property
    def duration_s(self) -> float | None:
        """The duration of the first recording in seconds."""
        return self.files[0].duration_s

    @property
    def sample_rate(self) -> int | None:
        """The samples per second of the first recording."""
        return self.files[0].sample_rate

    @property
    def channels(self) -> int | None:
        """The channels of the first recording."""
        return self.files[0].channels

    @property
    def codec(self) -> str | None:
        """The codec of the first recording: such as `mp3`, `aac`, `opus` or `pcm`."""
        return self.files[0].codec
