"""AVIF and HEIF, which have the boxes of MP4."""

from __future__ import annotations

from typing import NamedTuple

from .file_info import Content, DamagedFile, FileInfo, big, cut_short, rounded_rate
from .isobmff import Box, boxes, brands, inner

_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_HEIF = frozenset({b"mif1", b"msf1", b"mif2"})
#: Bytes of the description of all images that are looked at.
_MOST_META = 1 << 20
_MOST_PROPERTIES = 1000


class _Property(NamedTuple):
    """A property of an image: `ispe` (its size), `irot` (turned by quarters) or `clap` (cropped), and the content."""

    kind: bytes
    content: bytes


def is_heif(content: Content) -> bool:
    """Return whether a file with a brand is an image."""
    return brands(content)[0] in _AVIF | _HEIC | _HEIF


def measure_heif(content: Content) -> FileInfo:
    """Return the size of an AVIF or HEIF image as it is shown, and the duration and frame rate of one that moves."""
    main, *others = brands(content)
    known = {main, *others} if main in _HEIF else {main}
    media_type = "image/avif" if known & _AVIF else "image/heic" if known & _HEIC else "image/heif"
    what = "an AVIF" if media_type == "image/avif" else "a HEIF"
    found = {box.kind: box for box in boxes(content, 0, len(content))}
    meta, moov = found.get(b"meta"), found.get(b"moov")
    if (meta is None and moov is None) or not all(box.is_whole for box in found.values()):
        raise cut_short(what, media_type, content)
    head = b"" if meta is None else content[meta.begin : min(meta.end, meta.begin + _MOST_META)]
    if b"idat" not in head and b"mdat" not in found:
        raise cut_short(what, media_type, content)
    moving = FileInfo(media_type) if moov is None else _moving(content, moov, media_type)
    size = _size(head) or (moving.width, moving.height)
    if size[0] is None:
        raise DamagedFile(f"{what} without a size in its header", media_type)
    return moving._replace(width=size[0], height=size[1])


def _moving(content: Content, moov: Box, media_type: str) -> FileInfo:
    """Return the measures of a sequence of images; only the media type if there is none."""
    from .mp4 import tracks_of

    track = next((track for track in tracks_of(content, moov) if track.kind == b"pict"), None)
    if track is None:
        return FileInfo(media_type)
    length = track.seconds if track.samples > 1 else None
    size = track.width or None, track.height or None
    return FileInfo(media_type, *size, length, frame_rate=rounded_rate(track.samples, length))


def _size(meta: bytes) -> tuple[int, int] | None:
    """Return width and height of the image that is shown first; None if they are not described."""
    whole = Box(b"meta", 4, len(meta))
    listed = inner(meta, whole, b"iprp", b"ipco")
    if listed is None:
        return None
    properties = [
        _Property(box.kind, meta[box.begin : min(box.end, box.begin + 64)])
        for _, box in zip(range(_MOST_PROPERTIES), boxes(meta, listed.begin, listed.end), strict=False)
    ]
    own = _own(meta, whole, properties)
    sizes = [(big(each.content, 4, 4), big(each.content, 8, 4)) for each in own if each.kind == b"ispe"]
    if not sizes:
        # The largest size is that of the image: a grid is made of smaller ones.
        sizes = [(big(each.content, 4, 4), big(each.content, 8, 4)) for each in properties if each.kind == b"ispe"]
    if not sizes:
        return None
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    for each in own:
        if each.kind == b"clap":
            width, height = _cropped(each.content, width, height)
        elif each.kind == b"irot" and big(each.content, 0, 1) & 1:
            width, height = height, width
    return width, height


def _cropped(clap: bytes, width: int, height: int) -> tuple[int, int]:
    wide, of_wide, high, of_high = (big(clap, at, 4) for at in (0, 4, 8, 12))
    if not (of_wide and of_high and 0 < wide // of_wide <= width and 0 < high // of_high <= height):
        return width, height
    return wide // of_wide, high // of_high


def _own(meta: bytes, whole: Box, properties: list[_Property]) -> list[_Property]:
    """Return the properties of the first image, in their order; [] if none are said to be its own."""
    first, links = inner(meta, whole, b"pitm"), inner(meta, whole, b"iprp", b"ipma")
    if first is None or links is None:
        return []
    item = big(meta, first.begin + 4, 4 if big(meta, first.begin, 1) else 2)
    id_size = 4 if big(meta, links.begin, 1) else 2
    link_size = 2 if big(meta, links.begin + 3, 1) & 1 else 1
    at = links.begin + 8
    for _ in range(min(big(meta, links.begin + 4, 4), _MOST_PROPERTIES)):
        if at >= links.end:
            break
        number, count = big(meta, at, id_size), big(meta, at + id_size, 1)
        at += id_size + 1
        if number == item:
            # The first bit says whether a reader has to understand the property.
            mask = (1 << 8 * link_size - 1) - 1
            places = [(big(meta, at + n * link_size, link_size) & mask) - 1 for n in range(count)]
            return [properties[place] for place in places if 0 <= place < len(properties)]
        at += count * link_size
    return []
