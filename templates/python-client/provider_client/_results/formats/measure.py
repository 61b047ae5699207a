"""Recognition of a file by its first bytes."""

from __future__ import annotations

from .file_info import Content, DamagedFile, FileInfo, UnknownFormat, UnreadableFile

#: Bytes that are enough to recognise every format.
_HEAD = 64
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: Bytes of white space before JSON that are looked at.
_LONGEST_SPACE = 4096
#: The first box of a QuickTime file that has no brand.
_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def measure(content: Content) -> FileInfo:
    """Return format and measures of a file, from its bytes. The time is bounded, whatever the bytes are.

    Raises:
        UnknownFormat: The bytes are of no known format. The message says what they are.
        DamagedFile: The file is cut short or has an invalid header.
    """
    head = content[:_HEAD]
    try:
        found = _image(head, content) or _video_or_sound(head, content)
    except UnreadableFile:
        raise
    except (ValueError, ArithmeticError) as error:
        # No reader lets one out; a file must never end a call that was paid for.
        raise DamagedFile(f"{described(content)}: {error}", UnreadableFile.media_type) from None
    if found is None:
        raise UnknownFormat(f"{described(content)}, not a file of a known format")
    is_visible = found.kind in ("image", "video") and found.width is not None
    if is_visible and not (found.width and found.height):
        raise DamagedFile(f"{found.media_type} of {found.width}x{found.height} pixels", found.media_type)
    return found


def _image(head: bytes, content: Content) -> FileInfo | None:
    # Each format has its module, imported at the first such file: a client of images needs no reader of videos.
    from . import still_images

    if head.startswith(b"\xff\xd8\xff"):
        return still_images.measure_jpeg(content)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return still_images.measure_png(content)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return still_images.measure_webp(content)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        from .gif import measure_gif

        return measure_gif(content)
    if head[:2] == b"BM" and len(head) >= 30:
        return still_images.measure_bmp(content)
    return still_images.measure_tiff(content) if head[:4] in (b"II*\0", b"MM\0*") else None


def _video_or_sound(head: bytes, content: Content) -> FileInfo | None:
    if head[4:8] == b"ftyp":
        from .heif import is_heif, measure_heif
        from .mp4 import measure_mp4

        return measure_heif(content) if is_heif(content) else measure_mp4(content)
    if head[4:8] in _QUICKTIME:
        from .mp4 import measure_mp4

        return measure_mp4(content)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        from .matroska import measure_matroska

        return measure_matroska(content)
    if head[:4] == b"glTF":
        from .gltf import measure_glb

        return measure_glb(content)
    return _sound(head, content)


def _sound(head: bytes, content: Content) -> FileInfo | None:
    if head[8:12] == b"WAVE":
        from .wav import BEGINNINGS, measure_wav

        if head[:4] in BEGINNINGS:
            return measure_wav(content)
    if head[:4] == b"OggS":
        from .ogg import measure_ogg

        return measure_ogg(content)
    if head[:4] == b"fLaC":
        from .flac import measure_flac

        return measure_flac(content)
    if head[:3] == b"ID3" or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        from .mpeg_audio import after_tags, measure_mpeg_audio

        begin = after_tags(content)
        if content[begin : begin + 4] == b"fLaC":
            from .flac import measure_flac

            return measure_flac(content, begin)
        return measure_mpeg_audio(content, begin)
    return None


def is_json(content: Content) -> bool:
    """Return whether a body begins as an object or a list of JSON does, perhaps behind a byte order mark and white space."""
    return content[:_LONGEST_SPACE].removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"[")


def described(content: Content) -> str:
    """Describe bytes of no known format, for an error message."""
    start = content[:256].removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not len(content):
        return "an empty body"
    if start.lower().startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if is_json(content):
        return "JSON"
    return f"{len(content)} bytes beginning with {content[:8].hex(' ')}"
