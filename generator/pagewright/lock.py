"""A lock on a folder, so that one run at a time changes it.

It is a POSIX record lock, which belongs to one process: it ends with that process, however it ends, and a forked child
does not have it. Two threads of one process would both get it, so they take turns before they ask for it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from .publishing.manifest import LOCK_FILE
from .publishing.publish import UnsafePath

#: How long a run waits for another one before it says so.
PATIENCE_S = 1.0
_PAUSE_S = 0.05
_BUSY = (errno.EAGAIN, errno.EACCES)

_threads = threading.Lock()


@contextmanager
def lock(folder: Path) -> Generator[None]:
    """Let one run at a time change `folder`, which is created if it does not exist. Another run waits.

    The lock file holds the process id of the run. It is removed at the end; one that a killed run left blocks nobody.

    Raises:
        UnsafePath: The folder is a link.
    """
    if folder.is_symlink():
        raise UnsafePath(f"{folder.name}/ is a link. Remove it: what it leads to may not be ours.")
    with _threads:
        descriptor = _acquire(folder)
        try:
            yield
        finally:
            try:
                with suppress(OSError):
                    (folder / LOCK_FILE).unlink()
            finally:
                os.close(descriptor)


def clear_stale_lock(folder: Path) -> None:
    """Remove the lock file that a killed run left, so that nobody commits it. One that a run holds stays."""
    path = folder / LOCK_FILE
    # While this process holds a lock, nothing is looked at: it would get that lock again, and closing the file would end it.
    if not _threads.acquire(blocking=False):
        return
    try:
        # A folder that can't be written keeps it.
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            try:
                if _is_free(descriptor) and _is_at(path, descriptor):
                    path.unlink()
            finally:
                os.close(descriptor)
    finally:
        _threads.release()


def _acquire(folder: Path) -> int:
    """Return the descriptor of the lock file, locked."""
    path = folder / LOCK_FILE
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        try:
            _wait(descriptor, folder)
            if _is_at(path, descriptor):
                with suppress(OSError):  # on a full disk the process id is missing, but the lock holds
                    os.truncate(descriptor, 0)
                    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        # The run that had the lock has removed the file: what is locked now is no longer what others will find.
        os.close(descriptor)


def _wait(descriptor: int, folder: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    try:
        while not _is_free(descriptor):
            if time.monotonic() > end:
                click.echo(f"pagewright: waiting for {_holder(descriptor)}, which is changing {folder}/", err=True)
                fcntl.lockf(descriptor, fcntl.LOCK_EX)
                return
            time.sleep(_PAUSE_S)
    except OSError as error:
        raise OSError(error.errno, f"the folder can't be locked: {error.strerror}", str(folder)) from error


def _is_free(descriptor: int) -> bool:
    """Take the lock if nobody has it, and return whether that succeeded."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        raise
    return True


def _holder(descriptor: int) -> str:
    number = os.pread(descriptor, 20, 0).strip()
    return f"process {number.decode()}" if number.isdigit() else "another process"


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
