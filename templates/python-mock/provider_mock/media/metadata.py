"""Metadata of images: writes and reads the origin that the mock stores in each file.

Files that are read here may come from anyone. Only three formats are opened, no pixels are decoded, sizes are bounded,
and an origin is only accepted in exactly the form that is written here, so that it can be shown on a terminal.
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

_FORMATS = ("JPEG", "PNG", "WEBP")
#: The origin takes about 150 bytes.
_LONGEST = 1024
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_MOST = 10**18
#: Exif's tag ImageDescription.
_DESCRIPTION = 0x010E


class InvalidImage(ValueError):
    """The bytes are not an image in a format of the mock, or it is too large to open."""


class ImageOrigin(NamedTuple):
    """The request that an image answers. The field names are the keys in the metadata and of `inspect --json`.

    `request` is the digest that equal requests share, `picture` the number of the image, from 0.
    """

    slug: str
    seed: int
    request: str
    picture: int


class InspectedImage(NamedTuple):
    """The content of a file. `origin` is None for an image that the mock did not generate."""

    format: str
    width: int
    height: int
    origin: ImageOrigin | None


def embedding(form: str, origin: ImageOrigin) -> dict[str, Any]:
    """Return the options of `Image.save` that store the origin in this format ("jpeg", "png", "webp")."""
    facts = json.dumps(origin._asdict())
    if form == "png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Software", "provider_mock")
        text.add_text("Comment", facts)
        return {"pnginfo": text}
    if form == "webp":
        exif = Image.Exif()
        exif[_DESCRIPTION] = facts
        return {"exif": exif}
    return {"comment": facts.encode("ascii")}


def examine(data: bytes) -> InspectedImage:
    """Return the format, size and origin of an image. Raises InvalidImage."""
    try:
        # Pillow only warns of a decompression bomb, unless it is very large.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                return InspectedImage(image.format or "", image.width, image.height, _facts(_comment(image)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidImage("an image with too many pixels to be opened") from None
    # Pillow's parsers raise almost any exception for a malicious file.
    except Exception:
        raise InvalidImage("not a JPEG, PNG or WebP image, or a damaged one") from None


def _comment(image: Image.Image) -> Any:
    if image.format == "WEBP":
        return image.getexif().get(_DESCRIPTION)
    return image.info.get("comment" if image.format == "JPEG" else "Comment")


def _facts(comment: Any) -> ImageOrigin | None:
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
    return ImageOrigin(slug, seed, request, picture)
