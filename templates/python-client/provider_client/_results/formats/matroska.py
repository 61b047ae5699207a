"""WebM and Matroska."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from .file_info import Content, DamagedFile, FileInfo, big, cut_short, rounded_rate, seconds

_SEGMENT, _INFO, _TRACKS, _TRACK, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675
_VIDEO, _SOUND, _BLOCK_GROUP, _BLOCK, _SIMPLE_BLOCK = 0xE0, 0xE1, 0xA0, 0xA1, 0xA3
#: Elements directly in the segment. One of them ends a cluster of unknown size.
_IN_SEGMENT = frozenset({_CLUSTER, _INFO, _TRACKS, 0x114D9B74, 0x1C53BB6B, 0x1043A770, 0x1254C367, 0x1941A469})
_NUMBERS = {0x2AD7B1: "scale", 0x83: "kind", 0xB0: "width", 0xBA: "height", 0x9F: "channels", 0x23E383: "frame_ns"}
_FLOATS = {0x4489: "duration", 0xB5: "sample_rate"}
_TEXTS = {0x86: "codec", 0x4282: "document"}
_CODECS = {
    "V_VP8": "vp8",
    "V_VP9": "vp9",
    "V_AV1": "av1",
    "V_MPEG4/ISO/AVC": "h264",
    "V_MPEGH/ISO/HEVC": "hevc",
    "V_MJPEG": "mjpeg",
    "A_OPUS": "opus",
    "A_VORBIS": "vorbis",
    "A_AAC": "aac",
    "A_FLAC": "flac",
    "A_MPEG/L3": "mp3",
    "A_PCM/INT/LIT": "pcm",
}
#: Elements that are looked at in a whole file.
_MOST = 100_000
_LONGEST_TEXT = 100


class _Element(NamedTuple):
    """An element: its number, and where its content begins and ends. `end` is None for an unknown size."""

    number: int
    begin: int
    end: int | None


class _Reader:
    """Reads elements. `left` is how many more are looked at, so that the time is bounded."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.left = _MOST

    def elements(self, begin: int, end: int) -> Iterator[_Element]:
        """Yield the elements between `begin` and `end`. One of unknown size is the last; its end is not looked for."""
        at = begin
        while at < end and self.left > 0:
            self.left -= 1
            element = self.element(at)
            if element is None:
                return
            yield element
            if element.end is None:
                return
            at = element.end

    def element(self, at: int) -> _Element | None:
        head = self.content[at : at + 12]
        size = 9 - head[0].bit_length() if head and head[0] else 0
        if not 1 <= size <= 4 or len(head) <= size or not head[size]:
            return None
        number = int.from_bytes(head[:size], "big")
        wide = 9 - head[size].bit_length()
        if len(head) < size + wide:
            return None
        length = int.from_bytes(head[size : size + wide], "big") & (1 << 7 * wide) - 1
        begin = at + size + wide
        return _Element(number, begin, None if length == (1 << 7 * wide) - 1 else begin + length)

    def values(self, begin: int, end: int, into: tuple[int, ...] = ()) -> dict[str, Any]:
        """Return the known values between `begin` and `end`, also those in the elements `into`."""
        found: dict[str, Any] = {}
        for number, first, last in self.elements(begin, end):
            last = min(end if last is None else last, end)
            if number in into:
                found |= self.values(first, last)
            elif number in _NUMBERS and last - first <= 8:
                found[_NUMBERS[number]] = big(self.content, first, last - first)
            elif number in _FLOATS and last - first in (4, 8):
                form = ">f" if last - first == 4 else ">d"
                found[_FLOATS[number]] = struct.unpack(form, self.content[first:last].ljust(last - first, b"\0"))[0]
            elif number in _TEXTS:
                text = self.content[first : min(last, first + _LONGEST_TEXT)]
                found[_TEXTS[number]] = text.rstrip(b"\0").decode("latin-1")
        return found


def measure_matroska(content: Content) -> FileInfo:
    """Return the measures of a WebM or Matroska file."""
    reader = _Reader(content)
    top = list(reader.elements(0, len(content)))
    head = top[0] if top else None
    document = reader.values(head.begin, head.end or len(content)).get("document", "") if head else ""
    media_type = "video/webm" if document == "webm" else "video/x-matroska"
    what = "a WebM" if document == "webm" else "a Matroska file"
    segment = next((element for element in top if element.number == _SEGMENT), None)
    if segment is None or (segment.end or 0) > len(content):
        raise cut_short(what, media_type, content)
    end = segment.end or len(content)
    info, tracks, last = _parts(reader, segment.begin, end)
    if last is None or last > end:
        raise cut_short(what, media_type, content)
    video = next((track for track in tracks if track.get("kind") == 1), None)
    sound = next((track for track in tracks if track.get("kind") == 2), None)
    first = video or sound
    if first is None:
        raise DamagedFile(f"{what} without video or sound", media_type)
    scale = info.get("scale") or 1_000_000
    frame_ns = video.get("frame_ns", 0) if video else 0
    duration = info.get("duration") or 0
    length = seconds(duration * scale, 1e9) if duration == duration else None
    if length is None and (units := _last_time(reader, segment.begin, end)):
        length = seconds(units * scale + frame_ns, 1e9)
    return FileInfo(
        media_type if video else media_type.replace("video", "audio"),
        video.get("width") if video else None,
        video.get("height") if video else None,
        length,
        _CODECS.get(first.get("codec", ""), first.get("codec")),
        _whole(sound.get("sample_rate", 8000.0)) if sound else None,
        (sound.get("channels") or 1) if sound else None,
        rounded_rate(1e9, frame_ns),
    )


def _whole(number: float) -> int | None:
    return int(number) if 0 < number < 1e9 else None


def _parts(reader: _Reader, begin: int, end: int) -> tuple[dict[str, Any], list[dict[str, Any]], int | None]:
    """Return the values of the segment, those of its tracks, and where its last cluster ends; None without a cluster."""
    info: dict[str, Any] = {}
    tracks: list[dict[str, Any]] = []
    last: int | None = None
    for number, first, stop in reader.elements(begin, end):
        until = end if stop is None else stop
        if number == _INFO:
            info = reader.values(first, min(until, end))
        elif number == _TRACKS:
            entries = [each for each in reader.elements(first, min(until, end)) if each.number == _TRACK]
            tracks = [reader.values(each.begin, min(each.end or end, end), (_VIDEO, _SOUND)) for each in entries]
        if number == _CLUSTER or last is not None:
            last = max(last or 0, until)
    return info, tracks, last


def _last_time(reader: _Reader, begin: int, end: int) -> int:
    """Return the latest time of a block, in units of the time scale. Clusters may have an unknown size."""
    latest, base, at = 0, 0, begin
    reader.left = _MOST
    while at < end and reader.left > 0:
        reader.left -= 1
        element = reader.element(at)
        if element is None:
            break
        if element.number in (_CLUSTER, _BLOCK_GROUP):
            at = element.begin
            continue
        if element.number == 0xE7 and element.end is not None and element.end - element.begin <= 8:
            base = big(reader.content, element.begin, element.end - element.begin)
        elif element.number in (_SIMPLE_BLOCK, _BLOCK):
            head = reader.content[element.begin : element.begin + 12]
            wide = 9 - head[0].bit_length() if head and head[0] else 1
            latest = max(latest, base + int.from_bytes(head[wide : wide + 2], "big", signed=True))
        if element.end is None:
            break
        at = element.end
    return latest
