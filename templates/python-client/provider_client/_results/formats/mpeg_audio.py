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
_TRAILERS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN")
#: Frames without sound, which state the length of the frames behind them.
_SUMMARIES = (b"Xing", b"Info")
#: Bytes of padding behind a tag that are looked at.
_MOST_PADDING = 1 << 16
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


def measure_mpeg_audio(content: Content, begin: int) -> FileInfo:
    """Return the measures of an MP3 or ADTS file, whose first frame is at `begin`, behind tags."""
    has_tag = begin > 0
    if has_tag and not big(content, begin, 2):
        padding = content[begin : begin + _MOST_PADDING]
        begin += len(padding) - len(padding.lstrip(b"\0"))
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


def after_tags(content: Content, at: int = 0) -> int:
    """Return the position behind the ID3v2 tags at `at`."""
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
    """Return the seconds that the first frame states for the whole file; None if it states none, or only those of a part.

    -1 stands for a file whose end is missing.
    """
    if begin + first.size > len(content):
        return -1.0
    at = begin + _summary_at(first)
    head = content[at : at + 160]
    if head[:4] in _SUMMARIES:
        flags = big(head, 4, 4)
        if not flags & 1:
            return None
        size = big(head, 12, 4) if flags & 2 else 0
        samples = big(head, 8, 4) * first.samples - _unheard(head)
    else:
        head = content[begin + 36 : begin + 62]
        if head[:4] != b"VBRI":
            return None
        size, samples = big(head, 10, 4), big(head, 14, 4) * first.samples
    if begin + size > len(content):
        return -1.0
    behind = content[begin + size : begin + size + 8] if size else b""
    # Services join the MP3 files of several sentences, and then the first one states its own length only.
    is_part = behind[:3] == b"ID3" or _frame(behind) is not None
    return None if is_part else seconds(samples, first.rate)


def _summary_at(frame: _Frame) -> int:
    """Return where in a frame a summary is."""
    return 4 + ((32 if frame.channels == 2 else 17) if frame.version == 1 else (17 if frame.channels == 2 else 9))


def _unheard(summary: bytes) -> int:
    """Return the samples of the encoder's delay and of the silence behind the end, from a summary."""
    flags = big(summary, 4, 4)
    at = 8 + 4 * (flags & 1) + 2 * (flags & 2) + 25 * (flags & 4) + (flags & 8) // 2
    delays = big(summary, at + 21, 3) if summary[at : at + 3] in (b"LAM", b"Lav") else 0
    return (delays >> 12) + (delays & 0xFFF)


def _walked(content: Content, begin: int, first: _Frame, what: str, media_type: str, *, is_sure: bool) -> float | None:
    """Return the seconds of all frames, also of several files one behind the other.

    Raises:
        UnknownFormat: Only one frame was found, in bytes that may be anything.
        DamagedFile: The last frame is cut short, or there is something else between the frames.
    """
    at, samples, count, tags = begin, 0, 0, 0
    while at < len(content) and count + tags < _MOST_FRAMES:
        head = content[at : at + 48]
        frame = _frame(head)
        if frame is None or (frame.rate, frame.layer) != (first.rate, first.layer):
            if count < 2 and not is_sure:
                raise _unknown(content)
            if head[:3] == b"ID3" and len(head) >= 10:
                at = after_tags(content, at)
                tags += 1
                continue
            if head.startswith(_TRAILERS) or not head.strip(b"\0"):
                break
            if len(head) < 7:
                raise cut_short(what, media_type, content)
            raise DamagedFile(f"{what} with unreadable data after {at} bytes", media_type)
        summary_at = _summary_at(frame)
        if frame.layer == 3 and head[summary_at : summary_at + 4] in _SUMMARIES:
            samples -= frame.samples + _unheard(content[at + summary_at : at + summary_at + 160])
        at += frame.size
        samples += frame.samples
        count += 1
    if at > len(content):
        raise cut_short(what, media_type, content)
    if count + tags == _MOST_FRAMES and at < len(content):
        samples = samples * (len(content) - begin) // (at - begin)
    return seconds(samples, first.rate)
