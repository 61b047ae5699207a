"""Saving of paid files. A file that can't be written to its path is saved in another folder, and the error names it.

The client, the command line and batches all save files with this module.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from .files import already_exists, write_atomically
from .stored_content import FileContent, chunks

#: Errors that a shorter, plain name in the same folder may avoid.
_NAME_ERRORS = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)
_LONGEST_NAME = 100
#: The beginning of the names of new folders: that of this package.
FOLDER_PREFIX = (__package__ or "").removesuffix("._results").replace("_", "-").replace(".", "-") + "-"
#: Tried last: they are often on another disk or in memory.
_OTHER_FOLDERS = ("/var/tmp", "/dev/shm")


class NotSaved(OSError):
    """Files could not be saved to their path nor to any other folder, for example because all disks are full.

    Attributes:
        held: The files that were not saved. Without the result, this is the only copy.
    """

    held: tuple[FileContent, ...] = ()

    @property
    def contents(self) -> tuple[bytes, ...]:
        """The bytes of the files that were not saved. Those of a large file are read from a temporary file."""
        return tuple(map(bytes, self.held))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.errno, self.strerror, self.filename), {"held": self.contents}


class SaveResult(NamedTuple):
    """The outcome of saving several files.

    Attributes:
        paths: The path of each file, which may be in another folder; None if it could not be saved at all.
        failure: Why some files are not at their paths, and where they are instead; None if all are.
    """

    paths: list[str | None]
    failure: OSError | None

    @property
    def reason(self) -> str:
        """The failure as a message that begins with the path; "" without a failure."""
        return f"{self.failure.filename}: {self.failure.strerror}" if self.failure else ""


def save(paths: Sequence[str | os.PathLike[str]], contents: Sequence[FileContent], *, overwrite: bool) -> list[str]:
    """Write each of `contents` atomically to its path and return the paths.

    Raises:
        OSError: A file could not be written to its path; the error says where it is instead.
        NotSaved: A file could not be written anywhere; the error holds its bytes.
    """
    saved = try_save(paths, contents, overwrite=overwrite)
    if saved.failure is not None:
        if saved.failure.errno == errno.EEXIST and not os.path.isdir(os.fsdecode(saved.failure.filename)):
            saved.failure.strerror = f"{saved.failure.strerror}; save with overwrite=True, or to another path"
        raise saved.failure
    return [path for path in saved.paths if path is not None]


def try_save(
    paths: Sequence[str | os.PathLike[str]], contents: Sequence[FileContent], *, overwrite: bool
) -> SaveResult:
    """Save as `save` does, but return the failure. Without `overwrite`, no file is written to its path if one of them exists."""
    targets = [os.fsdecode(path) for path in paths]
    existing = [] if overwrite else [target for target in targets if os.path.lexists(target)]

    def write(target: str, content: FileContent) -> str:
        if existing:
            raise already_exists(existing[0])
        return write_atomically(target, content, overwrite=overwrite)

    return _written(targets, contents, write)


def save_beside(paths: Sequence[str], contents: Sequence[FileContent]) -> SaveResult:
    """Save as `try_save` does, but number a file whose path is taken. Nothing is overwritten."""
    return _written(paths, contents, _write_beside)


def save_to_temporary(names: Sequence[str], contents: Sequence[FileContent]) -> list[str | None]:
    """Save files that have no path, under safe names in a folder for temporary files. A path is None if none can be written."""
    folders: list[str] = []
    return [_elsewhere(name, content, folders) for name, content in zip(names, contents, strict=True)]


def safe_stem(text: str) -> str:
    """Return `text` as a file name without its suffix: special characters become _, and the length is limited."""
    plain = "".join(c if c.isalnum() or c in "-_.+=@," else "_" for c in text)
    # File names have at most 255 bytes, and a number and the suffix are added.
    return plain.lstrip(".").encode("utf-8", "replace")[:160].decode("utf-8", "ignore").rstrip(".") or "image"


def _written(
    targets: Sequence[str], contents: Sequence[FileContent], write: Callable[[str, FileContent], str]
) -> SaveResult:
    paths: list[str | None] = []
    folders: list[str] = []
    moved: list[str] = []
    lost: list[FileContent] = []
    first: OSError | None = None
    for target, content in zip(targets, contents, strict=True):
        try:
            paths.append(write(target, content))
        except (OSError, ValueError) as error:
            # ValueError: the name contains a NUL or an unpaired surrogate, which no system call accepts.
            failure = error if isinstance(error, OSError) else OSError(errno.EINVAL, str(error), target)
            first = first or failure
            if failure.errno in _NAME_ERRORS:
                folders.append(os.path.dirname(target) or ".")
            path = _elsewhere(target, content, folders)
            paths.append(path)
            lost += [content] if path is None else []
            moved += [] if path is None else [path]
    return SaveResult(paths, _failure(first, moved, lost) if first else None)


def _failure(first: OSError, moved: list[str], lost: list[FileContent]) -> OSError:
    message = f"{first.strerror or first}"
    if moved:
        message += f"; saved as {', '.join(moved)} instead"
    if not lost:
        return OSError(first.errno or errno.EIO, message, first.filename)
    error = NotSaved(first.errno or errno.EIO, f"{message}; no other folder can be written either", first.filename)
    error.held = tuple(lost)
    return error


def _elsewhere(target: str, content: FileContent, folders: list[str]) -> str | None:
    """Write a file to the first of `folders` that can be written, else to a new folder, which is added. Return its path, or None."""
    name = _safe_name(target)
    for folder in folders:
        with suppress(OSError, ValueError):
            return _write_beside(os.path.join(folder, name), content)
    for folder in _new_folders():
        try:
            path = _write_beside(os.path.join(folder, name), content)
        except OSError:
            with suppress(OSError):
                os.rmdir(folder)
        else:
            folders.append(folder)
            return path
    return None


def _write_beside(path: str, content: FileContent) -> str:
    """Write a new file, with a number in its name if the path is taken. An existing file with the same content is left as it is."""
    stem, suffix = os.path.splitext(path)
    candidate, number = path, 1
    while True:
        try:
            return write_atomically(candidate, content, overwrite=False)
        except FileExistsError:
            if _holds(candidate, content):
                return candidate
        number += 1
        candidate = f"{stem}_{number}{suffix}"


def _holds(path: str, content: FileContent) -> bool:
    try:
        # Reading a device or a FIFO may never end.
        if not os.path.isfile(path) or os.path.getsize(path) != len(content):
            return False
        with open(path, "rb") as file:
            return all(file.read(len(chunk)) == chunk for chunk in chunks(content))
    except OSError:
        return False


def _safe_name(target: str) -> str:
    """Return the file name of `target`, shortened and simplified unless it is valid on every file system."""
    name = os.path.basename(target)
    if name.isprintable() and name not in ("", ".", "..") and len(name.encode("utf-8", "replace")) <= _LONGEST_NAME:
        return name
    from hashlib import sha256

    stem, suffix = os.path.splitext(name)
    short = safe_stem(stem).encode()[:60].decode("utf-8", "ignore")
    end = "".join(c for c in suffix[:12] if c.isascii() and (c.isalnum() or c == "."))
    return f"{short}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}{end}"


def _new_folders() -> Iterator[str]:
    """Yield new private folders on different disks, as far as they can be created."""
    from tempfile import gettempdir, mkdtemp

    tried: set[str] = set()
    for find in (gettempdir, lambda: os.path.expanduser("~"), os.getcwd, *_OTHER_FOLDERS):
        with suppress(OSError):
            parent = os.path.realpath(find if isinstance(find, str) else find())
            if parent not in tried:
                tried.add(parent)
                yield mkdtemp(prefix=FOLDER_PREFIX, dir=parent)
