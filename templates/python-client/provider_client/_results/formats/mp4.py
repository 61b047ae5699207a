"""MP4, QuickTime and M4A, also in fragments."""

from __future__ import annotations

from itertools import chain, islice
from typing import NamedTuple

from .file_info import Content, DamagedFile, FileInfo, big, cut_short, rounded_rate, seconds
from .isobmff import Box, boxes, inner
from .mp4_entries import codec_of, sound_of

#: Tracks, parts of fragments, and samples in them that are looked at.
_MOST_TRACKS = 32
_MOST_PARTS = 100_000
_MOST_SAMPLES = 2_000_000
#: Boxes that are not inside of another one.
_OUTER = frozenset(b"ftyp moov mdat moof mfra meta free skip wide pnot uuid udta pdin sidx ssix styp emsg prft".split())


class Track(NamedTuple):
    """A track: its number, the kind of its samples, and their measures. `units` is the duration, in units of `scale`."""

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

    @property
    def seconds(self) -> float | None:
        """The duration in seconds; None if it is unknown."""
        return seconds(self.units, self.scale)


def measure_mp4(content: Content) -> FileInfo:
    """Return the measures of an MP4, QuickTime or M4A file. The index may be before or behind the samples."""
    found = list(boxes(content, 0, len(content)))
    media_type = _media_type(content, found)
    what = "a QuickTime file" if media_type == "video/quicktime" else "an MP4"
    moov = next((box for box in found if box.kind == b"moov"), None)
    has_samples = any(box.kind == b"mdat" and box.is_whole for box in found)
    if found and not found[-1].is_whole:
        is_there = moov is not None and moov.is_whole and has_samples
        if not (is_there and _is_no_box(content, found[-2].end)):
            raise cut_short(what, media_type, content)
    if moov is None:
        raise DamagedFile(f"{what} of {len(content)} bytes without an index; it may be cut short", media_type)
    if not has_samples:
        raise DamagedFile(f"{what} of {len(content)} bytes without samples; it may be cut short", media_type)
    fragments = [box for box in found if box.kind == b"moof"]
    tracks = tracks_of(content, moov)
    if fragments:
        tracks = _with_fragments(content, moov, tracks, fragments)
    video = next((track for track in tracks if track.kind == b"vide"), None)
    sound = next((track for track in tracks if track.kind == b"soun"), None)
    first = video or sound
    if first is None:
        raise DamagedFile(f"{what} without video or sound", media_type)
    own = [length for track in (video, sound) if track and (length := track.seconds)]
    # The index of a file in fragments knows those at most that were there when it was written.
    known = own[0] if fragments and own else _movie_duration(content, moov)
    duration = known or max(own, default=None)
    return FileInfo(
        media_type if video else "audio/mp4",
        video.width if video else None,
        video.height if video else None,
        duration,
        first.codec,
        (sound.sample_rate or None) if sound else None,
        (sound.channels or None) if sound else None,
        rounded_rate(video.samples, video.seconds or duration) if video else None,
    )


def tracks_of(content: Content, moov: Box) -> list[Track]:
    """Return the tracks that an index describes."""
    found = [box for box in boxes(content, moov.begin, moov.end) if box.kind == b"trak"][:_MOST_TRACKS]
    return [track for box in found if (track := _track(content, box)) is not None]


def _is_no_box(content: Content, at: int) -> bool:
    """Return whether the bytes at `at` are no box, but padding or a tag that some program has appended."""
    rest = content[at : at + 16]
    return len(rest) >= 4 and (not rest.strip(b"\0") or (len(rest) >= 8 and rest[4:8] not in _OUTER))


def _media_type(content: Content, found: list[Box]) -> str:
    begin = next((box.begin for box in found if box.kind == b"ftyp"), 0)
    if not begin:
        return "video/quicktime"
    main = content[begin : begin + 4]
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


def _track(content: Content, box: Box) -> Track | None:
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
    sizes = inner(content, table, b"stsz") or inner(content, table, b"stz2")
    scale, units = _time(content, clock)
    long = 12 if big(content, header.begin, 1) == 1 else 0
    track = Track(
        big(content, header.begin + (20 if long else 12), 4),
        kind,
        codec_of(content, at),
        scale,
        units,
        big(content, sizes.begin + 8, 4) if sizes else 0,
    )
    if kind in (b"vide", b"pict"):
        width, height = big(content, at + 32, 2), big(content, at + 34, 2)
        shown = big(content, header.begin + 76 + long, 2), big(content, header.begin + 80 + long, 2)
        width, height = shown if all(shown) else (width, height)
        # The matrix of a video that is shown turned by a quarter.
        turned = not big(content, header.begin + 40 + long, 4) and big(content, header.begin + 44 + long, 4)
        return track._replace(width=height, height=width) if turned else track._replace(width=width, height=height)
    sound = sound_of(content, at, scale)
    return track._replace(sample_rate=sound.sample_rate, channels=sound.channels)


def _with_fragments(content: Content, moov: Box, tracks: list[Track], fragments: list[Box]) -> list[Track]:
    """Return the tracks with the samples of the fragments added."""
    usual: dict[int, int] = {}
    for box in boxes(content, *_span(inner(content, moov, b"mvex"))):
        if box.kind == b"trex":
            usual[big(content, box.begin + 4, 4)] = big(content, box.begin + 12, 4)
    added: dict[int, _Added] = {}
    parts = chain.from_iterable(boxes(content, fragment.begin, fragment.end) for fragment in fragments)
    left = _MOST_SAMPLES
    for part in islice(parts, _MOST_PARTS):
        if part.kind == b"traf" and left > 0:
            number, begin, count, length = _fragment(content, part, usual)
            left -= count
            before = added.get(number, _Added(begin or 0))
            end = before.units + length if begin is None else begin + length
            added[number] = _Added(before.begin, max(before.end, end), before.samples + count, before.units + length)
    return [track if track.number not in added else _longer(track, added[track.number]) for track in tracks]


class _Added(NamedTuple):
    """The fragments of a track: their times in units of its scale, and the number of their samples."""

    begin: int
    end: int = 0
    samples: int = 0
    units: int = 0


def _longer(track: Track, added: _Added) -> Track:
    """Return a track with its fragments, which are behind the samples that its index has."""
    begin = 0 if track.samples else added.begin
    units = max(added.end - begin, added.units + (track.units if track.samples else 0))
    # Some programs write the length of the whole into the index.
    return track._replace(samples=track.samples + added.samples, units=max(track.units, units))


def _span(box: Box | None) -> tuple[int, int]:
    return (box.begin, box.end) if box else (0, 0)


def _fragment(content: Content, part: Box, usual: dict[int, int]) -> tuple[int, int | None, int, int]:
    """Return track, begin (None if it is not stated), number of samples and duration of a part of a fragment."""
    number, each, count, length = 0, 0, 0, 0
    begin: int | None = None
    for box in boxes(content, part.begin, part.end):
        flags = big(content, box.begin + 1, 3)
        if box.kind == b"tfhd":
            number = big(content, box.begin + 4, 4)
            at = box.begin + 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
            each = big(content, at, 4) if flags & 8 else usual.get(number, 0)
        elif box.kind == b"tfdt":
            begin = big(content, box.begin + 4, 8 if big(content, box.begin, 1) else 4)
        elif box.kind == b"trun":
            there = big(content, box.begin + 4, 4)
            size = 4 * (flags >> 8 & 0xF).bit_count()
            at = box.begin + 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
            there = min(there, (box.end - at) // size, _MOST_SAMPLES) if size else there
            count += there
            if flags & 0x100:
                entries = content[at : at + there * size]
                length += sum(big(entries, n * size, 4) for n in range(there))
            else:
                length += there * each
    return number, begin, count, length
