"""Pictures: recognised by their first bytes, measured from their headers, decoded from base64, saved atomically.

Nothing here needs an imaging library; a picture's pixels are never decoded.
"""

from __future__ import annotations

import binascii
import errno
import os
import re
import stat
from contextlib import suppress
from typing import NamedTuple

# Not compiled here, which would take longer than the rest of this module's import; `re` keeps what it compiled.
_DATA_URL = r"(?i:data:([a-z]+/[a-z0-9.+-]+)?(?:;[a-z0-9=._-]+)*;base64,)"
NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
#: JPEG segments that hold the size: every start of frame but DHT, JPG and DAC, which lie in the same range.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NotAPicture(ValueError):
    """The bytes are no picture of a known format, or one that was cut short."""


class Measure(NamedTuple):
    """What the first bytes of a picture say."""

    media_type: str
    width: int
    height: int


def measure(content: bytes) -> Measure:
    """Format and size of a picture, from its bytes.

    Raises:
        NotAPicture: With what the bytes are instead.
    """
    if content.startswith(b"\xff\xd8\xff"):
        found = _measure_jpeg(content)
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        found = _measure_png(content)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        found = _measure_webp(content)
    elif content[:6] in (b"GIF87a", b"GIF89a"):
        found = _measure_gif(content)
    else:
        raise NotAPicture(f"{_described(content)}, no picture")
    if not (found.width and found.height):
        raise NotAPicture(f"{found.media_type} of {found.width}x{found.height} pixels")
    return found


def _measure_png(content: bytes) -> Measure:
    if content[12:16] != b"IHDR" or content.rfind(b"IEND", 33) < 0:
        raise NotAPicture(f"a PNG that is cut short after {len(content)} bytes")
    return Measure("image/png", int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big"))


def _measure_gif(content: bytes) -> Measure:
    if b";" not in content[13:][-64:]:
        raise NotAPicture(f"a GIF that is cut short after {len(content)} bytes")
    return Measure("image/gif", int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little"))


def _measure_jpeg(content: bytes) -> Measure:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _START_OF_FRAME:
            # The end counts only behind the frame's header: a thumbnail before it has an end of its own.
            if content.rfind(b"\xff\xd9", at) < 0:
                raise NotAPicture(f"a JPEG that is cut short after {len(content)} bytes")
            height = int.from_bytes(content[at + 5 : at + 7], "big")
            return Measure("image/jpeg", int.from_bytes(content[at + 7 : at + 9], "big"), height)
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    raise NotAPicture(f"a JPEG of {len(content)} bytes whose header holds no size; it may be cut short")


def _measure_webp(content: bytes) -> Measure:
    if len(content) < 30 or len(content) < 8 + int.from_bytes(content[4:8], "little"):
        raise NotAPicture(f"a WebP that is cut short after {len(content)} bytes")
    kind = content[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(content[24:27], "little")
        return Measure("image/webp", width, 1 + int.from_bytes(content[27:30], "little"))
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return Measure("image/webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 ":
        width = int.from_bytes(content[26:28], "little") & 0x3FFF
        return Measure("image/webp", width, int.from_bytes(content[28:30], "little") & 0x3FFF)
    raise NotAPicture(f"a WebP of an unknown kind {kind!r}")


def decode_base64(text: str | memoryview) -> bytes:
    """The bytes behind base64 as services write it: with or without a data-URL prefix, white space and padding, in
    the standard alphabet or the URL-safe one. Text may be a view of its bytes.

    Raises:
        NotAPicture: It is no base64.
    """
    start = text[:100] if isinstance(text, str) else bytes(text[:100]).decode("latin-1")
    prefix = re.match(_DATA_URL, start)
    if prefix:
        text = text[prefix.end() :]
    try:
        # Mostly it is plain, and then it need not be copied: it may be as long as 30 MB.
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        pass
    try:
        plain = text.encode("ascii") if isinstance(text, str) else bytes(text)
        raw = plain.translate(_URL_SAFE, b" \t\r\n").rstrip(b"=")
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4), strict_mode=True)
    except ValueError:
        raise NotAPicture(f"{len(text)} characters that are no base64") from None


_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def number_in(text: str | None) -> float | None:
    """The first number in a header's value, which some workers wrap into a list; None if there is none."""
    found = re.search(NUMBER, text) if text else None
    number = float(found[0]) if found else None
    return number if number is not None and abs(number) < float("inf") else None


def numbered(path: str | os.PathLike[str], count: int) -> list[str]:
    """`path` itself for one file; for several, with -1, -2, … before its suffix."""
    place = os.fsdecode(path)
    if count == 1:
        return [place]
    stem, suffix = os.path.splitext(place)
    return [f"{stem}-{number}{suffix}" for number in range(1, count + 1)]


def write_whole(path: str | os.PathLike[str], content: bytes, *, overwrite: bool) -> str:
    """Write a file beside its place, onto the disk, and move it there, so that nobody ever sees half of it.

    With `overwrite` a symbolic link is followed, and the file that it leads to is replaced, or created. A file that is
    replaced hands on its permissions.

    Raises:
        FileExistsError: There is such a file, and `overwrite` was not asked for.
        OSError: It could not be written; the error names `path`.
    """
    target = os.fsdecode(path)
    place, replaced = target, None
    if overwrite:
        place, replaced = end_of_links(target)
    elif os.path.lexists(target):
        raise taken(target)
    # A name of its own, since the target's with something added may be longer than the file system takes.
    folder = os.path.dirname(place)
    part = os.path.join(folder, f".{os.urandom(8).hex()}.part")
    try:
        _write_new(part, content, replaced)
        if overwrite:
            os.replace(part, place)
        else:
            _move_new(part, place)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(part)
        if isinstance(error, OSError) and error.errno is not None:
            # It names the part, or nothing.
            raise OSError(error.errno, error.strerror, target) from None
        raise
    with suppress(OSError):
        # Not every file system lets a folder be opened, and the file is there already.
        _sync_folder(folder or ".")
    return target


def end_of_links(path: str) -> tuple[str, os.stat_result | None]:
    """Where a file has to be written to stand at `path`, and the status of the file that is there, if any.

    Raises:
        OSError: The path leads to a folder, a device, a FIFO or a socket, or its links lead in a circle.
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


def _write_new(path: str, content: bytes, like: os.stat_result | None) -> None:
    """Write a new file and wait for the disk. `like` is the file whose owner and permissions it gets."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    # Nobody may read it before it has the permissions of a private file.
    with open(os.open(path, flags, 0o666 if like is None else 0o600), "wb") as file:
        if like is not None:
            with suppress(OSError):
                # Only root may give a file away.
                os.fchown(file.fileno(), like.st_uid, like.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode) & 0o777)
        file.write(content)
        file.flush()
        _sync(file.fileno())


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems have nothing to wait for.
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _move_new(part: str, target: str) -> None:
    """Moves without overwriting a file that came meanwhile, where the file system has hard links."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise taken(target) from None
    except OSError:
        os.replace(part, target)
    else:
        with suppress(OSError):
            os.unlink(part)


def taken(target: str) -> FileExistsError:
    """The error for a file that is there already."""
    return FileExistsError(errno.EEXIST, "Is there already; save with overwrite=True, or elsewhere", target)


def _described(content: bytes) -> str:
    """What bytes that are no picture seem to be, for an error message."""
    start = content[:256].lstrip().lower()
    if not content:
        return "an empty body"
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if start.startswith((b"{", b"[")):
        return "JSON"
    return f"{len(content)} bytes beginning with {content[:8].hex(' ')}"
