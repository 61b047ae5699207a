"""Atomic writing of files: after a crash a file is the old one or the new one, never a part of either."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress

#: The name of a file that is being written. It is left over if the process was killed.
PART = re.compile(r"\.[0-9a-f]{16}\.part")


def numbered_paths(path: str | os.PathLike[str], count: int) -> list[str]:
    """Return `path` itself for one file; for several, `path` with -1, -2, … before its suffix."""
    first = os.fsdecode(path)
    if count == 1:
        return [first]
    stem, suffix = os.path.splitext(first)
    return [f"{stem}-{number}{suffix}" for number in range(1, count + 1)]


def write_atomically(path: str | os.PathLike[str], content: bytes | Iterable[bytes], *, overwrite: bool) -> str:
    """Write a temporary file in the same folder, flush it to the disk and rename it to `path`. Return the path.

    `content` are the bytes, or pieces of them.

    With `overwrite` symbolic links are followed and the file at their end is replaced or created. The new file gets the
    permissions of the file that it replaces.

    Raises:
        FileExistsError: The file exists and `overwrite` is False.
        OSError: The file could not be written; the error names `path`.
    """
    target = os.fsdecode(path)
    destination, replaced = target, None
    if overwrite:
        destination, replaced = resolve_links(target)
    elif os.path.lexists(target):
        raise already_exists(target)
    # A short random name: the target's name with a suffix may be too long for the file system.
    folder = os.path.dirname(destination)
    part = os.path.join(folder, f".{os.urandom(8).hex()}.part")
    try:
        _write_new(part, content, replaced)
        if overwrite:
            os.replace(part, destination)
        else:
            _move_new(part, destination)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(part)
        if isinstance(error, OSError) and error.errno is not None:
            # The original error names the temporary file, or none.
            raise OSError(error.errno, error.strerror, target) from None
        raise
    with suppress(OSError):
        # Some file systems can't open a folder. The file has been written by now.
        _sync_folder(folder or ".")
    return target


def resolve_links(path: str) -> tuple[str, os.stat_result | None]:
    """Follow the symbolic links at `path`. Return the path at their end and the status of the file there, if any.

    Raises:
        OSError: The path leads to a folder, a device, a FIFO or a socket, or its links form a loop.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        found = None
    if found is not None and not stat.S_ISREG(found.st_mode):
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, "Is a folder, not a file", path)
        kind = "a FIFO" if stat.S_ISFIFO(found.st_mode) else "a socket" if stat.S_ISSOCK(found.st_mode) else "a device"
        raise OSError(errno.ENOTSUP, f"Is {kind}, not a file", path)
    return (os.path.realpath(path) if os.path.islink(path) else path), found


def _write_new(path: str, content: bytes | Iterable[bytes], like: os.stat_result | None) -> None:
    """Write a new file and flush it to the disk, with the owner and permissions of `like`, if given."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    # The file must not be readable by others before it gets the permissions of a private file.
    with open(os.open(path, flags, 0o666 if like is None else 0o600), "wb") as file:
        if like is not None:
            with suppress(OSError):
                # Only root can change the owner.
                os.fchown(file.fileno(), like.st_uid, like.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode) & 0o777)
        for piece in (content,) if isinstance(content, bytes) else content:
            file.write(piece)
        file.flush()
        _sync(file.fileno())


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems don't support fsync.
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _move_new(part: str, target: str) -> None:
    """Rename without replacing a file that was created meanwhile, if the file system has hard links."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise already_exists(target) from None
    except OSError:
        os.replace(part, target)
    else:
        with suppress(OSError):
            os.unlink(part)


def already_exists(target: str) -> FileExistsError:
    """Return the error for a file, or a folder, that exists already."""
    if os.path.isdir(target):
        return FileExistsError(errno.EEXIST, "Is a folder; name a file in it", target)
    return FileExistsError(errno.EEXIST, "Already exists", target)
