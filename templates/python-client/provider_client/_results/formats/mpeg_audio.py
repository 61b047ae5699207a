"""MP3 (and MPEG layers 1 and 2), and AAC in ADTS frames."""

from __future__ import annotations

from typing import NamedTuple

from .file_info import Content, DamagedFile, FileInfo, UnknownFormat, big, cut_short, seconds

_HIGH = (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448)
#: Kilobits per second by version (1 or 2) and layer.
_BITRATES = {
    (1, 1): _HIGH,
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)
_AAC_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
#: What may follow the last frame.
_TRAILERS = (b"TAG", b"APETAGEX", b"ID3", b"LYRICSBEGIN")
#: Frames that are looked at: an hour and a half of MP3. In a longer file the rest is estimated.
_MOST_FRAMES = 200_000
_MOST_TAGS = 10


class _Frame(NamedTuple):
    """A frame: its size in bytes, samples per channel, rate in hertz and channels. `layer` is 0 for AAC."""

    size: int
    samples: int
    rate: int
    channels: int
    layer: int = 0
    version: int = 1


def measure_mpeg_audio(content: Content) -> FileInfo:
    """Return the measures of an MP3 or ADTS file."""
    begin = _after_tags(content)
    has_tag = begin > 0
    first = _frame(content[begin : begin + 8])
    media_type = "audio/mpeg" if first is None or first.layer else "audio/aac"
    what = "an AAC file" if media_type == "audio/aac" else "an MP3"
    if first is None:
        raise cut_short(what, media_type, content) if has_tag else _unknown(content)
    if not has_tag and begin + first.size > len(content):
        # A few bits are no proof.
        raise _unknown(content)
    length = _stated(content, begin, first) if first.layer else None
    if length is None:
        length = _walked(content, begin, first, what, media_type, is_sure=has_tag)
    elif length < 0:
        raise cut_short(what, media_type, content)
    codec = "aac" if not first.layer else f"mp{first.layer}"
    return FileInfo(
        media_type, duration_s=length or None, codec=codec, sample_rate=first.rate, channels=first.channels or None
    )


def _unknown(content: Content) -> UnknownFormat:
    return UnknownFormat(f"{len(content)} bytes beginning with {content[:8].hex(' ')}, not a file of a known format")


def _after_tags(content: Content) -> int:
    at = 0
    for _ in range(_MOST_TAGS):
        head = content[at : at + 10]
        if head[:3] != b"ID3" or len(head) < 10:
            break
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        at += 10 + size + (10 if head[5] & 0x10 else 0)
    return at


def _frame(head: bytes) -> _Frame | None:
    """Return the frame that begins with these bytes; None if none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = 4 - (head[1] >> 1 & 3)
    if layer == 4:
        return _adts(head) if head[1] & 0xF0 == 0xF0 else None
    bits = head[1] >> 3 & 3
    at, rate_at = head[2] >> 4, head[2] >> 2 & 3
    if bits == 1 or at in (0, 15) or rate_at == 3:
        return None
    version = 1 if bits == 3 else 2
    rate = _RATES[rate_at] // (1 if bits == 3 else 2 if bits == 2 else 4)
    bitrate = _BITRATES[version, layer][at] * 1000
    padding = head[2] >> 1 & 1
    samples = 384 if layer == 1 else 576 if version == 2 and layer == 3 else 1152
    size = (12 * bitrate // rate + padding) * 4 if layer == 1 else samples // 8 * bitrate // rate + padding
    return _Frame(size, samples, rate, 1 if head[3] >> 6 == 3 else 2, layer, version)


def _adts(head: bytes) -> _Frame | None:
    rate_at = head[2] >> 2 & 15
    if len(head) < 7 or rate_at >= len(_AAC_RATES):
        return None
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    if size < 7:
        return None
    channels = (head[2] & 1) << 2 | head[3] >> 6
    return _Frame(size, 1024 * (1 + (head[6] & 3)), _AAC_RATES[rate_at], 8 if channels == 7 else channels)


def _stated(content: Content, begin: int, first: _Frame) -> float | None:
    """Return the seconds that the first frame states for the whole file; None if it states none, -1 if the end is missing."""
    side = (32 if first.channels == 2 else 17) if first.version == 1 else (17 if first.channels == 2 else 9)
    if begin + first.size > len(content):
        return -1.0
    at = begin + 4 + side
    head = content[at : at + 160]
    if head[:4] in (b"Xing", b"Info"):
        flags = big(head, 4, 4)
        if not flags & 1:
            return None
        frames = big(head, 8, 4)
        size = big(head, 12, 4) if flags & 2 else 0
        end = 12 + (4 if flags & 2 else 0) + (100 if flags & 4 else 0) + (4 if flags & 8 else 0)
        # The encoder's delay, and the silence after the end.
        unheard = big(head, end + 21, 3) if head[end : end + 3] in (b"LAM", b"Lav") else 0
        samples = frames * first.samples - (unheard >> 12) - (unheard & 0xFFF)
    else:
        head = content[begin + 36 : begin + 62]
        if head[:4] != b"VBRI":
            return None
        size, samples = big(head, 10, 4), big(head, 14, 4) * first.samples
    if begin + size > len(content):
        return -1.0
    return seconds(samples, first.rate)


def _walked(content: Content, begin: int, first: _Frame, what: str, media_type: str, *, is_sure: bool) -> float | None:
    """Return the seconds of all frames.

    Raises:
        UnknownFormat: Only one frame was found, in bytes that may be anything.
        DamagedFile: The last frame is cut short, or there is something else between the frames.
    """
    at, samples, count = begin, 0, 0
    while at < len(content) and count < _MOST_FRAMES:
        head = content[at : at + 12]
        frame = _frame(head)
        if frame is None or (frame.rate, frame.layer) != (first.rate, first.layer):
            if count < 2 and not is_sure:
                raise _unknown(content)
            if head.startswith(_TRAILERS) or not head.strip(b"\0"):
                break
            if len(head) < 7:
                raise cut_short(what, media_type, content)
            raise DamagedFile(f"{what} with unreadable data after {at} bytes", media_type)
        at += frame.size
        samples += frame.samples
        count += 1
    if at > len(content):
        raise cut_short(what, media_type, content)
    if count == _MOST_FRAMES and at < len(content):
        samples = samples * (len(content) - begin) // (at - begin)
    return seconds(samples, first.rate)
