"""Ogg with Opus, Vorbis, FLAC, Speex or Theora."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .file_info import Content, DamagedFile, FileInfo, big, cut_short, little, rounded_rate, seconds

#: Pages that are looked at. Of a file with more, only the end is looked at too.
_MOST_PAGES = 100_000
#: A page is shorter than this.
_LONGEST_PAGE = 65_307
_BEGIN_OF_STREAM, _END_OF_STREAM = 2, 4


class _Stream(NamedTuple):
    """A stream. `shift` is the number of bits in which a position counts the frames behind a key frame."""

    codec: str
    units_per_second: float
    skipped: int = 0
    sample_rate: int | None = None
    channels: int | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    shift: int = 0

    def seconds(self, position: int) -> float | None:
        """Return the seconds before a position."""
        units = (position >> self.shift) + (position & (1 << self.shift) - 1)
        return seconds(units - self.skipped, self.units_per_second)


class _Page(NamedTuple):
    """A page of a stream: where it is, where its content begins and ends, and the position in the stream at its end."""

    at: int
    begin: int
    end: int
    flags: int
    position: int
    number: int


class _Link:
    """Streams that are played at the same time. Several links in a file are played one behind the other."""

    def __init__(self) -> None:
        self.streams: dict[int, _Stream] = {}
        #: The position at the end of each stream, and the streams whose last page was found.
        self.positions: dict[int, int] = {}
        self.ended: set[int] = set()
        self.has_begun = False

    def add(self, content: Content, page: _Page) -> None:
        if page.flags & _BEGIN_OF_STREAM:
            stream = _stream(content[page.begin : min(page.end, page.begin + 64)])
            if stream is not None:
                self.streams[page.number] = stream
        else:
            self.has_begun = True
        if page.position >= 0:
            self.positions[page.number] = page.position
        if page.flags & _END_OF_STREAM:
            self.ended.add(page.number)

    def first(self, *, seen: bool) -> int | None:
        """Return the number of the first stream that can be seen, or heard."""
        return next((number for number, stream in self.streams.items() if bool(stream.width) is seen), None)

    @property
    def clock(self) -> int | None:
        """The number of the stream whose length is that of the link."""
        sound = self.first(seen=False)
        return self.first(seen=True) if sound is None else sound

    @property
    def duration(self) -> float:
        """The duration in seconds; 0 if it is unknown."""
        clock = self.clock
        return 0 if clock is None else self.streams[clock].seconds(self.positions.get(clock, 0)) or 0


def measure_ogg(content: Content) -> FileInfo:
    """Return the measures of an Ogg file, also of one that consists of several, one behind the other."""
    links = [_Link()]
    for page in _pages(content):
        if page.flags & _BEGIN_OF_STREAM and links[-1].has_begun:
            links.append(_Link())
        links[-1].add(content, page)
    start, last = links[0], links[-1]
    video, sound = (None if n is None else start.streams[n] for n in (start.first(seen=True), start.first(seen=False)))
    media_type = "video/ogg" if video else "audio/ogg"
    first = video or sound
    if first is None:
        if len(content) < _LONGEST_PAGE:
            raise cut_short("an Ogg file", media_type, content)
        raise DamagedFile("an Ogg file with unknown codecs", media_type)
    if last.clock not in last.ended:
        raise cut_short("an Ogg file", media_type, content)
    return FileInfo(
        media_type,
        first.width,
        first.height,
        round(sum(link.duration for link in links), 6) or None,
        first.codec,
        sound.sample_rate if sound else None,
        sound.channels if sound else None,
        first.frame_rate,
    )


def _pages(content: Content) -> Iterator[_Page]:
    """Yield the pages up to the first that is cut short or that is none; in a long file, the first ones and the last ones."""
    at = 0
    for _ in range(_MOST_PAGES):
        page = _page(content, at)
        if page is None:
            return
        yield page
        at = page.end
    begin = max(at, len(content) - 2 * _LONGEST_PAGE)
    tail = content[begin : len(content)]
    found = tail.find(b"OggS")
    while found >= 0 and (page := _page(content, begin + found)) is not None:
        yield page
        found = tail.find(b"OggS", page.end - begin)


def _page(content: Content, at: int) -> _Page | None:
    head = content[at : at + 282]
    if len(head) < 27 or head[:4] != b"OggS":
        return None
    begin = at + 27 + head[26]
    end = begin + sum(head[27 : 27 + head[26]])
    if end > len(content):
        return None
    position = int.from_bytes(head[6:14], "little", signed=True)
    return _Page(at, begin, end, head[5], position, little(head, 14, 4))


def _stream(packet: bytes) -> _Stream | None:
    """Return the stream whose first packet begins so; None if its codec is unknown."""
    if packet[:8] == b"OpusHead" and len(packet) >= 19:
        return _Stream("opus", 48_000, little(packet, 10, 2), 48_000, packet[9])
    if packet[:7] == b"\x01vorbis" and len(packet) >= 16:
        rate = little(packet, 12, 4)
        return _Stream("vorbis", rate, 0, rate, packet[11])
    if packet[:5] == b"\x7fFLAC" and len(packet) >= 33:
        rate = big(packet, 27, 3) >> 4
        return _Stream("flac", rate, 0, rate, 1 + (packet[29] >> 1 & 7))
    if packet[:8] == b"Speex   " and len(packet) >= 52:
        rate = little(packet, 36, 4)
        return _Stream("speex", rate, 0, rate, little(packet, 48, 4))
    if packet[:7] == b"\x80theora" and len(packet) >= 42:
        frames = rounded_rate(big(packet, 22, 4), big(packet, 26, 4))
        size = big(packet, 14, 3), big(packet, 17, 3)
        shift = big(packet, 40, 2) >> 5 & 31
        return _Stream("theora", frames or 0, width=size[0], height=size[1], frame_rate=frames, shift=shift)
    return None
