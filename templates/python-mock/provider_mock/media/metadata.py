"""Metadata of files: writes and reads the origin that the mock stores in each of them.

Files that are read here may come from anyone. Only a few formats are opened, nothing is decoded, sizes are bounded, and an
origin is only accepted in exactly the form that is written here, so that it can be shown on a terminal.
"""

# Pillow's signatures mention numpy, which is not needed here and so is unknown to the type checker.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
import re
import warnings
from io import BytesIO
from typing import Any, NamedTuple, cast

from PIL import Image, PngImagePlugin

from .containers import flac, glb, mp3, mp4, ogg, wav, webm

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
#: The origin takes about 150 bytes.
_LONGEST = 1024
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,127}")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_MOST = 10**18
#: Exif's tag ImageDescription.
_DESCRIPTION = 0x010E
#: Formats that Pillow does not open: how they begin, where that is, their name, and the function that finds the comment.
_CONTAINERS = (
    (b"ftyp", 4, "MP4", mp4.comment_in),
    (b"\x1aE\xdf\xa3", 0, "WEBM", webm.comment_in),
    (b"ID3", 0, "MP3", mp3.comment_in),
    (b"OggS", 0, "OGG", ogg.comment_in),
    (b"fLaC", 0, "FLAC", flac.comment_in),
    (b"WAVE", 8, "WAV", wav.comment_in),
    (b"glTF", 0, "GLB", glb.comment_in),
)
_IMAGE_BRANDS = frozenset({b"avi", b"mif"})


class InvalidImage(ValueError):
    """The bytes are not an image in a format of the mock, or it is too large to open."""


class Origin(NamedTuple):
    """The request that a file answers. The field names are the keys in the metadata and of `inspect --json`.

    `request` is the digest that equal requests share, `picture` the number of the file, from 0.
    """

    slug: str
    seed: int
    request: str
    picture: int

    def text(self) -> bytes:
        """Return the origin as files hold it."""
        return json.dumps(self._asdict()).encode("ascii")


class InspectedFile(NamedTuple):
    """The content of a file. `origin` is None for one that the mock did not generate; images have a size."""

    format: str
    origin: Origin | None
    width: int | None = None
    height: int | None = None


def embedding(form: str, origin: Origin) -> dict[str, Any]:
    """Return the options of `Image.save` that store the origin in this format (such as "jpeg" or "png")."""
    facts = json.dumps(origin._asdict())
    if form == "png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Software", "provider_mock")
        text.add_text("Comment", facts)
        return {"pnginfo": text}
    if form == "bmp":
        return {}  # it has no place for one
    if form in ("webp", "avif"):
        exif = Image.Exif()
        exif[_DESCRIPTION] = facts
        return {"exif": exif}
    return {"comment": facts.encode("ascii")}


def examine(data: bytes) -> InspectedFile:
    """Return the format and origin of a file, and the size of an image. Raises InvalidImage."""
    for beginning, at, name, comment_in in _CONTAINERS:
        if data[at : at + len(beginning)] == beginning and not (name == "MP4" and data[8:11] in _IMAGE_BRANDS):
            return InspectedFile(name, _facts(comment_in(data)))
    try:
        # Pillow only warns of a decompression bomb, unless it is very large.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                return InspectedFile(image.format or "", _facts(_comment(image)), image.width, image.height)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidImage("an image with too many pixels to be opened") from None
    # Pillow's parsers raise almost any exception for a malicious file.
    except Exception:
        raise InvalidImage("not a file in a format of the mock, or a damaged one") from None


def _comment(image: Image.Image) -> Any:
    if image.format in ("WEBP", "AVIF"):
        return image.getexif().get(_DESCRIPTION)
    return image.info.get("comment" if image.format in ("JPEG", "GIF") else "Comment")


def _facts(comment: Any) -> Origin | None:
    if not isinstance(comment, (str, bytes)) or len(comment) > _LONGEST:
        return None
    try:
        content: Any = json.loads(comment)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    content = cast("dict[str, Any]", content)
    slug, request = content.get("slug"), content.get("request")
    if not (
        isinstance(slug, str) and _SLUG.fullmatch(slug) and isinstance(request, str) and _DIGEST.fullmatch(request)
    ):
        return None
    seed, picture = content.get("seed"), content.get("picture")
    if type(seed) is not int or type(picture) is not int or not (0 <= seed <= _MOST and 0 <= picture <= 99):
        return None
    return Origin(slug, seed, request, picture)
