"""JPEG, PNG, WebP, BMP and TIFF."""

from __future__ import annotations

from .file_info import Content, DamagedFile, FileInfo, big, cut_short, little, riff_chunks, rounded_rate, seconds

#: JPEG segments that contain the size: every start of frame. DHT, JPG and DAC are in the same range but are not.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Segments or chunks that are looked at.
_MOST = 10_000
#: Bytes at the end of a file on disk in which its end marker is looked for.
_TAIL = 1 << 16


def measure_jpeg(content: Content) -> FileInfo:
    """Return the size of a JPEG."""
    at = 2
    for _ in range(_MOST):
        head = content[at : at + 9]
        if len(head) < 9 or head[0] != 0xFF:
            break
        if head[1] == 0xFF:
            at += 1
        elif head[1] in _START_OF_FRAME:
            # Search behind the frame's header: a thumbnail before it has an end marker of its own.
            if not _has(content, b"\xff\xd9", at):
                raise cut_short("a JPEG", "image/jpeg", content)
            return FileInfo("image/jpeg", big(head, 7, 2), big(head, 5, 2))
        else:
            at += 2 + max(2, big(head, 2, 2))
    message = f"a JPEG of {len(content)} bytes without a size in its header; it may be cut short"
    raise DamagedFile(message, "image/jpeg")


def measure_png(content: Content) -> FileInfo:
    """Return the size of a PNG, and the duration and frame rate of one that moves."""
    if content[12:16] != b"IHDR" or not _has(content, b"IEND", 33):
        raise cut_short("a PNG", "image/png", content)
    size = big(content, 16, 4), big(content, 20, 4)
    delays = _png_delays(content)
    if len(delays) < 2:
        return FileInfo("image/png", *size)
    length = seconds(sum(delays), 1)
    return FileInfo("image/png", *size, length, frame_rate=rounded_rate(len(delays), length))


def measure_webp(content: Content) -> FileInfo:
    """Return the size of a WebP, and the duration and frame rate of one that moves."""
    if len(content) < 30 or len(content) < 8 + little(content, 4, 4):
        raise cut_short("a WebP", "image/webp", content)
    head = content[:30]
    kind = head[12:16]
    if kind == b"VP8X":
        size = 1 + little(head, 24, 3), 1 + little(head, 27, 3)
        delays = _webp_delays(content) if head[20] & 2 else []
        length = seconds(sum(delays), 1000)
        return FileInfo("image/webp", *size, length, frame_rate=rounded_rate(len(delays), length))
    if kind == b"VP8L":
        bits = little(head, 21, 4)
        return FileInfo("image/webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 ":
        return FileInfo("image/webp", little(head, 26, 2) & 0x3FFF, little(head, 28, 2) & 0x3FFF)
    raise DamagedFile(f"a WebP of the unknown kind {kind!r}", "image/webp")


def measure_bmp(content: Content) -> FileInfo:
    """Return the size of a BMP."""
    if len(content) < little(content, 2, 4):
        raise cut_short("a BMP", "image/bmp", content)
    height = int.from_bytes(content[22:26], "little", signed=True)
    return FileInfo("image/bmp", little(content, 18, 4), abs(height))


def measure_tiff(content: Content) -> FileInfo:
    """Return the format of a TIFF; its size is not read."""
    first = big(content, 4, 4) if content[:1] == b"M" else little(content, 4, 4)
    if not 8 <= first < len(content):
        raise cut_short("a TIFF", "image/tiff", content)
    return FileInfo("image/tiff")


def _webp_delays(content: Content) -> list[int]:
    """Return the milliseconds of each frame."""
    return [little(content, at + 12, 3) for name, at, _ in riff_chunks(content, _MOST) if name == b"ANMF"]


def _png_delays(content: Content) -> list[float]:
    """Return the seconds of each frame of a PNG that moves; [] for a still one."""
    delays: list[float] = []
    at, moves = 8, False
    for _ in range(_MOST):
        head = content[at : at + 8]
        kind = head[4:]
        if len(head) < 8 or kind == b"IEND" or (kind == b"IDAT" and not moves):
            break
        moves = moves or kind == b"acTL"
        if kind == b"fcTL":
            delays.append(big(content, at + 28, 2) / (big(content, at + 30, 2) or 100))
        at += 12 + int.from_bytes(head[:4], "big")
    return delays


def _has(content: Content, marker: bytes, start: int) -> bool:
    """Return whether `marker` is in `content` behind `start`; in a file on disk, near its end."""
    if isinstance(content, bytes):
        return content.rfind(marker, start) >= 0
    return marker in content[max(start, len(content) - _TAIL) :]
