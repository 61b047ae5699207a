"""AVIF and HEIF, which have the boxes of MP4."""

from __future__ import annotations

from .file_info import Content, DamagedFile, FileInfo, big, cut_short
from .isobmff import boxes, brands

_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_HEIF = frozenset({b"mif1", b"msf1", b"mif2"})
_MOST_META = 1 << 20


def is_heif(content: Content) -> bool:
    """Return whether a file with a brand is an image."""
    return brands(content)[0] in _AVIF | _HEIC | _HEIF


def measure_heif(content: Content) -> FileInfo:
    """Return the size of an AVIF or HEIF image."""
    main, *others = brands(content)
    known = {main, *others} if main in _HEIF else {main}
    media_type = "image/avif" if known & _AVIF else "image/heic" if known & _HEIC else "image/heif"
    what = "an AVIF" if media_type == "image/avif" else "a HEIF"
    found = list(boxes(content, 0, len(content)))
    meta = next((box for box in found if box.kind == b"meta"), None)
    if meta is None or not all(box.is_whole for box in found):
        raise cut_short(what, media_type, content)
    head = content[meta.begin : min(meta.end, meta.begin + _MOST_META)]
    if b"idat" not in head and not any(box.kind == b"mdat" for box in found):
        raise cut_short(what, media_type, content)
    # The largest of the properties `ispe` is that of the image: a grid is made of smaller ones.
    sizes = [(big(piece, 0, 4), big(piece, 4, 4)) for piece in head.split(b"ispe\0\0\0\0")[1:]]
    if not sizes:
        raise DamagedFile(f"{what} without a size in its header", media_type)
    return FileInfo(media_type, *max(sizes, key=lambda size: size[0] * size[1]))
