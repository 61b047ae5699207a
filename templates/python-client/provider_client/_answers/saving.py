"""Files of paid images: each goes to its place; what its place does not take is kept elsewhere, and the error says where.

The one way by which the client, its command line and its batches write what was paid for.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from .images import taken, write_whole

#: The suffix of a file, by the media type of its bytes.
SUFFIXES = {"image/jpeg": "jpeg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
#: Errors that another name in the same folder may not have.
_OF_THE_NAME = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)
_LONGEST_NAME = 100
#: Looked at last: they are on other disks than most, or on none.
_OTHER_FOLDERS = ("/var/tmp", "/dev/shm")


class NotSaved(OSError):
    """Images could be saved neither where they should go nor in any other folder, as on a machine whose disks are full.

    Attributes:
        contents: The bytes of the files that were not saved. Nothing else holds them once the result is gone.
    """

    contents: tuple[bytes, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.errno, self.strerror, self.filename), {"contents": self.contents}


class Kept(NamedTuple):
    """What became of some files.

    Attributes:
        paths: Where each is: at its place or elsewhere, None if no folder took it.
        failure: Why some are not at their places, and where they are instead; None if all are.
    """

    paths: list[str | None]
    failure: OSError | None

    @property
    def reason(self) -> str:
        """The failure as a message: the place first."""
        return f"{self.failure.filename}: {self.failure.strerror}" if self.failure else ""


def save(paths: Sequence[str | os.PathLike[str]], contents: Sequence[bytes], *, overwrite: bool) -> list[str]:
    """Write each of `contents` to its path, whole or not at all, and return the paths.

    Raises:
        OSError: Some could not be written there; the error says where they are kept.
        NotSaved: Some could be kept nowhere; the error holds them.
    """
    kept = save_or_keep(paths, contents, overwrite=overwrite)
    if kept.failure is not None:
        raise kept.failure
    return [path for path in kept.paths if path is not None]


def save_or_keep(paths: Sequence[str | os.PathLike[str]], contents: Sequence[bytes], *, overwrite: bool) -> Kept:
    """As `save`, but what went wrong is returned. Without `overwrite` one file that is there keeps all from their places."""
    targets = [os.fsdecode(path) for path in paths]
    there = [] if overwrite else [target for target in targets if os.path.lexists(target)]

    def write(target: str, content: bytes) -> str:
        if there:
            raise taken(there[0])
        return write_whole(target, content, overwrite=overwrite)

    return _written(targets, contents, write)


def keep(paths: Sequence[str], contents: Sequence[bytes]) -> Kept:
    """As `save_or_keep`, but a file that another one is in the way of gets a number. Nothing is overwritten."""
    return _written(paths, contents, _write_beside)


def rescue(names: Sequence[str], contents: Sequence[bytes]) -> list[str | None]:
    """Keep files that have no place: each in the first folder for temporary files that takes it, under a safe name."""
    folders: list[str] = []
    return [_elsewhere(name, content, folders) for name, content in zip(names, contents, strict=True)]


def suffix_for(media_type: str) -> str:
    """The suffix, without its dot, of a file of this media type."""
    return SUFFIXES.get(media_type, "bin")


def safe_stem(text: str) -> str:
    """Any text as the stem of a file's name: what some file system gives a meaning becomes _, and its length is bounded."""
    plain = "".join(c if c.isalnum() or c in "-_.+=@," else "_" for c in text)
    # Names end at 255 bytes, and the suffix and a number come behind.
    return plain.lstrip(".").encode("utf-8", "replace")[:160].decode("utf-8", "ignore").rstrip(".") or "picture"


def _written(targets: Sequence[str], contents: Sequence[bytes], write: Callable[[str, bytes], str]) -> Kept:
    paths: list[str | None] = []
    folders: list[str] = []
    moved: list[str] = []
    lost: list[bytes] = []
    first: OSError | None = None
    for target, content in zip(targets, contents, strict=True):
        try:
            paths.append(write(target, content))
        except (OSError, ValueError) as error:
            # A ValueError is a name that no system call takes: it holds a NUL, or half of a character.
            failure = error if isinstance(error, OSError) else OSError(errno.EINVAL, str(error), target)
            first = first or failure
            if failure.errno in _OF_THE_NAME:
                folders.append(os.path.dirname(target) or ".")
            path = _elsewhere(target, content, folders)
            paths.append(path)
            lost += [content] if path is None else []
            moved += [] if path is None else [path]
    return Kept(paths, _failure(first, moved, lost) if first else None)


def _failure(first: OSError, moved: list[str], lost: list[bytes]) -> OSError:
    told = f"{first.strerror or first}"
    if moved:
        told += f"; kept as {', '.join(moved)}"
    if not lost:
        return OSError(first.errno or errno.EIO, told, first.filename)
    error = NotSaved(first.errno or errno.EIO, f"{told}; no other folder took it either", first.filename)
    error.contents = tuple(lost)
    return error


def _elsewhere(target: str, content: bytes, folders: list[str]) -> str | None:
    """Write a file to the first of `folders` that takes it, else to a new one, which is added; None if none does."""
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


def _write_beside(path: str, content: bytes) -> str:
    """Write a new file, under a numbered name if another one is there. One with the same content counts as written."""
    stem, suffix = os.path.splitext(path)
    place, number = path, 1
    while True:
        try:
            return write_whole(place, content, overwrite=False)
        except FileExistsError:
            if _holds(place, content):
                return place
        number += 1
        place = f"{stem}_{number}{suffix}"


def _holds(path: str, content: bytes) -> bool:
    try:
        # A device or a FIFO may never end.
        if not os.path.isfile(path) or os.path.getsize(path) != len(content):
            return False
        with open(path, "rb") as file:
            return file.read() == content
    except OSError:
        return False


def _safe_name(target: str) -> str:
    """The name of a file, shortened and made plain if that is what it takes to be a name everywhere."""
    name = os.path.basename(target)
    if name.isprintable() and name not in ("", ".", "..") and len(name.encode("utf-8", "replace")) <= _LONGEST_NAME:
        return name
    from hashlib import sha256

    stem, suffix = os.path.splitext(name)
    short = safe_stem(stem).encode()[:60].decode("utf-8", "ignore")
    end = "".join(c for c in suffix[:12] if c.isascii() and (c.isalnum() or c == "."))
    return f"{short}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}{end}"


def _new_folders() -> Iterator[str]:
    """New folders, private ones, wherever a file might find room."""
    from tempfile import gettempdir, mkdtemp

    tried: set[str] = set()
    for find in (gettempdir, lambda: os.path.expanduser("~"), os.getcwd, *_OTHER_FOLDERS):
        with suppress(OSError):
            place = os.path.realpath(find if isinstance(find, str) else find())
            if place not in tried:
                tried.add(place)
                yield mkdtemp(prefix="provider-client-", dir=place)
