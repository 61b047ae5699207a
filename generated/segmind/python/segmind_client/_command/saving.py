"""The pictures of a batch on their way into its folder."""

from __future__ import annotations

import os
from typing import Any

from .._errors import SegmindError, UnreadableResponse
from .._images import write_whole
from .._results import ImageResult
from .journal import Row


def save(folder: str, row: Row, pictures: ImageResult, *, spare: bool) -> list[dict[str, Any]]:
    """Writes each picture whole, and says what was written. What is there under these names is this line's own, from
    a process that ended before it could note so.

    `spare`: the picture can be had this once only, so if the folder doesn't take it, the one for temporary files may.
    """
    place = os.path.join(folder, row.name)
    try:
        paths = pictures.save(place, overwrite=True)
    except OSError:
        if not spare:
            raise
        from tempfile import mkdtemp

        paths = pictures.save(os.path.join(mkdtemp(prefix="segmind-"), row.name))
    return [
        {
            "path": path,
            "sha256": image.sha256,
            "media_type": image.media_type,
            "width": image.width,
            "height": image.height,
        }
        for path, image in zip(paths, pictures.images, strict=True)
    ]


def keep(folder: str, row: Row, error: SegmindError) -> str:
    """Keeps an answer that is no picture, since it was probably paid for; says where, for the end of a message."""
    if not isinstance(error, UnreadableResponse) or not error.content:
        return ""
    path = write_whole(os.path.join(folder, f"{row.name}.unreadable"), error.content, overwrite=True)
    return f"; the answer is kept in {path}"
