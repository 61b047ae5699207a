"""MP4, QuickTime and M4A, also in fragments."""

from __future__ import annotations

from typing import NamedTuple

from .file_info import Content, DamagedFile, FileInfo, big, cut_short, rounded_rate, seconds
from .isobmff import Box, boxes, brands, inner

_CODECS = {
    b"avc1": "h264",
    b"avc3": "h264",
    b"hvc1": "hevc",
    b"hev1": "hevc",
    b"av01": "av1",
    b"vp08": "vp8",
    b"vp09": "vp9",
    b"mp4v": "mpeg4",
    b"jpeg": "mjpeg",
    b"mjpa": "mjpeg",
    b"mp4a": "aac",
    b"Opus": "opus",
    b"fLaC": "flac",
    b"ac-3": "ac3",
    b"ec-3": "eac3",
    b".mp3": "mp3",
    **dict.fromkeys((b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x"), "prores"),
    **dict.fromkeys((b"sowt", b"twos", b"lpcm", b"in24", b"in32", b"fl32", b"raw ", b"ipcm", b"fpcm"), "pcm"),
}
#: Tracks and fragments that are looked at.
_MOST_TRACKS = 32
_MOST_FRAGMENTS = 20_000


class _Track(NamedTuple):
    number: int
    kind: bytes
    codec: str | None
    scale: int
    units: int
    samples: int
    width: int = 0
    height: int = 0
    sample_rate: int = 0
    channels: int = 0


def measure_mp4(content: Content) -> FileInfo:
    """Return the measures of an MP4, QuickTime or M4A file. The index may be before or behind the samples."""
    found = list(boxes(content, 0, len(content)))
    media_type = _media_type(content)
    what = "a QuickTime file" if media_type == "video/quicktime" else "an MP4"
    moov = next((box for box in found if box.kind == b"moov"), None)
    if found and not found[-1].is_whole:
        raise cut_short(what, media_type, content)
    if moov is None:
        raise DamagedFile(f"{what} of {len(content)} bytes without an index; it may be cut short", media_type)
    tracks = [
        track
        for box in [box for box in boxes(content, moov.begin, moov.end) if box.kind == b"trak"][:_MOST_TRACKS]
        if (track := _track(content, box)) is not None
    ]
    fragments = [box for box in found if box.kind == b"moof"]
    if not any(box.kind == b"mdat" for box in found):
        raise DamagedFile(f"{what} of {len(content)} bytes without samples; it may be cut short", media_type)
    if fragments:
        tracks = _with_fragments(content, moov, tracks, fragments)
    video = next((track for track in tracks if track.kind == b"vide"), None)
    sound = next((track for track in tracks if track.kind == b"soun"), None)
    first = video or sound
    if first is None:
        raise DamagedFile(f"{what} without video or sound", media_type)
    own = [length for track in (video, sound) if track and (length := seconds(track.units, track.scale))]
    duration = _movie_duration(content, moov) or max(own, default=None)
    return FileInfo(
        media_type if video else "audio/mp4",
        video.width if video else None,
        video.height if video else None,
        duration,
        first.codec,
        (sound.sample_rate or None) if sound else None,
        (sound.channels or None) if sound else None,
        rounded_rate(video.samples, seconds(video.units, video.scale) or duration) if video else None,
    )


def _media_type(content: Content) -> str:
    if content[4:8] != b"ftyp":
        return "video/quicktime"
    main = brands(content)[0]
    if main in (b"M4A ", b"M4B ", b"M4P "):
        return "audio/mp4"
    return "video/quicktime" if main == b"qt  " else "video/3gpp" if main[:2] == b"3g" else "video/mp4"


def _movie_duration(content: Content, moov: Box) -> float | None:
    head = inner(content, moov, b"mvhd")
    if head is None:
        return None
    scale, units = _time(content, head)
    extended = inner(content, moov, b"mvex", b"mehd")
    if extended is not None and not units:
        units = big(content, extended.begin + 4, 8 if big(content, extended.begin, 1) else 4)
    return seconds(units, scale)


def _time(content: Content, head: Box) -> tuple[int, int]:
    """Return time scale and duration of a box `mvhd` or `mdhd`; a duration that is not known is 0."""
    if big(content, head.begin, 1) == 1:
        scale, units, unknown = big(content, head.begin + 20, 4), big(content, head.begin + 24, 8), (1 << 64) - 1
    else:
        scale, units, unknown = big(content, head.begin + 12, 4), big(content, head.begin + 16, 4), (1 << 32) - 1
    return scale, 0 if units == unknown else units


def _track(content: Content, box: Box) -> _Track | None:
    parts = {each.kind: each for each in boxes(content, box.begin, box.end)}
    header, media = parts.get(b"tkhd"), parts.get(b"mdia")
    if header is None or media is None:
        return None
    handler, clock = inner(content, media, b"hdlr"), inner(content, media, b"mdhd")
    table = inner(content, media, b"minf", b"stbl")
    entry = inner(content, table, b"stsd") if table else None
    if handler is None or clock is None or table is None or entry is None:
        return None
    kind = content[handler.begin + 8 : handler.begin + 12]
    at = entry.begin + 8
    code = content[at + 4 : at + 8]
    sizes = inner(content, table, b"stsz") or inner(content, table, b"stz2")
    scale, units = _time(content, clock)
    long = 12 if big(content, header.begin, 1) == 1 else 0
    track = _Track(
        big(content, header.begin + (20 if long else 12), 4),
        kind,
        _CODECS.get(code) or (code.decode("latin-1").strip().lower() or None),
        scale,
        units,
        big(content, sizes.begin + 8, 4) if sizes else 0,
    )
    if kind == b"vide":
        width, height = big(content, at + 32, 2), big(content, at + 34, 2)
        shown = big(content, header.begin + 76 + long, 2), big(content, header.begin + 80 + long, 2)
        width, height = shown if all(shown) else (width, height)
        # The matrix of a video that is shown turned by a quarter.
        turned = not big(content, header.begin + 40 + long, 4) and big(content, header.begin + 44 + long, 4)
        return track._replace(width=height, height=width) if turned else track._replace(width=width, height=height)
    rate = 48_000 if code == b"Opus" else big(content, at + 32, 2)
    return track._replace(sample_rate=rate, channels=big(content, at + 24, 2))


def _with_fragments(content: Content, moov: Box, tracks: list[_Track], fragments: list[Box]) -> list[_Track]:
    """Return the tracks with the samples of the fragments added."""
    usual: dict[int, int] = {}
    for box in boxes(content, *_span(inner(content, moov, b"mvex"))):
        if box.kind == b"trex":
            usual[big(content, box.begin + 4, 4)] = big(content, box.begin + 12, 4)
    samples: dict[int, int] = {}
    units: dict[int, int] = {}
    for fragment in fragments[:_MOST_FRAGMENTS]:
        for part in boxes(content, fragment.begin, fragment.end):
            if part.kind == b"traf":
                number, count, length = _fragment(content, part, usual)
                samples[number] = samples.get(number, 0) + count
                units[number] = units.get(number, 0) + length
    return [
        track._replace(
            samples=track.samples + samples.get(track.number, 0), units=track.units or units.get(track.number, 0)
        )
        for track in tracks
    ]


def _span(box: Box | None) -> tuple[int, int]:
    return (box.begin, box.end) if box else (0, 0)


def _fragment(content: Content, part: Box, usual: dict[int, int]) -> tuple[int, int, int]:
    """Return track, number of samples and duration of a part of a fragment."""
    number, each, count, length = 0, 0, 0, 0
    for box in boxes(content, part.begin, part.end):
        flags = big(content, box.begin + 1, 3)
        if box.kind == b"tfhd":
            number = big(content, box.begin + 4, 4)
            at = box.begin + 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
            each = big(content, at, 4) if flags & 8 else usual.get(number, 0)
        elif box.kind == b"trun":
            there = big(content, box.begin + 4, 4)
            size = 4 * (flags >> 8 & 0xF).bit_count()
            at = box.begin + 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
            there = min(there, (box.end - at) // size) if size else there
            count += there
            if flags & 0x100:
                entries = content[at : at + there * size]
                length += sum(big(entries, n * size, 4) for n in range(there))
            else:
                length += there * each
    return number, count, length
