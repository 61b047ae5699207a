"""The suffixes of files: which one fits the format of the bytes, and which format people expect behind one."""

from __future__ import annotations

import os
from contextlib import suppress

from .._text import warn_caller

#: The suffix of a file, by the media type of its bytes.
SUFFIXES = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/bmp": "bmp",
    "image/tiff": "tiff",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/ogg": "ogv",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/webm": "weba",
    "audio/x-matroska": "mka",
    "model/gltf-binary": "glb",
    "application/octet-stream": "bin",
}
#: The suffixes of results that are no files of a service.
_OF_DATA = {"application/json": "json", "text/plain": "txt"}
#: The format that users and programs expect behind a suffix. Other suffixes stand for no format that is known here.
_FORMATS = {
    **{suffix: media_type for media_type, suffix in (SUFFIXES | _OF_DATA).items()},
    **dict.fromkeys(("jpg", "jpe", "jfif"), "image/jpeg"),
    "tif": "image/tiff",
    "apng": "image/apng",
    "ico": "image/x-icon",
    "jp2": "image/jp2",
    "jxl": "image/jxl",
    "svg": "image/svg+xml",
    "psd": "image/vnd.adobe.photoshop",
    "pdf": "application/pdf",
    "html": "text/html",
    "zip": "application/zip",
    "m4v": "video/mp4",
    **dict.fromkeys(("oga", "opus"), "audio/ogg"),
    "wave": "audio/wav",
}
del _FORMATS["bin"]
#: The least similarity to a known suffix at which an unknown one counts as misspelled.
_SIMILAR = 0.6
#: Suffixes that stand for no format, but for a purpose.
_ANY_FORMAT = frozenset({"", "bin", "dat", "new", "part", "raw", "tmp"})


def suffix_for(media_type: str) -> str:
    """Return the suffix, without a dot, of a file of this media type."""
    return SUFFIXES.get(media_type, "bin")


def suffix_note(path: str, media_type: str) -> str | None:
    """Return a note if the suffix of `path` stands for another format than the file has, or is a misspelled one; else None."""
    suffix = os.path.splitext(path)[1][1:].lower()
    usual = _FORMATS.get(suffix)
    fitting = (SUFFIXES | _OF_DATA).get(media_type, "bin")
    if usual == media_type or fitting == "bin" or suffix in _ANY_FORMAT:
        return None
    if usual is None:
        from ..spec.similar import nearest

        if not nearest(suffix, tuple(_FORMATS), similarity=_SIMILAR):
            return None
    instead = f", not {usual}" if usual else f", and .{suffix} stands for no format"
    return f"{path}: the file is {media_type}{instead}; a suffix that fits is .{fitting}"


def warn_about_suffix(path: str, media_type: str) -> None:
    """Warn, in the line of the caller, if the suffix of a saved file stands for another format than the file has."""
    note = suffix_note(path, media_type)
    if note:
        # Warnings may be turned into errors. The file is saved, and an exception would say that it is not.
        with suppress(UserWarning):
            warn_caller(note, UserWarning)
