"""Where a picture comes from: the facts that the mock leaves in a file's metadata, written and read in one place.

What is read here may have been made by anyone. Only five formats are opened, nothing is decoded, sizes are bounded,
and facts count only if each of them is of the shape that is written here; so all of them can be shown on a terminal.
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

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
#: The mock's own facts take about 150 bytes.
_LONGEST = 1024
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_MOST = 10**18
#: Exif's tag for what a picture shows.
_DESCRIPTION = 0x010E


class NotAPicture(ValueError):
    """The bytes are no picture of a format that the mock draws, or one too large to open."""


class Provenance(NamedTuple):
    """Which picture of which request this is; `request` is the digest that equal requests share."""

    slug: str
    seed: int
    request: str
    picture: int


class Seen(NamedTuple):
    """What a file holds; `provenance` is None for a picture that the mock did not draw."""

    format: str
    width: int
    height: int
    provenance: Provenance | None


def embedding(form: str, provenance: Provenance) -> dict[str, Any]:
    """Options for `Image.save` that put the facts where this format (such as "jpeg" or "png") keeps such."""
    facts = json.dumps(provenance._asdict())
    if form == "png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Software", "provider_mock")
        text.add_text("Comment", facts)
        return {"pnginfo": text}
    if form == "bmp":
        return {}  # a BMP has no place for them
    if form in ("webp", "avif"):
        exif = Image.Exif()
        exif[_DESCRIPTION] = facts
        return {"exif": exif}
    return {"comment": facts.encode("ascii")}


def examine(data: bytes) -> Seen:
    """The format, size and provenance of a picture. Raises NotAPicture."""
    try:
        # Pillow only warns of a picture that is too large to be honest, unless it is far too large.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                return Seen(image.format or "", image.width, image.height, _facts(_comment(image)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture("a picture of too many pixels to be opened") from None
    # Pillow's parsers raise almost anything when a file was made to break them.
    except Exception:
        raise NotAPicture("no JPEG, PNG, WebP, GIF or BMP picture, or a broken one") from None


def _comment(image: Image.Image) -> Any:
    if image.format == "WEBP":
        return image.getexif().get(_DESCRIPTION)
    return image.info.get("comment" if image.format in ("JPEG", "GIF") else "Comment")


def _facts(comment: Any) -> Provenance | None:
    if not isinstance(comment, (str, bytes)) or len(comment) > _LONGEST:
        return None
    try:
        said: Any = json.loads(comment)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    said = cast("dict[str, Any]", said)
    slug, request = said.get("slug"), said.get("request")
    if not (
        isinstance(slug, str) and _SLUG.fullmatch(slug) and isinstance(request, str) and _DIGEST.fullmatch(request)
    ):
        return None
    seed, picture = said.get("seed"), said.get("picture")
    if type(seed) is not int or type(picture) is not int or not (0 <= seed <= _MOST and 0 <= picture <= 99):
        return None
    return Provenance(slug, seed, request, picture)
